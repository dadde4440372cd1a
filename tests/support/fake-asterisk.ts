/**
 * The far end of chan_websocket as it was captured from Asterisk 22.10: a queue of frames and marks played on a 20 ms timer
 * of its own phase, commands handled in order, FLUSH that drops marks and ends buffering without a word, whole frames only
 * outside of buffering.
 */
import type { Clock } from '#kernel/clock.ts';
import { aLaw, muLaw } from '#telephony/codec/g711.ts';
import type { WireProblem } from '#telephony/wire/media-socket.ts';
import { openAsteriskLeg, type AsteriskGateOptions } from '#telephony/asterisk/start-gate.ts';
import type { AsteriskMediaLeg } from '#telephony/asterisk/media-leg.ts';
import { linkedSockets, type LinkedSocket } from './linked-sockets.ts';

type Queued = { readonly frame: Uint8Array } | { readonly mark: string } | { readonly completed: string | undefined };

const FRAME_BYTES = { ulaw: 160, alaw: 160, slin16: 640 } as const;
export type FakeFormat = keyof typeof FRAME_BYTES;

export class FakeAsterisk {
  /** What the caller heard, one entry for each tick: undefined where no RTP was sent. */
  readonly played: (Uint8Array | undefined)[] = [];
  readonly commands: string[] = [];
  readonly pairing: string[] = [];
  hasHungUp = false;
  /** A test of a frozen Asterisk: commands and ticks wait. */
  isFrozen = false;
  readonly #clock: Clock;
  readonly #socket: LinkedSocket;
  readonly #frameBytes: number;
  readonly #format: FakeFormat;
  #queue: Queued[] = [];
  #isBuffering = false;
  #stop: () => void;

  constructor(socket: LinkedSocket, clock: Clock, opts: { readonly format: FakeFormat; readonly phaseMs: number }) {
    this.#clock = clock;
    this.#socket = socket;
    this.#format = opts.format;
    this.#frameBytes = FRAME_BYTES[opts.format];
    socket.listen({
      text: (text) => this.#command(text),
      binary: (bytes) => this.#audio(bytes),
      tooLarge: () => undefined,
      closed: () => this.#over(),
    });
    this.#stop = clock.after(opts.phaseMs, () => this.#tick());
  }

  start(over: Readonly<Record<string, unknown>> = {}): void {
    this.#tell({
      event: 'MEDIA_START',
      connection_id: 'inzwa',
      channel: 'WebSocket/inzwa/0x1',
      channel_id: '1795415122.1',
      format: this.#format,
      optimal_frame_size: this.#frameBytes,
      ptime: 20,
      ...over,
    });
  }

  /** Caller audio as the wire has it. */
  hear(bytes: Uint8Array): void {
    this.#socket.sendBytes(bytes);
  }

  /** PCM16 of the caller at 8 kHz, frame by frame in real time; for the two laws. */
  async says(pcm: Int16Array, advance: (ms: number) => Promise<void>): Promise<void> {
    const law = this.#format === 'alaw' ? aLaw : muLaw;
    for (let at = 0; at + 160 <= pcm.length; at += 160) {
      const bytes = new Uint8Array(160);
      law.encodeInto(bytes, pcm.subarray(at, at + 160));
      this.hear(bytes);
      await advance(20);
    }
  }

  press(digit: string): void {
    this.#tell({ event: 'DTMF_END', digit, channel_id: '1795415122.1' });
  }

  tell(event: Readonly<Record<string, unknown>>): void {
    this.#tell(event);
  }

  hangUp(): void {
    this.#socket.close(1000, '');
  }

  get queuedFrames(): number {
    return this.#queue.filter((item) => 'frame' in item).length;
  }

  #tell(event: Readonly<Record<string, unknown>>): void {
    this.#socket.send(JSON.stringify(event));
  }

  #command(text: string): void {
    this.commands.push(text);
    // Longer texts are ignored silently.
    if (text.length > 128 || this.isFrozen) return;
    const { command, correlation_id: id } = JSON.parse(text) as { command: string; correlation_id?: string };
    switch (command) {
      case 'START_MEDIA_BUFFERING':
        this.pairing.push(this.#isBuffering ? 'START while buffering' : 'START');
        this.#isBuffering = true;
        break;
      case 'STOP_MEDIA_BUFFERING':
        this.pairing.push(this.#isBuffering ? 'STOP' : 'STOP without START');
        this.#isBuffering = false;
        this.#queue.push({ completed: id });
        break;
      case 'MARK_MEDIA':
        this.#queue.push({ mark: id ?? '' });
        break;
      case 'GET_STATUS':
        this.#tell({ event: 'STATUS', queue_length: this.queuedFrames, queue_full: false });
        break;
      case 'FLUSH_MEDIA':
        this.#queue = [];
        if (this.#isBuffering) this.pairing.push('FLUSH');
        this.#isBuffering = false;
        break;
      case 'HANGUP':
        this.hasHungUp = true;
        this.#socket.close(1000, '');
        break;
    }
  }

  #audio(bytes: Uint8Array): void {
    const whole = bytes.length - (bytes.length % this.#frameBytes);
    for (let at = 0; at < whole; at += this.#frameBytes) {
      this.#queue.push({ frame: bytes.slice(at, at + this.#frameBytes) });
    }
  }

  /** A mark is reported when the last frame before it has been sent and its 20 ms are over. */
  #tick(): void {
    this.#stop = this.#clock.after(20, () => this.#tick());
    if (this.isFrozen) return;
    for (let head = this.#queue[0]; head && !('frame' in head); head = this.#queue[0]) {
      this.#queue.shift();
      if ('mark' in head) this.#tell({ event: 'MEDIA_MARK_PROCESSED', correlation_id: head.mark });
      else this.#tell({ event: 'MEDIA_BUFFERING_COMPLETED', correlation_id: head.completed });
    }
    const head = this.#queue.shift();
    this.played.push(head && 'frame' in head ? head.frame : undefined);
  }

  #over(): void {
    this.#stop();
  }
}

export interface LinkedAsterisk {
  readonly asterisk: FakeAsterisk;
  readonly leg: Promise<AsteriskMediaLeg>;
  readonly problems: WireProblem[];
  readonly legSocket: LinkedSocket;
}

/** A whole call without a network; MEDIA_START is sent unless `starts` is false. */
export function linkedAsterisk(
  clock: Clock,
  opts: Partial<AsteriskGateOptions> & {
    readonly format?: FakeFormat;
    readonly phaseMs?: number;
    readonly starts?: boolean;
  } = {},
): LinkedAsterisk {
  const [farSocket, legSocket] = linkedSockets(clock);
  const problems: WireProblem[] = [];
  const leg = openAsteriskLeg(legSocket, {
    clock,
    onProblem: (problem) => problems.push(problem),
    admit: () => undefined,
    onListenerError: (error) => {
      throw error;
    },
    ...opts,
  });
  const asterisk = new FakeAsterisk(farSocket, clock, { format: opts.format ?? 'ulaw', phaseMs: opts.phaseMs ?? 7 });
  if (opts.starts !== false) asterisk.start();
  return { asterisk, leg, problems, legSocket };
}
