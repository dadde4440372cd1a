import { describe, expect, test } from 'vitest';
import { InzwaError } from '#kernel/errors.ts';
import { Caller, holdConversation, type LineAudio } from '#src/cli/demo/caller.ts';
import type { PhoneCall, PhoneEnding, Spoken } from '#telephony/phone/phone-call.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

/** An agent that answers each line 500 ms after its end, for as long as it is told, unless it was told to say nothing. */
interface AgentScript {
  /** Length of the welcome and of each answer; 0: no answer. */
  readonly answersMs: readonly number[];
  /** The agent hangs up after this many lines. */
  readonly endsAfterLines?: number;
}

class ScriptedPhone implements Partial<PhoneCall> {
  readonly said: { text: string; atMs: number }[] = [];
  readonly #clock: VirtualClock;
  readonly #script: AgentScript;
  readonly #ending = Promise.withResolvers<PhoneEnding>();
  readonly ended = this.#ending.promise;
  #speaking: { fromMs: number; untilMs: number };
  #isOver = false;

  constructor(clock: VirtualClock, script: AgentScript) {
    this.#clock = clock;
    this.#script = script;
    this.#speaking = { fromMs: 300, untilMs: 300 + (script.answersMs[0] ?? 0) };
  }

  async say(pcm: Int16Array): Promise<Spoken> {
    this.#refuseIfOver();
    const startAtMs = this.#clock.nowMs();
    this.said.push({ text: String(pcm[0]), atMs: startAtMs });
    // Whoever talks into the agent stops it 300 ms later.
    this.#speaking.untilMs = Math.min(this.#speaking.untilMs, startAtMs + 300);
    const endAtMs = startAtMs + pcm.length / 8;
    await this.#sleep(endAtMs - startAtMs);
    const answerMs = this.#script.answersMs[this.said.length] ?? 0;
    this.#speaking = { fromMs: endAtMs + 500, untilMs: endAtMs + 500 + answerMs };
    if (this.said.length === this.#script.endsAfterLines) {
      this.#isOver = true;
      this.#ending.resolve({ by: 'agent', reason: 'closed 1000' });
    }
    return { startAtMs, endAtMs, firstVoicedAtMs: startAtMs + 10, lastVoicedAtMs: endAtMs - 10 };
  }

  async waitUntilSpeaking({ timeoutMs }: { timeoutMs: number }): Promise<number> {
    return this.#poll(timeoutMs, () => this.#isSpeaking() || undefined);
  }

  async waitUntilQuiet({ silentMs, timeoutMs }: { silentMs: number; timeoutMs: number }): Promise<number> {
    let sinceMs: number | undefined;
    return this.#poll(timeoutMs, () => {
      sinceMs = this.#isSpeaking() ? undefined : (sinceMs ?? this.#clock.nowMs());
      return sinceMs !== undefined && this.#clock.nowMs() - sinceMs >= silentMs ? true : undefined;
    });
  }

  #isSpeaking(): boolean {
    const nowMs = this.#clock.nowMs();
    return nowMs >= this.#speaking.fromMs && nowMs < this.#speaking.untilMs;
  }

  async #poll(timeoutMs: number, found: () => true | undefined): Promise<number> {
    const deadlineMs = this.#clock.nowMs() + timeoutMs;
    while (this.#clock.nowMs() <= deadlineMs) {
      this.#refuseIfOver();
      if (found()) return this.#clock.nowMs();
      await this.#sleep(20);
    }
    throw new InzwaError('INZWA_PHONE_TIMEOUT', 'nothing came');
  }

  #refuseIfOver(): void {
    if (this.#isOver) throw new InzwaError('INZWA_PHONE_CALL_OVER', 'the call is over');
  }

  #sleep(ms: number): Promise<void> {
    return this.#clock.sleep(ms, { signal: new AbortController().signal });
  }
}

const line = (text: string, interruptsAfterMs?: number): LineAudio & { interruptsAfterMs?: number } => ({
  text,
  pcm: new Int16Array(8000).fill(Number(text)),
  ...(interruptsAfterMs === undefined ? {} : { interruptsAfterMs }),
});

async function converse(script: AgentScript, lines: readonly (LineAudio & { interruptsAfterMs?: number })[]) {
  const clock = new VirtualClock();
  const phone = new ScriptedPhone(clock, script);
  const caller = new Caller(phone as unknown as PhoneCall, { clock, signal: new AbortController().signal });
  const spoken = holdConversation(caller, lines);
  await clock.advance(120_000);
  return { phone, spoken: await spoken };
}

describe('holdConversation', () => {
  test('waits for the end of the welcome and of each answer, and a thought longer', async () => {
    const { phone, spoken } = await converse({ answersMs: [2000, 3000, 1000] }, [line('1'), line('2')]);
    expect(spoken.map(({ text, isInterruption }) => [text, isInterruption])).toEqual([
      ['1', false],
      ['2', false],
    ]);
    const [first, second] = phone.said;
    // Welcome until 2300, one second of silence, 400 ms of thought.
    expect(first?.atMs).toBeGreaterThanOrEqual(3700);
    expect(first?.atMs).toBeLessThan(3800);
    // Said for a second, answered from 500 ms after it for 3 s.
    expect(second!.atMs - first!.atMs).toBeGreaterThanOrEqual(1000 + 500 + 3000 + 1000 + 400);
    expect(second!.atMs - first!.atMs).toBeLessThan(6100);
  });

  test('an interruption begins the asked time into the answer', async () => {
    const { phone, spoken } = await converse({ answersMs: [1000, 20_000, 1000] }, [line('1'), line('2', 2000)]);
    expect(spoken[1]?.isInterruption).toBe(true);
    const intoAnswerMs = phone.said[1]!.atMs - (phone.said[0]!.atMs + 1500);
    expect(intoAnswerMs).toBeGreaterThanOrEqual(2000);
    expect(intoAnswerMs).toBeLessThan(2100);
  });

  test('with nothing to interrupt the line is said all the same, and is no interruption', async () => {
    const { spoken } = await converse({ answersMs: [1000, 0, 1000] }, [line('1'), line('2', 2000)]);
    expect(spoken.map(({ isInterruption }) => isInterruption)).toEqual([false, false]);
  });

  test('an answer that never comes does not end the conversation', async () => {
    const { spoken } = await converse({ answersMs: [1000, 0, 1000] }, [line('1'), line('2')]);
    expect(spoken).toHaveLength(2);
  });

  test('an agent that hangs up ends it, and what was not said is not in the lines', async () => {
    const { spoken } = await converse({ answersMs: [1000, 1000, 1000, 1000], endsAfterLines: 1 }, [
      line('1'),
      line('2'),
      line('3'),
    ]);
    expect(spoken.map(({ text }) => text)).toEqual(['1']);
  });
});

test('who was asked to wait waits for the answer behind the request', async () => {
  const clock = new VirtualClock();
  const phone = new ScriptedPhone(clock, { answersMs: [1000] });
  let isAskedToWait = true;
  const signal = new AbortController().signal;
  const caller = new Caller(phone as unknown as PhoneCall, { clock, signal, isAskedToWait: () => isAskedToWait });
  let outcome: string | undefined;
  void caller.hearWelcome().then((answered) => {
    outcome = answered;
  });
  await clock.advance(4000);
  expect(outcome).toBeUndefined();
  isAskedToWait = false;
  await clock.advance(20_000);
  expect(outcome).toBe('silence');
});
