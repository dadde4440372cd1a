/**
 * The greeting exchange that opens a call: the caller is answered in kind, by the words they used and else by the hour, and
 * only once. Pure; the words are the pack's.
 */
import { greetingAt, type Pack } from './hotline.ts';
import { formOf, spansOf, wordsOf, type Form } from './word-forms.ts';

export class GreetingExchange {
  readonly #pack: Pack;
  readonly #replies: readonly { readonly forms: readonly Form[]; readonly text: string }[];

  constructor(pack: Pack) {
    this.#pack = pack;
    this.#replies = pack.greetingReplies.map(({ heard, text }) => ({
      forms: heard.map((form) => formOf(form, pack.language)),
      text,
    }));
  }

  /**
   * What answers a greeting, the offer of help left out; undefined where the pack has no reply for it. The first reply one
   * of whose forms was said answers, so "Mangwanani, mamuka sei?" is told how we woke; whoever says good morning at noon is
   * bidden good morning. A reply without forms answers every other greeting, by the clock.
   */
  answerTo(said: string, wallMs: number): string | undefined {
    const words = wordsOf(said, this.#pack.language);
    const reply = this.#replies.find(
      ({ forms }) => forms.length === 0 || forms.some((form) => spansOf(form, words).length > 0),
    );
    return reply?.text.replaceAll('{greeting}', greetingAt(this.#pack, wallMs));
  }
}
