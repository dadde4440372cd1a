/** Files of the Hugging Face hub, by HTTP with Range, so that a broken transfer goes on where it stopped. */
import { InzwaError, messageOf } from '#kernel/errors.ts';
import type { HuggingFaceSource } from '../schema.ts';
import type { ModelSource, OpenedFile, SourceRequest } from './source.ts';

export interface HuggingFaceOptions {
  readonly fetch?: typeof fetch;
  /** @defaultValue HF_ENDPOINT, else the public hub */
  readonly endpoint?: string;
  /** Needed for gated repositories only. @defaultValue HF_TOKEN */
  readonly token?: string;
}

export function huggingFace(options: HuggingFaceOptions = {}): ModelSource<HuggingFaceSource> {
  const fetchFile = options.fetch ?? fetch;
  const endpoint = (options.endpoint ?? process.env['HF_ENDPOINT'] ?? 'https://huggingface.co').replace(/\/+$/, '');
  const token = options.token ?? process.env['HF_TOKEN'];

  const request = async (url: string, init: RequestInit, label: string): Promise<Response> => {
    try {
      return await fetchFile(url, init);
    } catch (error) {
      init.signal?.throwIfAborted();
      throw unreachable(label, error);
    }
  };

  return {
    async open(source, asked) {
      const label = `${source.repository}@${source.revision} ${source.file}`;
      const path = [...source.repository.split('/'), 'resolve', source.revision, ...source.file.split('/')];
      const url = `${endpoint}/${path.map(encodeURIComponent).join('/')}`;
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
      // The first answer of the hub, before its redirect to storage, is the only one that carries these two headers.
      const head = await request(
        url,
        { method: 'HEAD', redirect: 'manual', headers: authorization, signal: asked.signal },
        label,
      );
      if (head.status >= 400) throw refused(label, head.status);
      const etag = (head.headers.get('x-linked-etag') ?? head.headers.get('etag') ?? '')
        .replace(/^W\//, '')
        .replaceAll('"', '');
      const identity = `${head.headers.get('x-repo-commit') ?? source.revision} ${etag}`;
      const offsetBytes = asked.identity === identity ? asked.offsetBytes : 0;
      const body = await request(
        url,
        {
          headers: { ...authorization, ...(offsetBytes > 0 ? { range: `bytes=${offsetBytes}-` } : {}) },
          signal: asked.signal,
        },
        label,
      );
      if (body.status === 416) {
        await body.body?.cancel();
        return { stream: nothing(), startsAt: offsetBytes, bytes: offsetBytes, identity, ...declaredHash(etag) };
      }
      if (!body.ok || body.body === null) throw refused(label, body.status);
      const startsAt = body.status === 206 ? offsetBytes : 0;
      const length = Number(body.headers.get('content-length'));
      const bytes = length > 0 ? startsAt + length : undefined;
      return {
        stream: counted(body.body, { startsAt, bytes, label, asked }),
        startsAt,
        ...(bytes === undefined ? {} : { bytes }),
        identity,
        ...declaredHash(etag),
      };
    },
    discard: () => Promise.resolve(),
  };
}

/** Large files are kept under the SHA-256 of their content, which the hub sends as the linked etag. */
function declaredHash(etag: string): Pick<OpenedFile, 'sha256'> {
  return /^[0-9a-f]{64}$/.test(etag) ? { sha256: etag } : {};
}

async function* counted(
  body: ReadableStream<Uint8Array>,
  {
    startsAt,
    bytes,
    label,
    asked,
  }: { startsAt: number; bytes: number | undefined; label: string; asked: SourceRequest },
): AsyncGenerator<Uint8Array> {
  let doneBytes = startsAt;
  try {
    for await (const chunk of body) {
      doneBytes += chunk.length;
      yield chunk;
      asked.onTransfer(doneBytes, bytes);
    }
  } catch (error) {
    asked.signal.throwIfAborted();
    throw error instanceof InzwaError ? error : unreachable(label, error);
  }
  if (bytes !== undefined && doneBytes < bytes) {
    throw unreachable(label, new Error(`the connection ended at ${doneBytes} of ${bytes} bytes`));
  }
}

/** HTTP 416: everything was here already. */
function nothing(): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true as const, value: undefined }) }) };
}

function unreachable(label: string, error: unknown): InzwaError {
  const cause = error instanceof Error && error.cause !== undefined ? `: ${messageOf(error.cause)}` : '';
  return new InzwaError(
    'INZWA_MODEL_NETWORK',
    `the Hugging Face hub did not deliver ${label} (${messageOf(error)}${cause})`,
    {
      retryable: true,
      cause: error,
    },
  );
}

function refused(label: string, status: number): InzwaError {
  if (status >= 500 || status === 429) {
    return new InzwaError('INZWA_MODEL_NETWORK', `the Hugging Face hub answered ${status} for ${label}`, {
      retryable: true,
    });
  }
  const what =
    status === 401 || status === 403
      ? 'it is gated or private: accept its terms on the hub and set HF_TOKEN'
      : 'it has no such file or revision';
  return new InzwaError('INZWA_MODEL_SOURCE', `the Hugging Face hub answered ${status} for ${label}: ${what}`, {
    details: { status },
  });
}
