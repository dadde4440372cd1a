/** How many calls this process could serve if everybody answered who may: one number for the claims of all its trunks. */
import { OPEN_ATTEMPT_STATES } from '#src/records/schema.ts';
import type { DiallerOptions } from './dialler-options.ts';

export class ServingRoom {
  readonly #opts: Pick<DiallerOptions, 'records' | 'room'>;
  readonly #leading: () => readonly string[];
  #turn: Promise<unknown> = Promise.resolve();

  /** `leading`: names of the trunks that this process leads. */
  constructor(opts: Pick<DiallerOptions, 'records' | 'room'>, leading: () => readonly string[]) {
    this.#opts = opts;
    this.#leading = leading;
  }

  /** Claims one after another: what one has claimed the next one counts. `work` is given how many calls more there may be. */
  claim<T>(work: (most: number) => Promise<T>): Promise<T> {
    const { room } = this.#opts;
    if (room === undefined) return work(Infinity);
    const turn = this.#turn.then(async () => work(Math.max(0, room(await this.#open()))));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Attempts whose people may be talked with at any moment, or are. */
  async #open(): Promise<readonly string[]> {
    const trunks = this.#leading();
    if (trunks.length === 0) return [];
    const open = await this.#opts.records.db
      .selectFrom('attempts')
      .select('id')
      .where('trunk', 'in', trunks)
      // As in claim.ts: with it SQLite takes the index of open calls.
      .where('campaign_id', '>', '')
      .where('state', 'in', OPEN_ATTEMPT_STATES)
      .execute();
    return open.map(({ id }) => id);
  }
}
