/** Places the calls of all running campaigns of this process's trunks, one leader per trunk. */
import { randomUUID } from 'node:crypto';
import type { DiallerOptions } from './dialler-options.ts';
import { TrunkDialler } from './trunk-dialler.ts';

/** Who leads nothing takes a trunk at once; who leads already leaves others so long to take the next. */
const SHARE_MS = 3_000;

export class Dialler {
  readonly #opts: DiallerOptions;
  readonly #trunks: readonly TrunkDialler[];

  constructor(opts: DiallerOptions) {
    this.#opts = opts;
    const holder = opts.holder ?? randomUUID();
    this.#trunks = opts.carriers.map((carrier) => new TrunkDialler(opts, carrier, holder));
  }

  /** Works until the signal aborts; resolves when every order under way has its answer written down and the leases are given back. */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { carriers, books, clock, logger } = this.#opts;
    using cleanup = new DisposableStack();
    for (const carrier of carriers) {
      const listening = carrier.onCall((call) => {
        books.carrierCall(carrier.name, call).catch((error: unknown) => {
          // It is asked for again: every open attempt has its time at which somebody looks.
          logger.error(
            { err: error, trunk: carrier.name, sid: call.sid },
            'what a carrier told could not be written down',
          );
        });
      });
      cleanup.use(listening);
    }
    cleanup.use(books.onChange(() => this.wake()));
    const startedMs = clock.nowMs();
    const mayTake = (): boolean =>
      clock.nowMs() - startedMs >= SHARE_MS * this.#trunks.filter(({ leads }) => leads).length;
    await Promise.all(this.#trunks.map((trunk) => trunk.run({ signal, mayTake })));
  }

  /** Something has changed that the dialler may act on; it looks at once instead of within 500 ms. */
  wake(): void {
    for (const trunk of this.#trunks) trunk.wake();
  }
}
