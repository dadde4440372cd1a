/** Traces of calls made by hand: what the caller did, when the agent could be heard, nothing else. */
import type { CallEvent, CallEventBody } from '#pipeline/events.ts';
import type { CallerAct, CallerClass, CallTrace, Span } from '#src/cli/bench/turns/trace.ts';

/** [fromMs, toMs] */
export type Times = readonly [fromMs: number, toMs: number];

const WISHES: ReadonlySet<CallerClass> = new Set<CallerClass>([
  'turn',
  'turn-with-pauses',
  'dictation',
  'interruption',
  'double-start',
  'over-greeting',
  'small-talk',
  'endless',
]);

export function act(kind: CallerClass, [fromMs, toMs]: Times, pauses: readonly Times[] = []): CallerAct {
  return {
    id: `${kind}@${fromMs}`,
    class: kind,
    fromMs,
    toMs,
    text: kind,
    pauses: pauses.map(span),
    wantsAnswer: WISHES.has(kind),
  };
}

export interface MadeTrace {
  readonly acts: readonly CallerAct[];
  readonly agent: readonly Times[];
  readonly id?: string;
  readonly line?: string;
  readonly durationMs?: number;
  readonly echo?: CallTrace['echo'];
  /** Undefined: an agent that tells nothing of itself. The audio clock begins with the recording. */
  readonly events?: readonly (CallEventBody & { readonly atMs: number; readonly audioMs?: number })[];
}

/** The recording is silent unless somebody is heard; then it is a square wave, so that edges can be found again. */
export function madeTrace({
  acts,
  agent,
  events,
  id = 'call',
  line = 'clean',
  durationMs,
  echo,
}: MadeTrace): CallTrace {
  const ends = [...acts.map(({ toMs }) => toMs), ...agent.map(([, toMs]) => toMs)];
  const length = durationMs ?? Math.max(0, ...ends) + 5_000;
  return {
    id,
    line,
    wire: 'twilio',
    seed: 1,
    acts,
    agent: agent.map(span),
    durationMs: length,
    recording: {
      sampleRateHz: 8_000,
      caller: squareWave(acts, length),
      heard: squareWave(agent.map(span), length),
    },
    ...(echo && { echo }),
    ...(events && { events: events.map((event): CallEvent => ({ callId: id, audioMs: event.atMs, ...event })) }),
  };
}

function span([fromMs, toMs]: Times): Span {
  return { fromMs, toMs };
}

function squareWave(spans: readonly Span[], lengthMs: number): Int16Array {
  const pcm = new Int16Array(lengthMs * 8);
  for (const { fromMs, toMs } of spans) {
    for (let at = fromMs * 8; at < toMs * 8; at += 1) pcm[at] = at % 16 < 8 ? 6_000 : -6_000;
  }
  return pcm;
}
