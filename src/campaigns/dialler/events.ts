/** What is told to other systems, in the transaction of what it tells of. */
import type { RecordsTransaction } from '#src/records/records.ts';

/** Ids, words of fixed sets, counts and times; never a number, a name or an answer. */
export interface CampaignEvent {
  readonly kind: 'campaign.state' | 'attempt.placed' | 'attempt.ended' | 'contact.settled' | 'contact.opted_out';
  readonly campaignId: string;
  readonly campaignContactId?: string | undefined;
  readonly attemptId?: string | undefined;
  /** Epoch ms. */
  readonly at: number;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

/** Writes the event down where it is delivered from, in the same transaction. */
export type TellOthers = (tx: RecordsTransaction, event: CampaignEvent) => Promise<void>;
