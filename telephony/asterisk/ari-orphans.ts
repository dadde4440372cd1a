/**
 * Channels and bridges of our application that nobody here knows: a process before this one died, or an answer of
 * Asterisk's was lost. Nobody stays on the line with nobody.
 */
import { messageOf } from '#kernel/errors.ts';
import { channelPath, failureOf } from './ari-client.ts';
import type { AriTroubleSink } from './ari-events.ts';
import { bridgeList, channelList, type AriChannel } from './ari-messages.ts';
import type { AriLine } from './ari-line.ts';

/** A place in the dialplan. */
export interface DialplanPlace {
  readonly context: string;
  readonly extension: string;
}

/** What the dialplan enters Stasis with when it wants a caller to wait. */
export const HOLD = 'hold';

export interface OrphanOptions {
  readonly line: AriLine;
  /** Where an answered call goes on with the agent. */
  readonly mediaContext: DialplanPlace;
  readonly onTrouble: AriTroubleSink;
}

/** True for a channel that is in our application now. */
export function isInApplication({ dialplan }: AriChannel, app: string): boolean {
  if (dialplan?.app_name !== 'Stasis') return false;
  return dialplan.app_data === app || dialplan.app_data.startsWith(`${app},`);
}

export class Orphans {
  readonly #opts: OrphanOptions;

  constructor(opts: OrphanOptions) {
    this.#opts = opts;
  }

  /** After every connection: what was missed is read off, and what nobody knows is ended or goes on. Never rejects. */
  async sweep(): Promise<void> {
    const { line } = this.#opts;
    const { client, channels, app } = line;
    try {
      const live = await client.read('/channels', channelList);
      channels.resume(live, (channel) => isInApplication(channel, app));
      for (const id of line.abandoned) if (!live.some((channel) => channel.id === id)) line.abandoned.delete(id);
      for (const channel of live) {
        if (isInApplication(channel, app)) await this.adopt(channel);
      }
      for (const { id } of await client.read('/bridges', bridgeList)) {
        if (!id.startsWith(`${app}-bridge-`) || channels.isTracked(id.slice(`${app}-bridge-`.length))) continue;
        await client.remove(`/bridges/${encodeURIComponent(id)}`);
        this.#opts.onTrouble('orphan', `bridge ${id} was nobody’s any more and was removed`);
      }
    } catch (error) {
      if (line.lifetime.aborted) return;
      line.sweepLater();
      this.#opts.onTrouble(
        'clean-up-failed',
        `what nobody needs any more in Asterisk was not cleared away: ${messageOf(error)}`,
      );
    }
  }

  /** One channel in our application; nothing happens when somebody knows it. Never rejects. */
  async adopt(channel: AriChannel): Promise<void> {
    const { channels, lifetime } = this.#opts.line;
    if (channels.isTracked(channel.id) || lifetime.aborted) return;
    try {
      await this.#end(channel);
    } catch (error) {
      // It ended by itself meanwhile, or has gone on.
      if (failureOf(error) === 'gone' || failureOf(error) === 'conflict') return;
      this.#opts.line.sweepLater();
      this.#opts.onTrouble(
        'clean-up-failed',
        `channel ${channel.id} is nobody’s and was not ended: ${messageOf(error)}`,
      );
    }
  }

  async #end(channel: AriChannel): Promise<void> {
    const { line, mediaContext, onTrouble } = this.#opts;
    const { client, app } = line;
    if (channel.dialplan?.app_data === `${app},${HOLD}`) {
      // Without a place: the dialplan goes on after its Stasis().
      await client.ask('POST', channelPath(channel.id, '/continue'));
      onTrouble('orphan', `call ${channel.id} was on hold for a process that is gone and goes on with the agent`);
    } else if (channel.state === 'Up' && !channel.id.startsWith(`${app}-`) && !line.abandoned.has(channel.id)) {
      await client.ask('POST', channelPath(channel.id, '/continue'), { query: { ...mediaContext } });
      onTrouble('orphan', `call ${channel.id} was answered for a process that is gone and goes on with the agent`);
    } else {
      await client.remove(channelPath(channel.id));
      line.abandoned.delete(channel.id);
      onTrouble('orphan', `channel ${channel.id} was nobody’s any more and was hung up`);
    }
  }
}
