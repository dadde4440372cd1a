import { describe, expect, it } from 'vitest';
import type { SpokenForm } from '#pipeline/interview/spoken-forms.ts';
import { FormScales } from '#pipeline/interview/weighed-forms.ts';
import { loadHotline } from '#prompts/load.ts';

const { language } = loadHotline('kiriniki').pack;
const BASELINE = -7;
/** What the baseline takes off. */
const LIFT = 0.6 * BASELINE;

const answer = (phrase: string, value: boolean, isShort = false): SpokenForm => ({
  phrase,
  means: { kind: 'answer', value },
  isShort,
});
const optOut: SpokenForm = { phrase: 'musandifonerezve', means: { kind: 'wish', wish: 'opt-out' }, isShort: false };
const forms = [
  answer('hongu', true),
  answer('ndinobvuma', true),
  answer('ehe', true, true),
  answer('kwete', false),
  optOut,
];
const scales = new FormScales(forms, language);
const baseline = new Map(forms.map(({ phrase }) => [phrase, BASELINE]));
const weigh = (worth: Readonly<Record<string, number>>, text = '') =>
  scales.weigh(
    forms.map(({ phrase }) => LIFT + (worth[phrase] ?? -9)),
    { text, audioMs: 1_000 },
    baseline,
  );

describe('what the audio is likest to', () => {
  it('leads over the best of another meaning, not over another word for the same', () => {
    const weighed = weigh({ hongu: 1, ndinobvuma: 0.9, kwete: -1 })!;
    expect(weighed.form.phrase).toBe('hongu');
    expect(weighed.worth).toBeCloseTo(1);
    expect(weighed.lead).toBeCloseTo(2);
  });

  it('may be a wish', () => {
    expect(weigh({ hongu: -1, musandifonerezve: 0 })!.form).toBe(optOut);
  });

  it('is likelier still when the transcript reads like it', () => {
    const plain = weigh({ hongu: 0, kwete: 0.2 })!;
    expect(plain.form.phrase).toBe('kwete');
    expect(weigh({ hongu: 0, kwete: 0.2 }, 'Hongu.')!.form.phrase).toBe('hongu');
  });

  it.each(['Hey! Hey!', 'eh', 'e e e e', 'Ehe'])(
    'may be a short word where the transcript looks like it: "%s"',
    (text) => {
      expect(weigh({ ehe: 1, kwete: -1 }, text)!.form.phrase).toBe('ehe');
    },
  );

  it.each(['1 2 1', 'Hmm', 'heng', 'uh uh', '', 'a'])('is no short word by the audio alone: "%s"', (text) => {
    expect(weigh({ ehe: 1, kwete: -1 }, text)?.form.phrase).not.toBe('ehe');
  });

  it('leads over a short word of another meaning all the same', () => {
    expect(weigh({ ehe: 1, kwete: 1.2 })!.lead).toBeCloseTo(0.2);
  });
});

it('asks about every answer, and about no more wishes than there is time for', () => {
  const wishes = Array.from({ length: 80 }, (_, at) => ({ ...optOut, phrase: `musandifonere ${at}` }));
  const many = new FormScales([...forms, ...wishes], language);
  const asked = many.asked('Kwete.', 1_200).map((at) => many.forms[at]!);
  for (const { phrase } of forms.slice(0, 4)) expect(asked.map((form) => form.phrase)).toContain(phrase);
  expect(asked).toHaveLength(4 + 48);
});
