import { describe, expect, it } from 'vitest';
import { TurnAborted } from '#kernel/abort.ts';
import { LlamaEngine } from '#pipeline/dialogue/llama-engine.ts';
import type { DialogueEngine, DialogueRequest } from '#pipeline/ports.ts';
import { FakeLlama } from '../support/fake-llama.ts';
import { ScriptedDialogueEngine } from '../support/scripted-models.ts';
import { settle, VirtualClock } from '../support/virtual-clock.ts';

interface Subject {
  readonly engine: DialogueEngine;
  /** Lets the engine's time pass until the promise settles. */
  readonly run: <T>(work: Promise<T>) => Promise<T>;
}

const ANSWER = 'Ndine urombo, ndinonzwisisa.';

const subjects: Record<string, () => Promise<Subject>> = {
  async ScriptedDialogueEngine() {
    const clock = new VirtualClock();
    const engine = new ScriptedDialogueEngine({ clock, replies: () => ['Ndine urombo,', ' ndinonzwisisa.'] });
    return { engine, run: (work) => passing(clock, work) };
  },
  async LlamaEngine() {
    const clock = new VirtualClock();
    const llama = new FakeLlama({ clock, answer: () => ` ${ANSWER}\n`, tokenMs: 25 });
    const engine = await LlamaEngine.create(
      { modelPath: '/none.gguf', instructionTuned: false, systemText: 'Be brief.', smallTalk: [] },
      llama.open,
    );
    return { engine, run: (work) => passing(clock, work) };
  },
};

async function passing<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const settled = work.finally(() => (isDone = true));
  settled.catch(() => undefined);
  await clock.advanceUntil(() => isDone, { timeoutMs: 60_000, stepMs: 5 });
  return settled;
}

const request = (text: string): DialogueRequest => ({
  callId: 'call',
  history: [{ who: 'caller', text }],
  cards: [],
});

async function all(words: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const word of words) text += word;
  return text;
}

describe.each(Object.entries(subjects))('DialogueEngine: %s', (_name, make) => {
  it('yields an answer in several pieces', async () => {
    const { engine, run } = await make();
    const pieces: string[] = [];
    await run(
      (async () => {
        for await (const piece of engine.reply(request('Ndaneta.'), { signal: new AbortController().signal })) {
          pieces.push(piece);
        }
      })(),
    );
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).toBe(ANSWER);
  });

  it('throws the reason of a signal that is aborted already', async () => {
    const { engine, run } = await make();
    const signal = AbortSignal.abort(new TurnAborted('barge-in'));
    await expect(run(all(engine.reply(request('Ndaneta.'), { signal })))).rejects.toMatchObject({ why: 'barge-in' });
  });

  it('throws the reason as soon as the signal aborts, and answers again after it', async () => {
    const { engine, run } = await make();
    const controller = new AbortController();
    const pieces: string[] = [];
    await expect(
      run(
        (async () => {
          for await (const piece of engine.reply(request('Ndaneta.'), { signal: controller.signal })) {
            pieces.push(piece);
            controller.abort(new TurnAborted('barge-in'));
          }
        })(),
      ),
    ).rejects.toMatchObject({ why: 'barge-in' });
    expect(pieces).toHaveLength(1);
    await expect(run(all(engine.reply(request('Mirai.'), { signal: new AbortController().signal })))).resolves.toBe(
      ANSWER,
    );
  });

  it('throws while the first piece is still awaited', async () => {
    const { engine } = await make();
    const controller = new AbortController();
    const waiting = all(engine.reply(request('Ndaneta.'), { signal: controller.signal }));
    const outcome = expect(waiting).rejects.toMatchObject({ why: 'caller-hung-up' });
    await settle();
    controller.abort(new TurnAborted('caller-hung-up'));
    // No time passes: nobody may have to wait for a token that nobody wants.
    await outcome;
  });

  it('can be left early', async () => {
    const { engine, run } = await make();
    const first = async (): Promise<string | undefined> => {
      for await (const piece of engine.reply(request('Ndaneta.'), { signal: new AbortController().signal }))
        return piece;
      return undefined;
    };
    await expect(run(first())).resolves.toBeDefined();
    await expect(run(first())).resolves.toBeDefined();
    await expect(run(first())).resolves.toBeDefined();
  });
});
