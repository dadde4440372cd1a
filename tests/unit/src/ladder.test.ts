import { describe, expect, it } from 'vitest';
import { TurnAborted } from '#kernel/abort.ts';
import type { DialogueEngine, Recognizer, Synthesizer, Utterance } from '#pipeline/ports.ts';
import {
  FIRST_SOUND_LIMIT_MS,
  FIRST_WORD_LIMIT_MS,
  HurriedDialogue,
  hurriedRecognizer,
  hurriedSynthesizer,
  SCORE_LIMIT_MS,
  TRANSCRIBE_LIMIT_MS,
  type LadderStep,
} from '#src/ladder.ts';
import { ScriptedDialogueEngine, ScriptedRecognizer, ScriptedSynthesizer } from '../../support/scripted-models.ts';
import { settle, VirtualClock } from '../../support/virtual-clock.ts';

const { signal } = new AbortController();
const UTTERANCE: Utterance = { id: 'CA1#1', pcm: new Int16Array(8_000), sampleRateHz: 8_000 };
const REQUEST = { callId: 'CA1', history: [], cards: [] };
const TIMEOUT = { code: 'INZWA_ENGINE_TIMEOUT' };
const hung = (): Promise<never> => new Promise(() => undefined);

function ladder(): {
  clock: VirtualClock;
  steps: LadderStep[];
  options: { clock: VirtualClock; onStep: (step: LadderStep) => void };
} {
  const clock = new VirtualClock();
  const steps: LadderStep[] = [];
  return { clock, steps, options: { clock, onStep: (step) => void steps.push(step) } };
}

/** As a worker does it: an abort rejects at once. */
function recognizerOf(clock: VirtualClock, over: Partial<Recognizer> = {}, transcribeMs = 150): Recognizer {
  const scripted = new ScriptedRecognizer({ clock, heard: () => 'mhoroi', transcribeMs });
  return {
    name: scripted.name,
    canScore: true,
    transcribe: (utterance, opts) => scripted.transcribe(utterance, opts),
    score: (id, phrases, opts) => scripted.score(id, phrases, opts),
    ...over,
  };
}

/** The outcome once the clock has moved on. */
async function after<T>(clock: VirtualClock, ms: number, promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  await clock.advance(ms);
  return promise;
}

describe('a recogniser in a hurry', () => {
  it('is left alone while it is in time', async () => {
    const { clock, steps, options } = ladder();
    const recognizer = hurriedRecognizer(recognizerOf(clock), options);
    expect((await after(clock, 200, recognizer.transcribe(UTTERANCE, { signal }))).text).toBe('mhoroi');
    expect(await after(clock, 200, recognizer.score('CA1#1', ['a', 'b'], { signal }))).toHaveLength(2);
    expect(steps).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    ['hangs', (clock: VirtualClock) => recognizerOf(clock, { transcribe: hung })],
    ['is slow', (clock: VirtualClock) => recognizerOf(clock, {}, 20_000)],
  ])('is given up when it %s, and what it does is called off', async (_, make) => {
    const { clock, steps, options } = ladder();
    const recognizer = hurriedRecognizer(make(clock), options);
    const outcome = after(clock, TRANSCRIBE_LIMIT_MS, recognizer.transcribe(UTTERANCE, { signal }));
    await expect(outcome).rejects.toMatchObject(TIMEOUT);
    expect(steps).toEqual([{ stage: 'recognition', step: 'unheard' }]);
    await settle();
    expect(clock.pendingTimers).toBe(0);
  });

  it('decides by the text when the audio cannot be asked in time', async () => {
    const { clock, steps, options } = ladder();
    const recognizer = hurriedRecognizer(recognizerOf(clock, { score: hung }), options);
    const outcome = after(clock, SCORE_LIMIT_MS, recognizer.score('CA1#1', ['a'], { signal }));
    await expect(outcome).rejects.toMatchObject(TIMEOUT);
    expect(steps).toEqual([{ stage: 'recognition', step: 'by-text' }]);
  });

  it('is not asked twice while its thread is full', async () => {
    const { clock, steps, options } = ladder();
    const recognizer = hurriedRecognizer(recognizerOf(clock), { ...options, isFull: () => true });
    await expect(recognizer.score('CA1#1', ['a'], { signal })).rejects.toMatchObject(TIMEOUT);
    expect(steps).toEqual([{ stage: 'recognition', step: 'by-text' }]);
  });

  it('takes no step for a caller who went on', async () => {
    const { clock, steps, options } = ladder();
    const abort = new AbortController();
    const outcome = hurriedRecognizer(recognizerOf(clock), options).transcribe(UTTERANCE, { signal: abort.signal });
    outcome.catch(() => undefined);
    abort.abort(new TurnAborted('caller-continued'));
    await expect(outcome).rejects.toMatchObject({ why: 'caller-continued' });
    expect([steps, clock.pendingTimers]).toEqual([[], 0]);
  });

  it('has all the time it wants for work in advance', async () => {
    const { clock, options } = ladder();
    const recognizer = hurriedRecognizer(recognizerOf(clock, {}, 20_000), options);
    const outcome = after(clock, 20_000, recognizer.transcribe(UTTERANCE, { signal, priority: 'background' }));
    expect((await outcome).text).toBe('mhoroi');
  });
});

