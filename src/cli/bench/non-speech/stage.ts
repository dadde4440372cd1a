/** The engines of a line that nobody calls: real ears, real answers, a mute mouth. */
import { setImmediate } from 'node:timers/promises';
import { systemClock, type Clock } from '#kernel/clock.ts';
import { openLocalModels } from '#models/catalogue.ts';
import { measureBaseline } from '#pipeline/dialogue/answerer-baseline.ts';
import { Answerer } from '#pipeline/dialogue/answerer.ts';
import { SpeechGuard } from '#pipeline/dialogue/guard.ts';
import type { HotlineEngines } from '#pipeline/dialogue/hotline-answers.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { shonaClaims as shonaGuard } from '#pipeline/language/shona/claims.ts';
import { SileroEngine } from '#pipeline/listening/silero.ts';
import type { DialogueEngine, Recognizer, Synthesizer, VerifiedModel } from '#pipeline/ports.ts';
import { WhisperEngine } from '#pipeline/recognition/whisper-engine.ts';
import { SentenceCache } from '#pipeline/speech/sentence-cache.ts';
import { Speaker } from '#pipeline/speech/speaker.ts';
import { loadHotline } from '#prompts/load.ts';
import { BenchVoice } from './foreign-speech.ts';

/** What all calls of a measurement share. */
export interface Stage {
  readonly engines: HotlineEngines;
  readonly voice: BenchVoice;
  readonly silero: SileroEngine;
  readonly hotline: Hotline;
}

/** Everything it opens is put on the stack; rejects when a model is missing. `recognizer`: instead of the profile's Whisper. */
export async function openStage(
  { signal, recognizer }: { readonly signal: AbortSignal; readonly recognizer?: Recognizer },
  stack: AsyncDisposableStack,
): Promise<Stage> {
  const hotline = loadHotline('kiriniki');
  const { language } = hotline.pack;
  const models = await openLocalModels();
  const profile = models.profile('default');
  const ear =
    recognizer ?? stack.adopt(await openWhisper(await models.open(profile.asr), hotline), (it) => it.dispose());
  const vad = await models.open(profile.vad);
  const silero = stack.adopt(await SileroEngine.create(vad.files['model'] ?? ''), (it) => it.dispose());
  const voice = stack.use(await BenchVoice.open(await models.open(profile.tts), language));
  const { phrases } = new Answerer(hotline);
  const baseline = ear.canScore ? await measureBaseline(ear, phrases, { signal }) : undefined;
  const clock: Clock = { ...systemClock, after: () => () => undefined };
  const speaker = new Speaker({
    synthesizer: muteSynthesizer,
    language,
    cache: new SentenceCache({ voice: 'mute' }),
    clock,
  });
  const guard = new SpeechGuard({
    language: shonaGuard,
    smallTalk: hotline.pack.baseModel.smallTalk.map(({ agent }) => agent),
    phrases: [],
    markers: ['Caller'],
  });
  const answerer = new Answerer(hotline, baseline === undefined ? {} : { baseline });
  return {
    hotline,
    silero,
    voice,
    engines: { hotline, recognizer: ear, dialogue: talkative(hotline), answerer, guard, speaker, clock },
  };
}

function openWhisper(model: VerifiedModel, hotline: Hotline): Promise<WhisperEngine> {
  const { encoder = '', decoder = '', scorer = '', tokenizer = '' } = model.files;
  return WhisperEngine.create({
    encoderPath: encoder,
    decoderPath: decoder,
    scorerPath: scorer,
    tokenizerPath: tokenizer,
    language: hotline.pack.code,
  });
}

/** A language model that always has something to say: whatever is left to one is acted upon. */
function talkative(hotline: Hotline): DialogueEngine {
  const text = hotline.pack.baseModel.smallTalk[0]?.agent ?? '';
  return {
    async *reply(_, { signal }) {
      await Promise.resolve();
      signal.throwIfAborted();
      yield text;
    },
  };
}

/** A voice for those whom nobody hears: a tenth of a second of silence, whatever the text. */
const muteSynthesizer: Synthesizer = {
  sampleRateHz: 16_000,
  async *synthesize(_, { signal }) {
    await setImmediate();
    signal.throwIfAborted();
    yield new Float32Array(1_600);
  },
};
