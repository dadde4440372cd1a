/** How long the body of a request may take to come: seconds, except where a route says that it takes files. */
import type { FastifyInstance } from 'fastify';
import type { Clock } from '#kernel/clock.ts';

/** Closes the connection of a body that is not complete in time; a route with `config: { isLong: true }` sees to its own. */
export function requestPatience(
  app: FastifyInstance,
  { clock, timeoutMs }: { readonly clock: Clock; readonly timeoutMs: number },
): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { raw } = request;
    const { isLong } = request.routeOptions.config as { readonly isLong?: boolean };
    const hasBody = 'transfer-encoding' in raw.headers || Number(raw.headers['content-length'] ?? 0) > 0;
    if (hasBody && isLong !== true) {
      const cancel = clock.after(timeoutMs, () => {
        // As Node says it for the whole server.
        if (!raw.complete) raw.socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
      });
      raw.once('end', cancel);
      reply.raw.once('close', cancel);
    }
    done();
  });
}
