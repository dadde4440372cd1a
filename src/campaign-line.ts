/** What the routes of carriers ask of campaigns: whether an answered call may be talked, and who a caller is. */
import { isInzwaError, messageOf } from '#kernel/errors.ts';
import type { Clock } from '#kernel/clock.ts';
import type { CarrierCall } from '#telephony/carrier.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import type { Books } from './campaigns/dialler/books.ts';
import type { CarrierCallVerdict } from './campaigns/dialler/carrier-calls.ts';
import type { GateVerdict, InterviewBrief } from './campaigns/outcome.ts';
import type { Logger } from './observability/logger.ts';

export interface CampaignLine {
  /** Rejects with INZWA_RECORDS_UNAVAILABLE. */
  answered(call: { readonly attemptId: string; readonly sid: string }): Promise<GateVerdict>;
  /** Written down when it resolves; rejects with INZWA_RECORDS_UNAVAILABLE. */
  heard(trunk: string, call: CarrierCall): Promise<CarrierCallVerdict>;
  /** The interview of somebody who calls back; undefined for everybody else, and when nobody can say in time. Never rejects. */
  calledBack(call: {
    readonly trunk: string;
    readonly sid: string;
    readonly from: PhoneNumber | undefined;
  }): Promise<InterviewBrief | undefined>;
}

export interface OpenLine {
  readonly books: Books;
  phoneHash(number: PhoneNumber): string;
}

/** A caller hears it ring meanwhile. */
const CALLED_BACK_MS = 1_000;

/** `open` rejects with INZWA_RECORDS_UNAVAILABLE, or is undefined, while there are no records. */
export function campaignLine(
  open: () => OpenLine | undefined,
  { clock, logger, unavailable }: { readonly clock: Clock; readonly logger: Logger; readonly unavailable: () => Error },
): CampaignLine {
  const books = (): Books => {
    const line = open();
    if (!line) throw unavailable();
    return line.books;
  };
  return {
    answered: async (call) => books().answered(call),
    heard: async (trunk, call) => books().carrierCall(trunk, call),
    async calledBack({ trunk, sid, from }) {
      const line = open();
      if (!line || from === undefined) return undefined;
      const late = Promise.withResolvers<undefined>();
      const cancel = clock.after(CALLED_BACK_MS, () => late.resolve(undefined));
      const asked = line.books.calledBack({ trunk, sid, phoneHash: line.phoneHash(from) }).catch((error: unknown) => {
        const code = isInzwaError(error) ? error.code : undefined;
        logger.warn(
          { sid, code, why: messageOf(error) },
          'nobody could say whether a caller calls back; the hotline answers',
        );
        return undefined;
      });
      try {
        const verdict = await Promise.race([asked, late.promise]);
        return verdict?.kind === 'talk' ? verdict.brief : undefined;
      } finally {
        cancel();
      }
    },
  };
}
