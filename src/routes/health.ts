import type { FastifyInstance } from 'fastify';

export interface HealthDeps {
  /** Models are loaded and a call would be answered. */
  readonly isReady: () => boolean;
  /** Undefined: none are kept. */
  readonly recordsState?: (() => string) | undefined;
  /** It was told to end, and waits for people whose telephones ring. */
  readonly isStopping?: (() => boolean) | undefined;
  readonly desk: { readonly isDraining: boolean; readonly liveCalls: number };
}

/** /healthz: the process answers, and whether it can write its records. /readyz: it would take a call (503 while models load or are loaded anew, and while draining). */
export function healthRoutes(app: FastifyInstance, { isReady, desk, recordsState, isStopping }: HealthDeps): void {
  // Callers are answered without a database, so none of its troubles takes this process out of service.
  const records = (): object => (recordsState ? { records: recordsState() } : {});
  app.get('/healthz', () => ({ status: 'ok', ...records() }));
  app.get('/readyz', async (_request, reply) => {
    const status = desk.isDraining || isStopping?.() === true ? 'draining' : isReady() ? 'ready' : 'loading';
    return reply.code(status === 'ready' ? 200 : 503).send({ status, liveCalls: desk.liveCalls });
  });
}
