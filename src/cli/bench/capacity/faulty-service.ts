/**
 * The whole service with engines that cost nothing, one of which is at fault in the second turn of a call:
 * `node faulty-service.ts --fault recognition:hangs --events-fd 3`.
 */
import { createWriteStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { systemClock as clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import { openLocalModels } from '#models/catalogue.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { Speaker } from '#pipeline/speech/speaker.ts';
import type { DialogueEngine, Recognizer, Synthesizer } from '#pipeline/ports.ts';
import { readConfig } from '../../../config.ts';
import type { Engines } from '../../../engines.ts';
import { serve } from '../../../main.ts';
import { listenForInterrupt } from '../../interrupt.ts';
import { stubEngines } from '../stub/stub-engines.ts';
import { isFault, SLOW_MS, type Fault } from './faults.ts';

/** What no card answers: the language model's. */
const SMALL_TALK = 'Nhasi kunopisa chaizvo kunze uko.';

const NEVER_MS = 86_400_000;

/** Resolves when the engine may work, if it ever may. */
async function fail(fault: Fault, signal: AbortSignal): Promise<void> {
  if (fault.endsWith(':slow')) return clock.sleep(SLOW_MS, { signal });
  if (fault.endsWith(':hangs')) return new Promise(() => undefined);
  throw new InzwaError('INZWA_ENGINE_DIED', 'the bench has made this engine fail', { retryable: true });
}

function faultyEngines(hotline: Hotline, fault: Fault): Engines {
  const engines = stubEngines(hotline);
  const cards = hotline.cards.filter(({ isEmergency }) => !isEmergency);
  // Short ones: nobody has to listen to more than that.
  const [first, second] = cards.sort((one, other) => one.answer.length - other.answer.length);
  const texts = [first?.questions[0] ?? '', second?.questions[0] ?? ''];
  if (fault.startsWith('dialogue')) texts[1] = SMALL_TALK;
  const { language } = hotline.pack;
  const answer = new Set(Speaker.piecesOf(second?.answer ?? '', language).map((piece) => language.speakable(piece)));
  const utterances: string[] = [];
  const recognizer: Recognizer = {
    ...engines.recognizer,
    async transcribe(utterance, opts) {
      if (opts.priority === 'background') return engines.recognizer.transcribe(utterance, opts);
      // One utterance may be listened to twice.
      if (!utterances.includes(utterance.id)) utterances.push(utterance.id);
      const index = utterances.indexOf(utterance.id);
      if (index === 1 && fault.startsWith('recognition')) await fail(fault, opts.signal);
      return { ...(await engines.recognizer.transcribe(utterance, opts)), text: texts[index % 2] ?? '' };
    },
  };
  const synthesizer: Synthesizer = {
    sampleRateHz: engines.synthesizer.sampleRateHz,
    async *synthesize(text, opts) {
      if (fault.startsWith('speech') && answer.has(text)) {
        // Not rendered in advance, or there would be nothing left to be at fault.
        if (opts.priority === 'background') await clock.sleep(NEVER_MS, opts);
        else await fail(fault, opts.signal);
      }
      yield* engines.synthesizer.synthesize(text, opts);
    },
  };
  const dialogue: DialogueEngine = {
    async *reply(_request, { signal }) {
      await fail(fault, signal);
      yield 'Tazvinzwa, tatenda.';
    },
  };
  return {
    recognizer,
    synthesizer,
    dialogue: fault.startsWith('dialogue') ? dialogue : undefined,
    isUp: true,
    guard: engines.guard,
    scorerFor: (callId) => engines.scorerFor(callId),
    voiceKey: 'faulty:1',
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const { values } = parseArgs({ options: { fault: { type: 'string', default: '' }, 'events-fd': { type: 'string' } } });
const { fault } = values;
if (!isFault(fault)) throw new InzwaError('INZWA_CONFIG_INVALID', `there is no fault "${fault}"`);
using interrupt = listenForInterrupt();
const events = createWriteStream('', { fd: 3, autoClose: false });
events.on('error', () => undefined);
await serve({
  config: readConfig(process.env),
  models: await openLocalModels(process.env),
  signal: interrupt.signal,
  startEngines: ({ hotline }) => Promise.resolve(faultyEngines(hotline, fault)),
  onCallEvent: (event) => void events.write(`${JSON.stringify(event)}\n`),
});
