/** A caller of the real service who talks into its greeting and its long answers, in Shona, at seeded moments. */
import { isInzwaError } from '#kernel/errors.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import type { Spoken } from '#telephony/phone/phone-call.ts';
import { yieldOf, type Yield } from './rtp-truth.ts';
import type { BenchCall, BenchTelephone, Tools } from './telephone.ts';

/** Into the agent's speech. Earlier than 600 ms the caller counts as going on with the sentence before. */
const FROM_MS = 700;
const UNTIL_MS = 3_000;
/** The agent has begun to answer by then, or has understood nothing. */
const PATIENCE_MS = 8_000;
/** A pause between two sentences is over by then; a longer silence is the end of the answer. */
const PAUSE_OVER_MS = 600;
const PER_CALL = 4;
/** A service that is never there to be interrupted must not be called for ever. */
const MOST_CALLS = 40;
/** Letters of an answer that lasts longer than UNTIL_MS and the interruption itself. */
const LEAST_LETTERS = 120;

export interface MeasuredInterruption {
  readonly spokenAtMs: number;
  readonly verdict: Yield['kind'];
  /** Caller's first voiced sample → agent silent; undefined when there was nothing to silence. */
  readonly silentAfterMs?: number;
  /** The service's decision → agent silent. */
  readonly oursMs?: number;
}

/** Ways of asking for what takes long to answer. */
export function longQuestions(hotline: Hotline): readonly string[] {
  return hotline.cards
    .filter(({ isEmergency, answer }) => !isEmergency && answer.length >= LEAST_LETTERS)
    .flatMap(({ questions }) => questions);
}

export interface InterruptionOptions extends Tools {
  /** How many are measured; those that met a pause are not among them. */
  readonly count: number;
  readonly random: () => number;
  /** PCM16 at 8000 Hz. */
  readonly questions: readonly Int16Array[];
}

/** In as few calls as the agent allows. */
export async function measureInterruptions(
  telephone: BenchTelephone,
  options: InterruptionOptions,
): Promise<readonly MeasuredInterruption[]> {
  const all: MeasuredInterruption[] = [];
  const missing = (): number => options.count - all.filter(({ verdict }) => verdict !== 'paused').length;
  for (let calls = 0; missing() > 0 && calls < MOST_CALLS; calls += 1) {
    await using call = await telephone.call();
    const spoken = await talkOver(call, Math.min(missing(), PER_CALL), options);
    all.push(...spoken.map((said) => judged(call, said)));
  }
  return all;
}

/** Talks into the agent's speech until it has done so often enough or the call is over. */
async function talkOver(
  call: BenchCall,
  count: number,
  { random, questions, clock, signal }: InterruptionOptions,
): Promise<readonly Spoken[]> {
  const interruptions: Spoken[] = [];
  const isSpeaking = async (timeoutMs: number): Promise<boolean> =>
    call.phone.waitUntilSpeaking({ timeoutMs }).then(() => true, unlessBroken);
  const say = (): Promise<Spoken> =>
    call.phone.say(questions[Math.floor(random() * questions.length)] ?? new Int16Array(0));
  try {
    for (let turn = 0; interruptions.length < count && turn < 2 * PER_CALL; turn += 1) {
      const isAnswering = await isSpeaking(PATIENCE_MS);
      if (isAnswering) await clock.sleep(FROM_MS + random() * (UNTIL_MS - FROM_MS), { signal });
      const isInterrupting = isAnswering && (await isSpeaking(PAUSE_OVER_MS));
      const said = await say();
      if (isInterrupting) interruptions.push(said);
    }
    // The silence behind the last one belongs to it.
    await clock.sleep(PAUSE_OVER_MS, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!isInzwaError(error, 'INZWA_PHONE_CALL_OVER')) throw error;
  }
  return interruptions;
}

/** False when nothing came in time; the end of the call is for somebody else to see. */
function unlessBroken(error: unknown): boolean {
  if (isInzwaError(error, 'INZWA_PHONE_TIMEOUT')) return false;
  throw error;
}

function judged(call: BenchCall, { firstVoicedAtMs, lastVoicedAtMs }: Spoken): MeasuredInterruption {
  const decidedAtMs = call.log
    .of('barge-in')
    .find(({ atMs }) => atMs > firstVoicedAtMs && atMs < lastVoicedAtMs + PAUSE_OVER_MS)?.atMs;
  const verdict = yieldOf(call.packets, { fromMs: firstVoicedAtMs, toMs: lastVoicedAtMs, decidedAtMs });
  if (verdict.kind !== 'yielded' || decidedAtMs === undefined) {
    return { spokenAtMs: firstVoicedAtMs, verdict: verdict.kind };
  }
  return {
    spokenAtMs: firstVoicedAtMs,
    verdict: verdict.kind,
    silentAfterMs: verdict.silentAtMs - firstVoicedAtMs,
    oursMs: verdict.silentAtMs - decidedAtMs,
  };
}
