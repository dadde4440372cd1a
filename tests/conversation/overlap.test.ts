import { describe, expect, it } from 'vitest';
import { answerOf, hotline, ScriptedCall, type ScriptedCallOptions } from './scripted-call.ts';

const OPENING = 'Kiriniki inovhura nguvai mangwana?';
const BIRTH = 'Ndingawana sei chitupa chekuberekwa?';
const PRICES = 'Mishonga inodhura zvakadii?';
const LONG = 'chitupa-chekuberekwa';
const phraseOf = (id: string): string => hotline.phrases.get(id)!.text;
const { backchannel, interrupt } = hotline.pack.classes;
/** The audio is most like these words. */
const soundsLike =
  (forms: readonly string[]) =>
  (_: string, phrase: string): number =>
    forms.includes(phrase) ? -2 : -5;
const listens = { score: soundsLike(backchannel.forms) };
const stops = { score: soundsLike(interrupt.forms) };

/** A call in which the agent is 2 s into a long answer. */
async function underAnswer(options: ScriptedCallOptions): Promise<ScriptedCall> {
  const heard = typeof options.heard === 'function' ? options.heard : [BIRTH, ...(options.heard ?? [])];
  const call = new ScriptedCall({ ...options, heard });
  await call.untilSaid();
  await call.say(1_800);
  await call.until(() => call.all('first-frame-sent').length === 2);
  await call.pass(2_000);
  return call;
}

/** Longest silence of the far end between two moments, and where it began. */
function gap(call: ScriptedCall, fromMs: number, toMs: number): { ms: number; atMs: number } {
  const plays = call.leg.frames.map(({ playsAtMs }) => playsAtMs).filter((ms) => ms >= fromMs - 40 && ms <= toMs);
  let longest = { ms: 0, atMs: 0 };
  plays.forEach((ms, n) => {
    const silentMs = (plays[n + 1] ?? toMs) - ms - 20;
    if (silentMs > longest.ms) longest = { ms: silentMs, atMs: ms + 20 };
  });
  return longest;
}

describe('a word of listening under an answer', () => {
  it.each([160, 280, 360, 440])(
    'of %i ms is a short hesitation at most: the agent goes on, nothing is lost, and at most a word is said twice',
    async (ms) => {
      const call = await underAnswer(listens);
      const onsetMs = call.clock.nowMs();
      await call.say(ms);
      await call.pass(1_500);
      expect(gap(call, onsetMs, onsetMs + 1_500).ms).toBeLessThan(400);
      const answer = await call.untilSaid();
      expect(answer).toMatchObject({ cardId: LONG, isComplete: true, heardText: answerOf(LONG) });
      expect(call.all('backchannel')).toHaveLength(1);
      expect(call.all('barge-in')).toHaveLength(0);
      expect(call.leg.clears).toHaveLength(0);
      for (const { againMs } of call.all('overlap-resumed')) expect(againMs).toBeLessThanOrEqual(1_000);
      // It is not answered either: the next thing said is the question whether they are there.
      expect((await call.untilSaid()).text).toBe(phraseOf('still-there'));
    },
  );

  it('leaves the account of what was heard exact', async () => {
    const plain = await underAnswer({});
    const { heardMs } = await plain.untilSaid();
    const call = await underAnswer(listens);
    await call.say(360);
    expect((await call.untilSaid()).heardMs).toBe(heardMs);
    const [{ againMs } = { againMs: NaN }] = call.all('overlap-resumed');
    const sentMs = (leg: ScriptedCall['leg']): number => leg.frames.length * 20;
    expect(sentMs(call.leg) - sentMs(plain.leg)).toBeGreaterThanOrEqual(againMs - 20);
    expect(sentMs(call.leg) - sentMs(plain.leg)).toBeLessThanOrEqual(againMs + 20);
  });

  it('lets the agent go on by its length when the recogniser is slow', async () => {
    const call = await underAnswer({ ...listens, transcribeMs: 1_000 });
    const onsetMs = call.clock.nowMs();
    await call.say(400);
    await call.pass(1_500);
    expect(call.all('overlap-resumed')).toMatchObject([{ why: 'brief' }]);
    expect(gap(call, onsetMs, onsetMs + 1_500).ms).toBeLessThan(400);
    expect((await call.untilSaid()).isComplete).toBe(true);
  });

  it('lets the agent go on when the recogniser fails', async () => {
    let isBroken = false;
    const score = (): number => {
      if (isBroken) throw new Error('no model');
      return -6;
    };
    const call = await underAnswer({ score });
    isBroken = true;
    await call.say(360);
    expect((await call.untilSaid()).isComplete).toBe(true);
    expect(call.all('stage-failed')).toMatchObject([{ stage: 'recognition' }]);
  });
});

