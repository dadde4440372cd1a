/**
 * What speech under the agent's speech is: pure, from how long it is, how it sounds among the pack's words, and whether it
 * answers what the agent is asking. The figures are whisper-base's over 8 kHz mu-law: 42 words of listening and hums, 21 that
 * take the floor, 8 coughs, 30 beginnings of questions, by a synthetic Shona voice.
 */

export interface OverlapWords {
  /** How much likelier the audio is as a word that takes the floor than as a word of listening, in nats a token. */
  readonly margin: number;
  /** It is a yes or no, and the agent has asked for one. */
  readonly isAnswer: boolean;
}

export interface OverlapEvidence {
  /** Voiced so far, as the speech gate counts: about 100 ms more than sounds. */
  readonly voicedMs: number;
  /** The caller has fallen silent: this is all they said. */
  readonly isOver: boolean;
  readonly words: OverlapWords;
}

export type OverlapVerdict = 'stop' | 'resume' | 'wait';

/** Words that take the floor (mira, aiwa, kwete) had 0.55 to 3.6, one of them -0.2; words of listening 0.35 at most, one 0.53. */
const TAKES_FLOOR = 0.5;
/** What is as long as the beginning of a sentence is a word of listening only when it sounds like one: ndanzwa, hongu hongu. */
const LISTENS = -0.3;
/** Beginnings of questions, cut off within 900 ms, had -0.75 at least; most words of listening have less than this. */
const PLAINLY_LISTENS = -1;
/** The longest words of listening that are doubtful by their sound (ndizvo) have 700. */
const BRIEF_MS = 720;

export function overlapVerdict({ voicedMs, isOver, words: { margin, isAnswer } }: OverlapEvidence): OverlapVerdict {
  if (isAnswer) return 'stop';
  if (!isOver) return margin <= PLAINLY_LISTENS ? 'resume' : 'wait';
  if (margin >= TAKES_FLOOR) return 'stop';
  return voicedMs < BRIEF_MS || margin <= LISTENS ? 'resume' : 'stop';
}
