/**
 * How many callers does this machine serve well? Calls come one after the other until one is turned away; then those that are
 * taken go on talking, and others try in vain. All models are real; times are those of the callers' ears.
 */
import type { CallEvent } from '#pipeline/events.ts';
import { TurnTraces, type TurnTrace } from '#src/observability/turn-trace.ts';
import type { Clock } from '#kernel/clock.ts';
import { ChildService } from '../../demo/child-service.ts';
import type { Terminal } from '../../terminal.ts';
import { Telephones, type HeardCall, type PhoneTurn } from './telephones.ts';

export interface ServingOptions {
  readonly lines: readonly Int16Array[];
  /** From one caller to the next. */
  readonly everyMs: number;
  /** How long the full service is watched. */
  readonly holdMs: number;
  readonly seed: number;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface ServedTurn extends PhoneTurn {
  readonly callId: string;
  readonly source: TurnTrace['source'] | undefined;
  /**
   * From the end of speech to the answer: as it was heard, or, where "one moment" was heard before it, as the service tells;
   * undefined when the service knows of no answer.
   */
  readonly answerMs: number | undefined;
  /** What the service says of it, where that can be compared with what was heard. */
  readonly traceMs: number | undefined;
  /** Calls in conversation when it was said. */
  readonly callsThen: number;
}

export interface Serving {
  /** Calls in conversation at once, at most. */
  readonly calls: number;
  readonly turns: readonly ServedTurn[];
  /** When the first caller was turned away; undefined: nobody was. */
  readonly fullSinceMs: number | undefined;
  /** Callers who found no room, and how many of them were told so in a sentence. */
  readonly turnedAway: { readonly calls: number; readonly heardWhy: number };
  readonly lost: readonly string[];
}

/** More than any machine that this is meant for. */
const MOST_CALLS = 40;
/** A sentence of the agent's is longer than that. */
const SENTENCE_MS = 1_500;
/** An answer whose first frame left before that is what the caller heard first. */
const FIRST_WITHIN_MS = 30;
/** The last events of a turn are a few milliseconds behind it. */
const SETTLE_MS = 300;

export async function measureServing(options: ServingOptions): Promise<Serving> {
  const { lines, seed, everyMs, holdMs, terminal, clock, signal } = options;
  await using service = await ChildService.start({ clock, signal });
  const log = new ServiceLog();
  service.onEvent((event) => log.hear(event));
  using telephones = new Telephones({ address: service.address, lines, seed, signal });
  const ended: Promise<HeardCall>[] = [];
  let fullSinceMs: number | undefined;
  const place = async (): Promise<void> => {
    const triedAtMs = clock.nowMs();
    const { connected, over } = telephones.call(ended.length);
    ended.push(over);
    const callId = await Promise.race([connected, telephones.broken, service.died]).catch(() => undefined);
    await Promise.race([clock.sleep(everyMs, { signal }), service.died]);
    const isTaken = callId !== undefined && log.isKnown(callId);
    if (!isTaken) fullSinceMs ??= triedAtMs;
    terminal.line(isTaken ? `  ${log.live} calls at once` : `  turned away at ${log.live} calls`);
  };
  while (fullSinceMs === undefined && ended.length < MOST_CALLS) await place();
  for (const untilMs = clock.nowMs() + holdMs; clock.nowMs() < untilMs;) await place();
  await telephones.hangUp();
  const heard = await Promise.all(ended);
  await clock.sleep(SETTLE_MS, { signal });
  return judge(heard, log, fullSinceMs);
}

function judge(heard: readonly HeardCall[], log: ServiceLog, fullSinceMs: number | undefined): Serving {
  const taken = heard.filter(({ callId }) => callId !== undefined && log.isKnown(callId));
  const refused = heard.filter((call) => !taken.includes(call));
  return {
    calls: log.most,
    turns: taken.flatMap(({ callId = '', turns }) => turns.map((turn) => log.explain(callId, turn))),
    fullSinceMs,
    turnedAway: {
      calls: refused.length,
      heardWhy: refused.filter(({ saidSomethingMs }) => saidSomethingMs >= SENTENCE_MS).length,
    },
    lost: taken.flatMap(({ failure }) => (failure === undefined ? [] : [failure])),
  };
}

/** What the service tells of its calls. */
class ServiceLog {
  readonly #traces = new TurnTraces();
  readonly #told: { readonly atMs: number; readonly trace: TurnTrace }[] = [];
  readonly #known = new Set<string>();
  readonly #live = new Set<string>();
  readonly #counts: { readonly atMs: number; readonly calls: number }[] = [];

  get live(): number {
    return this.#live.size;
  }

  get most(): number {
    return Math.max(0, ...this.#counts.map(({ calls }) => calls));
  }

  isKnown(callId: string): boolean {
    return this.#known.has(callId);
  }

  hear(event: CallEvent): void {
    const trace = this.#traces.observe(event);
    if (trace) this.#told.push({ atMs: event.atMs, trace });
    if (event.kind === 'call-started') {
      this.#known.add(event.callId);
      this.#live.add(event.callId);
    } else if (event.kind === 'call-ended') this.#live.delete(event.callId);
    else return;
    this.#counts.push({ atMs: event.atMs, calls: this.#live.size });
  }

  /** The first answer behind the question. */
  explain(callId: string, turn: PhoneTurn): ServedTurn {
    const found = this.#told.find(({ atMs, trace }) => trace.callId === callId && atMs > turn.lastVoicedAtMs);
    const isFirst = found !== undefined && found.atMs <= turn.heardAtMs + FIRST_WITHIN_MS;
    const heardMs = turn.heardAtMs - turn.lastVoicedAtMs;
    return {
      ...turn,
      callId,
      source: found?.trace.source,
      answerMs: isFirst ? heardMs : found?.trace.totalMs,
      traceMs: isFirst ? found.trace.totalMs : undefined,
      callsThen: this.#counts.findLast(({ atMs }) => atMs <= turn.lastVoicedAtMs)?.calls ?? 0,
    };
  }
}
