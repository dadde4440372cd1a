/** The service is killed in the middle of an answer: how long until the caller hears the agent again, and does it go on? */
import { InzwaError } from '#kernel/errors.ts';
import { cardById, phrase, type Hotline } from '#pipeline/dialogue/hotline.ts';
import { Speaker } from '#pipeline/speech/speaker.ts';
import type { AsteriskRig } from '../../asterisk/rig.ts';
import { stubVoiceMs } from '../stub/stub-engines.ts';
import { isRightPlace, piecesHeard, takenUpAt, type Begun, type PiecedAnswer } from './continuation.ts';
import { EventLog } from './event-log.ts';
import { hum } from './hum.ts';
import { audibleBetween, recoveryOf, type Recovery } from './rtp-truth.ts';
import type { BenchCall, BenchTelephone, Tools } from './telephone.ts';

/** Into the greeting, which the caller cuts short to have a long answer. */
const ASK_AT_MS = 800;
/** Into the answer, which lasts half a minute. */
const KILL_FROM_MS = 500;
const KILL_UNTIL_MS = 6_000;
const EVENT_MS = 5_000;
/** Who hears nothing for this long has hung up. */
const GIVE_UP_MS = 10_000;
const LOOK_EVERY_MS = 20;
const EVENTS_MS = 1_000;
const PTIME_MS = 20;

type Place = Parameters<AsteriskRig['kill']>[0];

export interface MeasuredRecovery extends Partial<Recovery> {
  readonly killed: 'first' | 'second';
  /** Pieces of the answer that were over for the caller, by RTP. */
  readonly heardPieces?: number;
  /** The piece at which it was taken up, behind the sentence that says so; undefined: it was not. */
  readonly takenUpAt?: number;
  /** At the piece that the caller had lost, or at the one before. */
  readonly isContinued: boolean;
}

export interface RecoveryOptions extends Tools {
  /** Calls; with two servers the second one is killed in each as well, when it has taken the call up. */
  readonly calls: number;
  readonly servers: 1 | 2;
  readonly random: () => number;
  readonly hotline: Hotline;
}

/** Whatever is killed is started again at once. */
export async function measureRecoveries(
  rig: AsteriskRig,
  telephone: BenchTelephone,
  options: RecoveryOptions,
): Promise<readonly MeasuredRecovery[]> {
  const recoveries: MeasuredRecovery[] = [];
  for (let call = 0; call < options.calls; call += 1) {
    options.signal.throwIfAborted();
    recoveries.push(...(await killInOneCall(rig, telephone, options)));
  }
  return recoveries;
}

async function killInOneCall(
  rig: AsteriskRig,
  telephone: BenchTelephone,
  options: RecoveryOptions,
): Promise<readonly MeasuredRecovery[]> {
  const { clock, signal, random, hotline, servers } = options;
  await using call = await telephone.call();
  await call.event('first-frame-sent', 0, EVENT_MS);
  await clock.sleep(ASK_AT_MS, { signal });
  const asked = await call.phone.say(hum());
  let heardFromMs = (await call.event('first-frame-sent', asked.lastVoicedAtMs, EVENT_MS)).atMs;
  const answer = answerOf(call, hotline);
  let begun: Begun | undefined = { piece: 0, isResumed: false };
  const recoveries: MeasuredRecovery[] = [];
  for (const killed of (['first', 'second'] as const).slice(0, servers)) {
    await clock.sleep(KILL_FROM_MS + random() * (KILL_UNTIL_MS - KILL_FROM_MS), { signal });
    const loss = await lose(rig, call, killed, options);
    const heardMs =
      audibleBetween(call.packets, heardFromMs, loss.atMs + (loss.recovery?.queuedMs ?? 0)).packets * PTIME_MS;
    const takenUp = loss.saidText === undefined ? undefined : takenUpAt(loss.saidText, answer);
    const heardPieces = begun && piecesHeard(begun, heardMs, answer);
    recoveries.push({
      killed,
      ...loss.recovery,
      ...(heardPieces !== undefined && { heardPieces }),
      ...(takenUp && { takenUpAt: takenUp.piece }),
      isContinued: takenUp !== undefined && heardPieces !== undefined && isRightPlace(takenUp, heardPieces),
    });
    if (!loss.recovery) break;
    begun = takenUp;
    heardFromMs = loss.atMs + loss.recovery.againMs - PTIME_MS;
  }
  return recoveries;
}

interface Loss {
  readonly atMs: number;
  /** Undefined: the agent was not heard again. */
  readonly recovery: Recovery | undefined;
  /** The whole text that whoever took the call up set out to say. */
  readonly saidText: string | undefined;
}

/** Kills, starts again, and waits until both the agent is heard and the killed service is ready. */
async function lose(rig: AsteriskRig, call: BenchCall, place: Place, { clock, signal }: Tools): Promise<Loss> {
  // Whoever takes the call up gives it a name of its own.
  using everybody = new EventLog((listener) => rig.onEvent(listener));
  const atMs = clock.nowMs();
  const restarted = rig.kill(place).then(() => rig.startService(place));
  restarted.catch(() => undefined);
  let recovery: Recovery | undefined;
  while (!recovery && clock.nowMs() - atMs < GIVE_UP_MS) {
    await clock.sleep(LOOK_EVERY_MS, { signal });
    recovery = recoveryOf(call.packets, atMs);
  }
  await restarted;
  // Events come through a pipe and may be behind the sound.
  const said = await everybody.waitFor('answer-text', { fromMs: atMs, timeoutMs: EVENTS_MS, clock, signal });
  return { atMs, recovery, saidText: said?.text };
}

function answerOf(call: BenchCall, hotline: Hotline): PiecedAnswer {
  const cardId = call.log.of('decision').at(-1)?.cardId;
  const card = cardId === undefined ? undefined : cardById(hotline, cardId);
  if (!card) {
    throw new InzwaError(
      'INZWA_PHONE_TIMEOUT',
      `call ${call.phone.callId}: no card was answered, so no answer can go on`,
    );
  }
  const { language } = hotline.pack;
  return {
    resumed: phrase(hotline, 'resumed'),
    pieces: Speaker.piecesOf(card.answer, language),
    msOf: (text) => stubVoiceMs(language.speakable(text)),
  };
}
