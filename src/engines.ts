/** From verified models to running engines: worker threads and the ports they serve. */
import { join } from 'node:path';
import type { Clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { LocalModels } from '#models/catalogue.ts';
import type { Profile } from '#models/schema.ts';
import { ggmlFile } from '#models/ggml.ts';
import { SpeechGuard } from '#pipeline/dialogue/guard.ts';
import { quotableTexts, type Hotline, type ModelPrompt } from '#pipeline/dialogue/hotline.ts';
import { EngineWorker } from '#pipeline/inference/engine-worker.ts';
import { recogniserCodes, type LanguageDefinition } from '#pipeline/language/definition.ts';
import type { EngineSpec, RecognizerSpec, VitsSpec } from '#pipeline/inference/protocol.ts';
import {
  WorkerDialogueEngine,
  WorkerRecognizer,
  WorkerScorer,
  WorkerSynthesizer,
} from '#pipeline/inference/proxies.ts';
import { OpenAiRecognizer } from '#pipeline/recognition/openai-recognizer.ts';
import type { DialogueEngine, Recognizer, SpeechScorer, Synthesizer, VerifiedModel } from '#pipeline/ports.ts';
import type { Config } from './config.ts';

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
  /** @defaultValue Whisper on ONNX Runtime, with the profile's `asr` */
  readonly recognizer?: Config['recognizer'];
  readonly hotline: Hotline;
  readonly clock: Clock;
  /** A worker died; it is being started again. */
  readonly onDeath: (error: InzwaError) => void;
  /** The language model cannot be loaded; everything else works. */
  readonly onDegraded: (error: InzwaError) => void;
}

/** Loads all workers side by side; rejects with the first model that cannot be opened or loaded. */
export async function startEngines(options: EngineOptions): Promise<Engines> {
  const { models, profile, hotline, recognizer: choice = { kind: 'whisper' }, ...workers } = options;
  const codes = recogniserCodes(hotline.pack.language.definition);
  const [vad, turn, recognizer, tts, llm] = await Promise.all([
    models.open(profile.vad),
    profile.turn === undefined ? undefined : models.open(profile.turn),
    choice.kind === 'openai'
      ? undefined
      : recognizerSpec(choice, models, profile.asr, choice.kind === 'ctc' ? codes.ctc : codes.whisper),
    models.open(profile.tts),
    models.open(profile.llm),
  ]);
  const ear = new EngineWorker(
    {
      role: 'ear',
      vad: { modelPath: fileOf(vad, 'model') },
      turn: turn && { modelPath: fileOf(turn, 'model') },
    },
    workers,
  );
  const hearing = recognizer && new EngineWorker({ role: 'recognizer', recognizer }, workers);
  const mouth = new EngineWorker(mouthSpec(tts, llm, hotline, join(models.folder, 'llm-prefix')), workers);
  const all = [ear, hearing, mouth].filter((worker) => worker !== undefined);
  const dispose = async (): Promise<void> => {
    await Promise.all(all.map((worker) => worker[Symbol.asyncDispose]()));
  };
  const [{ hasTurnModel }, heard, voice] = await Promise.all([ear.ready, hearing?.ready, mouth.ready]).catch(
    async (error: unknown) => {
      await dispose();
      throw error;
    },
  );
  const dialogue = new WorkerDialogueEngine(mouth);
  return {
    recognizer:
      choice.kind === 'openai'
        ? new OpenAiRecognizer({ ...choice, language: codes.openai, clock: workers.clock })
        : new WorkerRecognizer(hearing ?? ear, heard?.recognizer ?? NO_RECOGNIZER),
    synthesizer: new WorkerSynthesizer(mouth, voice.sampleRateHz ?? 0),
    get dialogue() {
      return mouth.hasDialogue ? dialogue : undefined;
    },
    get isUp() {
      return all.every((worker) => worker.isUp);
    },
    guard: guardFor(llm, hotline),
    scorerFor: (callId) => new WorkerScorer({ ear, all, hasTurnModel }, callId),
    voiceKey: `${tts.id}:${hotline.pack.code}:${VOICE_VERSION}`,
    [Symbol.asyncDispose]: dispose,
  };
}

/** What a worker without a recogniser says of itself; a start that gets this far has one. */
const NO_RECOGNIZER = { name: 'none', canScore: false };

/** Raise it when the text front end or the synthesis changes what a text sounds like: old renderings are then misses. */
const VOICE_VERSION = 3;

/** @param whisper - id of the profile's Whisper */
async function recognizerSpec(
  choice: Exclude<Config['recognizer'], { readonly kind: 'openai' }>,
  models: LocalModels,
  whisper: string,
  language: string,
): Promise<RecognizerSpec> {
  const id = choice.kind === 'ctc' ? choice.model : whisper;
  const asr = await models.open(id);
  switch (choice.kind) {
    case 'whisper':
      return {
        kind: choice.kind,
        name: `whisper-onnx (${id})`,
        encoderPath: fileOf(asr, 'encoder'),
        decoderPath: fileOf(asr, 'decoder'),
        scorerPath: fileOf(asr, 'scorer'),
        tokenizerPath: fileOf(asr, 'tokenizer'),
        language,
      };
    case 'whisper-cpp': {
      const modelPath = await ggmlFile(models, asr, { signal: new AbortController().signal });
      return { kind: choice.kind, name: `whisper-cpp (${id})`, modelPath, language };
    }
    case 'ctc':
      return {
        kind: choice.kind,
        name: `ctc-onnx (${id})`,
        modelPath: fileOf(asr, 'model'),
        vocabularyPath: fileOf(asr, 'vocabulary'),
        language,
      };
  }
}

function mouthSpec(tts: VerifiedModel, llm: VerifiedModel, hotline: Hotline, prefixCacheDir: string): EngineSpec {
  return {
    role: 'mouth',
    vits: vitsSpec(tts, hotline.pack.language.definition),
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
    language: hotline.pack.language.claims,
    smallTalk: modelPrompt(llm, hotline).smallTalk.map(({ agent }) => agent),
    phrases: quotableTexts(hotline),
    markers: ['Caller', 'Receptionist', 'start_of_turn', 'end_of_turn'],
    // A base model joins pieces of its examples at random; an instruction-tuned one makes sentences of its own.
    maxNovelStepShare: isInstructionTuned(llm) ? 1 : 0,
  });
}

/** The synthesiser of a voice by what its front end takes: phonemes (Piper) or characters (MMS). */
export function vitsSpec(tts: VerifiedModel, language: LanguageDefinition): VitsSpec {
  const modelPath = fileOf(tts, 'model');
  return tts.facts['frontEnd'] === 'characters'
    ? {
        kind: 'mms',
        language,
        modelPath,
        vocab: fileOf(tts, 'tokens'),
        ...(tts.sampleRateHz && { sampleRateHz: tts.sampleRateHz }),
      }
    : { kind: 'piper', language, modelPath, configPath: fileOf(tts, 'config') };
}

function fileOf(model: VerifiedModel, role: string): string {
  const path = model.files[role];
  if (path !== undefined) return path;
  throw new InzwaError(
    'INZWA_MODEL_MISSING',
    `model ${model.id} has no file for "${role}" (it has ${Object.keys(model.files).join(', ')}); choose another profile or import the model`,
  );
}
