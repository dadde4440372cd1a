/**
 * IPA to the symbol ids of a Piper voice. A voice's table lists every espeak symbol, but only those that occurred in its
 * training have a sound: in en_US-joe-medium the embeddings of ɓ ɗ ʋ ɲ ɦ r ʂ β still have the norm of their
 * initialisation (0.34-0.44, like ids no symbol uses), those of English phones 0.84-1.3. So each foreign phoneme is
 * said with phones of the voice's own language, and the table is used as it stands only for other languages.
 */
import { readFileSync } from 'node:fs';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import type { Language } from '../language/language.ts';

/** What a Piper `.onnx.json` says, as far as synthesis needs it. */
export interface PiperConfig {
  readonly sampleRateHz: number;
  /** Symbol -> ids, `_` pad, `^` begin, `$` end included. */
  readonly symbols: ReadonlyMap<string, readonly number[]>;
  /** espeak voice the phonemes of the training text came from: `en-us`. */
  readonly espeakVoice: string;
  readonly noiseScale: number;
  readonly lengthScale: number;
  readonly noiseW: number;
}

/** Reads the `.onnx.json` of a Piper voice; throws INZWA_VOICE_CONFIG when it is not one. */
export function readPiperConfig(path: string): PiperConfig {
  try {
    return parsePiperConfig(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new InzwaError(
      'INZWA_VOICE_CONFIG',
      `${path} is not the .onnx.json of a Piper voice (${messageOf(error)}); pull the voice again`,
      { cause: error },
    );
  }
}

function parsePiperConfig(json: unknown): PiperConfig {
  const root = record(json, 'the file');
  const audio = record(root['audio'], 'audio');
  const inference = record(root['inference'], 'inference');
  const espeak = record(root['espeak'], 'espeak');
  const symbols = new Map<string, readonly number[]>();
  for (const [symbol, ids] of Object.entries(record(root['phoneme_id_map'], 'phoneme_id_map'))) {
    if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'number')) throw new Error(`ids of "${symbol}"`);
    symbols.set(symbol, ids);
  }
  for (const needed of ['_', '^', '$', ' ']) {
    if (!symbols.has(needed)) throw new Error(`symbol "${needed}" is missing from phoneme_id_map`);
  }
  return {
    sampleRateHz: number(audio['sample_rate'], 'audio.sample_rate'),
    symbols,
    espeakVoice: typeof espeak['voice'] === 'string' ? espeak['voice'] : '',
    noiseScale: number(inference['noise_scale'], 'inference.noise_scale'),
    lengthScale: number(inference['length_scale'], 'inference.length_scale'),
    noiseW: number(inference['noise_w'], 'inference.noise_w'),
  };
}

function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error(`${name} is not an object`);
  return value as Record<string, unknown>;
}

function number(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error(`${name} is not a number`);
  return value;
}

/** One phoneme (or any IPA letter) -> the symbols that say it, in order. */
export type Accent = ReadonlyMap<string, string>;

/** One phoneme of a Bantu language, a sequence of symbols in any voice: affricates and prenasalised consonants. */
const SEQUENCES: readonly (readonly [string, string])[] = [
  ['t͡s', 'ts'],
  ['d͡z', 'dz'],
  ['t͡ʃ', 'tʃ'],
  ['d͡ʒ', 'dʒ'],
  ['p͡f', 'pf'],
  ['b͡v', 'bv'],
  ['ᵐb', 'mb'],
  ['ᵐb͡v', 'mbv'],
  ['ᶬv', 'mv'],
  ['ⁿd', 'nd'],
  ['ⁿd͡ʒ', 'ndʒ'],
  ['ⁿz', 'nz'],
  ['ᵑɡ', 'ŋɡ'],
];

/**
 * Said with the phones of American English. Chosen by what Whisper base hears over 8 kHz: mean log-likelihood per token of
 * the true text (16 sentences, 9 with sv or zv), differences to this table but for r with their standard errors: the plain
 * IPA symbols -1.30 ± 0.20; a as `a` -0.51 ± 0.16; sv, zv as ʃw, ʒw -0.19 ± 0.12, as ʃ, ʒ -0.39 ± 0.17, as s, z
 * -0.25 ± 0.10; v as w -0.22 ± 0.10; r as ɹ +0.30 ± 0.10 against ɾ, the Shona sound, which English only has for t and d.
 */
