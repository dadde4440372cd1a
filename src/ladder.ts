/**
 * What a call falls back on when an engine is slow, fails or hangs: each engine behind a deadline, so that the next step is
 * taken while the caller still waits. The steps themselves are the conversation's: a text without the audio's opinion, cards
 * without the language model, sentences that were rendered before, an apology, a person.
 */
import { TurnAborted } from '#kernel/abort.ts';
import type { Clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { DialogueEngine, Recognizer, Synthesizer } from '#pipeline/ports.ts';

/** `unheard`: the utterance is not recognised; `by-text`: decided without asking the audio; `cards-only`: no language model. */
export type LadderStep =
  | { readonly stage: 'recognition'; readonly step: 'unheard' | 'by-text' }
  | { readonly stage: 'dialogue'; readonly step: 'cards-only' }
  | { readonly stage: 'speech'; readonly step: 'late' | 'cached' };

export interface LadderOptions {
  readonly clock: Clock;
  /** Told each time that a step is taken. */
  readonly onStep: (step: LadderStep) => void;
}

/**
 * From the request on, the wait in the queue included. It begins some 300 ms before the end of the turn; 1.2 s after that the
 * caller hears "one moment", which takes two seconds to say: what comes before its end is not late.
 */
export const TRANSCRIBE_LIMIT_MS = 4_000;
/** The text alone is nearly as good: 12 to 48 phrases take 0.1 to 0.4 s where nobody else is served. */
export const SCORE_LIMIT_MS = 1_200;
/** The first piece takes 0.1 s. */
export const FIRST_SOUND_LIMIT_MS = 1_200;
/** The first words of the language model take 0.2 s; a clause that comes later than 2.5 s is not waited for anyway. */
export const FIRST_WORD_LIMIT_MS = 1_500;

/** After so many failures in a row the language model is left alone for a while, and after one more then. */
const MOST_FAILURES = 3;
const LEFT_ALONE_MS = 30_000;

/** `isFull`: the ear has no time for second opinions. Work in advance is not hurried. */
export function hurriedRecognizer(
  recognizer: Recognizer,
  { clock, onStep, isFull = () => false }: LadderOptions & { readonly isFull?: () => boolean },
): Recognizer {
  return {
    name: recognizer.name,
    canScore: recognizer.canScore,
    transcribe: (utterance, opts) =>
      opts.priority === 'background'
        ? recognizer.transcribe(utterance, opts)
        : within(TRANSCRIBE_LIMIT_MS, (signal) => recognizer.transcribe(utterance, { ...opts, signal }), {
            ...{ clock, what: 'recognition', signal: opts.signal },
            onFailed: () => onStep({ stage: 'recognition', step: 'unheard' }),
          }),
    score(utteranceId, phrases, opts) {
      if (opts.priority === 'background') return recognizer.score(utteranceId, phrases, opts);
      const onFailed = (): void => onStep({ stage: 'recognition', step: 'by-text' });
      if (isFull()) {
        onFailed();
        const message = 'the audio is not asked: too many callers wait';
        return Promise.reject(new InzwaError('INZWA_ENGINE_TIMEOUT', message, { retryable: true }));
      }
      return within(SCORE_LIMIT_MS, (signal) => recognizer.score(utteranceId, phrases, { ...opts, signal }), {
        ...{ clock, what: 'scoring', signal: opts.signal, onFailed },
      });
    },
  };
}

/** Throws INZWA_ENGINE_TIMEOUT when nothing is to be heard in time; what has begun is let finish. */
export function hurriedSynthesizer(synthesizer: Synthesizer, { clock, onStep }: LadderOptions): Synthesizer {
  return {
    sampleRateHz: synthesizer.sampleRateHz,
    synthesize: (text, opts) =>
      opts.priority === 'background'
        ? synthesizer.synthesize(text, opts)
        : firstWithin(FIRST_SOUND_LIMIT_MS, (signal) => synthesizer.synthesize(text, { ...opts, signal }), {
            ...{ clock, what: 'speech', signal: opts.signal },
            onFailed: () => onStep({ stage: 'speech', step: 'late' }),
          }),
  };
}

/** A language model that fails again and again is left alone, and tried once when that is over. */
export class HurriedDialogue {
  readonly #options: LadderOptions & { readonly isFull?: () => boolean };
  #failuresInRow = 0;
  #untilMs = 0;

  /** `isFull`: its thread has no time for small talk. */
  constructor(options: LadderOptions & { readonly isFull?: () => boolean }) {
    this.#options = options;
  }

  /** Undefined while it is left alone, or the machine is full: the cards answer alone. */
  over(engine: DialogueEngine | undefined): DialogueEngine | undefined {
    const { clock, isFull = () => false } = this.#options;
    if (engine === undefined) return undefined;
    return clock.nowMs() < this.#untilMs || isFull() ? undefined : this.#hurried(engine);
  }

  #hurried(engine: DialogueEngine): DialogueEngine {
    const { clock, onStep } = this.#options;
    return {
      reply: (request, { signal }) =>
        firstWithin(FIRST_WORD_LIMIT_MS, (inTime) => engine.reply(request, { signal: inTime }), {
          ...{ clock, what: 'the language model', signal },
          onFailed: () => {
            this.#failuresInRow += 1;
            if (this.#failuresInRow >= MOST_FAILURES) this.#untilMs = clock.nowMs() + LEFT_ALONE_MS;
            onStep({ stage: 'dialogue', step: 'cards-only' });
          },
          onBegun: () => (this.#failuresInRow = 0),
        }),
    };
  }
}

interface Hurry {
  readonly clock: Clock;
  readonly what: string;
  readonly signal: AbortSignal;
  /** It was late or failed, and the caller still waits. */
  readonly onFailed: () => void;
  /** It was there in time. */
  readonly onBegun?: () => void;
}

async function within<T>(ms: number, run: (signal: AbortSignal) => Promise<T>, hurry: Hurry): Promise<T> {
  const { clock, what, signal, onFailed, onBegun } = hurry;
  const late = new AbortController();
  const isLate = Promise.withResolvers<never>();
  const cancel = clock.after(ms, () => {
    isLate.reject(tooLate(what, ms));
    late.abort(new TurnAborted('timeout'));
  });
  try {
    // An engine that hangs does not look at its signal.
    const result = await Promise.race([run(AbortSignal.any([signal, late.signal])), isLate.promise]);
    onBegun?.();
    return result;
  } catch (error) {
    if (!signal.aborted) onFailed();
    throw error;
  } finally {
    cancel();
  }
}

/** The deadline is the first chunk's; the others come as they come. */
async function* firstWithin<T>(
  ms: number,
  run: (signal: AbortSignal) => AsyncIterable<T>,
  hurry: Hurry,
): AsyncGenerator<T> {
  const ended = new AbortController();
  const iterator = run(AbortSignal.any([hurry.signal, ended.signal]))[Symbol.asyncIterator]();
  let isWhole = false;
  try {
    for (let next = await within(ms, () => iterator.next(), hurry); ; next = await iterator.next()) {
      if (next.done === true) {
        isWhole = true;
        return;
      }
      yield next.value;
    }
  } finally {
    // Not awaited: one that hangs would hold whoever has given up on it.
    if (!isWhole) {
      ended.abort(new TurnAborted('superseded'));
      iterator.return?.(undefined).catch(() => undefined);
    }
  }
}

function tooLate(what: string, ms: number): InzwaError {
  return new InzwaError('INZWA_ENGINE_TIMEOUT', `${what} was not there after ${ms} ms; the call goes on without it`, {
    retryable: true,
  });
}
