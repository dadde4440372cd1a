/**
 * Whether an answer was really heard at the caller's end. It is judged from the telephone's recording alone: the heard
 * stretch is recognised afresh and matched against everything the hotline can say. What the service reports is not asked.
 */

/** How a language sounds, as far as it matters here; `Language` has all of it. */
export interface Sounds {
  /** Text as written -> words. */
  speakable(text: string): string;
  /** Words -> sound classes. */
  fold(text: string): string;
  /** How unlike two sound classes are, [0, 1]. */
  confusion(a: string, b: string): number;
}

/** Something the hotline can say, as it is written. */
export interface KnownAnswer {
  readonly id: string;
  readonly text: string;
}

export interface RankedAnswer {
  readonly id: string;
  /** Share of the recognised letters that the answer accounts for, in [0, 1]. */
  readonly similarity: number;
}

export interface AnswerVerdict {
  /** Index of the caller's line; −1 for the greeting. */
  readonly line: number;
  readonly expected: string | undefined;
  readonly outcome: 'heard' | 'silent' | 'other-answer' | 'unclear' | 'talked-on';
  /** The answer that the recording sounds most like. */
  readonly heardAs: string | undefined;
  readonly similarity: number | undefined;
  /** Lead over the best other answer. */
  readonly margin: number | undefined;
  /** What the recogniser made of the recording. */
  readonly recognised: string;
  readonly audibleMs: number;
  readonly message: string;
}

/** What was found in the recording after one line. */
export interface HeardStretch {
  readonly line: number;
  /** Undefined: anything audible will do. */
  readonly expected: string | undefined;
  readonly audibleMs: number;
  readonly recognised: string;
  readonly ranking: readonly RankedAnswer[];
  /** For an interrupted answer: whether the agent went silent under the interruption. */
  readonly isYielded: boolean | undefined;
  /** Where to listen, for the message: seconds into the recording. */
  readonly startS: number;
}

/** Less than this cannot be an answer: the shortest phrase of the language pack takes about 700 ms. */
const SHORTEST_ANSWER_MS = 400;
const LEAST_SIMILARITY = 0.5;
const LEAST_MARGIN = 0.05;
const TELLING_SIMILARITY = 0.5;
/** Sound classes; two syllables can be found in any answer. */
const TELLING_LENGTH = 6;

/**
 * Every answer by how well it explains the recognised pieces, best first. The first piece must be the answer's beginning,
 * the others may be from anywhere in it; each counts by its length. A piece that is like no answer at all, or is hardly a
 * word, is a failure of the recogniser and tells nothing: it counts for none.
 */
export function rankAnswers(
  pieces: readonly string[],
  answers: readonly KnownAnswer[],
  sounds: Sounds,
): readonly RankedAnswer[] {
  const folded = answers.map(({ id, text }) => ({ id, text: sounds.fold(sounds.speakable(text)), sum: 0 }));
  let weight = 0;
  for (const [index, piece] of pieces.entries()) {
    const heard = sounds.fold(sounds.speakable(piece));
    if (heard.length < TELLING_LENGTH) continue;
    const similarities = folded.map(({ text }) => partSimilarity(heard, text, index === 0, sounds));
    if (Math.max(...similarities) < TELLING_SIMILARITY) continue;
    weight += heard.length;
    for (const [at, answer] of folded.entries()) answer.sum += (similarities[at] ?? 0) * heard.length;
  }
  return folded
    .map(({ id, sum }) => ({ id, similarity: weight === 0 ? 0 : sum / weight }))
    .sort((one, other) => other.similarity - one.similarity);
}

/** 1 − edit distance ÷ length of `heard`, to the nearest part of the answer; `isBeginning`: a part from its first sound on. */
function partSimilarity(heard: string, answer: string, isBeginning: boolean, sounds: Sounds): number {
  let row = Array.from({ length: answer.length + 1 }, (_, column) => (isBeginning ? column : 0));
  for (let index = 1; index <= heard.length; index += 1) {
    const next = [index];
    for (let column = 1; column <= answer.length; column += 1) {
      const substitution =
        (row[column - 1] ?? 0) + sounds.confusion(heard.charAt(index - 1), answer.charAt(column - 1));
      next.push(Math.min(substitution, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  // It may end anywhere: the answer can have been interrupted, or go on in the next piece.
  return Math.max(0, 1 - Math.min(...row) / heard.length);
}

/** Turns what was found into a verdict with a sentence that says what to do about it. */
export function judgeStretch(stretch: HeardStretch, describe: (answerId: string) => string): AnswerVerdict {
  const [best] = stretch.ranking;
  const own = stretch.ranking.find(({ id }) => id === stretch.expected);
  const rival = stretch.ranking.find(({ id }) => id !== stretch.expected);
  const margin = own === undefined ? undefined : own.similarity - (rival?.similarity ?? 0);
  const outcome = outcomeOf(stretch, own?.similarity ?? 0, margin ?? -1);
  const verdict = {
    line: stretch.line,
    expected: stretch.expected,
    outcome,
    heardAs: outcome === 'silent' ? undefined : best?.id,
    similarity: own?.similarity,
    margin,
    recognised: stretch.recognised,
    audibleMs: stretch.audibleMs,
  };
  return { ...verdict, message: messageFor(verdict, stretch, describe) };
}

function outcomeOf(stretch: HeardStretch, similarity: number, margin: number): AnswerVerdict['outcome'] {
  if (stretch.audibleMs < SHORTEST_ANSWER_MS) return 'silent';
  if (stretch.isYielded === false) return 'talked-on';
  if (stretch.expected === undefined) return 'heard';
  if (margin >= LEAST_MARGIN && similarity >= LEAST_SIMILARITY) return 'heard';
  return margin <= -LEAST_MARGIN ? 'other-answer' : 'unclear';
}

function messageFor(
  verdict: Omit<AnswerVerdict, 'message'>,
  stretch: HeardStretch,
  describe: (answerId: string) => string,
): string {
  const wanted = verdict.expected === undefined ? 'an answer' : describe(verdict.expected);
  const where = `listen to the right channel of call.wav from ${stretch.startS.toFixed(1)} s`;
  const heard = `recognised there: "${verdict.recognised}"`;
  switch (verdict.outcome) {
    case 'heard':
      return `${wanted} was heard for ${(verdict.audibleMs / 1000).toFixed(1)} s`;
    case 'silent':
      return `${wanted} was not heard: only ${Math.round(verdict.audibleMs)} ms were audible; ${where}`;
    case 'talked-on':
      return `${wanted} was heard, but the agent talked on under the interruption; ${where}`;
    case 'other-answer':
      return `${wanted} was expected, but ${describe(verdict.heardAs ?? '')} was heard; ${heard}; ${where}`;
    case 'unclear':
      return `${wanted} was expected, but what was heard is like no single answer; ${heard}; ${where}`;
  }
}
