/** The numbers of turn taking, all in milliseconds on the audio clock. Sources stand at each. */
export interface TurnPolicy {
  /** Speech under the agent's speech for this long takes the floor; shorter is a backchannel. */
  readonly bargeInMs: number;
  /**
   * A caller who speaks again this soon after the agent's first sound is still on the same utterance:
   * both pieces are recognised as one, and the reply to the first is dropped.
   */
  readonly continuationMs: number;
  /** Silence after the agent has finished until it asks whether the caller is there; then until it says goodbye. */
  readonly stillThereMs: number;
  readonly goodbyeMs: number;
  /** How long the answer may take after the end of the turn until the caller hears that we are looking. */
  readonly thinkingMs: number;
  /** After that, how long an answer is still waited for; then the caller hears that something is wrong. */
  readonly giveUpMs: number;
}

/**
 * @defaultValue bargeInMs: interruptions must be silent at the caller within 350 ms (p50), and the gate's window, the wire
 * and the far end's 20 ms grid take about 90 of them. continuationMs: a peer's worst fault was the reply to the first half
 * of a sentence (anchors section 6). thinkingMs: callers repeat themselves after 1.2 s of silence.
 */
export const TURN_POLICY = {
  bargeInMs: 230,
  continuationMs: 600,
  stillThereMs: 7_000,
  goodbyeMs: 9_000,
  thinkingMs: 1_200,
  giveUpMs: 6_000,
} as const satisfies TurnPolicy;
