/** Which of a hotline's texts answers an intent, a card or a failure. Pure: what was said before is given to it. */
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
}

/** What an answer may refer to. */
export interface SaidBefore {
  readonly texts: readonly string[];
  readonly asked: Asked;
}

export class Sayings {
  readonly #hotline: Hotline;
  readonly #canTransfer: boolean;

  constructor(hotline: Hotline, { canTransfer = false }: { readonly canTransfer?: boolean } = {}) {
    this.#hotline = hotline;
    this.#canTransfer = canTransfer && hotline.human !== undefined;
  }

  card(cardId: string): Saying {
    const answer = cardById(this.#hotline, cardId)?.answer ?? '';
    return { reply: { source: 'card', cardId, endsCall: false }, texts: [answer] };
  }

  /** Sentences of the pack or the hotline; `intent` names them in events. */
  phrase(id: PhraseId, intent: string, more: readonly string[] = []): Saying {
    return { reply: { source: 'pack', intent, endsCall: false }, texts: [phrase(this.#hotline, id), ...more] };
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
        // No voice here can change its pace: what was said is said again, and nothing is promised.
        return before.texts.length === 0
          ? this.phrase('repeat-nothing', intent)
          : this.phrase('slower', intent, before.texts);
      case 'emergency':
        return this.phrase('emergency', intent);
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
      case 'backchannel':
        return this.phrase('greeting-reply', intent);
    }
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
