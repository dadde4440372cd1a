import { expect, it } from 'vitest';
import { fold } from '#pipeline/language/shona/fold.ts';
import { scoreUtterance, textForms } from '#src/cli/eval/scoring.ts';

const forms = textForms(fold);
const errors = (reference: string, hypothesis: string) => {
  const score = scoreUtterance(reference, hypothesis, forms);
  return Object.fromEntries(Array.from(score, ([form, { wer, cer }]) => [form, [wer.errors, wer.total, cer.errors]]));
};

it('counts capitals and punctuation in the raw form only', () => {
  expect(errors('Mhoroi, makadii?', 'mhoroi makadii')).toEqual({
    raw: [2, 2, 3],
    normalised: [0, 2, 0],
    folded: [0, 2, 0],
  });
});

it('forgives in the folded form what the matching forgives, and nothing else', () => {
  expect(errors('svika nhasi', 'sika nasi')).toMatchObject({ normalised: [2, 2, 2], folded: [0, 2, 0] });
  expect(errors('svika nhasi', 'pika nhasi')).toMatchObject({ folded: [1, 2, 1] });
});

it('takes two ways of writing one letter for the same text, raw or not', () => {
  expect(errors('caf\u00e9', 'cafe\u0301')).toMatchObject({ raw: [0, 1, 0] });
});

it('counts a space as a character, and has a measure without', () => {
  const score = scoreUtterance('vari ku famba', 'varikufamba', forms).get('normalised');
  expect(score).toMatchObject({
    wer: { errors: 3, total: 3 },
    spaceInsensitiveWer: { errors: 0, total: 3 },
    cer: { errors: 2, total: 13 },
    cerWithoutSpaces: { errors: 0, total: 11 },
  });
});

it('keeps figures that fold to nothing', () => {
  expect(errors('vanhu 20', 'vanhu 30')).toMatchObject({ folded: [1, 2, 1] });
  expect(errors('vanhu 20', 'vanhu')).toMatchObject({ folded: [1, 2, 3] });
});

it('has no folded form for a language that cannot fold', () => {
  expect([...textForms(undefined).keys()]).toEqual(['raw', 'normalised']);
});
