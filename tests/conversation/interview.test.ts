import { describe, expect, it } from 'vitest';
import { exampleWith, ScriptedInterview } from './scripted-interview.ts';

const YES = 'Hongu.';
const NO = 'Kwete.';
const GREETING = 'Please leave a message after the tone.';

describe('an interview', () => {
  it('asks for the person and for consent, puts every question and says goodbye', async () => {
    const call = new ScriptedInterview({
      heard: [YES, YES, YES, { text: 'Vaviri.', confidence: 0.9 }, 'Tsime.', { text: 'Gumi neimwe.', confidence: 0.9 }],
    });
    expect(await call.untilSaid()).toBe('Mangwanani. Ndiri kutaura naVaMoyo here?');
    expect(await call.reply()).toContain('Ndiri muchina, kwete munhu.');
    expect(call.notes).toEqual([]);
    expect(await call.reply()).toBe(call.question('manyoka'));
    await call.pass(1_500);
    expect(call.notes).toEqual(['consented']);
    expect(await call.reply()).toBe(call.question('varwere'));
    expect(await call.reply()).toBe(call.question('mvura'));
    expect(await call.reply()).toBe(call.question('vagari'));
    expect(await call.reply()).toBe(call.question('kiriniki'));
    await call.press('23082026', 300);
    expect(await call.untilSaid()).toBe(call.question('mashoko'));
    await call.press('#', 0);
    expect(await call.untilSaid()).toContain(call.interview.closing);
    const { outcome, cause } = await call.untilOver();
    expect(cause).toEqual({ result: 'success', reason: 'conversation-finished' });
    expect(outcome).toMatchObject({ result: 'completed', answeredBy: 'person' });
    expect(call.answers.map(({ question, value, method }) => [question, value, method])).toEqual([
      ['manyoka', true, 'speech'],
      ['varwere', 2, 'speech'],
      ['mvura', 'tsime', 'speech'],
      ['vagari', 11, 'speech'],
      ['kiriniki', '2026-08-23', 'keys'],
    ]);
    await call.clock.advance(10_000);
    expect(call.clock.pendingTimers).toBe(0);
  });

  it('leaves out what an answer makes meaningless', async () => {
    const call = new ScriptedInterview({ heard: [NO] });
    await call.begin();
    expect(await call.reply()).toBe(call.question('mvura'));
    expect(call.answers).toMatchObject([{ question: 'manyoka', value: false }]);
  });

  it('keeps an open answer as it was understood', async () => {
    const answered = { manyoka: false, mvura: 'tsime', vagari: 4, kiriniki: '2026-01-02' };
    const call = new ScriptedInterview({
      heard: [{ text: 'Dai vawedzera vakoti vekiriniki.', confidence: 0.5 }],
      circumstances: { answered },
    });
    await call.begin();
    expect(await call.reply(2_500)).toContain(call.interview.closing);
    await call.untilOver();
    expect(call.answers).toMatchObject([
      { question: 'mashoko', value: 'Dai vawedzera vakoti vekiriniki.', confidence: 0.5, method: 'speech' },
    ]);
  });

  it('goes on where an earlier call broke off, and says so', async () => {
    const circumstances = { answered: { manyoka: false, mvura: 'tsime' }, resume: '{"leftOut":["vagari"]}' };
    const call = new ScriptedInterview({ circumstances });
    await call.untilSaid();
    await call.press('1', 0);
    expect(await call.untilSaid()).toContain(call.phrase('welcome-back'));
    await call.press('1', 0);
    expect(await call.untilSaid()).toBe(call.question('kiriniki'));
    call.leg.callerHangsUp();
    const { outcome } = await call.untilOver();
    expect(outcome).toMatchObject({ result: 'partial', resume: '{"leftOut":["vagari"]}', isAllAsked: false });
  });

  it('writes nothing of an answer that the caller goes on from', async () => {
    const call = new ScriptedInterview({ heard: [YES, 'Handizivi.'] });
    await call.begin();
    await call.say(500);
    await call.until(() => call.all('first-frame-sent').length === 4);
    await call.pass(100);
    await call.say(1_200);
    expect(await call.untilSaid()).toBeDefined();
    await call.pass(3_000);
    expect(call.answers).toEqual([]);
  });
});

