/** The service's Asterisk side with an echo for a mind, and a client that plays Asterisk by hand, so that any step can be done wrong. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { systemClock as clock } from '#kernel/clock.ts';
import { buildApp } from '#src/app.ts';
import { AsteriskCalls } from '#src/asterisk-calls.ts';
import { CallDesk } from '#src/call-desk.ts';
import { createLogger } from '#src/observability/logger.ts';
import { createMetrics } from '#src/observability/metrics.ts';
import { echo } from './echo-service.ts';

export const CREDENTIALS = { user: 'asterisk', password: 'agent-pass' } as const;
const FRAME_BYTES = 160;

export interface AsteriskService extends AsyncDisposable {
  readonly desk: CallDesk;
  /** `ws://…/asterisk/media` */
  readonly mediaUrl: string;
  readonly logLines: readonly string[];
  /** Values of all time series that have been counted. */
  counts(): Promise<ReadonlyMap<string, number>>;
}

export async function startAsteriskService(): Promise<AsteriskService> {
  const logLines: string[] = [];
  const logger = createLogger('info', { write: (line: string) => void logLines.push(line) });
  const metrics = createMetrics({ version: 'test' });
  const maxCalls = 10;
  const desk = new CallDesk({ clock, maxCalls, logger, metrics, startConversation: echo });
  const app = await buildApp({
    config: { publicUrl: 'https://voice.inzwa.example', twilioAuthToken: undefined, maxCalls },
    desk,
    clock,
    logger,
    metrics,
    notices: { fallback: { kind: 'say', text: 'fallback' }, busy: { kind: 'say', text: 'busy' } },
    isReady: () => true,
    filler: () => undefined,
    asterisk: { credentials: CREDENTIALS, calls: new AsteriskCalls({ clock, logger }) },
  });
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    desk,
    mediaUrl: `${origin.replace('http', 'ws')}/asterisk/media`,
    logLines,
    async counts() {
      const lines = (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith('inzwa_'));
      return new Map(
        lines.map((line) => {
          const at = line.lastIndexOf(' ');
          return [line.slice(0, at), Number(line.slice(at))];
        }),
      );
    },
    async [Symbol.asyncDispose]() {
      await desk.drain({ patienceMs: 500 });
      await app.close();
      metrics[Symbol.dispose]();
    },
  };
}

export interface RawAsteriskOptions {
  /** @defaultValue CREDENTIALS */
  readonly password?: string;
  /** What the dialplan's v(...) says. */
  readonly about?: Readonly<Record<string, string>>;
}

/** Asterisk's end of one media socket, in A-law. */
export class RawAsterisk {
  readonly ws: WebSocket;
  /** Code of the close, 1006 for none. */
  readonly closed: Promise<number>;
  /** Frames of the service's, by their first byte, in order. */
  readonly echoed: number[] = [];
  #spoken = 0;
  #cancel: (() => void) | undefined;

  private constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      ws.once('close', resolve);
    });
    ws.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) return;
      for (let at = 0; at < data.length; at += FRAME_BYTES) this.echoed.push(data[at] as number);
    });
  }

  /** Rejects with the status of a refused upgrade in its message. */
  static async connect(
    { mediaUrl }: AsteriskService,
    { password = CREDENTIALS.password, about = {} }: RawAsteriskOptions = {},
  ): Promise<RawAsterisk> {
    const ws = new WebSocket(`${mediaUrl}?${new URLSearchParams(about).toString()}`, 'media', {
      headers: { authorization: `Basic ${btoa(`${CREDENTIALS.user}:${password}`)}` },
      perMessageDeflate: false,
    });
    const asterisk = new RawAsterisk(ws);
    await once(ws, 'open');
    return asterisk;
  }

  start(channelId: string, over: Readonly<Record<string, unknown>> = {}): void {
    this.tell({
      event: 'MEDIA_START',
      channel_id: channelId,
      format: 'alaw',
      optimal_frame_size: 160,
      ptime: 20,
      ...over,
    });
  }

  tell(event: Readonly<Record<string, unknown>>): void {
    this.ws.send(JSON.stringify(event));
  }

  /** One frame of a number that comes back as itself: A-law codes of loud samples, none of them silence. */
  speak(): void {
    this.ws.send(Buffer.alloc(FRAME_BYTES, 0x20 + (this.#spoken++ % 32)));
  }

  get spoken(): number {
    return this.#spoken;
  }

  /** Speaks every 20 ms until the socket closes, catching up what a busy machine was late with. */
  speakOn(): void {
    const startMs = clock.nowMs() - 20 * this.#spoken;
    const tick = (): void => {
      if (this.ws.readyState !== WebSocket.OPEN) return;
      while (clock.nowMs() >= startMs + 20 * this.#spoken) this.speak();
      this.#cancel = clock.after(Math.max(0, startMs + 20 * this.#spoken - clock.nowMs()), tick);
    };
    tick();
  }

  hangUp(): void {
    this.#cancel?.();
    this.ws.close(1000);
  }
}
