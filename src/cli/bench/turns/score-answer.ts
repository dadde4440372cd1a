/** When the answer itself could be heard, by the agent's own account and the recording's edges. */
import type { CallTrace } from './trace.ts';

/** A sound is heard this long before or after its account says that its first frame was sent. */
const BEFORE_MS = 20;
const BEHIND_MS = 400;
/** From the frame that is sent to the sample that is heard, where one sound runs into the next: the far end's grid. */
const ON_THE_WAY_MS = 20;

/**
 * The first answer from a card or the language model that began in [fromMs, untilMs), whatever fixed sentence ("please
 * wait") came before it. `ms` counts from `fromMs`. Undefined without one, or for an agent that gives no account.
 */
export function answerBehind(
  { events = [], agent }: CallTrace,
  fromMs: number,
  untilMs: number,
): { readonly source: 'card' | 'llm'; readonly ms: number } | undefined {
  for (const said of events) {
    if (said.kind !== 'agent-said' || said.source === 'pack' || said.heardMs === 0 || said.atMs < fromMs) continue;
    const sent = events.findLast(
      (event) => event.kind === 'first-frame-sent' && event.turn === said.turn && event.atMs <= said.atMs,
    );
    if (sent?.kind !== 'first-frame-sent' || sent.atMs < fromMs || sent.atMs >= untilMs) continue;
    const soundMs = sent.atMs + (sent.leadInMs ?? 0);
    const edge = agent.find((span) => span.fromMs >= sent.atMs - BEFORE_MS && span.fromMs < soundMs + BEHIND_MS);
    return { source: said.source, ms: (edge?.fromMs ?? soundMs + ON_THE_WAY_MS) - fromMs };
  }
  return undefined;
}
