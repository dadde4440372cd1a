/**
 * Checks what the language model wants to say, clause by clause, before any of it is spoken. It knows nothing of what the
 * clause means: it lets through text that looks like the language, is short, and says nothing that is not in a primed card, in
 * the small talk or in the pack. What it refuses is counted by reason.
 */
import type { Claims } from '../language/language.ts';
import type { DialogueRequest } from '../ports.ts';

/** Stable words for metrics, in the order in which they are checked; the first that applies is given. */
export const GUARD_REASONS = [
  'empty',
  'control-character',
  'markup',
  'url',
  'marker-echo',
  'too-long',
  'repetition',
  'caller-echo',
  'number',
  'money',
  'time',
  'dose',
  'impolite',
  'language',
  'unfounded',
  'incoherent',
] as const;
export type GuardReason = (typeof GUARD_REASONS)[number];

export type GuardVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: GuardReason };

export interface GuardOptions {
  readonly language: Claims;
  /** The answers of the small talk: they may be quoted, and their words are the vocabulary of free clauses. */
  readonly smallTalk: readonly string[];
  /** Phrases of the pack that may be said at any time, like the small talk; none that promises an action ("I am connecting you"). */
  readonly phrases: readonly string[];
  /** Loans and names that end in a consonant or break the syllable rule, and harmless function words. */
  readonly allowedWords?: readonly string[];
  /** Names and tokens of the prompt: `Caller`, `Receptionist`, `start_of_turn`. */
  readonly markers: readonly string[];
  /** @defaultValue 30 */
  readonly maxWordsPerReply?: number;
  /** Share of letters that lie in valid syllables, of the words outside the vocabulary. @defaultValue 0.9 */
  readonly minSyllableShare?: number;
  /** Share of a clause's words that may be outside the vocabulary: one in five. @defaultValue 0.2 */
  readonly maxUnknownShare?: number;
  /**
   * Share of steps from word to word (and from and to a pause) that do not occur in the small talk or the phrases.
   * 0 leaves a base model only new sequences of known turns of phrase; 1 is for a model that writes sentences of its own.
   * @defaultValue 0
   */
  readonly maxNovelStepShare?: number;
}

export interface GuardContext {
  /** The cards the model was primed with; only these may be quoted. */
  readonly cards: DialogueRequest['cards'];
  /** Clauses of this reply that passed before. */
  readonly spoken: readonly string[];
  /** The caller's words that are answered. */
  readonly callerText?: string;
}

