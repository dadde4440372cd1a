/** What an operator does to a campaign. Each is one audited transaction; the dialler sees it within 500 ms, or at once when woken. */
import type { Clock } from '#kernel/clock.ts';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import { appendAudit } from '#src/records/audit.ts';
import type { Records, RecordsTransaction } from '#src/records/records.ts';
import { OPEN_ATTEMPT_STATES, type CampaignState } from '#src/records/schema.ts';
import type { CampaignScripts } from '../scripts.ts';
import { changeState, type StateReason } from './campaign-state.ts';
import type { TellOthers } from './events.ts';
import { preflightOf, type Preflight } from './preflight.ts';
import { closeWaiting } from './waiting.ts';

export interface ControlRoom {
  readonly records: Records;
  readonly clock: Clock;
  /** What a campaign's script is checked by before it starts. @defaultValue it is not */
  readonly scripts?: Pick<CampaignScripts, 'outline'> | undefined;
  /** @defaultValue nobody is told */
  readonly tellOthers?: TellOthers | undefined;
}

export interface Order {
  readonly campaignId: string;
  /** Who did it, for the audit: a user of this machine, or the name of an API key. */
  readonly actor: string;
}

/** Changes nothing. Rejects with INZWA_CAMPAIGN_UNKNOWN. */
export async function preflight(room: ControlRoom, campaignId: string): Promise<Preflight> {
  const { records, clock } = room;
  return preflightOf(records.db, campaignId, clock.wallMs(), await scriptFaults(room, campaignId));
}

/** From draft. Rejects with INZWA_CAMPAIGN_STATE (`details.faults`) when the preflight finds a fault. */
export function start(room: ControlRoom, order: Order): Promise<CampaignState> {
  return run(room, order, 'start', ['draft']);
}

/** From paused or pausing. Rejects as `start` does. */
export function resume(room: ControlRoom, order: Order): Promise<CampaignState> {
  return run(room, order, 'resume', ['paused', 'pausing']);
}

/** No new call from now on; those under way go on. `pausing` until the last has ended, then `paused`. */
export function pause(room: ControlRoom, order: Order): Promise<CampaignState> {
  return change(room, order, 'pause', ['running', 'pausing'], async (tx) => {
    const { open } = await tx
      .selectFrom('attempts')
      .select(({ fn }) => fn.countAll<number>().as('open'))
      .where('campaign_id', '=', order.campaignId)
      .where('state', 'in', OPEN_ATTEMPT_STATES)
      .executeTakeFirstOrThrow();
    return open > 0 ? 'pausing' : 'paused';
  });
}

/** For good: calls that nobody has answered are taken back, everybody still waiting is `cancelled`. Answered calls go on. */
export function stop(room: ControlRoom, order: Order): Promise<CampaignState> {
  return change(room, order, 'stop', ['draft', 'running', 'pausing', 'paused'], async (tx) => {
    await closeWaiting(tx, order.campaignId, 'cancelled');
    return 'stopped';
  });
}

async function run(
  room: ControlRoom,
  order: Order,
  action: 'start' | 'resume',
  from: readonly CampaignState[],
): Promise<CampaignState> {
  // Read outside of the transaction: it takes a while, and the text does not change.
  const inScript = await scriptFaults(room, order.campaignId);
  return change(room, order, action, from, async (tx) => {
    const { faults, settings } = await preflightOf(tx, order.campaignId, room.clock.wallMs(), inScript);
    if (faults.length > 0) {
      throw new InzwaError(
        'INZWA_CAMPAIGN_STATE',
        `campaign ${order.campaignId} cannot ${action}: ${faults.join('; ')}`,
        {
          details: { campaignId: order.campaignId, faults },
        },
      );
    }
    if (settings?.consent.isRequired === false) {
      const { signedBy, why } = settings.consent;
      await audit(tx, room, order, 'campaign.consent-override', { signedBy, why });
    }
    return 'running';
  });
}

/** Why no interview could be held with what the campaign keeps as its script; a campaign without one is none of it. */
async function scriptFaults({ records, scripts }: ControlRoom, campaignId: string): Promise<readonly string[]> {
  const campaign = await records.db
    .selectFrom('campaigns')
    .select(['script', 'script_text'])
    .where('id', '=', campaignId)
    .executeTakeFirst();
  if (scripts === undefined || campaign === undefined || campaign.script_text.trim() === '') return [];
  try {
    scripts.outline(campaign.script, campaign.script_text);
    return [];
  } catch (error) {
    if (!isInzwaError(error, 'INZWA_PROMPTS_INVALID')) throw error;
    return [`script: ${error.message}`];
  }
}

/** `work` says which state it comes to. */
async function change(
  room: ControlRoom,
  order: Order,
  action: string,
  from: readonly CampaignState[],
  work: (tx: RecordsTransaction) => Promise<CampaignState>,
): Promise<CampaignState> {
  const { campaignId } = order;
  return room.records.transaction(async (tx) => {
    const campaign = await tx
      .selectFrom('campaigns')
      .select('state')
      .where('id', '=', campaignId)
      // Held from here on: whoever claims or settles waits, so what `work` counts stays so.
      .$if(room.records.kind === 'postgres', (query) => query.forUpdate())
      .executeTakeFirst();
    if (campaign === undefined) throw unknownCampaign(campaignId);
    const at = room.clock.wallMs();
    const reason: StateReason | null = action === 'pause' || action === 'stop' ? 'operator' : null;
    if (!from.includes(campaign.state)) {
      throw new InzwaError('INZWA_CAMPAIGN_STATE', `campaign ${campaignId} is ${campaign.state}: it cannot ${action}`, {
        details: { campaignId, state: campaign.state },
      });
    }
    const to = await work(tx);
    await changeState(tx, { campaignId, from, to, reason, at }, room.tellOthers);
    await audit(tx, room, order, `campaign.${action}`, { from: campaign.state, to });
    return to;
  });
}

function audit(
  tx: RecordsTransaction,
  { clock }: ControlRoom,
  { campaignId, actor }: Order,
  action: string,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  return appendAudit(tx, { at: clock.wallMs(), actor, action, object: campaignId, detail });
}

/** Of an id that no campaign has. */
export function unknownCampaign(campaignId: string): InzwaError {
  return new InzwaError('INZWA_CAMPAIGN_UNKNOWN', `there is no campaign ${campaignId}`, { details: { campaignId } });
}