describe('consent', () => {
  it('is not given by a yes to the half of what it is about', async () => {
    const call = new ScriptedInterview({ heard: ['Hongu hongu hongu hongu.', YES] });
    await call.untilSaid();
    await call.press('1', 0);
    await call.until(() => call.all('first-frame-sent').length === 2);
    await call.pass(1_500);
    await call.say(1_500);
    await call.untilSaid();
    expect(await call.untilSaid()).toContain(call.interview.consent.trim());
    expect(call.notes).toEqual([]);
    expect(await call.reply()).toBe(call.question('manyoka'));
    await call.pass(1_500);
    expect(call.notes).toEqual(['consented']);
  });

  it('can be refused', async () => {
    const call = new ScriptedInterview({ heard: [NO] });
    await call.untilSaid();
    await call.press('1', 0);
    await call.untilSaid();
    expect(await call.reply()).toBe(call.phrase('refused'));
    expect((await call.untilOver()).outcome.result).toBe('refused');
    expect(call.notes).toEqual([]);
  });

  it('is never taken from silence', async () => {
    const call = new ScriptedInterview();
    await call.untilSaid();
    expect(await call.untilSaid()).toContain(call.phrase('still-there'));
    expect(await call.untilSaid()).toBe(call.phrase('broken-off'));
    const { outcome, cause } = await call.untilOver();
    expect(cause).toEqual({ result: 'caller', reason: 'silent' });
    expect(outcome).toMatchObject({ result: 'partial', answeredBy: 'unknown' });
  });
});

describe('a wish not to be called again', () => {
  it('by key 9 under the opening is written before it is answered', async () => {
    const call = new ScriptedInterview();
    await call.until(() => call.all('first-frame-sent').length === 1);
    await call.press('9', 0);
    expect(call.optOuts).toMatchObject([{ method: 'keys', rawText: '9' }]);
    await call.until(() => call.result !== undefined);
    expect(call.all('agent-said').at(-1)!.heardText).toBe(call.phrase('opt-out'));
    expect(call.result!.outcome.result).toBe('opted_out');
  });

  it('by word over a question is heard', async () => {
    const call = new ScriptedInterview({ heard: ['Musandifonerezve, ndapota.'] });
    await call.untilSaid();
    await call.press('1', 0);
    await call.until(() => call.all('first-frame-sent').length === 2);
    await call.pass(1_000);
    await call.say(1_500);
    await call.untilOver();
    expect(call.optOuts).toMatchObject([{ method: 'speech', rawText: 'Musandifonerezve, ndapota.' }]);
    expect(call.result!.outcome.result).toBe('opted_out');
  });

  it('that was not heard plainly is read back, and only a no takes it back', async () => {
    const MUMBLED = { text: 'Mussandhi fenerizwa napauta', confidence: 0.3, doubt: 'low-confidence' } as const;
    for (const [reply, result] of [
      [YES, 'opted_out'],
      ['xkcd qwrt', 'opted_out'],
      [NO, 'partial'],
    ] as const) {
      const call = new ScriptedInterview({ heard: [MUMBLED, reply, reply] });
      await call.begin();
      expect(await call.reply()).toBe(call.phrase('opt-out-read-back'));
      expect(call.optOuts).toEqual([]);
      const said = await call.reply();
      if (reply === NO) expect(said).toBe(call.interview.questions[0]!.hint);
      if (reply === 'xkcd qwrt') await call.reply();
      call.leg.callerHangsUp();
      expect((await call.untilOver()).outcome.result).toBe(result);
      expect(call.optOuts).toHaveLength(result === 'opted_out' ? 1 : 0);
    }
  });

  it('is *9 where figures are entered, and 9 is a figure there', async () => {
    const circumstances = { answered: { manyoka: true } };
    const call = new ScriptedInterview({ circumstances });
    await call.begin();
    await call.press('9', 0);
    expect(await call.untilSaid()).toBe(call.question('mvura'));
    expect(call.answers).toMatchObject([{ question: 'varwere', value: 9, method: 'keys' }]);
    await call.press('1', 0);
    expect(await call.untilSaid()).toBe(call.question('vagari'));
    await call.press('*9', 200);
    expect((await call.untilOver()).outcome.result).toBe('opted_out');
    expect(call.optOuts).toMatchObject([{ rawText: '*9' }]);
  });

  it('is not made of a key that was pressed once too often', async () => {
    const call = new ScriptedInterview({
      interview: exampleWith(['to: 40', 'to: 99']),
      circumstances: { answered: { manyoka: false, mvura: 'tsime' } },
    });
    await call.begin();
    await call.press('999', 200);
    await call.untilSaid();
    expect(call.answers).toMatchObject([{ question: 'vagari', value: 99 }]);
    expect(call.optOuts).toEqual([]);
    expect(call.all('agent-said').at(-1)!.heardText).toBe(call.question('kiriniki'));
  });

  it('counts under the goodbye, too', async () => {
    const answered = { manyoka: false, mvura: 'tsime', vagari: 4, kiriniki: '2026-01-02' };
    const call = new ScriptedInterview({ circumstances: { answered } });
    await call.begin();
    await call.press('#', 300);
    await call.press('9', 1_000);
    await call.press('9', 0);
    expect((await call.untilOver()).outcome.result).toBe('opted_out');
  });
});

