/** From the INVITE to the first sound of the greeting: calls one after the other, hung up as soon as they are greeted. */
import { firstAudibleMs } from './rtp-truth.ts';
import type { BenchTelephone, Tools } from './telephone.ts';

const GREETED_MS = 5_000;
/** Between calls, at random up to this: more than Asterisk's 20 ms grid, so that no phase of it is favoured. */
const BETWEEN_MS = 200;

export interface GreetedCall {
  readonly inviteToAnswerMs: number;
  readonly inviteToGreetingMs: number;
}

/** Rejects with INZWA_PHONE_TIMEOUT when a call is not greeted. */
export async function measureGreetings(
  telephone: BenchTelephone,
  { calls, random, clock, signal }: Tools & { readonly calls: number; readonly random: () => number },
): Promise<readonly GreetedCall[]> {
  const greeted: GreetedCall[] = [];
  while (greeted.length < calls) {
    await using call = await telephone.call();
    await call.phone.waitUntilSpeaking({ timeoutMs: GREETED_MS });
    const { inviteAtMs, answeredAtMs = Number.NaN } = call.phone.progress;
    greeted.push({
      inviteToAnswerMs: answeredAtMs - inviteAtMs,
      inviteToGreetingMs: (firstAudibleMs(call.packets, inviteAtMs) ?? Number.NaN) - inviteAtMs,
    });
    await clock.sleep(random() * BETWEEN_MS, { signal });
  }
  return greeted;
}
