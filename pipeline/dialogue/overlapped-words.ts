/**
 * What somebody says under the agent's speech, held against the pack's words of listening and those that take the floor. Such
 * words are too short for a transcript (hongu is written down as "on the"), so the audio is asked about each of them.
 */
import type { Recognizer, Utterance } from '../ports.ts';
import type { OverlapWords } from '../turn/overlap-verdict.ts';
import type { Hearing } from './answerer-hearing.ts';
import type { DialogueState } from './answerer.ts';
import type { Hotline } from './hotline.ts';

/** What a recogniser that gives no likelihoods is believed: it writes one of the words down, or it does not. */
const WRITTEN_MARGIN = 2;

export interface OverlappedWordsParts {
  readonly hotline: Pick<Hotline, 'pack'>;
  readonly recognizer: Recognizer;
  readonly hearing: Pick<Hearing, 'transcribe' | 'decide'>;
}

export interface WeighOptions {
  readonly signal: AbortSignal;
  /** False for the beginning of what is still being said: too little to be an answer. */
  readonly isWhole: boolean;
}

/** One call's; `parts.recognizer` is asked twice at most. */
export class OverlappedWords {
  readonly #parts: OverlappedWordsParts;
  readonly #listening: readonly string[];
  readonly #interrupting: readonly string[];

  constructor(parts: OverlappedWordsParts) {
    const { backchannel, interrupt } = parts.hotline.pack.classes;
    this.#parts = parts;
    this.#listening = backchannel.forms;
    this.#interrupting = interrupt.forms;
  }

  /** `state`: what the agent has asked, or is asking as it is spoken over. */
  async weigh(utterance: Utterance, state: DialogueState, { signal, isWhole }: WeighOptions): Promise<OverlapWords> {
    const isAsked = isWhole && state.expects === 'yes-no';
    if (isAsked && (await this.#isAnswer(utterance, state, signal))) return { margin: 0, isAnswer: true };
    const { recognizer } = this.#parts;
    const texts = [...this.#listening, ...this.#interrupting];
    if (recognizer.canScore && isAsked)
      return { margin: await this.#margin(utterance, texts, signal), isAnswer: false };
    const closed = { kind: 'phrases', texts } as const;
    const { text } = await recognizer.transcribe(utterance, { signal, closed, priority: 'waiting' });
    const margin = recognizer.canScore ? await this.#margin(utterance, texts, signal) : this.#writtenMargin(text);
    return { margin, isAnswer: false };
  }

  async #isAnswer(utterance: Utterance, state: DialogueState, signal: AbortSignal): Promise<boolean> {
    const { hearing } = this.#parts;
    const transcript = await hearing.transcribe(utterance, state, { signal });
    const understood = await hearing.decide({ transcript, utterance, state }, { signal });
    return understood.kind === 'intent' && (understood.intent === 'yes' || understood.intent === 'no');
  }

  async #margin({ id }: Utterance, texts: readonly string[], signal: AbortSignal): Promise<number> {
    const scores = await this.#parts.recognizer.score(id, texts, { signal, priority: 'waiting' });
    const most = (from: number, to: number): number => Math.max(...scores.slice(from, to));
    return most(this.#listening.length, texts.length) - most(0, this.#listening.length);
  }

  #writtenMargin(text: string): number {
    const { language } = this.#parts.hotline.pack;
    const written = language.fold(text);
    const isOneOf = (forms: readonly string[]): boolean => forms.some((form) => language.fold(form) === written);
    if (isOneOf(this.#interrupting)) return WRITTEN_MARGIN;
    return isOneOf(this.#listening) ? -WRITTEN_MARGIN : 0;
  }
}
