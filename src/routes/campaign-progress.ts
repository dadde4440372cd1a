/** Progress as server-sent events: what has changed, about once a second, until the reader goes or the campaign is over. */
import type { FastifyReply } from 'fastify';
import type { Clock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import type { Progress } from '../campaigns/dialler/progress.ts';

export interface Following {
  readonly first: Progress;
  readonly look: () => Promise<Progress>;
  readonly clock: Clock;
  /** The service closes down: readers come back to the next one. */
  readonly closing: AbortSignal;
}

const LOOK_MS = 1_000;
/** Without a word for longer, proxies close the connection. */
const QUIET_MS = 15_000;
const OVER: readonly string[] = ['completed', 'stopped'];

/** Resolves when it is over; the reply is sent by then. */
export async function followProgress(
  reply: FastifyReply,
  { first, look, clock, closing }: Following,
): Promise<FastifyReply> {
  const gone = new AbortController();
  reply.raw.on('close', () => gone.abort());
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    // Else nginx keeps events back until it has a buffer full.
    'x-accel-buffering': 'no',
  });
  const signal = AbortSignal.any([gone.signal, closing]);
  const isOver = (): boolean => signal.aborted;
  let said = '';
  let saidMs = clock.nowMs();
  let count = 0;
  const write = (text: string): void => {
    reply.raw.write(text);
    saidMs = clock.nowMs();
  };
  for (let now: Progress | undefined = first; !isOver();) {
    const comparable = JSON.stringify({ ...now, at: 0 });
    if (now && comparable !== said) {
      said = comparable;
      write(`id: ${++count}\nevent: progress\ndata: ${JSON.stringify(now)}\n\n`);
    } else if (clock.nowMs() - saidMs >= QUIET_MS) {
      write(': still here\n\n');
    }
    if (now && OVER.includes(now.state) && now.open === 0) break;
    await clock.sleep(LOOK_MS, { signal }).catch(() => undefined);
    if (isOver()) break;
    now = await look().catch((error: unknown) => {
      write(`event: trouble\ndata: ${JSON.stringify({ code: isInzwaError(error) ? error.code : 'unknown' })}\n\n`);
      return undefined;
    });
  }
  reply.raw.end();
  return reply;
}
