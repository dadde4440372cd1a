/** The numbers of turn taking, all in milliseconds on the audio clock. Sources stand at each. */
export interface TurnPolicy {
  /** Voiced speech under the agent's speech for this long is recognised as far as it goes. */
  readonly weighMs: number;
  /** This long after its onset at the latest the agent goes on under a caller who has fallen silent, with or without words. */
  readonly verdictMs: number;
  /** And this long after it, whoever still speaks has the floor. */
  readonly floorMs: number;
  /** Speech that was taken for a word of listening and has gone on for this long takes the floor. */
  readonly bargeInMs: number;
  /**
   * A caller who speaks again this soon after the agent's first sound is still on the same utterance:
   * both pieces are recognised as one, and the reply to the first is dropped.
   */
  readonly continuationMs: number;
  /** Silence after the agent has finished until it asks whether the caller is there; then until it says goodbye. */
  readonly stillThereMs: number;
  readonly goodbyeMs: number;
  /** How long the answer may take from the caller's last sound until they hear that we are looking. */
  readonly thinkingMs: number;
  /** After that, how long an answer is still waited for; then the caller hears that something is wrong. */
  readonly giveUpMs: number;
}

/**
 * @defaultValue The agent is held the moment the gate believes the caller, 120 to 160 ms after their onset (measured), and
 * the lead is 200: the caller hears silence some 340 ms after they began, and what is over by then was never noticed.
 * weighMs: with less, nothing is recognised. verdictMs: a silence of under 400 ms is a hesitation, a longer one a stop.
 * floorMs: single words of listening last 600. bargeInMs: the longest of them and a little more; at 1,000 a tenth of 241
 * interruptions had the floor only then, and 90 % of the words of listening were talked through (bench:turns, seed 5).
 * continuationMs: a peer's worst fault was the reply to the first half of a sentence (anchors section 6). thinkingMs: callers
 * repeat themselves after 1.2 s of silence.
 */
export const TURN_POLICY = {
  weighMs: 320,
  verdictMs: 640,
  floorMs: 720,
  bargeInMs: 800,
  continuationMs: 600,
  stillThereMs: 7_000,
  goodbyeMs: 9_000,
  thinkingMs: 1_200,
  giveUpMs: 6_000,
} as const satisfies TurnPolicy;
