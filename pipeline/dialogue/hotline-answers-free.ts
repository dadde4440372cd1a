/** One call's answers from the language model: begun early, told of in events when they are the ones that are heard. */
import type { Clock } from '#kernel/clock.ts';
import type { CallEventBody } from '../events.ts';
import type { DialogueEngine, Turn } from '../ports.ts';
import type { Speaker } from '../speech/speaker.ts';
import { beginFreeAnswer, type BegunAnswer } from './free-answer.ts';
import type { SpeechGuard } from './guard.ts';
import { cardById, type Hotline } from './hotline.ts';
import type { ReadyReply } from './reply.ts';

/** Read anew for each answer: the language model may come late and go. */
export interface FreeAnswersEngines {
  readonly hotline: Hotline;
  readonly dialogue: DialogueEngine | undefined;
  readonly guard: SpeechGuard;
  readonly speaker: Speaker;
  readonly clock: Clock;
}

export interface FreeAnswersOptions {
  readonly engines: FreeAnswersEngines;
  readonly callId: string;
  readonly emit: (event: CallEventBody) => void;
}

export interface FreeRequest {
  /** The nearest cards, best first. */
  readonly cardIds: readonly string[];
  /** Oldest first, the caller's last words included. */
  readonly history: readonly Turn[];
  readonly pace: number;
  readonly turn: number;
}

export class FreeAnswers {
  readonly #options: FreeAnswersOptions;

  constructor(options: FreeAnswersOptions) {
    this.#options = options;
  }

  /** Undefined without a language model. */
  begin(
    { cardIds, history, pace, turn }: FreeRequest,
    { signal }: { readonly signal: AbortSignal },
  ): BegunAnswer | undefined {
    const { engines, callId, emit } = this.#options;
    const { dialogue: engine, guard, speaker, clock, hotline } = engines;
    if (!engine) return undefined;
    const cards = cardIds.flatMap((id) => {
      const card = cardById(hotline, id);
      return card ? [{ question: card.questions[0] ?? '', answer: card.answer }] : [];
    });
    const onRefused = (reason: string): void => {
      emit({ kind: 'clause-refused', turn, reason });
    };
    return beginFreeAnswer({ callId, history, cards }, { engine, guard, speaker, clock, onRefused, pace }, { signal });
  }

  /** The free answer is the one: undefined when it turns out to have nothing to say. */
  async adopt(begun: BegunAnswer, turn: number): Promise<ReadyReply | undefined> {
    const { emit } = this.#options;
    const text = await begun.firstText;
    if (text !== undefined) {
      emit({ kind: 'decision', turn, source: 'llm' });
      emit({ kind: 'answer-text', turn, source: 'llm', text });
    }
    const reply = await begun.reply;
    if (reply) emit({ kind: 'first-audio', turn, cached: false });
    return reply;
  }
}
