/** Settings by their text, so that a claim does not parse what it parsed a moment ago; and what a call costs by them. */
import { isInzwaError } from '#kernel/errors.ts';
import { checkSettings, parseSettings, type CampaignSettings } from './settings.ts';

/** Campaigns that run at once, many times over. */
const KEPT = 200;

const kept = new Map<string, CampaignSettings>();

/** Throws INZWA_CAMPAIGN_SETTINGS, each time anew. */
export function settingsOf(json: string): CampaignSettings {
  let settings = kept.get(json);
  if (settings === undefined) {
    settings = parseSettings(json);
    if (kept.size >= KEPT) kept.clear();
    kept.set(json, settings);
  }
  return settings;
}

/** For what must be settled whatever the settings say: undefined where they say nothing that can be read. */
export function readableSettings(json: string): CampaignSettings | undefined {
  try {
    return settingsOf(json);
  } catch (error) {
    if (isInzwaError(error, 'INZWA_CAMPAIGN_SETTINGS')) return undefined;
    throw error;
  }
}

/** By these the calls of a campaign with unreadable settings are brought to their end; none is begun. */
export const DEFAULT_RULES = checkSettings({});

/** From the answer on, until the line is really free after we have hung up. */
const HANG_UP_SECONDS = 15;

/** What the longest call to the number can cost, in micros; undefined: the list has no price for it. */
export function reserveFor(settings: CampaignSettings, e164: string): number | undefined {
  return costOf(settings, e164, (settings.maxCallSeconds + HANG_UP_SECONDS) * 1000);
}

/** Micros of a call that was answered for so long; 0 without a price list, undefined when the list does not have the number. */
export function costOf(settings: CampaignSettings, e164: string, answeredMs: number): number | undefined {
  if (settings.prices.length === 0) return 0;
  const fitting = settings.prices.filter(({ prefix }) => e164.startsWith(prefix));
  const price = fitting.sort((a, b) => b.prefix.length - a.prefix.length)[0];
  if (price === undefined) return undefined;
  const increments = Math.max(1, Math.ceil(answeredMs / 1000 / price.incrementSeconds));
  return price.connectMicros + Math.ceil((increments * price.incrementSeconds * price.perMinuteMicros) / 60);
}
