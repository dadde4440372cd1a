import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { InzwaError } from '#kernel/errors.ts';
import type { AudioSocketDoor } from '../audiosocket.ts';
import type { CallDesk } from '../call-desk.ts';
import type { Metrics } from '../observability/metrics.ts';
import { basicAuth, type Credentials } from './basic-auth.ts';
import { refuse } from './refuse.ts';

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
 * it with CURL(). Any refusal is an empty body there.
 */
export function audioSocketIds(app: FastifyInstance, deps: AudioSocketIdsDeps): void {
  const { desk, metrics, door } = deps;
  const isAuthentic = basicAuth(deps.credentials);
  app.get(AUDIOSOCKET_IDS_PATH, (request, reply) => {
    if (!isAuthentic(request.headers.authorization)) {
      metrics.refused('INZWA_ASTERISK_REFUSED');
      request.log.warn('an AudioSocket id was refused: the user or the password is wrong');
      void reply.header('www-authenticate', 'Basic realm="inzwa"');
      return refuse(reply, 401, 'INZWA_ASTERISK_REFUSED', 'The user or the password is wrong.');
    }
    const query = about.safeParse(request.query);
    if (!query.success)
      return refuse(reply, 400, 'INZWA_START_REFUSED', 'The query has no call, or one that is no channel.');
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
      return refuse(reply, 503, refused.code, refused.message);
    }
    return reply.type('text/plain').send(door.ids.mint({ call }));
  });
}