const OK: GuardVerdict = { ok: true };
// A currency sign is a word of its own: "$2" is no quote of "2".
const WORD = /[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}']*|[\p{Sc}%°]/gu;
const CONTROL = /(?!\n)[\p{Cc}\p{Cf}\p{Co}\p{Cn}\uFFFD]/u;
const MARKUP = /[<>{}[\]|\\`*_#~=^]/;
const URL = /https?:|www\.|\S@\S|\b[\p{L}\d-]+\.(?:com|org|net|co|zw|za|info|io)\b/iu;

/** The rules of one hotline, compiled once; `check` is pure. */
export class SpeechGuard {
  readonly #options: GuardOptions;
  readonly #vocabulary: ReadonlySet<string>;
  readonly #steps: ReadonlySet<string>;
  readonly #markers: readonly RegExp[];

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#vocabulary = new Set(
      [...options.smallTalk, ...options.phrases, ...(options.allowedWords ?? [])].flatMap((text) => wordsOf(text)),
    );
    this.#steps = new Set([...options.smallTalk, ...options.phrases].flatMap((text) => stepsOf(text)));
    this.#markers = options.markers.map(
      (marker) => new RegExp(`(?<!\\p{L})${marker.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?!\\p{L})`, 'iu'),
    );
  }

  /** One clause, as the splitter cut it. A clause after a refused one must not be spoken either. */
  check(clause: string, context: GuardContext): GuardVerdict {
    const words = wordsOf(clause);
    const reason =
      this.#formReason(clause, words, context) ??
      // Words that people wrote are trusted, figures and all, as long as nothing is left out or added within the clause.
      (this.#isQuoted(words, context.cards) ? undefined : this.#factReason(clause, words));
    return reason === undefined ? OK : { ok: false, reason };
  }

  #isQuoted(words: readonly string[], cards: DialogueRequest['cards']): boolean {
    return (
      cards.some((card) => isQuote(words, card.answer)) ||
      this.#options.smallTalk.some((text) => isQuote(words, text)) ||
      this.#options.phrases.some((text) => isQuote(words, text))
    );
  }

  #formReason(clause: string, words: readonly string[], context: GuardContext): GuardReason | undefined {
    if (words.length === 0) return 'empty';
    if (CONTROL.test(clause)) return 'control-character';
    if (MARKUP.test(clause)) return 'markup';
    if (URL.test(clause)) return 'url';
    if (this.#markers.some((marker) => marker.test(clause))) return 'marker-echo';
    const before = context.spoken.map((text) => wordsOf(text));
    const total = before.reduce((sum, spoken) => sum + spoken.length, words.length);
    if (total > (this.#options.maxWordsPerReply ?? 30)) return 'too-long';
    if (isRepetitive(words) || before.some((spoken) => isSame(spoken, words))) return 'repetition';
    const heard = wordsOf(context.callerText ?? '');
    // Short answers legitimately repeat a word or two ("Maita basa." – "Maita basa.").
    if (words.length >= 3 && startsOfRun(heard, words).length > 0) return 'caller-echo';
    return undefined;
  }

  #factReason(clause: string, words: readonly string[]): GuardReason | undefined {
    const { language } = this.#options;
    if (/\p{N}/u.test(clause) || words.some((word) => language.isNumber(word))) return 'number';
    if (/\p{Sc}/u.test(clause) || words.some((word) => language.isMoney(word))) return 'money';
    if (words.some((word) => language.isTime(word))) return 'time';
    if (words.some((word) => language.isDose(word))) return 'dose';
    if (words.some((word) => language.isImpolite(word))) return 'impolite';
    const unknown = words.filter((word) => !this.#vocabulary.has(word));
    if (this.#isForeign(clause, unknown)) return 'language';
    if (unknown.length / words.length > (this.#options.maxUnknownShare ?? 0.2)) return 'unfounded';
    // A 270M base model strings known words into nonsense; all of it passes every rule above.
    const steps = stepsOf(clause);
    const novel = steps.filter((step) => !this.#steps.has(step)).length;
    return novel / steps.length > (this.#options.maxNovelStepShare ?? 0) ? 'incoherent' : undefined;
  }

  #isForeign(clause: string, unknown: readonly string[]): boolean {
    if (unknown.length === 0) return false;
    const names = namesIn(clause);
    let letters = 0;
    let valid = 0;
    for (const word of unknown) {
      if (names.has(word)) continue;
      const { validLetters, isOpen } = syllables(word, this.#options.language.onsets);
      // No native word ends in a consonant.
      if (!isOpen) return true;
      letters += word.length;
      valid += validLetters;
    }
    return letters > 0 && valid / letters < (this.#options.minSyllableShare ?? 0.9);
  }
}

/** Lower-case words of a text, every apostrophe as '. */
export function wordsOf(text: string): string[] {
  const folded = text
    .normalize('NFKC')
    .replace(/[’ʼ‘`]/g, "'")
    .toLowerCase();
  return (folded.match(WORD) ?? []).map((word) => word.replace(/'+$/, '')).filter((word) => word !== '');
}

/** Letters of a word that lie in valid (C)V syllables, and whether it ends in a vowel. */
export function syllables(word: string, onsets: ReadonlySet<string>): { validLetters: number; isOpen: boolean } {
  let validLetters = 0;
  let end = 0;
  for (const match of word.matchAll(/([^aeiou]*)[aeiou]/g)) {
    const onset = match[1] ?? '';
    if (onset === '' || onsets.has(onset)) validLetters += match[0].length;
    end = match.index + match[0].length;
  }
  return { validLetters, isOpen: word.length > 0 && end === word.length };
}

/** Words capitalised inside the clause, and after a prefix (VaMoyo, kuHarare): names. */
function namesIn(clause: string): ReadonlySet<string> {
  const names = new Set<string>();
  const text = clause.normalize('NFKC').replace(/[’ʼ‘`]/g, "'");
  for (const match of text.matchAll(WORD)) {
    const isInside = /\p{L}/u.test(text.slice(0, match.index));
    const shape = isInside ? /^\p{L}{0,4}\p{Lu}\p{Ll}/u : /^\p{L}{1,4}\p{Lu}\p{Ll}/u;
    if (shape.test(match[0])) names.add(match[0].toLowerCase());
  }
  return names;
}

/** True when the words are one or more whole clauses of the text, in its order: half of one can turn its sense around. */
function isQuote(words: readonly string[], text: string): boolean {
  const clauses = clausesOf(text);
  const bounds = new Set<number>([0]);
  let at = 0;
  for (const clause of clauses) {
    at += clause.length;
    bounds.add(at);
  }
  return startsOfRun(clauses.flat(), words).some((start) => bounds.has(start) && bounds.has(start + words.length));
}

function clausesOf(text: string): string[][] {
  return text.split(/[.,;:!?…–—]+(?=\s|$)/).map((clause) => wordsOf(clause));
}

/** Neighbouring words of each clause, its beginning and its end included. */
function stepsOf(text: string): string[] {
  return clausesOf(text)
    .filter((clause) => clause.length > 0)
    .flatMap((clause) => ['', ...clause].map((word, i) => `${word} ${clause[i] ?? ''}`));
}

function startsOfRun(text: readonly string[], run: readonly string[]): number[] {
  const starts: number[] = [];
  for (let i = 0; run.length > 0 && i + run.length <= text.length; i++) {
    if (run.every((word, j) => text[i + j] === word)) starts.push(i);
  }
  return starts;
}

/** One word three times, or a stretch of two or more words twice in a row. */
function isRepetitive(words: readonly string[]): boolean {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  if (Math.max(...counts.values()) >= 3) return true;
  for (let period = 2; period * 2 <= words.length; period++) {
    for (let i = 0; i + period * 2 <= words.length; i++) {
      if (isSame(words.slice(i, i + period), words.slice(i + period, i + period * 2))) return true;
    }
  }
  return false;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}
