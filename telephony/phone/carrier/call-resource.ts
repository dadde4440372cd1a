/** Calls as Twilio's REST tells them: https://www.twilio.com/docs/voice/api/call-resource. */
import type { CallOrder, PlacedCall } from './placed-call.ts';

export type Refusal = { readonly status: number; readonly code: number; readonly message: string };

const E164 = /^\+[1-9]\d{7,14}$/;
const DEFAULT_RING_SECONDS = 60;
const STATUS_EVENTS = ['initiated', 'ringing', 'answered', 'completed'];

/** The order, or how Twilio refuses it; `numbers`: those of the account, undefined for any. */
export function readOrder(form: URLSearchParams, numbers: ReadonlySet<string> | undefined): CallOrder | Refusal {
  const value = (name: string): string | undefined => form.get(name) ?? undefined;
  const to = value('To') ?? '';
  const from = value('From') ?? '';
  const url = value('Url');
  const twiml = value('Twiml');
  const ringSeconds = Number(value('Timeout') ?? DEFAULT_RING_SECONDS);
  if (!E164.test(to)) return { status: 400, code: 21_211, message: "The 'To' number is not a valid phone number." };
  if (!E164.test(from)) return { status: 400, code: 21_212, message: "The 'From' number is not a valid phone number." };
  if (numbers && !numbers.has(from)) {
    return { status: 400, code: 21_210, message: "The 'From' number is not verified for your account." };
  }
  if (url === undefined && twiml === undefined) {
    return { status: 400, code: 21_205, message: 'Url is not a valid URL.' };
  }
  if ([url, value('StatusCallback')].some((each) => each !== undefined && !URL.canParse(each))) {
    return { status: 400, code: 21_205, message: 'Url is not a valid URL.' };
  }
  if (!Number.isInteger(ringSeconds) || ringSeconds < 1 || ringSeconds > 600) {
    return { status: 400, code: 21_226, message: 'Timeout is out of range.' };
  }
  const events = form.getAll('StatusCallbackEvent').flatMap((each) => each.split(/[ ,]+/));
  return {
    to,
    from,
    url,
    twiml,
    statusCallback: value('StatusCallback'),
    statusEvents: new Set(
      events.length === 0 ? ['completed'] : STATUS_EVENTS.filter((event) => events.includes(event)),
    ),
    ringMs: ringSeconds * 1_000,
    machineCallback: value('AsyncAmd') === 'true' ? value('AsyncAmdStatusCallback') : undefined,
  };
}

/** Parts of a second are not told. */
export function callResource(call: PlacedCall, accountSid: string): Readonly<Record<string, unknown>> {
  const date = (at: number | undefined): string | null =>
    at === undefined ? null : new Date(at).toUTCString().replace('GMT', '+0000');
  const { sid, order, costMicros } = call;
  const lastChange = call.endedAt ?? call.answeredAt ?? call.ringingAt ?? call.startedAt ?? call.createdAt;
  const seconds =
    call.endedAt === undefined ? null : Math.ceil((call.endedAt - (call.answeredAt ?? call.endedAt)) / 1_000);
  return {
    sid,
    account_sid: accountSid,
    parent_call_sid: null,
    api_version: '2010-04-01',
    direction: 'outbound-api',
    to: order.to,
    to_formatted: order.to,
    from: order.from,
    from_formatted: order.from,
    // Twilio's list knows no `initiated`: a call is queued until it rings.
    status: call.status === 'initiated' ? 'queued' : call.status,
    date_created: date(call.createdAt),
    date_updated: date(lastChange),
    start_time: date(call.startedAt),
    end_time: date(call.endedAt),
    duration: seconds === null ? null : String(seconds),
    price: costMicros === undefined ? null : (-costMicros / 1e6).toFixed(5),
    price_unit: 'USD',
    answered_by: call.answeredBy ?? null,
    queue_time: String((call.startedAt ?? call.createdAt) - call.createdAt),
    uri: `/2010-04-01/Accounts/${accountSid}/Calls/${sid}.json`,
  };
}

/** Newest first, with the filters To, From, Status and StartTime; a call that has not started has no time to be found by. */
export function listCalls(calls: readonly PlacedCall[], query: URLSearchParams, accountSid: string): unknown {
  const to = query.get('To');
  const from = query.get('From');
  const status = query.get('Status');
  const notBefore = timeOf(query.get('StartTime>') ?? query.get('StartTimeAfter'));
  const notAfter = timeOf(query.get('StartTime<') ?? query.get('StartTimeBefore'));
  const fits = (call: PlacedCall): boolean =>
    (to === null || call.order.to === to) &&
    (from === null || call.order.from === from) &&
    (status === null || call.status === status) &&
    (notBefore === undefined || (call.startedAt ?? -Infinity) >= notBefore) &&
    (notAfter === undefined || (call.startedAt ?? Infinity) <= notAfter);
  const size = Math.min(1_000, Math.max(1, Number(query.get('PageSize') ?? 50) || 50));
  const page = Math.max(0, Number(query.get('Page') ?? 0) || 0);
  const found = calls.filter(fits).toReversed();
  const shown = found.slice(page * size, (page + 1) * size);
  const uriOf = (number: number): string => {
    const next = new URLSearchParams(query);
    next.set('Page', String(number));
    return `/2010-04-01/Accounts/${accountSid}/Calls.json?${next.toString()}`;
  };
  return {
    calls: shown.map((call) => callResource(call, accountSid)),
    page,
    page_size: size,
    start: page * size,
    end: page * size + Math.max(0, shown.length - 1),
    uri: uriOf(page),
    first_page_uri: uriOf(0),
    previous_page_uri: page > 0 ? uriOf(page - 1) : null,
    next_page_uri: (page + 1) * size < found.length ? uriOf(page + 1) : null,
  };
}

/** A date alone is its midnight in UTC. */
function timeOf(text: string | null): number | undefined {
  const at = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
