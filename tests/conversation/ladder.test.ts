/** An engine that is slow, fails or hangs, in the middle of a call: what the caller hears, how soon, and that the call goes on. */
import { describe, expect, it } from 'vitest';
import { InzwaError } from '#kernel/errors.ts';
import { phrase } from '#pipeline/dialogue/hotline.ts';
import type { DialogueEngine, Recognizer, Transcript } from '#pipeline/ports.ts';
import { HurriedDialogue, hurriedRecognizer, type LadderStep } from '#src/ladder.ts';
import { ScriptedDialogueEngine, ScriptedRecognizer } from '../support/scripted-models.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import { answerOf, hotline, ScriptedCall } from './scripted-call.ts';

const QUESTION = 'Munovhura nguvai?';
/** No card's. */
const SMALL_TALK = { text: 'Nhasi kunopisa chaizvo kunze uko.', avgLogProb: -0.2 };
const WITHIN_MS = 1_500;

type Fault = 'slow' | 'fails' | 'hangs';

/** What goes wrong in place of `work`. */
function faulty<T>(fault: Fault, clock: VirtualClock, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  if (fault === 'hangs') return new Promise(() => undefined);
  if (fault === 'fails') return Promise.reject(new InzwaError('INZWA_ENGINE_DIED', 'the worker died'));
  return clock.sleep(3_000, { signal }).then(work);
}

/** The recogniser is at fault in the second turn. The call's clock exists only when the call does. */
function callWith(fault: Fault, where: 'transcribe' | 'score'): { call: ScriptedCall; steps: LadderStep[] } {
  const steps: LadderStep[] = [];
  let made: Recognizer | undefined;
  let turns = 0;
  const make = (): Recognizer => {
    const { clock } = call;
    const scripted = new ScriptedRecognizer({ clock, heard: () => QUESTION });
    const isNow = (): boolean => turns === 2;
    return hurriedRecognizer(
      {
        name: 'scripted',
        canScore: true,
        transcribe(utterance, opts) {
          turns += 1;
          const work = (): Promise<Transcript> => scripted.transcribe(utterance, opts);
          return where === 'transcribe' && isNow() ? faulty(fault, clock, work, opts.signal) : work();
        },
        score(id, phrases, opts) {
          const work = (): Promise<readonly number[]> => scripted.score(id, phrases, opts);
          return where === 'score' && isNow() ? faulty(fault, clock, work, opts.signal) : work();
        },
      },
      { clock, onStep: (step) => void steps.push(step) },
    );
  };
  const recognizer: Recognizer = {
    name: 'late-bound',
    canScore: true,
    transcribe: (utterance, opts) => (made ??= make()).transcribe(utterance, opts),
    score: (id, phrases, opts) => (made ??= make()).score(id, phrases, opts),
  };
  const call = new ScriptedCall({ recognizer });
  return { call, steps };
}

async function ask(call: ScriptedCall): Promise<{ endedMs: number; firstSoundMs: number | undefined }> {
  const turns = call.all('end-of-turn').length;
  await call.say(1_200);
  await call.until(() => call.all('end-of-turn').length > turns);
  const endedMs = call.all('end-of-turn').at(-1)!.atMs;
  const isAnswered = (): boolean =>
    call.all('agent-said').some(({ atMs, cardId }) => atMs > endedMs && cardId !== undefined);
  const isExcused = (): boolean =>
    call.all('agent-said').some(({ atMs, text }) => atMs > endedMs && text === phrase(hotline, 'error'));
  await call.until(() => isAnswered() || isExcused());
  return { endedMs, firstSoundMs: call.firstFrameAfter(endedMs) };
}

describe('a recogniser that is at fault for one turn', () => {
  it.each(['slow', 'fails', 'hangs'] as const)('(%s) is bridged within 1.5 s, and the call goes on', async (fault) => {
    const { call, steps } = callWith(fault, 'transcribe');
    await call.untilSaid();
    await ask(call);
    const { endedMs, firstSoundMs = Number.NaN } = await ask(call);
    expect(firstSoundMs - endedMs).toBeLessThanOrEqual(WITHIN_MS);
    expect(steps).toEqual(fault === 'slow' ? [] : [{ stage: 'recognition', step: 'unheard' }]);
    await ask(call);
    expect(call.all('agent-said').at(-1)?.text).toBe(answerOf('nguva-dzekuvhura'));
    expect(call.endedWith).toBeUndefined();
    call.drain();
  });

  it.each(['slow', 'fails', 'hangs'] as const)('(scoring %s) decides by the text', async (fault) => {
    const { call } = callWith(fault, 'score');
    await call.untilSaid();
    await ask(call);
    const { endedMs, firstSoundMs = Number.NaN } = await ask(call);
    expect(firstSoundMs - endedMs).toBeLessThanOrEqual(WITHIN_MS);
    expect(call.all('agent-said').at(-1)?.text).toBe(answerOf('nguva-dzekuvhura'));
    call.drain();
  });
});

describe('a language model that is at fault', () => {
  it.each(['slow', 'fails', 'hangs'] as const)(
    '(%s) leaves the caller with a question, within 1.5 s',
    async (fault) => {
      const steps: LadderStep[] = [];
      let clock: VirtualClock | undefined;
      const dialogue: DialogueEngine = {
        reply: (request, opts) => {
          const at = (clock ??= call.clock);
          const scripted = new ScriptedDialogueEngine({ clock: at, replies: () => ['Tazvinzwa, ', 'tatenda.'] });
          const engine: DialogueEngine = {
            async *reply(asked, scope) {
              await faulty(fault, at, () => Promise.resolve(), scope.signal);
              yield* scripted.reply(asked, scope);
            },
          };
          const hurried = new HurriedDialogue({ clock: at, onStep: (step) => void steps.push(step) }).over(engine);
          if (!hurried) throw new Error('it was left alone');
          return hurried.reply(request, opts);
        },
      };
      const call = new ScriptedCall({ heard: () => SMALL_TALK, dialogue });
      await call.untilSaid();
      await call.say(1_600);
      await call.until(() => call.all('end-of-turn').length === 1);
      const endedMs = call.all('end-of-turn')[0]!.atMs;
      await call.until(() => call.all('agent-said').some(({ text }) => text === phrase(hotline, 'not-understood')));
      expect(call.firstFrameAfter(endedMs)! - endedMs).toBeLessThanOrEqual(WITHIN_MS);
      expect(steps).toEqual([{ stage: 'dialogue', step: 'cards-only' }]);
      expect(call.endedWith).toBeUndefined();
      call.drain();
    },
  );
});
