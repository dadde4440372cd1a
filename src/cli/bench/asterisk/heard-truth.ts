/**
 * What the service believes that the caller heard, against what arrived in RTP: stub engines, whose voice is one steady tone,
 * interrupted at seeded moments. The same interruptions say how fast the caller reaches the service and a flush the caller.
 */
import { hum } from './hum.ts';
import { audibleBetween } from './rtp-truth.ts';
import type { BenchCall, BenchTelephone, Tools } from './telephone.ts';

/** Into the agent's speech. Earlier than 600 ms the caller counts as going on with the sentence before. */
const FROM_MS = 700;
const UNTIL_MS = 3_000;
const PTIME_MS = 20;
const EVENT_MS = 5_000;
/** What was flushed too late is still on its way when the service has given its account; the next answer is far off. */
const AFTERMATH_MS = 150;

export interface HeardTurn {
  readonly heardMs: number;
  /** Packets of the tone × 20 ms. */
  readonly arrivedMs: number;
  /** The service's decision, with which it flushes → RTP silent. */
  readonly flushToSilenceMs: number;
  /** Caller's first voiced sample → the service has found speech, its 100 ms or so of making sure included. */
  readonly speechFoundAfterMs: number;
}

export interface HeardTruthOptions extends Tools {
  readonly calls: number;
  readonly perCall: number;
  readonly random: () => number;
}

/** Calls are placed one after the other and then talk at the same time. Rejects with INZWA_PHONE_TIMEOUT when an interruption had no effect. */
export async function measureHeardTruth(
  telephone: BenchTelephone,
  options: HeardTruthOptions,
): Promise<readonly HeardTurn[]> {
  await using calls = new AsyncDisposableStack();
  const talking: Promise<readonly HeardTurn[]>[] = [];
  for (let index = 0; index < options.calls; index += 1) {
    const call = calls.use(await telephone.call());
    const turns = interruptAll(call, options);
    // Looked at below, with the others: until then a failure must not count as nobody's.
    turns.catch(() => undefined);
    talking.push(turns);
  }
  return (await Promise.all(talking)).flat();
}

async function interruptAll(call: BenchCall, options: HeardTruthOptions): Promise<readonly HeardTurn[]> {
  const { clock, signal, random, perCall } = options;
  const turns: HeardTurn[] = [];
  let fromMs = 0;
  while (turns.length < perCall) {
    const begun = await call.event('first-frame-sent', fromMs, EVENT_MS);
    await clock.sleep(FROM_MS + random() * (UNTIL_MS - FROM_MS), { signal });
    const spoken = await call.phone.say(hum());
    const found = await call.event('speech-start', spoken.firstVoicedAtMs, EVENT_MS);
    const decided = await call.event('barge-in', spoken.firstVoicedAtMs, EVENT_MS);
    const said = await call.event('agent-said', decided.atMs, EVENT_MS);
    await clock.sleep(AFTERMATH_MS, { signal });
    // Nothing else is audible from the turn's first frame until the answer to the hum, which is not over for a while.
    const tone = audibleBetween(call.packets, begun.atMs, said.atMs + AFTERMATH_MS);
    turns.push({
      heardMs: said.heardMs,
      arrivedMs: tone.packets * PTIME_MS,
      flushToSilenceMs: (tone.toMs ?? Number.NaN) - decided.atMs,
      speechFoundAfterMs: found.atMs - spoken.firstVoicedAtMs,
    });
    fromMs = said.atMs;
  }
  return turns;
}
