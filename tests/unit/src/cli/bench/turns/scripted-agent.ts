/** An agent of known manners for tests of the yardstick: what it does and when is exact, so that a trace can be checked. */
import type { CallLeg } from '#pipeline/ports.ts';
import type { Agent } from '../../../../../../src/cli/bench/turns/agent.ts';
import { LapseClock } from '../../../../../../src/cli/bench/turns/lapse-clock.ts';
import { DIAL } from '../../../../../../src/cli/bench/turns/local-wires.ts';
import { VirtualClock } from '../../../../../support/virtual-clock.ts';

export interface Manners {
  readonly greetingMs: number;
  readonly answerMs: number;
  /** From the end of the caller's speech to the first sample of the answer. */
  readonly answersAfterMs: number;
  /** From the beginning of speech under the answer to silence; undefined: never. */
  readonly yieldsAfterMs?: number | undefined;
  /** Hangs up behind so many answers. */
  readonly answers?: number;
}

const FRAME_MS = 20;
/** Louder than this is the caller; an echo at -12 dB of the agent's own tone is not. */
const CALLER_LEVEL = 4_500;
const AGENT_LEVEL = 8_000;
const SILENCE_MS = 300;

export function scriptedAgent(manners: Manners): Agent & { readonly heardAloud: () => number } {
  const clock = new LapseClock({ real: new VirtualClock(), hasPendingIo: () => false });
  let loud = 0;
  return {
    name: 'scripted',
    clock,
    wires: ['twilio', 'asterisk'],
    heardAloud: () => loud,
    async connect({ wire, callNumber, line }) {
      const lapse = clock.lapse();
      const { phone, leg } = DIAL[wire]({ clock, callNumber, line, admit: () => undefined });
      const talker = new Talker(await leg, clock, manners, (samples) => (loud += samples));
      void phone.ended.then(() => talker.stop());
      const over = phone.ended.then(() => {
        lapse[Symbol.dispose]();
        return undefined;
      });
      return { phone, events: undefined, over };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

class Talker {
  readonly #leg: CallLeg;
  readonly #manners: Manners;
  #heardMs = 0;
  #speechSinceMs: number | undefined;
  #lastVoicedMs = 0;
  #leftMs: number;
  #answers = 0;
  /** One frame is on its way already, so that the line's filler does not come between two of them. */
  #isAhead = false;
  #cancel: () => void;

  constructor(leg: CallLeg, clock: LapseClock, manners: Manners, onLoud: (samples: number) => void) {
    this.#leg = leg;
    this.#manners = manners;
    this.#leftMs = manners.greetingMs;
    const tick = (): void => {
      this.#speak();
      this.#cancel = clock.after(FRAME_MS, tick);
    };
    this.#cancel = clock.after(5, tick);
    leg.attach((event) => {
      if (event.kind !== 'frame') return;
      onLoud(event.pcm.filter((sample) => Math.abs(sample) > 400).length);
      this.#hear(event.pcm);
    });
  }

  stop(): void {
    this.#cancel();
  }

  /** The frame that ends now was spoken in the 20 ms before. */
  #hear(pcm: Int16Array): void {
    const fromMs = this.#heardMs;
    this.#heardMs += FRAME_MS;
    const last = pcm.findLastIndex((sample) => Math.abs(sample) > CALLER_LEVEL);
    if (last < 0) return;
    const first = pcm.findIndex((sample) => Math.abs(sample) > CALLER_LEVEL);
    if (fromMs + first / 8 - this.#lastVoicedMs > SILENCE_MS) this.#speechSinceMs = undefined;
    this.#speechSinceMs ??= fromMs + first / 8;
    this.#lastVoicedMs = fromMs + (last + 1) / 8;
  }

  /** What is sent now is heard from the next point of the telephone's grid on, or behind the frame before. */
  #speak(): void {
    const { answersAfterMs, yieldsAfterMs, answerMs, answers = Infinity } = this.#manners;
    const since = this.#speechSinceMs;
    const heardFromMs = this.#heardMs + (this.#isAhead ? 2 : 1) * FRAME_MS;
    if (this.#leftMs > 0) {
      if (since !== undefined && yieldsAfterMs !== undefined && heardFromMs >= since + yieldsAfterMs) this.#leftMs = 0;
    } else if (since !== undefined && heardFromMs >= this.#lastVoicedMs + answersAfterMs) {
      this.#speechSinceMs = undefined;
      this.#leftMs = answerMs;
      this.#answers += 1;
      if (this.#answers > answers) void this.#leg.hangUp({ result: 'success', reason: 'done' });
    }
    if (this.#leftMs > 0 && !this.#isAhead) this.#send();
    this.#isAhead = this.#leftMs > 0;
    if (this.#isAhead) this.#send();
  }

  #send(): void {
    this.#leftMs -= FRAME_MS;
    this.#leg.send(Int16Array.from({ length: 160 }, (_, n) => (n % 20 < 10 ? AGENT_LEVEL : -AGENT_LEVEL)));
  }
}
