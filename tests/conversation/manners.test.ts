import { describe, expect, it } from 'vitest';
import { ScriptedDialogueEngine } from '../support/scripted-models.ts';
import { answerOf, hotline, ScriptedCall } from './scripted-call.ts';

const OPENING = 'Kiriniki inovhura nguvai mangwana?';
const phraseOf = (id: string): string => hotline.phrases.get(id)!.text;
const HELP = phraseOf('help');

describe('a greeting', () => {
  it('is returned in kind, and a second one is answered shortly', async () => {
    const call = new ScriptedCall({ heard: ['Mangwanani, mamuka sei?', 'Tiripo makadiiwo', OPENING] });
    await call.untilSaid();
    await call.say(1500);
    expect((await call.untilSaid()).text).toBe(`Ndamuka kana mamukawo. ${HELP}`);
    await call.say(1500);
    expect((await call.untilSaid()).text).toBe(phraseOf('greeting-again'));
    await call.say(1500);
    expect((await call.untilSaid()).cardId).toBe('nguva-dzekuvhura');
  });

  it('follows the caller who says good evening in the morning', async () => {
    const call = new ScriptedCall({ heard: ['Manheru akanaka'] });
    expect((await call.untilSaid()).text).toMatch(/^Mangwanani, /u);
    await call.say(1200);
    expect((await call.untilSaid()).text).toBe(`Manheru, makadii? ${HELP}`);
  });

  it('with a question behind it goes to the question', async () => {
    const call = new ScriptedCall({ heard: [`Mangwanani, makadii, ${OPENING}`] });
    await call.untilSaid();
    await call.say(2500);
    expect((await call.untilSaid()).cardId).toBe('nguva-dzekuvhura');
  });

  it('is not answered again because it was said in two pieces and taken back', async () => {
    const call = new ScriptedCall({ heard: ['Mangwanani', 'Mangwanani, makadii'] });
    await call.untilSaid();
    await call.say(700);
    await call.pass(220);
    await call.say(700);
    expect((await call.untilSaid()).text).toBe(`Tiripo makadiiwo? ${HELP}`);
  });
});

describe('a caller who asks for slower speech', () => {
  it('hears what was said again, slower each time, and everything after it too', async () => {
    const call = new ScriptedCall({ heard: [OPENING, 'Taurai zvishoma nezvishoma', OPENING, OPENING] });
    await call.untilSaid();
    await call.say(1800);
    const usual = await call.untilSaid();
    await call.say(1500);
    const slower = await call.untilSaid();
    expect(slower.text).toBe(`${phraseOf('slower')} ${usual.text}`);
    await call.say(1800);
    const after = await call.untilSaid();
    expect(after.heardText).toBe(usual.heardText);
    expect(after.heardMs / usual.heardMs).toBeCloseTo(1 / 0.8, 1);
    call.leg.press('8');
    await call.untilSaid();
    await call.say(1800);
    const slowest = await call.untilSaid();
    expect(slowest.heardMs / usual.heardMs).toBeCloseTo(1 / 0.65, 1);
  });

  it('is promised it once, also when the answer is repeated', async () => {
    const call = new ScriptedCall({ heard: [OPENING, 'zvishoma nezvishoma', 'dzokororai'] });
    await call.untilSaid();
    await call.say(1800);
    const answer = await call.untilSaid();
    await call.say(1200);
    await call.untilSaid();
    await call.say(1200);
    const again = await call.untilSaid();
    expect(again.text).toBe(answer.text);
    expect(again.heardMs).toBeGreaterThan(answer.heardMs * 1.15);
  });

  it('is not slowed down by an answer that was never heard', async () => {
    const call = new ScriptedCall({ heard: ['zvishoma nezvishoma', OPENING, OPENING] });
    const probe = new ScriptedCall({ heard: [OPENING] });
    for (const one of [call, probe]) await one.untilSaid();
    await call.say(700);
    await call.pass(220);
    await call.say(900);
    await probe.say(1800);
    expect((await call.untilSaid()).heardMs).toBeCloseTo((await probe.untilSaid()).heardMs, -2);
  });

  it('hears the language model slower too', async () => {
    const clock = { nowMs: () => 0, wallMs: () => 0, after: () => () => undefined, sleep: () => Promise.resolve() };
    const replies = [
      ['Bvunzai henyu, ', 'ndiri kuteerera.'],
      ['Bvunzai henyu, ', 'ndiri kuteerera.'],
    ];
    const dialogue = new ScriptedDialogueEngine({ clock, replies, firstPieceMs: 0, pieceMs: 0 });
    const chat = 'Nhasi kuri kutonhora zvikuru shamwari yangu.';
    const call = new ScriptedCall({ heard: [chat, chat], dialogue });
    await call.untilSaid();
    await call.say(1500);
    const usual = await call.untilSaid();
    expect(usual.source).toBe('llm');
    call.leg.press('8');
    await call.untilSaid();
    await call.say(1500);
    const slower = await call.untilSaid();
    expect(slower).toMatchObject({ source: 'llm', text: usual.text });
    expect(slower.heardMs / usual.heardMs).toBeCloseTo(1 / 0.8, 1);
  });
});

