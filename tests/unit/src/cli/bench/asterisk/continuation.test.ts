import { describe, expect, it } from 'vitest';
import { isRightPlace, piecesHeard, takenUpAt } from '#src/cli/bench/asterisk/continuation.ts';

const answer = {
  resumed: 'Where were we.',
  pieces: ['One is here.', 'Two is there.', 'Three ends it.'],
  msOf: (text: string) => text.length * 100,
};
const begun = { piece: 0, isResumed: false };

describe('takenUpAt', () => {
  it('finds the piece behind the sentence that resumes', () => {
    expect(takenUpAt('Where were we. Two is there. Three ends it.', answer)).toEqual({ piece: 1, isResumed: true });
    expect(takenUpAt('Where were we. Three ends it.', answer)).toEqual({ piece: 2, isResumed: true });
  });

  it('takes a greeting, another answer or a whole answer without that sentence for no continuation', () => {
    expect(takenUpAt('Good morning.', answer)).toBeUndefined();
    expect(takenUpAt('Where were we. Something else.', answer)).toBeUndefined();
    expect(takenUpAt(answer.pieces.join(' '), answer)).toBeUndefined();
  });
});

describe('piecesHeard', () => {
  it('counts the pieces that were over', () => {
    expect(piecesHeard(begun, 1_100, answer)).toBe(0);
    expect(piecesHeard(begun, 1_180, answer)).toBe(1);
    expect(piecesHeard(begun, 2_600, answer)).toBe(2);
    expect(piecesHeard(begun, 99_000, answer)).toBe(3);
  });

  it('does not count the sentence that resumes', () => {
    const resumed = { piece: 1, isResumed: true };
    expect(piecesHeard(resumed, 1_400, answer)).toBe(1);
    expect(piecesHeard(resumed, 1_400 + 1_300, answer)).toBe(2);
  });
});

it('the right place is the piece that was lost, or the one before; never a later one', () => {
  expect([0, 1, 2, 3].map((piece) => isRightPlace({ piece, isResumed: true }, 2))).toEqual([false, true, true, false]);
});
