/** Who can be heard when, from audible edges alone: what every score of turn taking is made of. Pure, no clock, no judge. */
import type { CallerAct, CallTrace, Span } from './trace.ts';

/**
 * Silence of the agent that counts as a stop. tau-voice counts a stop when a whole tick of 200 ms carries no agent audio;
 * the pauses inside audio that is being delivered are none, but edges alone cannot tell them apart. 400 ms is the shortest
 * silence that empties one of their ticks wherever it falls, and longer than most pauses between clauses.
 */
export const STOP_MS = 400;

/** Silence in which the strict rows see a stop already: the shortest that a trace keeps apart. */
export const STRICT_STOP_MS = 200;

/** Stretches with the gaps shorter than `gapMs` bridged; in order, as `spans` must be. */
export function bridged(spans: readonly Span[], gapMs: number): readonly Span[] {
  const merged: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of spans) {
    const last = merged.at(-1);
    if (last && fromMs - last.toMs < gapMs) last.toMs = Math.max(last.toMs, toMs);
    else merged.push({ fromMs, toMs });
  }
  return merged;
}

/** The stretches in which the agent holds the floor: its audible ones with its own short pauses inside. */
export function agentTurns(trace: CallTrace): readonly Span[] {
  return bridged(trace.agent, STOP_MS);
}

/** The stretch that is under way at `ms`; its beginning belongs to it, its end does not. */
export function underWayAt<S extends Span>(spans: readonly S[], ms: number): S | undefined {
  return spans.find(({ fromMs, toMs }) => fromMs <= ms && ms < toMs);
}

/** The first stretch that begins in [fromMs, untilMs). */
export function firstBegun<S extends Span>(spans: readonly S[], fromMs: number, untilMs: number): S | undefined {
  return spans.find((span) => span.fromMs >= fromMs && span.fromMs < untilMs);
}

/** How long two stretches lie over each other. */
export function overlapMs(one: Span, other: Span): number {
  return Math.max(0, Math.min(one.toMs, other.toMs) - Math.max(one.fromMs, other.fromMs));
}

/** The act without its pauses. */
export function voicedParts(act: CallerAct): readonly Span[] {
  const parts: Span[] = [];
  let fromMs = act.fromMs;
  for (const pause of act.pauses) {
    parts.push({ fromMs, toMs: pause.fromMs });
    fromMs = pause.toMs;
  }
  return [...parts, { fromMs, toMs: act.toMs }];
}

/** The next act that wants an answer after `ms`; until it begins, an answer to what was said before is one. */
export function nextWish(trace: CallTrace, ms: number): CallerAct | undefined {
  return trace.acts.find((act) => act.wantsAnswer && act.fromMs >= ms);
}

/** Whether the agent had said all it wanted when it fell silent, by its own account. Undefined: it gives none. */
export function endedByItself(trace: CallTrace, stopMs: number): boolean | undefined {
  if (trace.events === undefined) return undefined;
  const said = trace.events
    .filter((event) => event.kind === 'agent-said')
    .map((event) => ({ isComplete: event.isComplete, awayMs: Math.abs(event.atMs - stopMs) }))
    .sort((one, other) => one.awayMs - other.awayMs)[0];
  return said !== undefined && said.awayMs <= ACCOUNT_MS && said.isComplete;
}

/** How far the agent's account of an end may lie from the audible one: the lead, the wire, marks that come late. */
const ACCOUNT_MS = 800;
