/** What a demo or a bench needs before it can telephone: the hotline, the models on disk, and the caller's lines as audio. */
import type { Config } from '#src/config.ts';
import type { VerifiedModel } from '#pipeline/ports.ts';
import { phrase, type Hotline } from '#pipeline/dialogue/hotline.ts';
import type { WhisperEngineOptions } from '#pipeline/recognition/whisper-engine.ts';
import type { VitsOptions } from '#pipeline/speech/vits-engine.ts';
import { InzwaError } from '#kernel/errors.ts';
import { idsOf } from '#models/schema.ts';
import { loadHotline } from '#prompts/load.ts';
import { vitsSpec } from '#src/engines.ts';
import type { WhisperBenchOptions } from '../bench/whisper/whisper-bench.ts';
import { ensureModels } from '../models.ts';
import type { KnownAnswer } from './verdict.ts';

export interface Stage {
  readonly hotline: Hotline;
  readonly vits: VitsOptions;
  readonly whisper: WhisperEngineOptions;
  /** Every model of the profile by its id, with the licence-relevant version left to the catalogue. */
  readonly modelIds: readonly string[];
  readonly modelsFolder: string;
  /** What the comparison with faster-whisper takes; undefined when the weights are not in its format or the voice is no Piper voice. */
  readonly whisperBench: Pick<WhisperBenchOptions, 'whisper' | 'voice' | 'ctranslate2'> | undefined;
}

/** Pulls what is missing (with a progress bar), verifies, and reads the hotline's prompts. */
export async function openStage(config: Config, signal: AbortSignal): Promise<Stage> {
  const hotline = loadHotline(config.hotline);
  const { catalogue, profile } = await ensureModels(config.profile, { signal });
  const tts = await catalogue.open(profile.tts);
  const asr = await catalogue.open(profile.asr);
  const whisper = {
    encoderPath: fileOf(asr, 'encoder'),
    decoderPath: fileOf(asr, 'decoder'),
    scorerPath: fileOf(asr, 'scorer'),
    tokenizerPath: fileOf(asr, 'tokenizer'),
    language: hotline.pack.language.definition.recognisers.whisper,
  };
  return {
    hotline,
    vits: vitsSpec(tts, hotline.pack.language.definition),
    whisper,
    modelIds: idsOf(profile),
    modelsFolder: catalogue.folder,
    whisperBench: whisperBenchOf(whisper, asr, tts),
  };
}

function whisperBenchOf(whisper: WhisperEngineOptions, asr: VerifiedModel, tts: VerifiedModel): Stage['whisperBench'] {
  const { weights, config, tokenizer, vocabulary } = asr.files;
  const { model, config: voiceConfig } = tts.files;
  // CTranslate2 is the format whose vocabulary is a file of its own; Piper the one whose voice has a configuration.
  if (!weights || !config || !tokenizer || !vocabulary || !model || !voiceConfig) return undefined;
  return {
    whisper,
    voice: { modelPath: model, configPath: voiceConfig },
    ctranslate2: { weights, config, tokenizer, vocabulary },
  };
}

function fileOf(model: VerifiedModel, role: string): string {
  const path = model.files[role];
  if (path === undefined) {
    throw new InzwaError('INZWA_MODEL_CATALOGUE', `model ${model.id} has no file of role "${role}"`);
  }
  return path;
}

/**
 * Everything a caller can hear, under the names that scripts use. Of sentences that are worded alike (a card's emergency
 * answer and the phrase it comes from) the first stays.
 */
export function knownAnswers(hotline: Hotline): readonly KnownAnswer[] {
  const answers: KnownAnswer[] = [
    ...hotline.cards.map(({ id, answer }) => ({ id: `card:${id}`, text: answer })),
    // The greeting's first word goes by the hour; the rest of the sentence names it as well.
    ...[...hotline.phrases.values()].map(({ id, text }) => ({
      id: `phrase:${id}`,
      text: text.replace(/^\{greeting\},?\s*/u, ''),
    })),
  ];
  const seen = new Set<string>();
  return answers.filter(({ text }) => !seen.has(text) && seen.add(text));
}

/** What the agent says while an answer is being made. */
export function fillersOf(hotline: Hotline): ReadonlySet<string> {
  return new Set([phrase(hotline, 'hold')]);
}