describe('a cough', () => {
  it('too short for a word is not even recognised', async () => {
    const call = await underAnswer({});
    await call.say(200);
    await call.pass(800);
    expect(call.all('overlap-resumed')).toMatchObject([{ why: 'brief' }]);
    expect((call.recognizer as unknown as { askedClosed: unknown[] }).askedClosed).toHaveLength(0);
    expect((await call.untilSaid()).isComplete).toBe(true);
  });
});

describe('an interruption', () => {
  it('silences the agent within 400 ms, and its first word is in what is recognised', async () => {
    const call = await underAnswer({ heard: [PRICES] });
    const onsetMs = call.clock.nowMs();
    await call.say(1_500);
    const { atMs } = gap(call, onsetMs, onsetMs + 1_500);
    expect(atMs - onsetMs).toBeLessThanOrEqual(400);
    const answer = await call.untilSaid();
    expect(answer).toMatchObject({ cardId: 'mutengo-wemishonga', isComplete: true });
    const { asked } = call.recognizer as unknown as { asked: { pcm: Int16Array }[] };
    const { pcm } = asked.at(-1)!;
    const firstLoud = pcm.findIndex((sample) => Math.abs(sample) > 1_000);
    expect(firstLoud).toBeGreaterThan(200 * 8);
    expect(pcm.length - firstLoud).toBeGreaterThanOrEqual(1_500 * 8);
  });

  it('by a single word that means stop takes the floor when the word is known', async () => {
    const call = await underAnswer({ ...stops, heard: ['Mirai'] });
    const onsetMs = call.clock.nowMs();
    await call.say(420);
    await call.until(() => call.all('barge-in').length === 1);
    expect(call.clock.nowMs() - onsetMs).toBeLessThanOrEqual(900);
    await call.pass(2_000);
    // Nothing is said to "wait": the agent waits.
    expect(call.all('agent-said').at(-1)).toMatchObject({ cardId: LONG, isComplete: false });
    expect((await call.untilSaid()).text).toBe(phraseOf('still-there'));
  });

  it('takes the floor from an agent that had gone on, when the word was late', async () => {
    const call = await underAnswer({ ...stops, transcribeMs: 500, heard: [OPENING] });
    await call.say(420);
    await call.pass(1_500);
    expect(call.all('overlap-resumed')).toMatchObject([{ why: 'brief' }]);
    expect(call.all('barge-in')).toHaveLength(1);
    expect((await call.untilSaid()).cardId).toBe('nguva-dzekuvhura');
  });

  it('of the greeting is answered', async () => {
    const call = new ScriptedCall({ heard: [OPENING] });
    await call.until(() => call.all('first-frame-sent').length === 1);
    await call.pass(900);
    await call.say(1_600);
    await call.until(() => call.all('agent-said').some(({ cardId }) => cardId === 'nguva-dzekuvhura'));
    expect(call.all('agent-said')[0]).toMatchObject({ isComplete: false });
  });

  it('that never ends is answered at the utterance limit', async () => {
    let asked = 0;
    const call = await underAnswer({ heard: () => (asked++ === 0 ? BIRTH : OPENING) });
    await call.say(40_000);
    expect(call.all('agent-said').some(({ cardId }) => cardId === 'nguva-dzekuvhura')).toBe(true);
  });
});

