/** Places the calls of all running campaigns of this process's trunks, one leader per trunk. */
import { randomUUID } from 'node:crypto';
import type { Carrier } from '#telephony/carrier.ts';
import type { DiallerOptions } from './dialler-options.ts';
import { ServingRoom } from './serving-room.ts';
import { TrunkDialler } from './trunk-dialler.ts';

/** Who leads nothing takes a trunk at once; who leads already leaves others so long to take the next. */
const SHARE_MS = 3_000;
/** After a fault that the trunk's own loop has not caught. */
const AGAIN_MS = 10_000;

export class Dialler {
  readonly #opts: DiallerOptions;
  readonly #trunks: readonly TrunkDialler[];

  constructor(opts: DiallerOptions) {
    this.#opts = opts;
    const holder = opts.holder ?? randomUUID();
    const serving = new ServingRoom(opts, () =>
      this.#trunks.filter(({ leads }) => leads).map(({ carrier }) => carrier.name),
    );
    this.#trunks = opts.carriers.map((carrier) => new TrunkDialler(opts, { carrier, holder, serving }));
  }

  /**
   * Works until the signal aborts; resolves when every order under way has its answer written down and the leases are given
   * back. Never rejects: a trunk that fails leaves the others to work, and is begun again.
   */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { books, clock } = this.#opts;
    using _listening = books.onChange(() => this.wake());
    const startedMs = clock.nowMs();
    const mayTake = (): boolean =>
      clock.nowMs() - startedMs >= SHARE_MS * this.#trunks.filter(({ leads }) => leads).length;
    await Promise.all(this.#trunks.map((trunk) => this.#work(trunk, { signal, mayTake })));
  }

  /** Something has changed that the dialler may act on; it looks at once instead of within 500 ms. */
  wake(): void {
    for (const trunk of this.#trunks) trunk.wake();
  }

  async #work(trunk: TrunkDialler, scope: Parameters<TrunkDialler['run']>[0]): Promise<void> {
    const { clock, logger } = this.#opts;
    const { signal } = scope;
    while (!signal.aborted) {
      try {
        using _listening = this.#listen(trunk.carrier);
        await trunk.run(scope);
      } catch (error) {
        const { name } = trunk.carrier;
        logger.error({ err: error, trunk: name }, 'a trunk failed: it calls nobody until it is begun again');
        await clock.sleep(AGAIN_MS, { signal }).catch(() => undefined);
      }
    }
  }

  #listen(carrier: Carrier): Disposable {
    const { books, logger } = this.#opts;
    return carrier.onCall((call) => {
      books.carrierCall(carrier.name, call).catch((error: unknown) => {
        // It is asked for again: every open attempt has its time at which somebody looks.
        logger.error(
          { err: error, trunk: carrier.name, sid: call.sid },
          'what a carrier told could not be written down',
        );
      });
    });
  }
}
