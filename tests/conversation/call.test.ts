import { describe, expect, it } from 'vitest';
import { TURN_POLICY } from '#pipeline/turn/policy.ts';
import { ScriptedDialogueEngine } from '../support/scripted-models.ts';
import { answerOf, hotline, ScriptedCall } from './scripted-call.ts';

const OPENING = 'Kiriniki inovhura nguvai mangwana?';
const PRICES = 'Mishonga inodhura zvakadii?';
const BIRTH = 'Ndingawana sei chitupa chekuberekwa?';
const phraseOf = (id: string): string => hotline.phrases.get(id)!.text;

describe('a call', () => {
  it('greets by the time of day, answers from a card, and says goodbye', async () => {
    const call = new ScriptedCall({ heard: [OPENING, 'Chisarai zvakanaka.'] });
    const greeting = await call.untilSaid();
    expect(greeting.text).toMatch(/^Mangwanani, /);
    const endMs = await call.say(1800);
    const answer = await call.untilSaid();
    expect(answer).toMatchObject({ source: 'card', cardId: 'nguva-dzekuvhura', isComplete: true });
    expect(answer.heardText).toBe(answerOf('nguva-dzekuvhura'));
    expect(call.firstFrameAfter(endMs)! - endMs).toBeLessThanOrEqual(500);
    await call.say(1000);
    await call.until(() => call.endedWith !== undefined);
    expect(call.endedWith).toEqual({ result: 'success', reason: 'conversation-finished' });
    expect(call.all('agent-said').at(-1)?.text).toBe(phraseOf('goodbye'));
  });

  it('leaves no timer behind, however it ends', async () => {
    const call = new ScriptedCall({ heard: [OPENING] });
    await call.untilSaid();
    await call.say(1500);
    await call.pass(1500);
    call.leg.callerHangsUp();
    await call.clock.advance(5000);
    expect(call.endedWith).toEqual({ result: 'caller', reason: 'hung-up' });
    expect(call.clock.pendingTimers).toBe(0);
    expect(call.events.at(-1)?.kind).toBe('call-ended');
  });
});

describe('an interruption', () => {
  it('silences the agent, keeps what was heard, and is answered', async () => {
    const call = new ScriptedCall({ heard: [BIRTH, PRICES] });
    await call.untilSaid();
    await call.say(1800);
    await call.until(() => call.all('first-frame-sent').length === 2);
    await call.pass(2500);
    const onsetMs = call.clock.nowMs();
    await call.say(1500);
    const cleared = call.leg.clears.at(-1);
    expect(cleared!.atMs - onsetMs).toBeLessThanOrEqual(TURN_POLICY.bargeInMs + 100);
    const cut = call.all('agent-said').at(-1)!;
    expect(cut).toMatchObject({ cardId: 'chitupa-chekuberekwa', isComplete: false });
    expect(answerOf('chitupa-chekuberekwa').startsWith(cut.heardText)).toBe(true);
    expect(cut.heardText.length).toBeGreaterThan(10);
    // Nothing of the old answer follows: the next frame is the next answer's.
    const next = call.firstFrameAfter(cleared!.atMs);
    const answer = await call.untilSaid();
    expect(answer).toMatchObject({ cardId: 'mutengo-wemishonga', isComplete: true });
    expect(next === undefined || next > onsetMs + 1500).toBe(true);
  });

  it('by a short sound does not stop the agent', async () => {
    const call = new ScriptedCall({ heard: [OPENING] });
    await call.untilSaid();
    await call.say(1500);
    await call.until(() => call.all('first-frame-sent').length === 2);
    await call.pass(1000);
    await call.say(160);
    const answer = await call.untilSaid();
    expect(answer.isComplete).toBe(true);
    expect(call.all('backchannel')).toHaveLength(1);
    expect(call.leg.clears).toHaveLength(0);
  });
});

