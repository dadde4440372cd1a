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
