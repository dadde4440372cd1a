/** What a dialler is made of. */
import type { Clock } from '#kernel/clock.ts';
import type { Logger } from '#src/observability/logger.ts';
import type { Records } from '#src/records/records.ts';
import type { Carrier } from '#telephony/carrier.ts';
import type { AllowList } from '#telephony/numbers.ts';
import type { Books } from './books.ts';
import type { TellOthers } from './events.ts';

/** `unusable`: its campaign is paused, since whoever answers could not be talked with. */
export type Readiness = 'ready' | 'preparing' | 'unusable';

export interface DiallerOptions {
  readonly records: Records;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Each with a row in `trunks` of its name (see trunks.ts). */
  readonly carriers: readonly Carrier[];
  readonly books: Books;
  readonly allowList: AllowList;
  /**
   * How many more calls this process would serve well now. `open`: ids of attempts that are open on the trunks it leads, of
   * which any may be answered. @defaultValue no limit but the trunks'
   */
  readonly room?: ((open: readonly string[]) => number) | undefined;
  /** Whether this process could talk to somebody of that campaign; asked before each claim. @defaultValue it always could */
  readonly readiness?: ((campaign: { readonly id: string; readonly version: number }) => Readiness) | undefined;
  /** @defaultValue nobody is told */
  readonly tellOthers?: TellOthers | undefined;
  /** Records that cannot be read or written (true), and can be again (false): for the operator. */
  readonly onTrouble?: ((isTroubled: boolean, error: unknown) => void) | undefined;
  /** Names this process in leases. @defaultValue random */
  readonly holder?: string | undefined;
  /**
   * An order whose answer was lost and whose call the carrier does not list so long after is taken for never made. Must be
   * longer than the carrier's list lags. @defaultValue 120000
   */
  readonly absentMs?: number | undefined;
  /** A carrier that cannot be asked for so long leaves its calls unknown for good. @defaultValue 1800000 */
  readonly unknownMs?: number | undefined;
}