describe('a caller who pauses', () => {
  it('inside a sentence is heard as one utterance, and what was prepared is not heard', async () => {
    const call = new ScriptedCall({ heard: ['Kiriniki inovhura', OPENING] });
    await call.untilSaid();
    await call.say(900);
    await call.pass(220);
    await call.say(900);
    const answer = await call.untilSaid();
    expect(answer.cardId).toBe('nguva-dzekuvhura');
    expect(call.all('speculation-discarded')).toHaveLength(1);
    expect(call.all('end-of-turn')).toHaveLength(1);
  });

  it('just longer than the end of turn is still on the same utterance when the answer has not sounded', async () => {
    const call = new ScriptedCall({
      heard: [{ text: 'Mwana wangu' }, 'Mwana wangu ari kupisa muviri.'],
      transcribeMs: 700,
    });
    await call.untilSaid();
    await call.say(900);
    await call.pass(600);
    await call.say(1200);
    const answer = await call.untilSaid();
    expect(answer.cardId).toBe('kupisa-muviri');
    const utterances = (call.recognizer as unknown as { asked: { pcm: Int16Array }[] }).asked;
    // The second look is at both pieces: 0.9 + 0.6 + 1.2 s.
    expect(utterances.at(-1)!.pcm.length / 8).toBeGreaterThan(2700);
  });
});

describe('keys', () => {
  it('answer a card, repeat it, and interrupt', async () => {
    const call = new ScriptedCall();
    await call.pass(1000);
    call.leg.press('4');
    await call.until(() => call.all('agent-said').some((said) => said.cardId === 'mutengo-wemishonga'));
    expect(call.all('agent-said')[0]).toMatchObject({ isComplete: false });
    call.leg.press('9');
    const again = await call.untilSaid();
    expect(again.heardText).toBe(answerOf('mutengo-wemishonga'));
  });

  it('in a storm neither crash nor pile up', async () => {
    const call = new ScriptedCall();
    await call.pass(500);
    for (let i = 0; i < 200; i++) call.leg.press(String(i % 10));
    await call.pass(20_000);
    call.leg.callerHangsUp();
    await call.clock.advance(1000);
    expect(call.clock.pendingTimers).toBe(0);
    expect(call.all('agent-said').filter((said) => said.isComplete).length).toBeLessThanOrEqual(3);
    expect(call.all('agent-said').filter((said) => said.isComplete).length).toBeGreaterThanOrEqual(1);
  });
});

describe('what is not understood', () => {
  it('is said honestly, and the third time a person is offered', async () => {
    const call = new ScriptedCall({ heard: ['xkcd qwrt lll', 'zzz bbb ccc', 'lll qqq'] });
    await call.untilSaid();
    for (const wanted of ['not-understood', 'not-understood', 'offer-human']) {
      await call.say(1500);
      expect((await call.untilSaid()).text).toBe(phraseOf(wanted));
    }
  });

  it('a cough is not answered at all', async () => {
    const call = new ScriptedCall({ heard: [{ text: '', doubt: 'no-speech' }] });
    await call.untilSaid();
    await call.say(300);
    await call.pass(2000);
    expect(call.all('agent-said')).toHaveLength(1);
  });
});

describe('the language model', () => {
  const SMALL_TALK = 'Nhasi kuri kutonhora zvikuru shamwari yangu.';

  it('speaks when no card answers', async () => {
    const call = new ScriptedCall({
      heard: [SMALL_TALK],
      dialogue: dialogue(['Bvunzai henyu, ', 'ndiri kuteerera.']),
    });
    await call.untilSaid();
    await call.say(1500);
    expect(await call.untilSaid()).toMatchObject({ source: 'llm', isComplete: true });
  });

  it('is not heard when it names a figure of its own', async () => {
    const call = new ScriptedCall({ heard: [SMALL_TALK], dialogue: dialogue(['Mushonga unoita madhora mashanu.']) });
    await call.untilSaid();
    await call.say(1500);
    expect((await call.untilSaid()).text).toBe(phraseOf('not-understood'));
  });

  function dialogue(pieces: readonly string[]): ScriptedDialogueEngine {
    return new ScriptedDialogueEngine({ clock: { ...CLOCKLESS }, replies: [pieces], firstPieceMs: 0, pieceMs: 0 });
  }
  const CLOCKLESS = {
    nowMs: () => 0,
    wallMs: () => 0,
    after: () => () => undefined,
    sleep: () => Promise.resolve(),
  };
});

