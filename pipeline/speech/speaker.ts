/**
 * Text as people write it -> pieces of telephone audio: cut early, read out by the language's rules, from the cache where
 * it was said before. Shared by all calls.
 */
import type { Clock } from '#kernel/clock.ts';
import type { Piece } from '../dialogue/reply.ts';
import { SentenceSplitter } from '../dialogue/sentence-splitter.ts';
import type { Language } from '../language/language.ts';
import type { Synthesizer } from '../ports.ts';
import { Pcm16Collector } from '../audio/pcm.ts';
import { USUAL_PACE } from './pace.ts';
import type { SentenceCache } from './sentence-cache.ts';
import { renderForTelephone, renderWhole } from './telephone-rendering.ts';

export interface SpeakerOptions {
  readonly synthesizer: Synthesizer;
  readonly language: Language;
  readonly cache: SentenceCache;
  readonly clock: Clock;
  /**
   * What is said instead when the voice fails before a sound of a fixed text was made; where it is not in the cache either,
   * the failure is thrown.
   */
  readonly instead?: { readonly text: string; readonly onSaid: () => void };
}

/** How one text is said. */
export interface SayOptions {
  readonly signal: AbortSignal;
  /** Factor on the voice's own rate. @defaultValue 1 */
  readonly pace?: number;
}

const IDLE_CHECK_MS = 100;

export class Speaker {
  readonly #options: SpeakerOptions;

  constructor(options: SpeakerOptions) {
    this.#options = options;
  }

  /** The pieces that `say` makes of a fixed text: what has to be rendered beforehand. */
  static piecesOf(text: string, { abbreviations }: Language): string[] {
    const splitter = new SentenceSplitter({ abbreviations });
    return [...splitter.push(text), ...splitter.flush()];
  }

  /** Cuts one text that is still being generated as `say` would cut it. */
  splitter(): SentenceSplitter {
    return new SentenceSplitter({ abbreviations: this.#options.language.abbreviations });
  }

  /** A fixed text, which is worth keeping: pieces come from the cache, and what is rendered goes into it. */
  async *say(text: string, opts: SayOptions): AsyncGenerator<Piece> {
    let hasSound = false;
    try {
      for await (const piece of this.#say(text, opts)) {
        hasSound = true;
        yield piece;
      }
    } catch (error) {
      const instead = hasSound || opts.signal.aborted ? [] : this.#instead();
      if (instead.length === 0) throw error;
      this.#options.instead?.onSaid();
      yield* instead;
    }
  }

  async *#say(text: string, { signal, pace = USUAL_PACE }: SayOptions): AsyncGenerator<Piece> {
    const { cache, language } = this.#options;
    for (const piece of Speaker.piecesOf(text, language)) {
      signal.throwIfAborted();
      // Kept by the words that are said: another reading of the same figures is another sound.
      const words = language.speakable(piece);
      const known = await cache.get(words, pace);
      if (known) {
        yield { text: piece, pcm: known, isCached: true };
        continue;
      }
      const whole = new Pcm16Collector();
      for await (const part of this.sayOnce(piece, { signal, pace })) {
        whole.push(part.pcm);
        yield part;
      }
      await cache.set(words, whole.take(), pace);
    }
  }

  /** All of it from memory, or none. */
  #instead(): readonly Piece[] {
    const { cache, language, instead } = this.#options;
    const pieces: Piece[] = [];
    for (const text of instead ? Speaker.piecesOf(instead.text, language) : []) {
      const pcm = cache.peek(language.speakable(text), USUAL_PACE);
      if (!pcm) return [];
      pieces.push({ text, pcm, isCached: true });
    }
    return pieces;
  }

  /** A piece that nobody will say again, as it is synthesised: the first part is heard while the rest is made. */
  async *sayOnce(piece: string, { signal, pace = USUAL_PACE }: SayOptions): AsyncGenerator<Piece> {
    const { synthesizer, language } = this.#options;
    let text = piece;
    const options = { signal, speakingRate: pace };
    for await (const pcm of renderForTelephone(synthesizer, language.speakable(piece), options)) {
      yield { text, pcm, isCached: false };
      text = '';
    }
  }

  /**
   * Renders fixed texts that are not in the cache yet, piece by piece, each only while `isIdle`: a caller who waits for an
   * answer must not wait for this. Resolves with how many pieces were rendered.
   */
  async prerender(
    texts: Iterable<string>,
    { signal, isIdle = () => true }: { readonly signal: AbortSignal; readonly isIdle?: () => boolean },
  ): Promise<number> {
    const { cache, clock, language, synthesizer } = this.#options;
    const all = [...texts].map((text) => Speaker.piecesOf(text, language));
    // What a caller waits for first: the later pieces are made while the first one is heard.
    const pieces = [...all.flatMap((some) => some.slice(0, 1)), ...all.flatMap((some) => some.slice(1))];
    const render = async (words: string, opts: { readonly signal: AbortSignal }): Promise<Int16Array> => {
      while (!isIdle()) await clock.sleep(IDLE_CHECK_MS, opts);
      return renderWhole(synthesizer, words, { ...opts, priority: 'background' });
    };
    const words = pieces.map((piece) => language.speakable(piece));
    const { rendered } = await cache.prerender(words, render, { signal });
    return rendered;
  }

  /** PCM16 at 8 kHz, made while nobody else wants the voice; empty when the text holds nothing that can be said. */
  render(piece: string, { signal }: { readonly signal: AbortSignal }): Promise<Int16Array> {
    const { synthesizer, language } = this.#options;
    return renderWhole(synthesizer, language.speakable(piece), { signal, priority: 'background' });
  }
}
