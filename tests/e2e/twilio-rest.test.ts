import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import { twilioEndCall } from '#telephony/twilio/rest.ts';

describe('twilioEndCall', () => {
  const seen: { url: string | undefined; authorization: string | undefined; body: string }[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen.push({ url: request.url, authorization: request.headers.authorization, body });
      response.writeHead(status).end('{}');
    });
  });
  let baseUrl = '';
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());
  const { signal } = new AbortController();

  it('completes the call in the name of the account', async () => {
    await twilioEndCall({ accountSid: 'AC1', authToken: 'secret', baseUrl })('CA1', { signal });
    expect(seen).toEqual([
      {
        url: '/2010-04-01/Accounts/AC1/Calls/CA1.json',
        authorization: `Basic ${Buffer.from('AC1:secret').toString('base64')}`,
        body: 'Status=completed',
      },
    ]);
  });

  it('says so when Twilio does not agree, or is not there', async () => {
    status = 404;
    const codeOf = (error: unknown): unknown => (isInzwaError(error) ? [error.code, error.retryable] : error);
    const endCall = twilioEndCall({ accountSid: 'AC1', authToken: 'secret', baseUrl });
    expect(await endCall('CA1', { signal }).catch(codeOf)).toEqual(['INZWA_TRUNK_FAILED', true]);
    const nowhere = twilioEndCall({ accountSid: 'AC1', authToken: 'secret', baseUrl: 'http://127.0.0.1:1' });
    expect(await nowhere('CA1', { signal }).catch(codeOf)).toEqual(['INZWA_TRUNK_FAILED', true]);
  });
});
