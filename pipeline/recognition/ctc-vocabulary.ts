/** The letters of a CTC model, as `vocab.json` of wav2vec2 and MMS has them. */
import { z } from 'zod';
import { InzwaError } from '#kernel/errors.ts';

const flat = z.record(z.string(), z.number().int().nonnegative());
/** MMS: one vocabulary per language adapter, under its ISO 639-3 code. */
const byLanguage = z.record(z.string(), flat);

export class CtcVocabulary {
  readonly size: number;
  readonly blank: number;
  /** Id of the word delimiter; undefined for a model that writes words together. */
  readonly delimiter: number | undefined;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #letters: readonly (string | undefined)[];
  readonly #isUpper: boolean;

  private constructor(ids: ReadonlyMap<string, number>, blank: number) {
    this.blank = blank;
    this.delimiter = ids.get('|') ?? ids.get(' ');
    this.size = Math.max(...ids.values()) + 1;
    const letters: (string | undefined)[] = [];
    // <s>, </s>, <unk> and their like are never written.
    for (const [symbol, id] of ids) if (!/^(?:<.*>|\[.*\])$/u.test(symbol)) letters[id] = symbol;
    if (this.delimiter !== undefined) letters[this.delimiter] = ' ';
    this.#letters = letters;
    this.#ids = ids;
    const cased = [...ids.keys()].filter((symbol) => /^\p{L}$/u.test(symbol));
    this.#isUpper = cased.some((symbol) => /\p{Lu}/u.test(symbol)) && !cased.some((symbol) => /\p{Ll}/u.test(symbol));
  }

  /** Throws INZWA_RECOGNISER_MODEL; `label` names the file, `language` is the code of one of MMS's adapters. */
  static parse(json: string, label: string, language: string): CtcVocabulary {
    const value = parseOrUndefined(json);
    const nested = byLanguage.safeParse(value);
    const parsed = flat.safeParse(nested.success ? new Map(Object.entries(nested.data)).get(language) : value);
    const ids = new Map(Object.entries(parsed.data ?? {}));
    const blank = ids.get('<pad>') ?? ids.get('[PAD]') ?? ids.get('<blank>') ?? ids.get('<blk>');
    if (blank === undefined) {
      const known = nested.success
        ? ` (it has ${Object.keys(nested.data).slice(0, 8).join(', ')} …; a pack names its own in language.yaml: recognisers.ctc)`
        : '';
      throw new InzwaError(
        'INZWA_RECOGNISER_MODEL',
        `${label} is not the vocab.json of a wav2vec2 or MMS model for "${language}"${known}: take it from the same model`,
      );
    }
    return new CtcVocabulary(ids, blank);
  }

  /** Undefined for what is never written: blank and special symbols. */
  letter(id: number): string | undefined {
    return id === this.blank ? undefined : this.#letters[id];
  }

  /** Ids of a text as the model would write it: its letters alone, words apart; letters that it does not have are left out. */
  encode(text: string): readonly number[] {
    const cased = this.#isUpper ? text.toUpperCase() : text.toLowerCase();
    const words = cased
      .normalize('NFC')
      .replace(/[‘’ʼ]/gu, "'")
      .split(/[^\p{L}\p{N}\p{M}']+/u)
      .map((word) => Array.from(word).flatMap((letter) => this.#ids.get(letter) ?? []))
      .filter((word) => word.length > 0);
    const between = this.delimiter === undefined ? [] : [this.delimiter];
    return words.flatMap((word, i) => (i === 0 ? word : [...between, ...word]));
  }

  /** In small letters, single spaces. */
  decode(ids: readonly number[]): string {
    const text = ids.map((id) => this.letter(id) ?? '').join('');
    return (this.#isUpper ? text.toLowerCase() : text).replace(/ +/gu, ' ').trim();
  }
}

function parseOrUndefined(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
