/** Which of a hotline's texts answers an intent, a card or a failure. Pure: what was said before is given to it. */
import { slowerThan, USUAL_PACE } from '../speech/pace.ts';
import { GreetingExchange } from './greeting.ts';
import { cardById, phrase, type Hotline, type PhraseId } from './hotline.ts';
import type { Intent } from './intents.ts';
import type { Reply } from './reply.ts';

/** What the agent's last sentence asked that is answered by yes or no. */
export type Asked = 'anything-else' | 'human' | undefined;

/** Texts to be said, and what they make of the conversation. */
export interface Saying {
  readonly reply: Omit<Reply, 'pieces'>;
  readonly texts: readonly string[];
  readonly asked?: Asked;
  /** The pace of this and all that follows, a factor on the voice's own; undefined: as before. */
  readonly pace?: number;
}

/** What an answer may refer to. */
export interface SaidBefore {
  readonly texts: readonly string[];
  readonly asked: Asked;
  /** The caller's words that are answered, as recognised. @defaultValue '' */
  readonly heard?: string;
  /** Milliseconds since the Unix epoch: a greeting is answered by the hour. @defaultValue 0 */
  readonly wallMs?: number;
  /** True when the caller's greeting has been answered in this call. @defaultValue false */
  readonly hasGreeted?: boolean;
  /** The pace so far. @defaultValue 1 */
  readonly pace?: number;
}

export class Sayings {
  readonly #hotline: Hotline;
  readonly #canTransfer: boolean;
  readonly #greetings: GreetingExchange;

  constructor(hotline: Hotline, { canTransfer = false }: { readonly canTransfer?: boolean } = {}) {
    this.#hotline = hotline;
    this.#canTransfer = canTransfer && hotline.human !== undefined;
    this.#greetings = new GreetingExchange(hotline.pack);
  }

  /** `readBack`: the question that is answered, said first, so that a caller who asked another knows it. */
  card(cardId: string, readBack?: string): Saying {
    const answer = cardById(this.#hotline, cardId)?.answer ?? '';
    const before = readBack === undefined ? [] : [`${phrase(this.#hotline, 'asked-about')} ${readBack}`];
    return { reply: { source: 'card', cardId, endsCall: false }, texts: [...before, answer] };
  }

  /** Sentences of the pack or the hotline; `intent` names them in events. */
  phrase(id: PhraseId, intent: string, more: readonly string[] = []): Saying {
    return { reply: { source: 'pack', intent, endsCall: false }, texts: [phrase(this.#hotline, id), ...more] };
  }

  /** To a caller who waits, by how often they have been told already: not the same words each time, where there are others. */
  thinking(timesBefore: number): Saying {
    // The shorter one first: the answer waits behind it.
    const other = timesBefore % 2 === 0 ? this.#hotline.phrases.get('check')?.text : undefined;
    const saying = this.phrase('hold', 'thinking');
    return other === undefined ? saying : { ...saying, texts: [other] };
  }

  notUnderstood(offersHuman: boolean): Saying {
    if (!offersHuman) return this.phrase('not-understood', 'not-understood');
    return this.#hotline.human
      ? { ...this.phrase('offer-human', 'offer-human'), asked: 'human' }
      : this.phrase('not-understood', 'not-understood', [phrase(this.#hotline, 'transfer-failed')]);
  }

  intent(intent: Intent, before: SaidBefore): Saying {
    switch (intent) {
      case 'goodbye':
        return this.#last('goodbye', intent);
      case 'opt-out':
        return this.#last('opt-out', intent);
      case 'repeat':
        return before.texts.length === 0
          ? this.phrase('repeat-nothing', intent)
          : { reply: { source: 'pack', intent, endsCall: false }, texts: before.texts };
      case 'slower':
        return this.#slower(before);
      case 'emergency':
      case 'sensitive':
        return this.#withPerson(intent);
      case 'human':
        // Without a trunk that can put calls through, a person can only be rung on a number of their own, if there is one.
        if (this.#canTransfer) return this.#handOver(intent);
        return this.phrase(this.#hotline.human ? 'human-number' : 'transfer-failed', intent);
      case 'yes':
        return before.asked === 'human' ? this.intent('human', before) : this.phrase('yes-what', intent);
      case 'no':
        return before.asked === 'anything-else'
          ? this.#last('goodbye', intent)
          : { ...this.phrase('no-what', intent), asked: 'anything-else' };
      case 'thanks':
        return { ...this.phrase('thanks-reply', intent), asked: 'anything-else' };
      case 'greeting':
        return this.#greeting(before);
      case 'backchannel':
        return this.phrase('greeting-reply', intent);
    }
  }

  /** One exchange: the greeting is returned once, with the offer of help; after that, help is what it is about. */
  #greeting({ heard = '', wallMs = 0, hasGreeted = false }: SaidBefore): Saying {
    if (hasGreeted) return this.phrase('greeting-again', 'greeting');
    const answer = this.#greetings.answerTo(heard, wallMs);
    if (answer === undefined) return this.phrase('greeting-reply', 'greeting');
    const texts = [answer, phrase(this.#hotline, 'help')];
    return { reply: { source: 'pack', intent: 'greeting', endsCall: false }, texts };
  }

  /** Promised only where the pace does change; at the slowest, what was said is said once more. */
  #slower({ texts, pace: before = USUAL_PACE }: SaidBefore): Saying {
    const pace = slowerThan(before);
    const again = texts.length > 0 ? texts : [phrase(this.#hotline, 'help')];
    if (pace < before) return { ...this.phrase('slower', 'slower', again), pace };
    return { reply: { source: 'pack', intent: 'slower', endsCall: false }, texts: again, pace };
  }

  /** A fixed sentence and behind it the way to a person: put through where the trunk can do that, else by their number. */
  #withPerson(id: 'emergency' | 'sensitive'): Saying {
    if (this.#hotline.human === undefined) return this.phrase(id, id);
    if (!this.#canTransfer) return this.phrase(id, id, [phrase(this.#hotline, 'human-number')]);
    return { ...this.phrase(id, id, [phrase(this.#hotline, 'offer-transfer')]), asked: 'human' };
  }

  #handOver(intent: string): Saying {
    const { texts } = this.phrase('transferring', intent);
    return { reply: { source: 'pack', intent, endsCall: true, handsTo: 'human' }, texts };
  }

  #last(id: PhraseId, intent: string): Saying {
    const { texts } = this.phrase(id, intent);
    return { reply: { source: 'pack', intent, endsCall: true }, texts };
  }
}
