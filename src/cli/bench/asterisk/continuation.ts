/** Does an answer that was taken up again go on where the caller had lost it? */

/** An answer as it is said: piece after piece. */
export interface PiecedAnswer {
  /** The sentence in front of what is taken up. */
  readonly resumed: string;
  readonly pieces: readonly string[];
  /** Playing time of a text. */
  readonly msOf: (text: string) => number;
}

/** Where the answer is in a process: the first piece it said, behind the sentence that it resumes or not. */
export interface Begun {
  readonly piece: number;
  readonly isResumed: boolean;
}

/** Undefined: `text` is not the sentence and then the rest of the answer from some piece on. */
export function takenUpAt(text: string, { resumed, pieces }: PiecedAnswer): Begun | undefined {
  const piece = pieces.findIndex((_, from) => text === [resumed, ...pieces.slice(from)].join(' '));
  return piece === -1 ? undefined : { piece, isResumed: true };
}

/** Two frames: a piece that lacks less than this is over. */
const SLACK_MS = 40;

/** How many pieces of the whole answer were over for a caller who heard `heardMs` of what began there. */
export function piecesHeard(begun: Begun, heardMs: number, { resumed, pieces, msOf }: PiecedAnswer): number {
  let leftMs = heardMs - (begun.isResumed ? msOf(resumed) : 0);
  let piece = begun.piece;
  for (; piece < pieces.length; piece += 1) {
    leftMs -= msOf(pieces[piece] ?? '');
    if (leftMs < -SLACK_MS) break;
  }
  return piece;
}

/** Nothing unheard is left out, and at most one piece that was over is said again: its end may not have been noted any more. */
export function isRightPlace(begun: Begun, heardPieces: number): boolean {
  return begun.piece === heardPieces || begun.piece === heardPieces - 1;
}
