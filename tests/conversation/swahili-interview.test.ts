/** The example interview in Swahili, whose grammar is tables alone: by voice and by keys, to its end. */
import { describe, expect, it } from 'vitest';
import { loadInterview, readScript } from '#prompts/campaign.ts';
import type { HeardLine } from '../support/scripted-models.ts';
import { ScriptedInterview } from './scripted-interview.ts';

const { id, text } = readScript('afya');
const interview = loadInterview(id, text);
const YES = 'Ndiyo.';
const plainly = (said: string): HeardLine => ({ text: said, confidence: 0.9 });

const call = (...heard: readonly HeardLine[]): ScriptedInterview =>
  new ScriptedInterview({ interview, heard, circumstances: { vars: { jina: 'Asha' }, tz: 'Africa/Dar_es_Salaam' } });

describe('an interview in Swahili', () => {
  it('is held by voice to its end', async () => {
    const held = call(
      ...[YES, YES, YES, plainly('Watu wawili.'), 'Kisima.', plainly('Tarehe kumi na mbili Oktoba.'), YES],
      plainly('Iongeze dawa na wauguzi.'),
    );
    expect(await held.untilSaid()).toBe('Habari za asubuhi. Je, ninaongea na Asha?');
    expect(await held.reply()).toContain('Mimi ni mashine, siyo mtu.');
    expect(await held.reply()).toBe(held.question('kuhara'));
    expect(await held.reply()).toBe(held.question('wagonjwa'));
    expect(await held.reply()).toBe(held.question('maji'));
    expect(await held.reply()).toBe(held.question('zahanati'));
    expect(await held.reply()).toBe('Umesema tarehe 12 Oktoba 2026. Je, ni sahihi?');
    expect(await held.reply()).toBe(held.question('maoni'));
    expect(await held.reply(2_500)).toContain(interview.closing);
    const { outcome } = await held.untilOver();
    expect(outcome).toMatchObject({ result: 'completed', answeredBy: 'person' });
    expect(held.answers.map(({ question, value, method }) => [question, value, method])).toEqual([
      ['kuhara', true, 'speech'],
      ['wagonjwa', 2, 'speech'],
      ['maji', 'kisima', 'speech'],
      ['zahanati', '2026-10-12', 'speech'],
      ['maoni', 'Iongeze dawa na wauguzi.', 'speech'],
    ]);
  });

  it('is held by keys to its end', async () => {
    const held = call();
    await held.begin();
    for (const [keys, then] of [
      ['2', 'maji'],
      ['3', 'zahanati'],
      ['12102026', 'maoni'],
    ] as const) {
      await held.press(keys, 300);
      expect(await held.untilSaid()).toBe(held.question(then));
    }
    await held.press('#', 0);
    expect(await held.untilSaid()).toContain(interview.closing);
    expect((await held.untilOver()).outcome).toMatchObject({ result: 'completed' });
    expect(held.answers.map(({ value }) => value)).toEqual([false, 'ziwa', '2026-10-12']);
  });

  it('says back what was not heard plainly, in words that agree with what is counted', async () => {
    const held = call({ text: 'Watu watano.', confidence: 0.3 }, YES);
    await held.begin();
    await held.press('1', 0);
    await held.untilSaid();
    expect(await held.reply()).toBe('Umesema watu 5. Je, ni sahihi?');
    expect(interview.pack.language.speakable('Umesema watu 5.')).toBe('Umesema watu watano.');
    expect(await held.reply()).toBe(held.question('maji'));
    expect(held.answers).toMatchObject([{ value: true }, { question: 'wagonjwa', value: 5, isConfirmed: true }]);
  });

  it('rings again when it was asked to, by the hours of the day as they are counted there', async () => {
    const held = call('Nipigie kesho saa tatu asubuhi.', YES);
    await held.untilSaid();
    await held.press('1', 0);
    await held.untilSaid();
    const readBack = await held.reply();
    expect(interview.pack.language.speakable(readBack)).toBe(
      'Umesema tukupigie kesho saa tatu asubuhi. Je, ni sahihi?',
    );
    expect(await held.reply()).toContain('tutakupigia kesho');
    const { outcome } = await held.untilOver();
    // Nine in the morning in Dar es Salaam, three hours before UTC.
    expect(outcome).toMatchObject({ result: 'callback', callbackAt: Date.UTC(2026, 10, 24, 6, 0) });
  });

  it('never rings again when it was told so', async () => {
    const held = call('Msinipigie tena.');
    await held.untilSaid();
    expect(await held.reply()).toBe(held.phrase('opt-out'));
    expect((await held.untilOver()).outcome).toMatchObject({ result: 'opted_out' });
    expect(held.optOuts).toMatchObject([{ method: 'speech' }]);
  });
});
