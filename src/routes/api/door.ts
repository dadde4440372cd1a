/** The door of the interface for programs: who asks, whether they may, and how every refusal looks. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { InzwaError, isInzwaError, type ErrorCode } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import { apiKeyOf, mayDo, type ApiKey, type ApiRole } from '#src/api/keys.ts';
import type { Phones } from '#src/records/phones.ts';
import type { Records } from '#src/records/records.ts';

export const API = '/api/v1';

/** The records and what numbers are hashed with. */
export interface ApiRecords {
  readonly records: Records;
  readonly phones: Phones;
}

/** One request that has shown its key. */
export interface Visit extends ApiRecords {
  /** For the audit: `key <name>`. */
  readonly actor: string;
  /** Of its key. */
  readonly role: ApiRole;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export interface ApiRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below `/api/v1`. */
  readonly path: string;
  readonly role: ApiRole;
  /** True: its body may take minutes to come. @defaultValue false */
  readonly isLong?: boolean;
  readonly work: (visit: Visit) => Promise<unknown>;
}

export interface ApiDoorDeps {
  /** Undefined while the database is not there. */
  readonly keeping: () => ApiRecords | undefined;
  readonly clock: Clock;
}

const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  INZWA_REQUEST_INVALID: 400,
  INZWA_API_KEY_REFUSED: 401,
  INZWA_CAMPAIGN_UNKNOWN: 404,
  INZWA_CAMPAIGN_STATE: 409,
  INZWA_CAMPAIGN_EXISTS: 409,
  INZWA_CAMPAIGN_SETTINGS: 422,
  INZWA_PROMPTS_INVALID: 422,
  INZWA_CONTACTS_INVALID: 422,
  INZWA_API_BUSY: 503,
  INZWA_RECORDS_UNAVAILABLE: 503,
};

/** What Fastify refuses by itself, in words that hold nothing of the body. */
const REFUSED: Readonly<Record<number, string>> = {
  400: 'the body cannot be read as what its content-type says',
  413: 'the body is too large',
  415: 'a body of this content-type is not taken here',
};

interface Admitted extends ApiRecords {
  readonly key: ApiKey;
}

/** Each route asks for the key before it reads a byte of the body. */
export class ApiDoor {
  readonly #deps: ApiDoorDeps;
  readonly #admitted = new WeakMap<FastifyRequest, Admitted>();

  constructor(deps: ApiDoorDeps) {
    this.#deps = deps;
  }

  /** Adds routes to the service, or to a part of it that reads bodies in its own way. */
  open(app: FastifyInstance, routes: readonly ApiRoute[]): void {
    for (const { method, path, role, isLong = false, work } of routes) {
      app.route({
        method,
        url: API + path,
        config: { isLong },
        // Whoever asks for the head alone would set off the whole work.
        exposeHeadRoute: false,
        onRequest: (request, reply, done) => {
          void reply.header('cache-control', 'no-store');
          this.#admit(request, reply, role).then((admitted) => {
            this.#admitted.set(request, admitted);
            done();
          }, done);
        },
        errorHandler: (error, request, reply) => void answerRefusal(error, request, reply),
        handler: async (request, reply) => {
          const admitted = this.#admitted.get(request);
          if (!admitted) throw new InzwaError('INZWA_API_KEY_REFUSED', 'this request has shown no key');
          const { records, phones, key } = admitted;
          return await work({ records, phones, actor: `key ${key.name}`, role: key.role, request, reply });
        },
      });
    }
  }

  async #admit(request: FastifyRequest, reply: FastifyReply, role: ApiRole): Promise<Admitted> {
    const keeping = this.#deps.keeping();
    if (!keeping) throw new InzwaError('INZWA_RECORDS_UNAVAILABLE', 'The database is not there at present.');
    const { records, phones } = keeping;
    const key = await apiKeyOf(records, request.headers.authorization);
    if (!key) {
      void reply.header('www-authenticate', 'Bearer realm="inzwa"');
      throw new InzwaError('INZWA_API_KEY_REFUSED', 'A key in use is needed: Authorization: Bearer inzwa_…');
    }
    if (!mayDo(key.role, role)) {
      const details = { status: 403 };
      throw new InzwaError('INZWA_API_KEY_REFUSED', `This needs a key of the role ${role}.`, { details });
    }
    return { records, phones, key };
  }
}

function answerRefusal(error: FastifyError | InzwaError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // What is left of its body is not waited for.
  if (!request.raw.complete) void reply.header('connection', 'close');
  if (isInzwaError(error)) {
    const { code, message, details } = error;
    const status = typeof details['status'] === 'number' ? details['status'] : STATUS[code];
    if (status === undefined) throw error;
    if (status === 503) void reply.header('retry-after', '15');
    return reply.code(status).send({ code, message, ...('faults' in details && { faults: details['faults'] }) });
  }
  const { statusCode = 500 } = error;
  if (statusCode < 400 || statusCode > 499) throw error;
  const message = REFUSED[statusCode] ?? 'the request cannot be used';
  return reply.code(statusCode).send({ code: 'INZWA_REQUEST_INVALID', message });
}

/** Throws INZWA_REQUEST_INVALID that names every field that cannot be used; `what` is the body or the query. */
export function checked<T>(schema: z.ZodType<T>, given: unknown, what: 'body' | 'query'): T {
  const parsed = schema.safeParse(given ?? {});
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || what}: ${message}`);
  throw new InzwaError('INZWA_REQUEST_INVALID', `the ${what} cannot be used: ${faults.join('; ')}`, {
    details: { faults },
  });
}

/** Of a path that has `:id`. */
export function idOf(request: FastifyRequest): string {
  return (request.params as { readonly id: string }).id;
}
