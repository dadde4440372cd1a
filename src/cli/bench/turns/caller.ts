/** A caller who follows a plan in closed loop: listens for the agent, acts at the planned moment, and notes what was done when. */
import type { Clock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import type { PhoneCall } from '#telephony/phone/phone-call.ts';
import type { RenderedSound } from './caller-sounds.ts';
import type { PlannedAct, PlannedCall, Round, Sound } from './planned-call.ts';
import type { CallerAct, CallerClass } from './trace.ts';

export interface ActingCallerOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly sounds: ReadonlyMap<Sound, RenderedSound>;
  /** Told of each act when it is over. */
  readonly onAct?: ((act: CallerAct) => void) | undefined;
}

/** What the agent is silent for before it is taken to have finished: longer than its pauses between sentences. */
const FINISHED_AFTER_MS = 1_000;
/** A caller who hears nothing for this long gives up on the answer. */
const PATIENCE_MS = 8_000;
/** No answer of a hotline is longer than a minute. */
const LONGEST_ANSWER_MS = 60_000;
/** In a pause of the agent's the caller waits so long for its next word: an interruption of silence is none. */
const NEXT_WORD_MS = 900;
/** After something that nobody should answer. */
const UNANSWERED_MS = 2_300;
/** A question is asked again so often when its answer was too short for all that was to happen under it. */
const MOST_REPEATS = 2;

/** Thrown inside and never seen outside: the agent has hung up. */
class CallOver extends Error {}

export class ActingCaller {
  readonly acts: CallerAct[] = [];
  readonly #call: PlannedCall;
  readonly #phone: PhoneCall;
  readonly #options: ActingCallerOptions;
  readonly #over = new AbortController();
  /** Since when nobody has spoken, on the clock: the agent's last sound, or the caller's when no answer came. */
  #quietSinceMs: number;

  constructor(call: PlannedCall, phone: PhoneCall, options: ActingCallerOptions) {
    this.#call = call;
    this.#phone = phone;
    this.#options = options;
    this.#quietSinceMs = phone.startedAtMs;
    void phone.ended.then(() => this.#over.abort());
  }

  /** Resolves when the plan is done or the call is over; rejects only when the signal aborts. */
  async follow(): Promise<void> {
    const { rounds } = this.#call;
    try {
      if (rounds[0]?.kind !== 'over-greeting') await this.#hearAnswer();
      for (const round of rounds) await this.#play(round);
    } catch (error) {
      if (!(error instanceof CallOver)) throw error;
    }
  }

  async #play(round: Round): Promise<void> {
    switch (round.kind) {
      case 'over-greeting':
        if (await this.#agentBegins(PATIENCE_MS)) await this.#sleep(round.act.afterMs);
        await this.#do(round.act);
        return this.#hearAnswer();
      case 'quiet':
        await this.#sleep(round.act.afterMs);
        await this.#do(round.act);
        await this.#agentBegins(UNANSWERED_MS);
        return this.#agentFinishes();
      case 'silence':
        return this.#keepSilent(round.ms);
      case 'ask':
        return this.#ask(round);
    }
  }

  async #ask({ act, under, spare }: Extract<Round, { kind: 'ask' }>): Promise<void> {
    let left = under;
    for (let time = 0; time === 0 || (left.length > 0 && time <= MOST_REPEATS); time += 1) {
      const asked = time === 0 ? act : spare;
      await this.#sleep(asked.afterMs);
      await this.#do(asked);
      if (!(await this.#agentBegins(PATIENCE_MS))) continue;
      left = await this.#doUnder(left);
      await this.#agentFinishes();
    }
  }

  /** The acts that the agent's speech was too short for. */
  async #doUnder(acts: readonly PlannedAct[]): Promise<readonly PlannedAct[]> {
    for (const [nth, act] of acts.entries()) {
      await this.#sleep(act.afterMs);
      if (!(await this.#agentBegins(NEXT_WORD_MS))) return acts.slice(nth);
      await this.#do(act);
      if (act.wantsAnswer) await this.#agentBegins(PATIENCE_MS);
    }
    return [];
  }

  async #do(act: PlannedAct): Promise<void> {
    const rendered = this.#options.sounds.get(act.sound);
    if (!rendered) throw new TypeError(`call ${this.#call.id}: a sound of ${act.class} was not made`);
    const spoken = await this.#attempt(this.#phone.say(rendered.pcm));
    if (!spoken) return;
    this.#quietSinceMs = spoken.lastVoicedAtMs;
    const { startedAtMs } = this.#phone;
    this.#note(act.class, {
      text: rendered.text,
      wantsAnswer: act.wantsAnswer,
      fromMs: spoken.firstVoicedAtMs - startedAtMs,
      toMs: spoken.lastVoicedAtMs - startedAtMs,
      pauses: rendered.pauses.map(({ from, to }) => ({
        fromMs: spoken.startAtMs - startedAtMs + from / 8,
        toMs: spoken.startAtMs - startedAtMs + to / 8,
      })),
    });
  }

  async #keepSilent(ms: number): Promise<void> {
    const { clock } = this.#options;
    const { startedAtMs } = this.#phone;
    const fromMs = this.#quietSinceMs;
    await this.#sleep(Math.max(0, fromMs + ms - clock.nowMs()));
    const span = { fromMs: fromMs - startedAtMs, toMs: clock.nowMs() - startedAtMs };
    this.#note('silence', { text: '', wantsAnswer: false, ...span, pauses: [] });
  }

  #note(name: CallerClass, act: Omit<CallerAct, 'id' | 'class'>): void {
    const noted: CallerAct = { id: `${this.#call.id}/${this.acts.length + 1}`, class: name, ...act };
    this.acts.push(noted);
    this.#options.onAct?.(noted);
  }

  async #hearAnswer(): Promise<void> {
    if (await this.#agentBegins(PATIENCE_MS)) await this.#agentFinishes();
  }

  /** False: it was not heard from now on in so long. */
  async #agentBegins(timeoutMs: number): Promise<boolean> {
    return (await this.#attempt(this.#phone.waitUntilSpeaking({ timeoutMs }))) !== undefined;
  }

  async #agentFinishes(): Promise<void> {
    const options = { silentMs: FINISHED_AFTER_MS, timeoutMs: LONGEST_ANSWER_MS };
    const sinceMs = await this.#attempt(this.#phone.waitUntilQuiet(options));
    this.#quietSinceMs = Math.max(this.#quietSinceMs, sinceMs ?? this.#options.clock.nowMs());
  }

  async #sleep(ms: number): Promise<void> {
    const over = AbortSignal.any([this.#options.signal, this.#over.signal]);
    await this.#options.clock.sleep(ms, { signal: over }).catch(() => {
      this.#options.signal.throwIfAborted();
      throw new CallOver();
    });
  }

  /** Undefined: in vain. */
  async #attempt<T>(wait: Promise<T>): Promise<T | undefined> {
    try {
      return await wait;
    } catch (error) {
      this.#options.signal.throwIfAborted();
      if (isInzwaError(error, 'INZWA_PHONE_CALL_OVER')) throw new CallOver();
      if (isInzwaError(error, 'INZWA_PHONE_TIMEOUT')) return undefined;
      throw error;
    }
  }
}
