/** Whether a voice has a sound for everything that a pack says. */
import type { VerifiedModel } from '#pipeline/ports.ts';
import type { Language } from '#pipeline/language/language.ts';
import { mmsIds, readMmsVocabulary } from '#pipeline/speech/mms-ids.ts';
import { accentFor, piperSymbols, readPiperConfig } from '#pipeline/speech/piper-ids.ts';
import { learntIds } from './learnt-symbols.ts';

/** Symbols as the voice's own table writes them. */
export interface VoiceSounds {
  /** The model's id. */
  readonly voice: string;
  /** Different symbols that the texts need. */
  readonly needed: number;
  /** Not in the voice's table: left out when the text is said. */
  readonly missing: readonly string[];
  /** In the table, but without a sound, because they never occurred in training; undefined: the file does not tell. */
  readonly unlearnt: readonly string[] | undefined;
}

/** `texts` as written; figures are read out first. Throws INZWA_VOICE_CONFIG. */
export function voiceSounds(voice: VerifiedModel, language: Language, texts: readonly string[]): VoiceSounds {
  const spoken = texts.map((text) => language.speakable(text));
  const { model = '', config, tokens } = voice.files;
  if (tokens !== undefined) return lettersOf(voice.id, tokens, spoken);
  const piper = readPiperConfig(config ?? `${model}.json`);
  const accent = accentFor(piper.espeakVoice, language.accents);
  const needed = new Set(spoken.flatMap((text) => piperSymbols(language.phonemes(text), accent)));
  const learnt = learntIds(model, new Set([...piper.symbols.values()].flat()));
  const known = [...needed].filter((symbol) => piper.symbols.has(symbol));
  const isLearnt = (symbol: string): boolean =>
    learnt === undefined || (piper.symbols.get(symbol) ?? []).every((id) => learnt.has(id));
  return {
    voice: voice.id,
    needed: needed.size,
    missing: [...needed].filter((symbol) => !piper.symbols.has(symbol)),
    unlearnt: learnt && known.filter((symbol) => !isLearnt(symbol)),
  };
}

/** A voice that reads letters. Punctuation is left out by all of them and is no loss. */
function lettersOf(voice: string, path: string, spoken: readonly string[]): VoiceSounds {
  const vocabulary = readMmsVocabulary(path);
  const needed = new Set(spoken.flatMap((text) => text.toLowerCase().match(/[\p{L}']/gu) ?? []));
  // One blank before a letter that is known, and one behind it; a blank alone for one that is not.
  const missing = [...needed].filter((letter) => mmsIds(letter, vocabulary).length < 3);
  return { voice, needed: needed.size, missing, unlearnt: undefined };
}
