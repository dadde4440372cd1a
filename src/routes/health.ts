import type { FastifyInstance } from 'fastify';

export interface HealthDeps {
  /** Models are loaded and a call would be answered. */
  readonly isReady: () => boolean;
  readonly desk: { readonly isDraining: boolean; readonly liveCalls: number };
}

/** /healthz: the process answers. /readyz: it would take a call (503 while models load or are loaded anew, and while draining). */
export function healthRoutes(app: FastifyInstance, { isReady, desk }: HealthDeps): void {
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const status = desk.isDraining ? 'draining' : isReady() ? 'ready' : 'loading';
    return reply.code(status === 'ready' ? 200 : 503).send({ status, liveCalls: desk.liveCalls });
  });
}
