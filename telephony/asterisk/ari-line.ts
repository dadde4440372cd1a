/** What every part of the ARI trunk works with. */
import type { Clock } from '#kernel/clock.ts';
import type { AriChannels } from './ari-channels.ts';
import type { AriClient } from './ari-client.ts';

export interface AriLine {
  readonly client: AriClient;
  readonly channels: AriChannels;
  readonly clock: Clock;
  /** The Stasis application. */
  readonly app: string;
  /** Channels that were given up and not removed when that was asked: they are hung up, answered or not. */
  readonly abandoned: Set<string>;
  /** Something of ours may be left in Asterisk: looks for it in a while. */
  readonly sweepLater: () => void;
  /** Aborts when the trunk is disposed of: for what outlives the call of a method. */
  readonly lifetime: AbortSignal;
}

/** Removes a channel or a bridge that nobody needs any more, now or a while later. Never rejects. */
export async function clearAway({ client, sweepLater }: AriLine, path: string): Promise<void> {
  await client.remove(path).catch(sweepLater);
}