describe('repeating', () => {
  it('works by word and by key in the middle of the greeting', async () => {
    const call = new ScriptedCall({ heard: ['Dzokororai'] });
    await call.until(() => call.all('first-frame-sent').length === 1);
    await call.pass(1500);
    await call.say(1200);
    await call.until(() => call.all('agent-said').at(-1)?.isComplete === true);
    const [cut, again] = call.all('agent-said');
    const greeting = call.all('answer-text')[0]!.text;
    expect(cut).toMatchObject({ isComplete: false });
    expect(again!.text).toBe(greeting);
    call.leg.press('9');
    expect((await call.untilSaid()).text).toBe(greeting);
  });

  it('says what the language model said, not the answer before it', async () => {
    const clock = { nowMs: () => 0, wallMs: () => 0, after: () => () => undefined, sleep: () => Promise.resolve() };
    const replies = [['Bvunzai henyu, ', 'ndiri kuteerera.']];
    const dialogue = new ScriptedDialogueEngine({ clock, replies, firstPieceMs: 0, pieceMs: 0 });
    const chat = 'Nhasi kuri kutonhora zvikuru shamwari yangu.';
    const call = new ScriptedCall({ heard: [OPENING, chat], dialogue });
    await call.untilSaid();
    await call.say(1500);
    await call.untilSaid();
    await call.say(1500);
    const free = await call.untilSaid();
    expect(free.source).toBe('llm');
    call.leg.press('9');
    expect((await call.untilSaid()).text).toBe(free.heardText);
  });
});

describe('words about violence, death and danger', () => {
  it('get the reviewed sentence and the person’s number, and the call goes on', async () => {
    const call = new ScriptedCall({ heard: ['Ndabatwa chibharo', OPENING] });
    await call.untilSaid();
    await call.say(1500);
    const said = await call.untilSaid();
    expect(said.text).toBe(`${phraseOf('emergency')} ${phraseOf('human-number')}`);
    expect(call.endedWith).toBeUndefined();
    await call.say(1500);
    expect((await call.untilSaid()).cardId).toBe('nguva-dzekuvhura');
  });

  it('are answered calmly where no card answers and nobody is in danger', async () => {
    const call = new ScriptedCall({ heard: ['Ndine kushushikana kukuru, baba vangu vakashaika nezuro'] });
    await call.untilSaid();
    await call.say(2000);
    const said = await call.untilSaid();
    expect(said.text).toBe(`${phraseOf('sensitive')} ${phraseOf('human-number')}`);
    expect(said.source).toBe('pack');
  });

  it('lead to a person at once where the trunk can put the call through', async () => {
    const call = new ScriptedCall({ heard: ['Ndabatwa chibharo', 'Hongu'], circumstances: { canTransfer: true } });
    await call.untilSaid();
    await call.say(1500);
    expect((await call.untilSaid()).text).toBe(`${phraseOf('emergency')} ${phraseOf('offer-transfer')}`);
    await call.say(600);
    expect((await call.untilSaid()).text).toBe(phraseOf('transferring'));
  });

  it('do not push a card aside that answers them', async () => {
    const call = new ScriptedCall({ heard: ['Ndingaongororwa HIV kupi?'] });
    await call.untilSaid();
    await call.say(1500);
    expect((await call.untilSaid()).heardText).toBe(answerOf('hiv'));
  });
});

describe('a question of which one word may have been another', () => {
  it('is said back before it is answered', async () => {
    const call = new ScriptedCall({ heard: ['Bhanga rinovhura nguvai?'] });
    await call.untilSaid();
    await call.say(1_500);
    const { heardText } = await call.untilSaid();
    expect(heardText).toBe(`${phraseOf('asked-about')} Munovhura nguvai? ${answerOf('nguva-dzekuvhura')}`);
  });

  it('is not, where all of it was heard', async () => {
    const call = new ScriptedCall({ heard: [OPENING] });
    await call.untilSaid();
    await call.say(1_500);
    expect((await call.untilSaid()).heardText).toBe(answerOf('nguva-dzekuvhura'));
  });
});

describe('a caller who waits', () => {
  it('does not hear the same words each time', async () => {
    const call = new ScriptedCall({ heard: [OPENING, OPENING, OPENING], transcribeMs: 2_500 });
    await call.untilSaid();
    const told: string[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      await call.say(1_500);
      told.push((await call.untilSaid()).text);
      await call.untilSaid();
    }
    expect(told).toEqual([phraseOf('check'), phraseOf('hold'), phraseOf('check')]);
  });

  it('is answered no later than the end of those words', async () => {
    const call = new ScriptedCall({ heard: [OPENING], transcribeMs: 1_900 });
    await call.untilSaid();
    await call.say(1_500);
    const told = await call.untilSaid();
    await call.until(() => call.all('first-frame-sent').length === 3);
    expect(call.all('first-frame-sent').at(-1)!.atMs - told.atMs).toBeLessThanOrEqual(40);
  });
});

describe('the question whether the caller is there', () => {
  it('is not asked into the beginning of what they say', async () => {
    const probe = new ScriptedCall();
    await probe.untilSaid();
    await probe.until(() => probe.all('answer-text').some(({ text }) => text === phraseOf('still-there')));
    const dueMs = probe.clock.nowMs();
    const call = new ScriptedCall({ heard: [OPENING] });
    await call.untilSaid();
    await call.pass(dueMs - call.clock.nowMs() - 80);
    await call.say(1_600);
    expect((await call.untilSaid()).cardId).toBe('nguva-dzekuvhura');
    expect(call.all('answer-text').some(({ text }) => text === phraseOf('still-there'))).toBe(false);
  });

  it('is asked all the same where the line is noisy for a moment', async () => {
    const call = new ScriptedCall();
    await call.untilSaid();
    await call.pass(6_960);
    await call.say(20);
    expect((await call.untilSaid()).text).toBe(phraseOf('still-there'));
  });

  it('waits its whole time again after a sound that was no speech', async () => {
    const call = new ScriptedCall({ heard: [{ text: '', doubt: 'no-speech' }] });
    await call.untilSaid();
    await call.pass(6_000);
    await call.say(300);
    const endMs = call.clock.nowMs();
    expect((await call.untilSaid()).text).toBe(phraseOf('still-there'));
    expect(call.all('answer-text').at(-1)!.atMs - endMs).toBeGreaterThan(7_000);
  });
});
