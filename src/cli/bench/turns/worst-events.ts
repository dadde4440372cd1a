/** Keeps the few events of a run that went worst, with the sound around them; a run's recordings are too many to keep. */
import type { CallEvent } from '#pipeline/events.ts';
import type { EventKind, ScoredEvent } from './score-event.ts';
import type { CallerAct, CallTrace, Span } from './trace.ts';

/** Seen before and behind an event. */
const BEFORE_MS = 1_500;
const BEHIND_MS = 2_500;
/** An event that takes longer is cut there. */
const LONGEST_MS = 20_000;

/** An event, and all that is needed to draw and to hear it. Times are those of the call. */
export interface EventClip {
  readonly event: ScoredEvent;
  readonly window: Span;
  readonly acts: readonly CallerAct[];
  readonly agent: readonly Span[];
  readonly echo: CallTrace['echo'];
  /** The agent's own account of this time; empty for one that gives none. */
  readonly account: readonly CallEvent[];
  readonly sampleRateHz: 8_000;
  /** Both cut to `window`. */
  readonly caller: Int16Array;
  readonly heard: Int16Array;
}

/** What went wrong comes before what was only slow; of each kind as many are kept as the whole report shows. */
export class WorstEvents {
  readonly #most: number;
  readonly #kept = new Map<EventKind, EventClip[]>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes copies of what it keeps; the trace can go. */
  add(trace: CallTrace, events: readonly ScoredEvent[]): void {
    for (const event of events) {
      if (!isTellable(event)) continue;
      const kept = this.#kept.get(event.kind) ?? [];
      const last = kept.at(-1);
      if (kept.length >= this.#most && last && badness(last.event) >= badness(event)) continue;
      kept.push(clipOf(trace, event));
      kept.sort((one, other) => badness(other.event) - badness(one.event));
      this.#kept.set(event.kind, kept.slice(0, this.#most));
    }
  }

  /** The worst, kinds in turn, so that one fault does not hide the others; the wrong ones of all kinds come first. */
  worst(): readonly EventClip[] {
    const inTurn = (isRight: boolean): readonly EventClip[] => {
      const ranks = [...this.#kept.values()].map((clips) => clips.filter(({ event }) => event.isRight === isRight));
      return Array.from({ length: this.#most }, (_, rank) =>
        ranks.flatMap((clips) => clips[rank] ?? []).sort((one, other) => badness(other.event) - badness(one.event)),
      ).flat();
    };
    return [...inTurn(false), ...inTurn(true)].slice(0, this.#most);
  }
}

/** Of what went right only the delays are worth a picture. */
function isTellable({ kind, isRight, ms }: ScoredEvent): boolean {
  return !isRight || (ms !== undefined && (kind === 'response' || kind === 'yield' || kind === 'recovery'));
}

/** How heavily a wrong event of this kind weighs; ties are broken by its milliseconds. */
const WEIGHT: Readonly<Record<EventKind, number>> = {
  'self-interruption': 9,
  'stale-answer': 8,
  response: 7,
  endless: 6,
  pause: 5,
  incursion: 4,
  yield: 3,
  selectivity: 2,
  recovery: 2,
  'first-word': 1,
  silence: 1,
};

function badness({ kind, isRight, ms }: ScoredEvent): number {
  const delay = Math.min(ms ?? 0, 60_000) / 60_000;
  return isRight ? delay : WEIGHT[kind] + delay;
}

function clipOf(trace: CallTrace, event: ScoredEvent): EventClip {
  const { recording, acts, agent, echo, durationMs } = trace;
  const fromMs = Math.max(0, event.fromMs - BEFORE_MS);
  const toMs = Math.min(durationMs, fromMs + LONGEST_MS, Math.max(event.toMs, event.fromMs) + BEHIND_MS);
  const window: Span = { fromMs, toMs: Math.max(fromMs, toMs) };
  const cut = (pcm: Int16Array): Int16Array =>
    pcm.slice(
      Math.round((window.fromMs * recording.sampleRateHz) / 1_000),
      Math.round((window.toMs * recording.sampleRateHz) / 1_000),
    );
  const isSeen = (span: Span): boolean => span.toMs > window.fromMs && span.fromMs < window.toMs;
  return {
    event,
    window,
    acts: acts.filter(isSeen),
    agent: agent.filter(isSeen),
    echo,
    account: (trace.events ?? []).filter(({ atMs }) => atMs >= window.fromMs && atMs < window.toMs),
    sampleRateHz: recording.sampleRateHz,
    caller: cut(recording.caller),
    heard: cut(recording.heard),
  };
}
