/** The events of one webhook: a few under way, the next one as soon as one of them has settled. */
export interface LaneOptions<Event> {
  /** How many are under way at most. */
  readonly atOnce: number;
  /** At most `room` that are due, each given once. */
  readonly claim: (room: number) => Promise<readonly Event[]>;
  readonly deliver: (event: Event) => Promise<void>;
  /** What `claim` or `deliver` rejects with; after a fault of `claim` the lane ends. */
  readonly onFault: (error: unknown) => void;
  readonly signal: AbortSignal;
}

export class Lane<Event> {
  /** Resolves to how many were tried, when none is under way and none is due, or the signal has aborted. Never rejects. */
  readonly over: Promise<number>;
  readonly #opts: LaneOptions<Event>;
  #underWay = 0;
  #stirred = Promise.withResolvers<undefined>();

  constructor(opts: LaneOptions<Event>) {
    this.#opts = opts;
    this.over = this.#run();
  }

  /** More may be due. */
  stir(): void {
    this.#stirred.resolve(undefined);
  }

  async #run(): Promise<number> {
    const { atOnce, claim, onFault, signal } = this.#opts;
    let tried = 0;
    try {
      do {
        // Before it claims: what settles or falls due meanwhile is looked for again.
        this.#stirred = Promise.withResolvers();
        const room = atOnce - this.#underWay;
        for (const event of room > 0 ? await claim(room) : []) {
          tried += 1;
          void this.#deliver(event);
        }
        if (this.#underWay === 0) return tried;
        await this.#stirred.promise;
      } while (!signal.aborted);
    } catch (error) {
      onFault(error);
    }
    while (this.#underWay > 0) {
      this.#stirred = Promise.withResolvers();
      await this.#stirred.promise;
    }
    return tried;
  }

  async #deliver(event: Event): Promise<void> {
    this.#underWay += 1;
    try {
      await this.#opts.deliver(event);
    } catch (error) {
      this.#opts.onFault(error);
    }
    this.#underWay -= 1;
    this.stir();
  }
}