describe('call me later', () => {
  it('with a day and a time is read back and agreed', async () => {
    const call = new ScriptedInterview({ heard: ['Ndifonerei mangwana na3 masikati.', YES] });
    await call.untilSaid();
    expect(await call.reply(2_000)).toBe('Mati tokufonerai mangwana nguva dza15:00. Ndizvo here?');
    expect(await call.reply()).toContain('mangwana nguva dza15:00');
    const { outcome } = await call.untilOver();
    // 15:00 in Harare, UTC+2, of the day behind the virtual clock's.
    expect(outcome).toMatchObject({ result: 'callback', callbackAt: Date.UTC(2026, 10, 24, 13, 0) });
  });

  it('without a time asks for one, by voice or in hours by key', async () => {
    const call = new ScriptedInterview({ heard: ['Handina nguva izvozvi.'] });
    await call.untilSaid();
    expect(await call.reply(1_500)).toBe(call.phrase('later-when'));
    await call.press('3', 3_200);
    await call.untilSaid();
    await call.press('1', 0);
    const { outcome } = await call.untilOver();
    expect(outcome.result).toBe('callback');
    const hours = (outcome.callbackAt! - Date.UTC(2026, 10, 23, 6, 0)) / 3_600_000;
    expect(hours).toBeGreaterThan(3);
    expect(hours).toBeLessThan(3.1);
  });

  it('is some other time when no time is understood', async () => {
    const call = new ScriptedInterview({ heard: ['xkcd qwrt', 'zzz bbb'] });
    await call.untilSaid();
    await call.press('8', 0);
    await call.untilSaid();
    await call.reply();
    expect(await call.reply()).toBe(call.phrase('later-sometime'));
    expect((await call.untilOver()).outcome).toMatchObject({ result: 'callback', callbackAt: undefined });
  });
});

describe('a person', () => {
  it('is put through to where the trunk can do that', async () => {
    const call = new ScriptedInterview({ circumstances: { canTransfer: true } });
    await call.untilSaid();
    await call.press('0', 0);
    const { cause, outcome } = await call.untilOver();
    expect(cause).toEqual({ result: 'success', reason: 'transferred' });
    expect(outcome.result).toBe('human');
  });

  it('is named by number elsewhere, and the question is put again', async () => {
    const call = new ScriptedInterview({ heard: ['Ndinoda kutaura nemunhu.'] });
    await call.begin();
    const said = await call.reply(1_500);
    expect(said).toContain('077 200 3456');
    expect(said).toContain('manyoka here?');
  });
});

describe('the wrong person', () => {
  it('is let go, by a no to the name or by words', async () => {
    for (const heard of [NO, 'Makanganisa nhamba.']) {
      const call = new ScriptedInterview({ heard: [heard] });
      await call.untilSaid();
      expect(await call.reply()).toBe(call.phrase('wrong-person'));
      expect((await call.untilOver()).outcome.result).toBe('wrong_person');
    }
  });
});

