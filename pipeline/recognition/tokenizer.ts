/** Whisper's byte-level BPE, read from Hugging Face's `tokenizer.json`. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { InzwaError } from '#kernel/errors.ts';

const TokenizerFile = z.object({
  model: z.object({
    vocab: z.record(z.string(), z.number().int()),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  }),
  added_tokens: z.array(z.object({ id: z.number().int(), content: z.string() })),
});

/** GPT-2's way to cut text into words before any merge. */
const WORDS = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

export interface SpecialTokens {
  readonly endOfText: number;
  readonly startOfTranscript: number;
  readonly transcribe: number;
  readonly noTimestamps: number;
  readonly startOfPrevious: number;
  readonly noSpeech: number;
}

export class WhisperTokenizer {
  readonly special: SpecialTokens;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #pieces: readonly (string | undefined)[];
  readonly #ranks: ReadonlyMap<string, number>;
  readonly #added: ReadonlyMap<string, number>;
  readonly #words = new Map<string, readonly number[]>();

  private constructor(file: z.infer<typeof TokenizerFile>) {
    this.#ids = new Map(Object.entries(file.model.vocab));
    const pieces: (string | undefined)[] = [];
    for (const [piece, id] of this.#ids) pieces[id] = piece;
    this.#pieces = pieces;
    this.#ranks = new Map(
      file.model.merges.map((merge, rank) => [typeof merge === 'string' ? merge : merge.join(' '), rank]),
    );
    this.#added = new Map(file.added_tokens.map(({ content, id }) => [content, id]));
    this.special = {
      endOfText: this.#require('<|endoftext|>'),
      startOfTranscript: this.#require('<|startoftranscript|>'),
      transcribe: this.#require('<|transcribe|>'),
      noTimestamps: this.#require('<|notimestamps|>'),
      startOfPrevious: this.#require('<|startofprev|>'),
      // Its name changed with Whisper's large-v3.
      noSpeech: this.#added.get('<|nospeech|>') ?? this.#require('<|nocaptions|>'),
    };
  }

  /** Throws INZWA_TOKENIZER_INVALID when the file is not a byte-level BPE with Whisper's special tokens. */
  static async open(path: string): Promise<WhisperTokenizer> {
    return WhisperTokenizer.parse(await readFile(path, 'utf8'), path);
  }

  /** As `open`, of the file's text; `label` names it in errors. */
  static parse(text: string, label: string): WhisperTokenizer {
    try {
      return new WhisperTokenizer(TokenizerFile.parse(JSON.parse(text)));
    } catch (cause) {
      throw new InzwaError(
        'INZWA_TOKENIZER_INVALID',
        `${label} is not the tokenizer of a Whisper model: pull the model again`,
        { cause },
      );
    }
  }

  /** Id of `<|xx|>`; throws INZWA_TOKENIZER_INVALID for a language that the model does not know. */
  language(code: string): number {
    return this.#require(`<|${code}|>`);
  }

  encode(text: string): readonly number[] {
    return (text.match(WORDS) ?? []).flatMap((word) => this.#encodeWord(word));
  }

  /** Text of the ordinary tokens; special tokens and timestamps are left out, broken UTF-8 becomes U+FFFD. */
  decode(tokens: readonly number[]): string {
    const bytes: number[] = [];
    for (const token of tokens) {
      if (token >= this.special.endOfText) continue;
      for (const char of this.#pieces[token] ?? '') bytes.push(BYTE_OF_CHAR.get(char) ?? 0x3f);
    }
    return Buffer.from(bytes).toString('utf8');
  }

  #require(content: string): number {
    const id = this.#added.get(content);
    if (id === undefined) {
      throw new InzwaError('INZWA_TOKENIZER_INVALID', `the tokenizer has no token ${content}`, {
        details: { token: content },
      });
    }
    return id;
  }

  #encodeWord(word: string): readonly number[] {
    const known = this.#words.get(word);
    if (known !== undefined) return known;
    let parts = Array.from(Buffer.from(word, 'utf8'), (byte) => CHAR_OF_BYTE[byte] ?? '');
    for (;;) {
      let best = Infinity;
      let bestPair = '';
      for (let i = 0; i + 1 < parts.length; i++) {
        const pair = `${parts[i] ?? ''} ${parts[i + 1] ?? ''}`;
        const rank = this.#ranks.get(pair) ?? Infinity;
        if (rank < best) {
          best = rank;
          bestPair = pair;
        }
      }
      if (best === Infinity) break;
      const merged: string[] = [];
      for (let i = 0; i < parts.length; i++) {
        const pair = `${parts[i] ?? ''} ${parts[i + 1] ?? ''}`;
        if (pair === bestPair) {
          merged.push(pair.replace(' ', ''));
          i += 1;
        } else merged.push(parts[i] ?? '');
      }
      parts = merged;
    }
    const ids = parts.map((part) => this.#ids.get(part) ?? 0);
    if (this.#words.size < MAX_CACHED_WORDS) this.#words.set(word, ids);
    return ids;
  }
}

/** A hotline's lexicon is some thousand words; callers' text is never encoded, so this cannot grow by what they say. */
const MAX_CACHED_WORDS = 20_000;

/** GPT-2's printable stand-in for every byte: itself where printable, else from U+0100 on. */
const CHAR_OF_BYTE: readonly string[] = (() => {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCharCode(isPrintable ? byte : next++);
  });
})();

const BYTE_OF_CHAR: ReadonlyMap<string, number> = new Map(CHAR_OF_BYTE.map((char, byte) => [char, byte]));

/** Symbols that no caller says: Whisper suppresses their tokens, alone and after a space. */
const NON_SPEECH = Array.from('"#()*+/:;<=>@[\\]^_`{|}~「」『』').concat(
  '<< >> <<< >>> -- --- -( -[ (\' (" (( )) ((( ))) [[ ]] {{ }} ♪♪ ♪♪♪'.split(' '),
);
const MUSIC = Array.from('♩♪♫♬♭♮♯');

/**
 * Ids that are never decoded: Whisper's non-speech symbols, and every special token but the end of text (timestamps are
 * off). The rule is that of openai/whisper's `Tokenizer.non_speech_tokens`; ids from `vocabulary` on do not exist.
 */
export function suppressedTokens(tokenizer: WhisperTokenizer, vocabulary: number): readonly number[] {
  const ids = new Set<number>();
  for (const word of [' -', " '"]) ids.add(tokenizer.encode(word)[0] ?? 0);
  for (const symbol of [...NON_SPEECH, ...MUSIC]) {
    for (const text of [symbol, ` ${symbol}`]) {
      const tokens = tokenizer.encode(text);
      if (tokens.length === 1 || MUSIC.includes(symbol)) ids.add(tokens[0] ?? 0);
    }
  }
  for (let id = tokenizer.special.endOfText + 1; id < vocabulary; id++) ids.add(id);
  return [...ids].sort((a, b) => a - b);
}
