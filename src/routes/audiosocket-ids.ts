import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { InzwaError } from '#kernel/errors.ts';
import type { AudioSocketDoor } from '../audiosocket.ts';
import type { CallDesk } from '../call-desk.ts';
import type { Metrics } from '../observability/metrics.ts';
import { basicAuth, type Credentials } from './basic-auth.ts';

export const AUDIOSOCKET_IDS_PATH = '/asterisk/audiosocket';

export interface AudioSocketIdsDeps {
  readonly desk: CallDesk;
  readonly metrics: Metrics;
  readonly credentials: Credentials;
  readonly door: AudioSocketDoor;
  readonly isReady: () => boolean;
}

const about = z.object({ call: z.string().regex(/^[A-Za-z0-9.-]{1,64}$/) });

/**
 * GET with Basic authentication: answers with a UUID for one call, as plain text and nothing else, because a dialplan reads
 * it with CURL(), which does not see the status: a refusal has no body.
 */
export function audioSocketIds(app: FastifyInstance, deps: AudioSocketIdsDeps): void {
  const { desk, metrics, door } = deps;
  const isAuthentic = basicAuth(deps.credentials);
  app.get(AUDIOSOCKET_IDS_PATH, (request, reply) => {
    if (!isAuthentic(request.headers.authorization)) {
      metrics.refused('INZWA_ASTERISK_REFUSED');
      request.log.warn('an AudioSocket id was refused: the user or the password is wrong');
      void reply.header('www-authenticate', 'Basic realm="inzwa"');
      return reply.code(401).send();
    }
    const query = about.safeParse(request.query);
    if (!query.success) return reply.code(400).send();
    const { call } = query.data;
    const refused = deps.isReady()
      ? desk.reserve(call)
      : new InzwaError('INZWA_CALL_REFUSED', 'the models are still being loaded', { retryable: true });
    if (refused) {
      metrics.refused(refused.code);
      request.log.warn(
        { why: refused.message, liveCalls: desk.liveCalls },
        'call of Asterisk refused: its dialplan goes on',
      );
      return reply.code(503).send();
    }
    return reply.type('text/plain').send(door.ids.mint({ call }));
  });
}
