/** A person on the telephone: says a line, listens to the answer, waits for its end or talks into it. Knows no expectations. */
import type { Clock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import type { PhoneCall } from '#telephony/phone/phone-call.ts';
import type { SpokenLine } from './latency.ts';

export interface CallerOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told as each line begins. */
  readonly onLine?: (text: string, atMs: number) => void;
  /**
   * Silence after which the agent is taken to have finished: longer than its pauses between sentences.
   * @defaultValue 1000
   */
  readonly finishedAfterMs?: number;
  /** True while the agent has said "please wait" and not yet given its answer. */
  readonly isAskedToWait?: () => boolean;
}

/** People answer within half a second; a caller who answers at once would hide late endings of the agent's speech. */
const THINKING_MS = 400;
/** A caller who hears nothing for this long says something else or hangs up. */
const PATIENCE_MS = 8_000;
/** No answer of the hotline is longer than a minute. */
const LONGEST_ANSWER_MS = 60_000;

export interface LineAudio {
  readonly text: string;
  /** PCM16 at 8000 Hz. */
  readonly pcm: Int16Array;
}

/** What became of the wait for an answer. */
export type Answered = 'answered' | 'silence' | 'call-over';

export class Caller {
  readonly lines: SpokenLine[] = [];
  readonly #phone: PhoneCall;
  readonly #options: CallerOptions;

  constructor(phone: PhoneCall, options: CallerOptions) {
    this.#phone = phone;
    this.#options = options;
  }

  /** Waits for the agent's first words and their end. */
  async hearWelcome(): Promise<Answered> {
    const answered = await this.hearAnswerBegin();
    return answered === 'answered' ? this.hearAnswerEnd() : answered;
  }

  /** Says a line after a short thought; resolves when its last sample is spoken. */
  async say(line: LineAudio): Promise<Answered> {
    await this.#options.clock.sleep(THINKING_MS, { signal: this.#options.signal });
    return this.#speak(line, false);
  }

  /**
   * Lets the agent speak for `afterMs` and talks into it. In a pause of the agent's it waits for the next word, because an
   * interruption of silence is none. 'silence': the agent said nothing to interrupt.
   */
  async interrupt(line: LineAudio, afterMs: number): Promise<Answered> {
    const begun = await this.hearAnswerBegin();
    if (begun !== 'answered') return begun;
    await this.#options.clock.sleep(afterMs, { signal: this.#options.signal });
    const going = await this.hearAnswerBegin();
    return going === 'answered' ? this.#speak(line, true) : going;
  }

  /** Resolves as soon as the agent is audible from now on. */
  hearAnswerBegin(): Promise<Answered> {
    return this.#attempt(this.#phone.waitUntilSpeaking({ timeoutMs: PATIENCE_MS }));
  }

  /** Resolves when the agent has been silent long enough to have finished; who was asked to wait waits on. */
  async hearAnswerEnd(): Promise<Answered> {
    const silentMs = this.#options.finishedAfterMs ?? 1000;
    for (;;) {
      const ended = await this.#attempt(this.#phone.waitUntilQuiet({ silentMs, timeoutMs: LONGEST_ANSWER_MS }));
      if (ended !== 'answered' || !(this.#options.isAskedToWait?.() ?? false)) return ended;
      const begun = await this.hearAnswerBegin();
      if (begun !== 'answered') return begun;
    }
  }

  async #speak({ text, pcm }: LineAudio, isInterruption: boolean): Promise<Answered> {
    this.#options.onLine?.(text, this.#options.clock.nowMs());
    const spoken = this.#phone.say(pcm).then((times) => {
      this.lines.push({
        text,
        firstVoicedAtMs: times.firstVoicedAtMs,
        lastVoicedAtMs: times.lastVoicedAtMs,
        isInterruption,
      });
    });
    return this.#attempt(spoken);
  }

  /** A wait that ends with the call or in vain is an outcome of the conversation, not an error of the program. */
  async #attempt(wait: Promise<unknown>): Promise<Answered> {
    try {
      await wait;
      return 'answered';
    } catch (error) {
      this.#options.signal.throwIfAborted();
      if (isInzwaError(error, 'INZWA_PHONE_CALL_OVER')) return 'call-over';
      if (isInzwaError(error, 'INZWA_PHONE_TIMEOUT')) return 'silence';
      throw error;
    }
  }
}

/** Holds a scripted conversation to its end or the call's; resolves with the lines that were said. */
export async function holdConversation(
  caller: Caller,
  lines: readonly (LineAudio & { readonly interruptsAfterMs?: number | undefined })[],
): Promise<readonly SpokenLine[]> {
  if ((await caller.hearWelcome()) === 'call-over') return caller.lines;
  for (const [index, line] of lines.entries()) {
    const said =
      line.interruptsAfterMs === undefined
        ? await caller.say(line)
        : await caller.interrupt(line, line.interruptsAfterMs);
    if (said === 'call-over') break;
    // Nothing to interrupt: the line is said all the same, so that one missing answer does not become two.
    if (said === 'silence' && (await caller.say(line)) === 'call-over') break;
    if (lines[index + 1]?.interruptsAfterMs !== undefined) continue;
    if ((await caller.hearAnswerBegin()) === 'call-over') break;
    if ((await caller.hearAnswerEnd()) === 'call-over') break;
  }
  return caller.lines;
}
