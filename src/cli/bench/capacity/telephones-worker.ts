/**
 * The telephones of many calls at once, in a process of their own, where nothing else runs that could make them late:
 * `telephones.ts` starts it, says whom to call, and is told what was heard.
 */
import { onAbort } from '#kernel/abort.ts';
import { systemClock as clock } from '#kernel/clock.ts';
import { isInzwaError, messageOf } from '#kernel/errors.ts';
import type { PhoneCall, TwilioPhoneCall } from '#telephony/phone/phone-call.ts';
import { placeCall } from '#telephony/phone/twilio-phone.ts';
import { punctualityOf } from '../punctuality.ts';
import { seededRandom } from '../statistics.ts';
import type { HeardCall, PhoneAsked, PhoneTold, PhoneTurn } from './telephones.ts';

/** People begin to speak half a second to two after the agent has finished. */
const THINK_FROM_MS = 400;
const THINK_SPREAD_MS = 1_600;
/** Longer than the agent's pauses between sentences. */
const FINISHED_AFTER_MS = 900;
/** An answer that has not begun by then is missing. */
const ANSWER_MS = 8_000;
const LONGEST_ANSWER_MS = 60_000;

let asked: Extract<PhoneAsked, { kind: 'begin' }> | undefined;
const abandoned = new AbortController();
const over = new AbortController();
const calls = new Map<number, Promise<HeardCall>>();

async function call(id: number): Promise<HeardCall> {
  if (!asked) return nothing(id, 'the telephones have no lines to say');
  const { address, from, to, lines, seed } = asked;
  const random = seededRandom(seed * 1_000 + id + 1);
  const turns: PhoneTurn[] = [];
  try {
    await using phone = await placeCall({ ...address, from, to, clock, signal: abandoned.signal });
    tell({ kind: 'connected', id, callId: phone.callId });
    using _end = onAbort(over.signal, () => phone.hangUp());
    let failure: string | undefined;
    const ended = phone.ended.then(({ by, reason }) => (by === 'caller' ? undefined : `${by}: ${reason}`));
    try {
      for (let index = Math.floor(random() * lines.length); ; index += 1) {
        await hearItOut(phone);
        await clock.sleep(THINK_FROM_MS + random() * THINK_SPREAD_MS, { signal: over.signal });
        const pcm = lines[index % lines.length] ?? new Int16Array(0);
        const spoken = await phone.say(pcm);
        const heardAtMs = await phone.waitUntilSpeaking({ timeoutMs: ANSWER_MS });
        turns.push({ lastVoicedAtMs: spoken.lastVoicedAtMs, heardAtMs });
      }
    } catch (error) {
      const isEnd = over.signal.aborted || isInzwaError(error, 'INZWA_PHONE_CALL_OVER');
      failure = isEnd ? await ended : messageOf(error);
    }
    phone.hangUp();
    await phone.ended;
    const { ticks, lateTicks, maxLateMs } = phone.pacing;
    return {
      ...{ id, callId: phone.callId, turns, failure },
      saidSomethingMs: audibleMs(phone),
      frames: punctualityOf(phone.receivedFrames),
      pacing: { ticks, lateTicks, maxLateMs },
    };
  } catch (error) {
    return { ...nothing(id, messageOf(error)), turns };
  }
}

/** Waits for the agent to begin, and to have finished. */
async function hearItOut(phone: PhoneCall): Promise<void> {
  if (phone.heardSpeechAfter(phone.startedAtMs) === undefined) {
    await phone.waitUntilSpeaking({ timeoutMs: ANSWER_MS });
  }
  await phone.waitUntilQuiet({ silentMs: FINISHED_AFTER_MS, timeoutMs: LONGEST_ANSWER_MS });
}

function nothing(id: number, failure: string): HeardCall {
  return {
    ...{ id, callId: undefined, turns: [], failure, saidSomethingMs: 0 },
    frames: { frames: 0, punctual: 0, worstMs: 0 },
    pacing: { ticks: 0, lateTicks: 0, maxLateMs: 0 },
  };
}

/** How long the agent was heard in all, by packets: a sentence is some seconds. */
function audibleMs(phone: TwilioPhoneCall): number {
  return phone.receivedFrames.filter(({ isSilent }) => !isSilent).length * 20;
}

function tell(message: PhoneTold): void {
  process.send?.(message);
}

process.once('disconnect', () => {
  abandoned.abort(new Error('the bench has gone'));
  process.exit(1);
});
process.on('message', (message: PhoneAsked) => {
  if (message.kind === 'begin') {
    asked = message;
    return;
  }
  if (message.kind === 'call') {
    const calling = call(message.id);
    calls.set(message.id, calling);
    void calling.then((heard) => tell({ kind: 'over', heard }));
    return;
  }
  over.abort(new Error('the bench is over'));
  void Promise.all(calls.values()).then(() =>
    process.send?.({ kind: 'done' } satisfies PhoneTold, () => process.exit(0)),
  );
});