export const ENGLISH_ACCENT: Accent = new Map([
  ['a', 'ɑː'],
  ['e', 'ɛ'],
  ['i', 'iː'],
  ['o', 'ɔː'],
  ['u', 'uː'],
  ['ɓ', 'b'],
  ['b̤', 'b'],
  ['ɗ', 'd'],
  ['d̤', 'd'],
  ['ʋ', 'v'],
  ['v̤', 'v'],
  ['m̤', 'm'],
  ['n̤', 'n'],
  ['ɲ', 'nj'],
  ['ɦ', 'h'],
  ['r', 'ɹ'],
  ['sᶲ', 'sw'],
  ['zᵝ', 'zw'],
  ['t͡sᶲ', 'tsw'],
  ['d͡zᵝ', 'dzw'],
  ['ⁿzᵝ', 'nzw'],
  ...SEQUENCES,
]);

/** The phonemes as the International Phonetic Alphabet writes them, for a voice trained on such text. */
export const PLAIN_ACCENT: Accent = new Map([
  ['b̤', 'b'],
  ['d̤', 'd'],
  ['v̤', 'v'],
  ['m̤', 'm'],
  ['n̤', 'n'],
  ['sᶲ', 'ʂ'],
  ['zᵝ', 'ʐ'],
  ['t͡sᶲ', 'tʂ'],
  ['d͡zᵝ', 'dʐ'],
  ['ⁿzᵝ', 'nʐ'],
  ...SEQUENCES,
]);

/**
 * The accent for the language a voice was trained on; what the spoken language says of such voices (`Language.accents`) goes
 * before it, the longest beginning of the espeak name last.
 */
export function accentFor(espeakVoice: string, accents: Language['accents'] = {}): Accent {
  const general = espeakVoice.startsWith('en') ? ENGLISH_ACCENT : PLAIN_ACCENT;
  const own = Object.entries(accents)
    .filter(([voice]) => espeakVoice.startsWith(voice))
    .sort(([a], [b]) => a.length - b.length);
  return new Map([...general, ...own.flatMap(([, symbols]) => Object.entries(symbols))]);
}

const VOWELS = 'aeiou';
/** Characters in the longest key of an accent, combining marks counted: d͡zᵝ, ᵐb͡v, ⁿd͡ʒ. */
const LONGEST_PHONEME = 4;

/**
 * Ids of an IPA sentence in the order Piper was trained with: `^ _ s1 _ s2 _ … $`. The stress mark goes right before its
 * vowel, as espeak writes it; a symbol the voice does not have is left out. `unknown`, when given, collects those.
 */
export function piperIds(
  ipa: string,
  { symbols }: Pick<PiperConfig, 'symbols'>,
  accent: Accent,
  unknown?: Set<string>,
): number[] {
  const pad = symbols.get('_') ?? [];
  const ids: number[] = [...(symbols.get('^') ?? []), ...pad];
  for (const symbol of piperSymbols(ipa, accent)) {
    const known = symbols.get(symbol);
    if (known === undefined) unknown?.add(symbol);
    else ids.push(...known, ...pad);
  }
  ids.push(...(symbols.get('$') ?? []));
  return ids;
}

/** The voice symbols of an IPA sentence, one character each. */
export function piperSymbols(ipa: string, accent: Accent): string[] {
  const out: string[] = [];
  let stress = false;
  for (let at = 0; at < ipa.length;) {
    const phoneme = phonemeAt(ipa, at, accent);
    at += phoneme.length;
    if (phoneme === 'ˈ') {
      stress = true;
      continue;
    }
    // The vowels of an English voice that can be long already are.
    if (phoneme === 'ː' && out.at(-1) === 'ː') continue;
    if (stress && VOWELS.includes(phoneme)) {
      out.push('ˈ');
      stress = false;
    }
    out.push(...Array.from(accent.get(phoneme) ?? phoneme));
  }
  return out;
}

function phonemeAt(ipa: string, at: number, accent: Accent): string {
  for (let length = LONGEST_PHONEME; length > 1; length--) {
    const candidate = ipa.slice(at, at + length);
    if (accent.has(candidate)) return candidate;
  }
  return ipa.charAt(at);
}
