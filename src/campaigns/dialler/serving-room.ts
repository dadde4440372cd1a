/** How many calls this process could serve if everybody answered who may: one number for the claims of all its trunks. */
import type { DiallerOptions } from './dialler-options.ts';
import { openCalls } from './open-calls.ts';

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
    const open = await openCalls(this.#opts.records.db, this.#leading());
    return open.map(({ id }) => id);
  }
}
