/**
 * Doubts about a transcript that only the conversation can have: the words are another language's, or they are what the
 * agent has just said. Pure; stands behind the recogniser's own guard. Some 2 ms a text.
 */
import type { Language } from '../language/language.ts';
import type { TranscriptDoubt } from '../ports.ts';
import type { Pack } from './hotline.ts';
import { IntentDetector } from './intents.ts';
import { SoundCosts } from './sound-costs.ts';

/** Fewer foreign words are a name, a loan or a slip of the recogniser. */
const FOREIGN_MIN_WORDS = 3;
/** English sentences, as a recogniser that was told to hear Shona writes them, have 0.67 in the median; 1 of 201 callers' texts. */
const FOREIGN_SHARE = 0.6;
/**
 * Mean cost per sound, from so many sounds on, of finding what was heard in what was said. Echoes at -15 dB cost 0.06 to
 * 0.26 (median 0.13 from 32 sounds on, 0.18 below), callers' phrases against the agent's fixed sentences 0.23 and more
 * from 24 sounds on, 0.11 and more below.
 */
const ECHO_COSTS = [
  { fromSounds: 32, cost: 0.21 },
  { fromSounds: 24, cost: 0.17 },
  { fromSounds: 16, cost: 0.12 },
] as const;
/** Mean cost per sound by which an echo is more like what was said than like any question that it is plainly like. */
const ECHO_LEAD = 0.03;
/** "Ndapota dzokororai", "mangwanani, makadii": up to here what a word class knows was said by the caller. */
const ECHO_OWN_WORDS_BELOW = 24;
/** A card says its question's words again, and a caller may ask it once more: of longer texts only long pieces are echoes. */
const SHORT_TEXT_SOUNDS = 90;
/** Longer texts are compared by their beginning. */
const MAX_SOUNDS = 160;
const SENTENCE_END = /[.?!]+/u;
/**
 * A decoder that finds no end says what it said before once more, with a sound or two changed: mean cost per sound, from so
 * many sounds on, tried in steps.
 */
const REPEAT = { fromSounds: 20, step: 4, cost: 0.12 } as const;

export class HeardGuard {
  readonly #language: Language;
  readonly #intents: IntentDetector;
  readonly #costs: SoundCosts;

  constructor(pack: Pack) {
    this.#language = pack.language;
    this.#intents = new IntentDetector(pack);
    this.#costs = new SoundCosts(pack.language);
  }

  /**
   * `agentTexts`: what the caller's telephone has played last, as written; more than two of them cost time for nothing.
   * `asked`: questions that the text is plainly like; it is an echo only if it is clearly more like what was said.
   */
  doubtOf(text: string, agentTexts: readonly string[], asked: readonly string[] = []): TranscriptDoubt | undefined {
    const sounds = this.#language.fold(text).slice(0, MAX_SOUNDS);
    const once = this.#saidOnce(sounds);
    if (this.#isEcho(text, once, agentTexts, asked)) return 'echo';
    if (this.#isForeign(text)) return 'foreign-language';
    return once.length < sounds.length || this.#hasSentenceTwice(text) ? 'repetitive' : undefined;
  }

  /** Two sentences in a row that are the same: what comes behind them is no better. */
  #hasSentenceTwice(text: string): boolean {
    const sentences = text.split(SENTENCE_END).map((sentence) => this.#language.fold(sentence).slice(0, MAX_SOUNDS));
    return sentences.some((sounds, at) => {
      const before = sentences[at - 1] ?? '';
      if (sounds.length < REPEAT.fromSounds || before.length < REPEAT.fromSounds) return false;
      return this.#costs.ofFinding(sounds, before) <= REPEAT.cost * sounds.length;
    });
  }

  /** Without an end that says again what stands before it, as often as that is so. */
  #saidOnce(sounds: string): string {
    const { fromSounds, step, cost } = REPEAT;
    for (let length = Math.floor(sounds.length / 2); length >= fromSounds; length -= step) {
      const [before, end] = [sounds.slice(0, -length), sounds.slice(-length)];
      if (this.#costs.ofFinding(end, before) <= cost * length) return this.#saidOnce(before);
    }
    return sounds;
  }

  #isEcho(heard: string, sounds: string, agentTexts: readonly string[], asked: readonly string[]): boolean {
    const limit = ECHO_COSTS.find(({ fromSounds }) => sounds.length >= fromSounds);
    if (limit === undefined) return false;
    const costsOfAsking = asked.map((question) => this.#costs.ofFinding(sounds, this.#language.fold(question)));
    const least = Math.min(Infinity, ...costsOfAsking) - ECHO_LEAD * sounds.length;
    const isFound = agentTexts.some((said) => {
      const spoken = this.#language.fold(this.#language.speakable(said));
      if (spoken.length > SHORT_TEXT_SOUNDS && sounds.length < ECHO_COSTS[0].fromSounds) return false;
      const cost = this.#costs.ofFinding(sounds, spoken);
      return cost <= limit.cost * sounds.length && cost < least;
    });
    return isFound && (sounds.length >= ECHO_OWN_WORDS_BELOW || this.#intents.detect(heard, true) === undefined);
  }

  /** What a word class of the pack knows is never foreign: "can I talk to someone". */
  #isForeign(text: string): boolean {
    const words = this.#language.tokens(text).filter(({ kind }) => kind !== 'number');
    const foreign = words.filter(({ kind, prefix }) => kind === 'foreign' && prefix === '').length;
    if (foreign < FOREIGN_MIN_WORDS || foreign < words.length * FOREIGN_SHARE) return false;
    return this.#intents.detect(text, true) === undefined && !this.#intents.isSensitive(text);
  }
}