describe('an answer that was not heard well', () => {
  it('is read back, and put again when it was wrong', async () => {
    const circumstances = { answered: { manyoka: true } };
    const heard = [{ text: 'Vatatu.', confidence: 0.6 }, NO, { text: 'Vana.', confidence: 0.6 }, YES];
    // Read out of the words alone: the audio favours nothing.
    const call = new ScriptedInterview({ heard, circumstances });
    await call.begin();
    expect(await call.reply()).toBe('Mati vanhu 3. Ndizvo here?');
    expect(await call.reply()).toContain('nhamba yevanhu vakarwara');
    expect(call.answers).toEqual([]);
    expect(await call.reply()).toBe('Mati vanhu 4. Ndizvo here?');
    expect(await call.reply()).toBe(call.question('mvura'));
    expect(call.answers).toMatchObject([{ question: 'varwere', value: 4, isConfirmed: true }]);
  });

  it('is asked for three times, then left out, and the interview is not complete', async () => {
    const call = new ScriptedInterview({
      heard: ['xkcd qwrt', 'zzz bbb', 'lll qqq'],
      circumstances: { answered: { manyoka: false } },
    });
    await call.begin();
    expect(await call.reply(1_500)).toContain(call.phrase('not-understood'));
    await call.reply(1_500);
    expect(await call.reply(1_500)).toBe(`${call.phrase('left-out')} ${call.question('vagari')}`);
    await call.press('4#', 300);
    await call.untilSaid();
    await call.press('#');
    await call.untilSaid();
    await call.press('#');
    expect((await call.untilOver()).outcome).toMatchObject({ result: 'partial' });
  });

  it('outside the range is asked for again', async () => {
    const call = new ScriptedInterview({ circumstances: { answered: { manyoka: false, mvura: 'tsime' } } });
    await call.begin();
    await call.press('0#', 300);
    const said = await call.untilSaid();
    expect(said).toContain('pa1');
    expect(said).toContain('pa40');
    expect(call.answers).toEqual([]);
  });
});

describe('at any question', () => {
  it('it is said again, and more slowly', async () => {
    const call = new ScriptedInterview({ heard: ['Dzokororai ndapota.', 'Taurai zvishoma.'] });
    await call.begin();
    expect(await call.reply()).toBe(call.question('manyoka'));
    expect(await call.reply()).toBe(`${call.phrase('slower')} ${call.question('manyoka')}`);
  });

  it('an emergency is answered first, and in an open answer kept as well', async () => {
    const answered = { manyoka: false, mvura: 'tsime', vagari: 4, kiriniki: '2026-01-02' };
    const call = new ScriptedInterview({ heard: ['Mwana wangu haasi kufema.'], circumstances: { answered } });
    await call.begin();
    expect(await call.reply(1_500)).toContain('994');
    await call.untilOver();
    expect(call.answers).toMatchObject([{ question: 'mashoko' }]);
  });

  it('a key that does nothing is named, and the question put again', async () => {
    const call = new ScriptedInterview();
    await call.begin();
    await call.press('5', 0);
    expect(await call.untilSaid()).toContain(call.phrase('unknown-key'));
  });
});

describe('whoever picks up', () => {
  it('is let say hello before a word is said', async () => {
    const call = new ScriptedInterview({ heard: ['Hello?'] });
    await call.pass(500);
    await call.say(500);
    expect(call.leg.frames).toHaveLength(0);
    expect(await call.untilSaid()).toContain('naVaMoyo here?');
  });

  it('is spoken to when they say nothing', async () => {
    const call = new ScriptedInterview();
    await call.until(() => call.leg.frames.length > 0);
    expect(call.clock.nowMs()).toBeLessThan(2_500);
  });

  it('and speaks on and on is a machine, which is hung up on', async () => {
    const call = new ScriptedInterview();
    await call.pass(400);
    await call.say(8_000);
    const { outcome } = await call.untilOver();
    expect(outcome).toMatchObject({ result: 'machine', answeredBy: 'machine' });
    expect(call.all('agent-said').filter(({ heardMs }) => heardMs > 300)).toEqual([]);
  });

  it('and has a long greeting of their own is no machine', async () => {
    const call = new ScriptedInterview({ heard: ['Mangwanani, mafona kumba kwaMoyo, ndiani ari kutaura?', YES] });
    await call.pass(400);
    await call.say(4_500);
    expect(await call.untilSaid()).toContain('naVaMoyo here?');
    expect(await call.reply()).toContain('Ndiri muchina');
  });

  it('is a machine by its words, and gets the message behind the beep', async () => {
    const interview = exampleWith([
      'closing:',
      'machineMessage: Kiriniki yeRugare yafona. Tichafona zvakare.\n\nclosing:',
    ]);
    const call = new ScriptedInterview({ interview, heard: [GREETING, GREETING] });
    await call.pass(400);
    await call.say(3_000);
    await call.pass(1_200);
    expect(call.leg.frames.length).toBeLessThan(20);
    await call.say(400, 1_000);
    const beepEndMs = call.clock.nowMs();
    expect(await call.untilSaid()).toBe('Kiriniki yeRugare yafona. Tichafona zvakare.');
    expect(call.leg.frames[0]!.atMs).toBeGreaterThan(beepEndMs - 300);
    expect((await call.untilOver()).outcome).toMatchObject({ result: 'machine', answeredBy: 'machine' });
  });
});
