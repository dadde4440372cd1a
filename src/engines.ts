/** From verified models to running engines: two worker threads and the ports they serve. */
import { join } from 'node:path';
import type { Clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { LocalModels } from '#models/catalogue.ts';
import type { Profile } from '#models/schema.ts';
import { SpeechGuard } from '#pipeline/dialogue/guard.ts';
import { shonaGuard } from '#pipeline/dialogue/guard-shona.ts';
import { quotableTexts, type Hotline, type ModelPrompt } from '#pipeline/dialogue/hotline.ts';
import { EngineWorker } from '#pipeline/inference/engine-worker.ts';
import type { EngineSpec, VitsSpec } from '#pipeline/inference/protocol.ts';
import {
  WorkerDialogueEngine,
  WorkerRecognizer,
  WorkerScorer,
  WorkerSynthesizer,
} from '#pipeline/inference/proxies.ts';
import type { DialogueEngine, Recognizer, SpeechScorer, Synthesizer, VerifiedModel } from '#pipeline/ports.ts';

export interface Engines extends AsyncDisposable {
  readonly recognizer: Recognizer;
  readonly synthesizer: Synthesizer;
  /** Undefined until the language model is loaded, and when it cannot be: cards and phrases answer alone. */
  readonly dialogue: DialogueEngine | undefined;
  /** False while a worker that died is being started again: a call would be answered by silence. */
  readonly isUp: boolean;
  /** What the language model may say, by its kind and its examples. */
  readonly guard: SpeechGuard;
  /** One per call: it keeps the stream's state. */
  scorerFor(callId: string): SpeechScorer;
  /** Names the voice in caches: what was rendered with another voice must not be heard. */
  readonly voiceKey: string;
}

export interface EngineOptions {
  readonly models: LocalModels;
  readonly profile: Profile;
  readonly hotline: Hotline;
  readonly clock: Clock;
  /** A worker died; it is being started again. */
  readonly onDeath: (error: InzwaError) => void;
  /** The language model cannot be loaded; everything else works. */
  readonly onDegraded: (error: InzwaError) => void;
}

/** Loads both workers side by side; rejects with the first model that cannot be opened or loaded. */
export async function startEngines({ models, profile, hotline, ...workers }: EngineOptions): Promise<Engines> {
  const [vad, asr, tts, llm] = await Promise.all([
    models.open(profile.vad),
    models.open(profile.asr),
    models.open(profile.tts),
    models.open(profile.llm),
  ]);
  const ear = new EngineWorker(earSpec(vad, asr, hotline.pack.code), workers);
  const mouth = new EngineWorker(mouthSpec(tts, llm, hotline, join(models.folder, 'llm-prefix')), workers);
  const [hearing, voice] = await Promise.all([ear.ready, mouth.ready]).catch(async (error: unknown) => {
    await Promise.all([ear[Symbol.asyncDispose](), mouth[Symbol.asyncDispose]()]);
    throw error;
  });
  const dialogue = new WorkerDialogueEngine(mouth);
  return {
    recognizer: new WorkerRecognizer(ear, hearing.recognizer ?? NO_RECOGNIZER),
    synthesizer: new WorkerSynthesizer(mouth, voice.sampleRateHz ?? 0),
    get dialogue() {
      return mouth.hasDialogue ? dialogue : undefined;
    },
    get isUp() {
      return ear.isUp && mouth.isUp;
    },
    guard: guardFor(llm, hotline),
    scorerFor: (callId) => new WorkerScorer(ear, callId),
    voiceKey: `${tts.id}:${VOICE_VERSION}`,
    async [Symbol.asyncDispose]() {
      await Promise.all([ear[Symbol.asyncDispose](), mouth[Symbol.asyncDispose]()]);
    },
  };
}

/** What a worker without a recogniser says of itself; a start that gets this far has one. */
const NO_RECOGNIZER = { name: 'none', canScore: false };

/** Raise it when the text front end or the synthesis changes what a text sounds like: old renderings are then misses. */
const VOICE_VERSION = 3;

function earSpec(vad: VerifiedModel, asr: VerifiedModel, language: string): EngineSpec {
  return {
    role: 'ear',
    vad: { modelPath: fileOf(vad, 'model') },
    whisper: {
      name: `whisper-onnx (${asr.id})`,
      encoderPath: fileOf(asr, 'encoder'),
      decoderPath: fileOf(asr, 'decoder'),
      scorerPath: fileOf(asr, 'scorer'),
      tokenizerPath: fileOf(asr, 'tokenizer'),
      language,
    },
  };
}

function mouthSpec(tts: VerifiedModel, llm: VerifiedModel, hotline: Hotline, prefixCacheDir: string): EngineSpec {
  return {
    role: 'mouth',
    vits: vitsSpec(tts),
    llama: {
      modelPath: fileOf(llm, 'model'),
      instructionTuned: isInstructionTuned(llm),
      systemText: modelPrompt(llm, hotline).systemPrompt,
      smallTalk: modelPrompt(llm, hotline).smallTalk,
      prefixCacheDir,
    },
  };
}

function isInstructionTuned(llm: VerifiedModel): boolean {
  return llm.facts['isInstructionTuned'] === true;
}

function modelPrompt(llm: VerifiedModel, hotline: Hotline): ModelPrompt {
  return isInstructionTuned(llm) ? hotline : hotline.pack.baseModel;
}

function guardFor(llm: VerifiedModel, hotline: Hotline): SpeechGuard {
  return new SpeechGuard({
    language: shonaGuard,
    smallTalk: modelPrompt(llm, hotline).smallTalk.map(({ agent }) => agent),
    phrases: quotableTexts(hotline),
    markers: ['Caller', 'Receptionist', 'start_of_turn', 'end_of_turn'],
    // A base model joins pieces of its examples at random; an instruction-tuned one makes sentences of its own.
    maxNovelStepShare: isInstructionTuned(llm) ? 1 : 0,
  });
}

/** The synthesiser of a voice by what its front end takes: phonemes (Piper) or characters (MMS). */
export function vitsSpec(tts: VerifiedModel): VitsSpec {
  const modelPath = fileOf(tts, 'model');
  return tts.facts['frontEnd'] === 'characters'
    ? {
        kind: 'mms',
        modelPath,
        vocab: fileOf(tts, 'tokens'),
        ...(tts.sampleRateHz && { sampleRateHz: tts.sampleRateHz }),
      }
    : { kind: 'piper', modelPath, configPath: fileOf(tts, 'config') };
}

function fileOf(model: VerifiedModel, role: string): string {
  const path = model.files[role];
  if (path !== undefined) return path;
  throw new InzwaError(
    'INZWA_MODEL_MISSING',
    `model ${model.id} has no file for "${role}" (it has ${Object.keys(model.files).join(', ')}); choose another profile or import the model`,
  );
}
