/** A media socket of ours joined to a channel in Stasis: a bridge of two, both removed whatever happens. */
import { InzwaError } from '#kernel/errors.ts';
import type { TrackedChannel } from './ari-channels.ts';
import { channelPath, failureOf } from './ari-client.ts';
import { clearAway, type AriLine } from './ari-line.ts';

export interface AriMediaOptions {
  /** Sections of websocket_client.conf, in the order in which they are tried. */
  readonly sections: readonly string[];
  readonly format: 'ulaw' | 'alaw';
}

export interface JoinRequest {
  readonly channel: TrackedChannel;
  /** What the media route sees in its query; letters, digits, `.` and `-` only: commas would begin another. */
  readonly about: Readonly<Record<string, string>>;
}

/** The agent gets 500 ms to take the connection (websocket_client.conf), and Asterisk as much again. */
const CONNECT_MS = 5_000;

export class JoinedMedia implements AsyncDisposable {
  /** Ends when the agent closes its socket. */
  readonly media: TrackedChannel;
  readonly #line: AriLine;
  readonly #bridge: string;

  private constructor(media: TrackedChannel, line: AriLine, bridge: string) {
    this.media = media;
    this.#line = line;
    this.#bridge = bridge;
  }

  /**
   * Resolves when the two hear each other. Rejects with INZWA_TRUNK_FAILED (retryable) when no section can be reached, and
   * nothing is left of it then.
   */
  static async join(
    line: AriLine,
    { sections, format }: AriMediaOptions,
    { channel, about }: JoinRequest,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<JoinedMedia> {
    const { client, app } = line;
    const bridgeId = `${app}-bridge-${channel.id}`;
    const bridge = `/bridges/${encodeURIComponent(bridgeId)}`;
    const said = Object.entries(about).map(([name, value]) => `${name}=${value}`);
    let joined: JoinedMedia | undefined;
    try {
      await client.ask('POST', bridge, { query: { type: 'mixing', name: bridgeId } });
      for (const [index, section] of sections.entries()) {
        const media = line.channels.track(`${app}-media-${index}-${channel.id}`);
        joined = new JoinedMedia(media, line, bridge);
        const query = {
          app,
          channelId: media.id,
          external_host: section,
          transport: 'websocket',
          encapsulation: 'none',
          connection_type: 'client',
          format,
          transport_data: `f(json)v(${said.join(',')})`,
        };
        if (await connects(line, media, query, signal)) {
          const ids = `${channel.id},${media.id}`;
          await client.ask('POST', `${bridge}/addChannel`, { query: { channel: ids } });
          return joined;
        }
        await joined.#removeMedia();
      }
      throw new InzwaError(
        'INZWA_TRUNK_FAILED',
        `call ${channel.id}: Asterisk reaches no media route of this service; see websocket_client.conf`,
        { retryable: true },
      );
    } catch (error) {
      if (joined) await joined[Symbol.asyncDispose]();
      else await clearAway(line, bridge);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#removeMedia();
    await clearAway(this.#line, this.#bridge);
  }

  async #removeMedia(): Promise<void> {
    if (!this.media.ended) await clearAway(this.#line, channelPath(this.media.id));
    this.media[Symbol.dispose]();
  }
}

async function connects(
  line: AriLine,
  media: TrackedChannel,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await line.client.ask('POST', '/channels/externalMedia', { query });
  } catch (error) {
    // 400: no such section.
    if (failureOf(error) === 'refused') return false;
    throw error;
  }
  await media.until((one) => one.isInStasis || one.ended !== undefined, { signal, withinMs: CONNECT_MS });
  return media.isInStasis && !media.ended;
}