describe('a caller who does not keep to turns', () => {
  it('a short word under the end of the greeting, then the question: one utterance, answered', async () => {
    const call = new ScriptedCall({ heard: [OPENING, OPENING] });
    await call.until(() => call.all('first-frame-sent').length === 1);
    const greetingMs = call.leg.frames.length;
    expect(greetingMs).toBeGreaterThan(0);
    const probe = new ScriptedCall();
    const { atMs } = await probe.untilSaid();
    await call.pass(atMs - call.clock.nowMs() - 300);
    await call.say(180);
    await call.pass(260);
    await call.say(1500);
    await call.until(() => call.all('agent-said').some((said) => said.cardId === 'nguva-dzekuvhura'));
  });

  it('speech without an end is answered at the utterance limit', async () => {
    const call = new ScriptedCall({ heard: () => OPENING });
    await call.untilSaid();
    await call.say(60_000);
    expect(call.all('agent-said').some((said) => said.cardId === 'nguva-dzekuvhura')).toBe(true);
  });

  it('an utterance in two pieces that was not understood counts once', async () => {
    const call = new ScriptedCall({ heard: () => 'zzz bbb ccc' });
    await call.untilSaid();
    await call.say(1500);
    await call.until(() => call.all('first-frame-sent').length === 2);
    await call.say(1500);
    await call.untilSaid();
    await call.say(1500);
    expect((await call.untilSaid()).text).toBe(phraseOf('not-understood'));
  });

  it('an answer that never comes is given up after a while', async () => {
    const call = new ScriptedCall({ heard: [OPENING], transcribeMs: 1e9 });
    await call.untilSaid();
    await call.say(1500);
    await call.until(() => call.all('agent-said').some((said) => said.text === phraseOf('error')));
    expect(call.endedWith).toBeUndefined();
  });
});

describe('trouble', () => {
  it('a recogniser that fails is spoken of, and the call goes on', async () => {
    const call = new ScriptedCall({
      recognizer: {
        name: 'broken',
        canScore: true,
        transcribe: () => Promise.reject(new Error('no model')),
        score: () => Promise.reject(new Error('no model')),
      },
    });
    await call.untilSaid();
    await call.say(1500);
    expect((await call.untilSaid()).text).toBe(phraseOf('error'));
    expect(call.all('stage-failed')[0]).toMatchObject({ stage: 'recognition' });
    expect(call.endedWith).toBeUndefined();
  });

  it('a recogniser that stays down leads to a person', async () => {
    const gone = (): Promise<never> => Promise.reject(new Error('no model'));
    const call = new ScriptedCall({ recognizer: { name: 'broken', canScore: true, transcribe: gone, score: gone } });
    await call.untilSaid();
    const said: string[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      await call.say(1500);
      said.push((await call.untilSaid()).text);
    }
    expect(said).toEqual([phraseOf('error'), phraseOf('error'), phraseOf('human-number')]);
  });

  it('a slow answer is announced after 1.2 s', async () => {
    const call = new ScriptedCall({ heard: [OPENING], transcribeMs: 3000 });
    await call.untilSaid();
    await call.say(1500);
    expect((await call.untilSaid()).text).toBe(phraseOf('check'));
    expect((await call.untilSaid()).cardId).toBe('nguva-dzekuvhura');
  });

  it('a silent caller is asked, then bidden goodbye', async () => {
    const call = new ScriptedCall();
    await call.until(() => call.endedWith !== undefined);
    expect(
      call
        .all('agent-said')
        .map((said) => said.text)
        .slice(1),
    ).toEqual([phraseOf('still-there'), phraseOf('goodbye')]);
    expect(call.endedWith).toEqual({ result: 'caller', reason: 'silent' });
  });

  it('a line that sends nothing while nobody speaks ends turns all the same', async () => {
    const call = new ScriptedCall({ heard: [OPENING], isSilentLineMute: true });
    await call.untilSaid();
    const endMs = await call.say(1500);
    const answer = await call.untilSaid();
    expect(answer.cardId).toBe('nguva-dzekuvhura');
    expect(call.firstFrameAfter(endMs)! - endMs).toBeLessThanOrEqual(800);
  });

  it('a gap that the line clock has counted already is not counted twice', async () => {
    const call = new ScriptedCall({ isSilentLineMute: true });
    await call.pass(5000);
    call.leg.lose(5000 * 8);
    call.leg.press('2');
    expect(call.all('dtmf').at(-1)?.audioMs).toBeLessThanOrEqual(5000);
  });

  it('a drain ends the call at once', async () => {
    const call = new ScriptedCall();
    await call.pass(500);
    call.drain();
    await call.clock.advance(100);
    expect(call.endedWith).toEqual({ result: 'ours', reason: 'drained' });
    expect(call.clock.pendingTimers).toBe(0);
  });
});
