/** A real Asterisk with the shipped configuration, a telephone as its carrier, a barest agent on the media sockets, and a trunk. */
import type { WebSocket } from 'ws';
import { expect } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import { startPrivateAsterisk, type PrivateAsterisk } from '#src/cli/asterisk/private-asterisk.ts';
import { ensureAsterisk } from '#src/cli/asterisk/unpack.ts';
import { AriTrunk, type AriTrunkOptions } from '#telephony/asterisk/ari-trunk.ts';
import { muLaw } from '#telephony/codec/g711.ts';
import { AllowList } from '#telephony/numbers.ts';
import { SipPhone } from '#telephony/phone/sip/sip-phone.ts';
import type { SipPhoneCall } from '#telephony/phone/sip/sip-phone-call.ts';
import { startMediaServer, type MediaServer } from '../../support/media-server.ts';

const WAIT_MS = 5_000;

/** One media socket as the agent sees it. */
export interface AgentSocket {
  readonly about: URLSearchParams;
  readonly socket: WebSocket;
  readonly texts: string[];
  audioBytes: number;
  isClosed: boolean;
}

export class TrunkStage implements AsyncDisposable {
  readonly asterisk: PrivateAsterisk;
  /** Is the carrier: every call that the trunk places rings here. */
  readonly people: SipPhone;
  readonly sockets: AgentSocket[] = [];
  readonly troubles: [kind: string, sentence: string][] = [];
  readonly #media: MediaServer;
  readonly #signal: AbortSignal;

  static async start(signal: AbortSignal): Promise<TrunkStage> {
    const install = await ensureAsterisk({ clock, signal });
    const media = await startMediaServer();
    const people = await SipPhone.open({ signal });
    const asterisk = await startPrivateAsterisk({
      install,
      clock,
      signal,
      agent: { uri: media.uri, user: 'asterisk', password: 'agent-pass' },
      trunk: { kind: 'ip', host: `127.0.0.1:${people.port}` },
    });
    return new TrunkStage(asterisk, media, people, signal);
  }

  private constructor(asterisk: PrivateAsterisk, media: MediaServer, people: SipPhone, signal: AbortSignal) {
    this.asterisk = asterisk;
    this.people = people;
    this.#media = media;
    this.#signal = signal;
    void this.#accept();
  }

  trunk(over: Partial<AriTrunkOptions> = {}): AriTrunk {
    return new AriTrunk({
      ...this.asterisk.ari,
      endpoint: 'PJSIP/{number}@carrier',
      allowList: new AllowList(),
      clock,
      onTrouble: (kind, sentence) => this.troubles.push([kind, sentence]),
      releaseMedia: (callId) => this.release(callId),
      playTo: (callId, pcm, opts) => this.play(callId, pcm, opts),
      ...over,
    });
  }

  /** A caller who is through to the agent, and the id of their channel. */
  async caller(): Promise<{ readonly call: SipPhoneCall; readonly callId: string }> {
    const before = this.sockets.length;
    const { address: host, port } = this.asterisk.sip;
    const call = await this.people.call({
      target: { host, port, user: '0242700000' },
      from: '+263771000001',
      signal: this.#signal,
    });
    const { about } = await this.until(() => this.sockets[before], 'a media socket for the caller');
    return { call, callId: about.get('call') ?? '' };
  }

  socketsOf(callId: string): AgentSocket[] {
    return this.sockets.filter(({ about }) => about.get('call') === callId);
  }

  openSocketOf(callId: string): AgentSocket | undefined {
    return this.socketsOf(callId).find(({ about, isClosed }) => !isClosed && !about.has('announce'));
  }

  async release(callId: string): Promise<void> {
    const open = this.openSocketOf(callId);
    if (!open) return;
    open.isClosed = true;
    open.socket.close(1000);
  }

  /** As the agent plays: whole, and done when the far end says so. */
  async play(callId: string, pcm: Int16Array, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const find = (): AgentSocket | undefined => this.socketsOf(callId).find(({ about }) => about.has('announce'));
    const { socket, texts } = await this.until(find, 'the socket of the announcement');
    const bytes = Buffer.alloc(pcm.length);
    muLaw.encodeInto(bytes, pcm);
    socket.send(JSON.stringify({ command: 'START_MEDIA_BUFFERING' }));
    socket.send(bytes);
    socket.send(JSON.stringify({ command: 'STOP_MEDIA_BUFFERING', correlation_id: 'end' }));
    await this.until(() => {
      signal.throwIfAborted();
      return texts.some((text) => text.includes('MEDIA_BUFFERING_COMPLETED')) || undefined;
    }, 'the end of the announcement');
  }

  /** Polls for what another process does; fails after 5 s. */
  async until<T>(look: () => T | undefined | Promise<T | undefined>, what: string): Promise<T> {
    const deadlineMs = clock.nowMs() + WAIT_MS;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (clock.nowMs() > deadlineMs) throw new Error(`waited in vain for ${what}`);
      await clock.sleep(10, { signal: this.#signal });
    }
  }

  /** After every test: no channel, no bridge, nothing that the next one could meet. */
  async expectNothingLeft(): Promise<void> {
    const { instance } = this.asterisk;
    let left = '';
    await this.until(async () => {
      left = `${await instance.command('core show channels concise')}${await instance.command('bridge show all')}`;
      return left.trim().split('\n').length === 1 || undefined;
    }, 'an Asterisk without channels and bridges').catch(() => undefined);
    this.sockets.length = 0;
    this.troubles.length = 0;
    // So that one leak is one failed test.
    await instance.command('channel request hangup all');
    expect(left.trim().split('\n')).toEqual([expect.stringContaining('Bridge-ID')]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.people[Symbol.asyncDispose]();
    await this.asterisk[Symbol.asyncDispose]();
    await this.#media[Symbol.asyncDispose]();
  }

  async #accept(): Promise<void> {
    for (;;) {
      const { socket, request } = await this.#media.next();
      const about = new URL(request.url ?? '', 'ws://agent').searchParams;
      const entry: AgentSocket = { about, socket, texts: [], audioBytes: 0, isClosed: false };
      socket.on('message', (data: Buffer, isBinary: boolean) => {
        if (isBinary) entry.audioBytes += data.length;
        else entry.texts.push(data.toString());
      });
      socket.on('close', () => (entry.isClosed = true));
      this.sockets.push(entry);
    }
  }
}
