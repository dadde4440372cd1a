/**
 * The telephones of many calls at once, in a process of their own, where nothing else runs that could make them late:
 * `crowd.ts` starts it, says what to do, and is told what was heard.
 */
import { systemClock as clock } from '#kernel/clock.ts';
import { isInzwaError, messageOf } from '#kernel/errors.ts';
import { SipPhone } from '#telephony/phone/sip/sip-phone.ts';
import type { SipPhoneCall } from '#telephony/phone/sip/sip-phone-call.ts';
import { seededRandom } from '../statistics.ts';
import type { CrowdHeard, CrowdOrder } from './crowd.ts';
import { gridOf, sumOfGrids } from './grid.ts';
import { hum } from './hum.ts';

/** A caller says something this long after the agent has begun to speak, at random between the two. */
const SAY_FROM_MS = 1_000;
const SAY_UNTIL_MS = 4_000;
/** An answer that has not begun by then is missing. */
const ANSWER_MS = 4_000;

async function makeCalls({ target, from, calls, talkMs, seed }: CrowdOrder, signal: AbortSignal): Promise<CrowdHeard> {
  const random = seededRandom(seed);
  await using telephone = await SipPhone.open({ clock, signal, codecs: ['PCMA'] });
  const phones: SipPhoneCall[] = [];
  const failures: string[] = [];
  const talking: Promise<number>[] = [];
  const over = new AbortController();
  const failed = (error: unknown): number => {
    failures.push(messageOf(error));
    return 0;
  };
  for (let index = 0; index < calls; index += 1) {
    const phone = await telephone.call({ target, from, signal }).catch((error: unknown) => void failed(error));
    if (!phone) continue;
    phones.push(phone);
    talking.push(keepTalking(phone, random, over.signal).catch(failed));
  }
  process.send?.('talking');
  const fromMs = clock.nowMs();
  await clock.sleep(talkMs, { signal });
  const untilMs = clock.nowMs();
  over.abort();
  const utterances = (await Promise.all(talking)).reduce((sum, said) => sum + said, 0);
  const arrivals = phones.map(({ receivedFrames }) =>
    receivedFrames.map(({ atMs }) => atMs).filter((atMs) => atMs >= fromMs && atMs <= untilMs),
  );
  const pacings = phones.map(({ pacing }) => pacing);
  return {
    failures,
    utterances,
    grid: sumOfGrids(arrivals.map(gridOf)),
    interarrivalsMs: arrivals.flatMap((times) => times.slice(1).map((atMs, index) => atMs - (times[index] ?? atMs))),
    phoneTicks: pacings.reduce((sum, { ticks }) => sum + ticks, 0),
    phoneLateTicks: pacings.reduce((sum, { lateTicks }) => sum + lateTicks, 0),
    phoneWorstMs: Math.max(0, ...pacings.map(({ maxLateMs }) => maxLateMs)),
  };
}

/** Talks into whatever the agent says and listens to the answer, until `over`; resolves with how often. Rejects when the call breaks. */
async function keepTalking(phone: SipPhoneCall, random: () => number, over: AbortSignal): Promise<number> {
  let utterances = 0;
  try {
    await phone.waitUntilSpeaking({ timeoutMs: ANSWER_MS });
    for (;;) {
      await clock.sleep(SAY_FROM_MS + random() * (SAY_UNTIL_MS - SAY_FROM_MS), { signal: over });
      await phone.say(hum());
      utterances += 1;
      await phone.waitUntilSpeaking({ timeoutMs: ANSWER_MS });
    }
  } catch (error) {
    if (!over.aborted || isInzwaError(error)) throw error;
  }
  return utterances;
}

const abandoned = new AbortController();
process.once('disconnect', () => {
  abandoned.abort(new Error('the bench has gone'));
});
process.once('message', (order) => {
  makeCalls(order as CrowdOrder, abandoned.signal).then(
    (heard) => process.send?.({ heard }, () => process.exit(0)),
    (error: unknown) => process.send?.({ broken: messageOf(error) }, () => process.exit(1)),
  );
});
