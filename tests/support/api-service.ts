/** The interface for programs on a port of this machine, over a real database, with nothing else of the service. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyBaseLogger } from 'fastify';
import { systemClock as clock } from '#kernel/clock.ts';
import { addApiKey, type ApiRole } from '#src/api/keys.ts';
import { ownScripts } from '#src/interviews.ts';
import { createLogger } from '#src/observability/logger.ts';
import { installationKeys } from '#src/records/keys.ts';
import type { Records } from '#src/records/records.ts';
import { Phones } from '#src/records/phones.ts';
import { campaignApi, type CampaignApiDeps } from '#src/routes/campaign-api.ts';
import { AllowList } from '#telephony/numbers.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Of JSON; `{}` of anything else. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Of JSON lines. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

export interface ApiService extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly uploads: string;
  /** Every line that was logged. */
  readonly log: readonly string[];
  readonly phones: Phones;
  /** Of the role, made when it is first asked for. */
  keyOf(role: ApiRole): Promise<string>;
  ask(method: string, path: string, asked?: ApiQuestion): Promise<ApiAnswer>;
}

export interface ApiQuestion {
  /** @defaultValue admin */
  readonly role?: ApiRole | 'nobody';
  readonly json?: unknown;
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream;
  /** Of `body`. @defaultValue text/csv */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function startApi(records: Records, deps: Partial<CampaignApiDeps> = {}): Promise<ApiService> {
  const uploads = await mkdtemp(join(tmpdir(), 'inzwa-uploads-'));
  const phones = new Phones(installationKeys(new Uint8Array(32).fill(7)));
  const log: string[] = [];
  const logger: FastifyBaseLogger = createLogger('debug', { write: (line: string) => void log.push(line) });
  const app = Fastify({ loggerInstance: logger, forceCloseConnections: 'idle' });
  const shared = { clock, scripts: ownScripts, allowList: new AllowList(), trunks: ['twilio'], uploads };
  campaignApi(app, { keeping: () => ({ records, phones }), wake: () => undefined, ...shared, ...deps });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const keys = new Map<ApiRole, Promise<string>>();
  const keyOf = (role: ApiRole): Promise<string> => {
    const writer = { records, at: clock.wallMs(), actor: 'test' };
    const key = keys.get(role) ?? addApiKey(writer, { name: role, role }).then((added) => added.key);
    keys.set(role, key);
    return key;
  };
  return {
    ...{ url, uploads, log, phones, keyOf },
    port: Number(new URL(url).port),
    async ask(method, path, { role = 'admin', json, body, type = 'text/csv', headers } = {}) {
      const given = json === undefined ? body : JSON.stringify(json);
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: {
          ...(role !== 'nobody' && { authorization: `Bearer ${await keyOf(role)}` }),
          ...(given !== undefined && { 'content-type': json === undefined ? type : 'application/json' }),
          ...headers,
        },
        ...(given !== undefined && { body: given, duplex: 'half' }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
      const isLines = response.headers.get('content-type') === 'application/x-ndjson';
      return {
        ...{ status: response.status, headers: response.headers, text },
        body: isJson && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {},
        lines: isLines
          ? text
              .split('\n')
              .filter((line) => line !== '')
              .map((line) => JSON.parse(line) as Record<string, unknown>)
          : [],
      };
    },
    async [Symbol.asyncDispose]() {
      app.server.closeAllConnections();
      await app.close();
      await rm(uploads, { recursive: true, force: true });
    },
  };
}