async function heard(chunks: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const chunk of chunks) count += chunk === undefined ? 0 : 1;
  return count;
}

describe('a voice in a hurry', () => {
  it('must begin in time, and may take its time then', async () => {
    const { clock, steps, options } = ladder();
    const voice: Synthesizer = {
      sampleRateHz: 8_000,
      async *synthesize() {
        await clock.sleep(FIRST_SOUND_LIMIT_MS - 1, { signal });
        yield new Float32Array(80);
        await clock.sleep(5_000, { signal });
        yield new Float32Array(80);
      },
    };
    expect(await after(clock, 7_000, heard(hurriedSynthesizer(voice, options).synthesize('a', { signal })))).toBe(2);
    expect(steps).toEqual([]);
  });

  it('that hangs is given up', async () => {
    const { clock, steps, options } = ladder();
    const voice: Synthesizer = {
      sampleRateHz: 8_000,
      synthesize: () => ({ [Symbol.asyncIterator]: () => ({ next: hung }) }),
    };
    const outcome = after(
      clock,
      FIRST_SOUND_LIMIT_MS,
      heard(hurriedSynthesizer(voice, options).synthesize('a', { signal })),
    );
    await expect(outcome).rejects.toMatchObject(TIMEOUT);
    expect(steps).toEqual([{ stage: 'speech', step: 'late' }]);
  });

  it('is told when nobody listens any more', async () => {
    const { clock, options } = ladder();
    const scripted = new ScriptedSynthesizer({ clock, rtf: 0 });
    let isStopped = false;
    const voice: Synthesizer = {
      sampleRateHz: 8_000,
      async *synthesize(text, opts) {
        opts.signal.addEventListener('abort', () => (isStopped = true));
        yield* scripted.synthesize(text, opts);
        await hung();
      },
    };
    const chunks = hurriedSynthesizer(voice, options).synthesize('mhoroi', { signal })[Symbol.asyncIterator]();
    await chunks.next();
    await chunks.return?.();
    expect(isStopped).toBe(true);
  });
});

describe('a language model in a hurry', () => {
  const silent: DialogueEngine = { reply: () => ({ [Symbol.asyncIterator]: () => ({ next: hung }) }) };

  it('answers while it is in time, and is not there where none is', async () => {
    const { clock, options } = ladder();
    const dialogue = new HurriedDialogue(options);
    const engine = new ScriptedDialogueEngine({ clock, replies: [['Tazvinzwa, ', 'tatenda.']] });
    expect(await after(clock, 500, heard(dialogue.over(engine)!.reply(REQUEST, { signal })))).toBe(2);
    expect(dialogue.over(undefined)).toBeUndefined();
  });

  it('is left alone for half a minute after three failures, and for another one when it fails again', async () => {
    const { clock, steps, options } = ladder();
    const dialogue = new HurriedDialogue(options);
    const fail = (): Promise<void> =>
      expect(
        after(clock, FIRST_WORD_LIMIT_MS, heard(dialogue.over(silent)!.reply(REQUEST, { signal }))),
      ).rejects.toMatchObject(TIMEOUT);
    for (let i = 0; i < 3; i++) await fail();
    expect(dialogue.over(silent)).toBeUndefined();
    expect(steps).toHaveLength(3);
    await clock.advance(30_000);
    await fail();
    expect(dialogue.over(silent)).toBeUndefined();
  });

  it('is trusted again once it has answered', async () => {
    const { clock, options } = ladder();
    const dialogue = new HurriedDialogue(options);
    const engine = new ScriptedDialogueEngine({ clock, replies: () => ['Tazvinzwa.'] });
    for (const each of [silent, silent, engine, silent, silent]) {
      const answering = heard(dialogue.over(each)!.reply(REQUEST, { signal }));
      await after(clock, FIRST_WORD_LIMIT_MS, answering).catch(() => undefined);
    }
    expect(dialogue.over(engine)).toBeDefined();
  });

  it('is not asked while its thread is full', () => {
    const { options } = ladder();
    let isFull = true;
    const dialogue = new HurriedDialogue({ ...options, isFull: () => isFull });
    expect(dialogue.over(silent)).toBeUndefined();
    isFull = false;
    expect(dialogue.over(silent)).toBeDefined();
  });
});
