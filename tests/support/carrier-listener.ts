/** An agent's web server as a carrier meets it: takes webhooks, checks their signatures, and answers with TwiML. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignatureCheck } from '#telephony/twilio/webhooks.ts';

export interface HeardWebhook {
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
  readonly isSigned: boolean;
  readonly token: string | undefined;
}

export class CarrierListener implements AsyncDisposable {
  readonly heard: HeardWebhook[] = [];
  /** What every question is answered with. */
  twiml = '<Response><Hangup/></Response>';
  /** Statuses for the next status callbacks, one each, instead of 200. */
  readonly failures: number[] = [];
  /** Of every question what to do with a call. */
  answerStatus = 200;
  readonly #server: Server;
  readonly #authToken: string;

  static async start(authToken: string): Promise<CarrierListener> {
    const server = createServer();
    const listener = new CarrierListener(server, authToken);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return listener;
  }

  private constructor(server: Server, authToken: string) {
    this.#server = server;
    this.#authToken = authToken;
    server.on('request', (request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const form = Object.fromEntries(new URLSearchParams(text));
        const { 'x-twilio-signature': signature, 'i-twilio-idempotency-token': token } = request.headers;
        const signatures = new SignatureCheck({ authTokens: [this.#authToken], publicUrl: this.origin });
        const path = request.url ?? '';
        const isSigned = signatures.isSignedPost(path, form, signature as string | undefined);
        this.heard.push({ path, form, isSigned, token: token as string | undefined });
        const status = path.startsWith('/answer') ? this.answerStatus : (this.failures.shift() ?? 200);
        response.writeHead(status, { 'content-type': 'text/xml' }).end(this.twiml);
      });
    });
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** `status` of each status callback with a good signature, in the order that they came. */
  get statuses(): string[] {
    return this.heard
      .filter(({ path, isSigned }) => path.startsWith('/status') && isSigned)
      .map(({ form }) => form['CallStatus'] ?? '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
