import { describe, expect, it } from 'vitest';
import { ScriptedInterview } from './scripted-interview.ts';

/** As a phrase that the audio is plainly likest to, and as one that it is not like. */
const LIKELY = -3;
const UNLIKELY = -9;

const likest =
  (...phrases: readonly string[]) =>
  (_: string, phrase: string): number =>
    phrases.includes(phrase) ? LIKELY : UNLIKELY;

/** Past the question for the person; the next sound answers the one for consent. */
async function atConsent(call: ScriptedInterview): Promise<void> {
  await call.untilSaid();
  await call.press('1');
  await call.untilSaid();
}

describe('an answer that the recogniser writes down as something else', () => {
  it('is a consent when the audio is plainly likest to a yes', async () => {
    const call = new ScriptedInterview({ heard: [{ text: 'On Dune.', confidence: 0.3 }], score: likest('hongu') });
    await atConsent(call);
    expect(await call.reply()).toBe(call.question('manyoka'));
    await call.pass(1_500);
    expect(call.notes).toEqual(['consented']);
  });

  it('is a refusal when it is likest to a no, whatever the recogniser doubts', async () => {
    const heard = [{ text: 'quite a quite a', confidence: 0.3, doubt: 'foreign-language' as const }];
    const call = new ScriptedInterview({ heard, score: likest('kwete kwete') });
    await atConsent(call);
    expect(await call.reply()).toBe(call.phrase('refused'));
    expect((await call.untilOver()).outcome.result).toBe('refused');
  });

  it('is a number, read back where that is not plain', async () => {
    const call = new ScriptedInterview({
      heard: ['Hongu.', { text: 'Bhanama.', confidence: 0.3 }, 'Hongu.'],
      // Ahead by as much as a number that is read back is.
      score: (_, phrase) => (phrase === 'vanomwe' ? LIKELY - 1 : phrase === 'vana' ? LIKELY - 1.5 : UNLIKELY),
    });
    await call.begin();
    await call.reply();
    expect(await call.reply()).toBe('Mati vanhu 7. Ndizvo here?');
    await call.reply();
    await call.pass(1_500);
    expect(call.answers.at(-1)).toMatchObject({ question: 'varwere', value: 7, isConfirmed: true });
  });

  it('is a wish not to be called again, which is read back', async () => {
    const call = new ScriptedInterview({
      heard: [{ text: 'Musani Fenerid.', confidence: 0.3 }],
      score: likest('musandifonerezve'),
    });
    await atConsent(call);
    expect(await call.reply()).toBe(call.phrase('opt-out-read-back'));
  });
});

it('reads a spoken day back however plainly it was said: "svondo rapfuura" is a week to some', async () => {
  const call = new ScriptedInterview({
    heard: ['Kwete.', 'Tinoiwana kutsime.', 'Vashanu.', 'Hongu.', { text: 'Svondo rapfuura.', confidence: 0.99 }],
  });
  await call.begin();
  for (let turn = 0; turn < 4; turn++) await call.reply();
  expect(await call.reply()).toMatch(/^Mati .*Ndizvo here\?$/);
  expect(call.answers.map(({ question }) => question)).not.toContain('kiriniki');
});

describe('no consent', () => {
  it.each([
    ['a cough', { text: '1, 2, 1', confidence: 0.4 }, 'hongu'],
    ['a hum', { text: 'Hmm', confidence: 0.2 }, 'yes'],
    ['a grunt', { text: 'Mhm', confidence: 0.6 }, 'hongu'],
    ['a breath that sounds like a short yes', { text: 'Hiss...', confidence: 0.2 }, 'yeah'],
    ['a song', { text: 'hihihihihi', confidence: 0.3 }, 'hongu hongu'],
  ])('comes of %s, however like a yes it is', async (_, line, phrase) => {
    const score = (__: string, each: string): number => (each === phrase ? -4.2 : -5.4);
    const call = new ScriptedInterview({ heard: [line], score });
    await atConsent(call);
    await call.reply();
    await call.pass(3_000);
    expect(call.notes).toEqual([]);
  });
});
