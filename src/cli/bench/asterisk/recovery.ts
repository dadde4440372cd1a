/** The service is killed in the middle of an answer: how long until the caller hears the agent again, and does it go on? */
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { phrase } from '#pipeline/dialogue/hotline.ts';
import type { AsteriskRig } from '../../asterisk/rig.ts';
import { EventLog } from './event-log.ts';
import { hum } from './hum.ts';
import { recoveryOf, type Recovery } from './rtp-truth.ts';
import type { BenchTelephone, Tools } from './telephone.ts';

/** Into the greeting, which the caller cuts short to have a long answer. */
const ASK_AT_MS = 800;
/** Into the answer, which lasts half a minute. */
const KILL_FROM_MS = 500;
const KILL_UNTIL_MS = 6_000;
const EVENT_MS = 5_000;
/** Who hears nothing for this long has hung up. */
const GIVE_UP_MS = 10_000;
const LOOK_EVERY_MS = 20;
/** The agent is listened to for this long after its return, and then asked what it said. */
const LISTEN_MS = 300;

export interface MeasuredRecovery extends Partial<Recovery> {
  /** The same call took up the same card's answer, behind the sentence that says so. */
  readonly isContinued: boolean;
}

export interface RecoveryOptions extends Tools {
  readonly times: number;
  readonly random: () => number;
  readonly hotline: Hotline;
}

/** Kills the first server each time and starts it again at once; whether there is a second one is the rig's affair. */
export async function measureRecoveries(
  rig: AsteriskRig,
  telephone: BenchTelephone,
  options: RecoveryOptions,
): Promise<readonly MeasuredRecovery[]> {
  const recoveries: MeasuredRecovery[] = [];
  while (recoveries.length < options.times) {
    options.signal.throwIfAborted();
    recoveries.push(await recoverOnce(rig, telephone, options));
  }
  return recoveries;
}

async function recoverOnce(
  rig: AsteriskRig,
  telephone: BenchTelephone,
  { clock, signal, random, hotline }: RecoveryOptions,
): Promise<MeasuredRecovery> {
  await using call = await telephone.call();
  // Whoever takes the call up gives it a name of its own.
  using everybody = new EventLog((listener) => rig.onEvent(listener));
  await call.event('first-frame-sent', 0, EVENT_MS);
  await clock.sleep(ASK_AT_MS, { signal });
  const asked = await call.phone.say(hum());
  const answer = await call.event('first-frame-sent', asked.lastVoicedAtMs, EVENT_MS);
  const cardId = call.log.of('decision').at(-1)?.cardId;
  await clock.sleep(KILL_FROM_MS + random() * (KILL_UNTIL_MS - KILL_FROM_MS), { signal });

  const lostAtMs = clock.nowMs();
  const restarted = rig.kill('first').then(() => rig.startService('first'));
  restarted.catch(() => undefined);
  let recovery: Recovery | undefined;
  while (!recovery && clock.nowMs() - lostAtMs < GIVE_UP_MS && answer.atMs < lostAtMs) {
    await clock.sleep(LOOK_EVERY_MS, { signal });
    recovery = recoveryOf(call.packets, lostAtMs);
  }
  await clock.sleep(LISTEN_MS, { signal });
  const resumed = phrase(hotline, 'resumed');
  const taken = everybody.of('answer-text').find(({ atMs }) => atMs > lostAtMs);
  call.phone.hangUp();
  await call.phone.ended;
  const said = await everybody.waitFor('agent-said', { fromMs: lostAtMs, timeoutMs: EVENT_MS, clock, signal });
  await restarted;
  return {
    ...recovery,
    isContinued: taken?.text.startsWith(resumed) === true && cardId !== undefined && said?.cardId === cardId,
  };
}