describe('an answer under the end of a question', () => {
  const asked = async (options: ScriptedCallOptions): Promise<ScriptedCall> => {
    const heard = ['Ndabatwa chibharo', 'Hongu', 'Hongu'];
    const call = new ScriptedCall({ ...options, heard, circumstances: { canTransfer: true } });
    await call.untilSaid();
    await call.say(1_500);
    await call.until(() => call.all('first-frame-sent').length === 2);
    const { atMs, text } = call.all('answer-text').at(-1)!;
    expect(text).toContain(phraseOf('offer-transfer'));
    // 60 ms a letter: a second before its end.
    await call.pass(atMs + text.length * 60 - 900 - call.clock.nowMs());
    return call;
  };

  it('is one, though it is a word of listening elsewhere', async () => {
    const call = await asked(listens);
    await call.say(380);
    await call.until(() => call.all('agent-said').at(-1)?.text === phraseOf('transferring'));
    expect(call.all('barge-in')).toHaveLength(1);
  });

  it('that comes in its last moment is one too', async () => {
    const call = await asked(listens);
    await call.pass(640);
    await call.say(380);
    await call.until(() => call.all('agent-said').at(-1)?.text === phraseOf('transferring'));
  });
});

describe('the agent’s own voice from the line', () => {
  it('at −12 dB after 120 ms stops nothing, and a caller over it is heard', async () => {
    // The synthesiser hums one tone; a voice has a loudness that echo is known by.
    const call = await underAnswer({ heard: [PRICES], echo: { delayMs: 120, db: -12 } });
    expect(call.all('speech-start')).toHaveLength(1);
    const onsetMs = call.clock.nowMs();
    await call.say(1_500);
    expect(call.leg.clears.at(-1)!.atMs - onsetMs).toBeLessThanOrEqual(800);
    expect((await call.untilSaid()).cardId).toBe('mutengo-wemishonga');
  });
});

describe('somebody else in the room', () => {
  it('does not stop an agent that knows how loud its caller is', async () => {
    const call = await underAnswer({});
    const onsetMs = call.clock.nowMs();
    await call.say(2_000, 0.3);
    expect(call.all('overlap-held')).toHaveLength(0);
    expect(gap(call, onsetMs, onsetMs + 2_000).ms).toBe(0);
    expect((await call.untilSaid()).isComplete).toBe(true);
  });

  it('is not asked to say that again', async () => {
    const call = await underAnswer({ heard: ['xkcd qwrt lll', 'xkcd qwrt lll'] });
    await call.untilSaid();
    await call.say(1_500, 0.3);
    expect((await call.untilSaid()).text).toBe(phraseOf('still-there'));
    await call.say(1_500);
    expect((await call.untilSaid()).text).toBe(phraseOf('not-understood'));
  });
});

describe('a hold', () => {
  const held = async (): Promise<ScriptedCall> => {
    const call = await underAnswer({});
    await call.say(260);
    expect(call.all('overlap-held')).toHaveLength(1);
    return call;
  };

  it('ends with a key', async () => {
    const call = await held();
    call.leg.press('4');
    await call.until(() => call.all('agent-said').some(({ cardId }) => cardId === 'mutengo-wemishonga'));
    expect(call.all('agent-said').at(-1)?.isComplete).toBe(true);
  });

  it('ends with the call, and leaves no timer behind', async () => {
    const call = await held();
    call.leg.callerHangsUp();
    await call.clock.advance(2_000);
    expect(call.clock.pendingTimers).toBe(0);
    expect(call.all('agent-said').at(-1)).toMatchObject({ isComplete: false });
    expect(call.endedWith).toEqual({ result: 'caller', reason: 'hung-up' });
  });

  it('keeps back an answer that becomes ready meanwhile', async () => {
    const call = await underAnswer({});
    call.leg.press('4');
    await call.say(260);
    await call.pass(200);
    const said = await call.untilSaid();
    expect(said).toMatchObject({ cardId: 'mutengo-wemishonga', isComplete: true });
  });
});
