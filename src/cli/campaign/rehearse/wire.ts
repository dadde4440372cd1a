/** What carries the calls of a rehearsal: a carrier in software on Twilio's wire, or a real Asterisk with SIP telephones. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '#kernel/clock.ts';
import type { PhoneCall } from '#telephony/phone/phone-call.ts';
import { StandInCarrier } from '#telephony/phone/carrier/stand-in-carrier.ts';
import type { CalleeScript, IncomingInvite } from '#telephony/phone/sip/callee-script.ts';
import { SipPhone } from '#telephony/phone/sip/sip-phone.ts';
import { startPrivateAsterisk } from '../../asterisk/private-asterisk.ts';
import { ensureAsterisk } from '../../asterisk/unpack.ts';
import type { CallNotes } from './call-notes.ts';
import type { Ears } from './ears.ts';
import type { Household } from './household.ts';

export const WIRES = ['twilio', 'asterisk'] as const;
export type WireName = (typeof WIRES)[number];

export interface WireOptions {
  readonly clock: Clock;
  readonly household: Household;
  readonly ears: Ears;
  /** Where the service will listen, on 127.0.0.1. */
  readonly servicePort: number;
  readonly signal: AbortSignal;
}

/** Disposing of it ends every call. */
export interface Wire extends AsyncDisposable {
  /** Settings of the service that are to call by it. */
  readonly env: Readonly<Record<string, string>>;
  /** Resolves when no call is under way any more and everything of them is noted. */
  quiet(): Promise<void>;
}

export function openWire(name: WireName, options: WireOptions): Promise<Wire> {
  return name === 'twilio' ? openTwilio(options) : openAsterisk(options);
}

/** No call of a rehearsal is longer. */
const LONGEST_CALL_MS = 420_000;

async function openTwilio({ clock, household, ears, servicePort }: WireOptions): Promise<Wire> {
  const accountSid = `AC${randomBytes(16).toString('hex')}`;
  const authToken = randomBytes(16).toString('hex');
  const notesOf = new Map<string, CallNotes>();
  /** What goes on at telephones, by the call's id: the carrier may know a call to be over before they do. */
  const talks = new Map<string, Promise<void>>();
  const carrier = await StandInCarrier.start({
    ...{ accountSid, authToken, clock },
    callee: ({ sid, to }) => {
      const { notes, ringMs, does, talk } = household.ring(to);
      notes.carrierSid = sid;
      notesOf.set(sid, notes);
      if (does !== 'answered') return { ringMs: does === 'busy' ? ringMs : Infinity, does: 'is-busy' };
      const talkAndTell = (phone: PhoneCall): Promise<void> => {
        const talking = talk(phone, ears.of(sid));
        talks.set(
          sid,
          talking.catch(() => undefined),
        );
        return talking;
      };
      return { ringMs, does: 'answers', staysMs: LONGEST_CALL_MS, talk: talkAndTell };
    },
  });
  const watched = new Set<string>();
  const watch = (): void => {
    for (const call of carrier.calls) {
      const notes = notesOf.get(call.sid);
      if (notes === undefined || watched.has(call.sid)) continue;
      watched.add(call.sid);
      const noting = call.over.then(async () => {
        await talks.get(call.sid);
        const { ringingAt, answeredAt, endedAt, status } = call;
        Object.assign(notes, { rangAt: ringingAt, answeredAt, endedAt });
        notes.became = status === 'completed' ? 'answered' : status === 'busy' ? 'busy' : 'no-answer';
        household.ended(notes);
      });
      noted.push(noting);
    }
  };
  const noted: Promise<void>[] = [];
  const cancel = every(clock, WATCH_MS, watch);
  return {
    env: {
      TWILIO_ACCOUNT_SID: accountSid,
      TWILIO_AUTH_TOKEN: authToken,
      INZWA_TWILIO_API_BASE: carrier.baseUrl,
      INZWA_PUBLIC_URL: `http://127.0.0.1:${servicePort}`,
    },
    async quiet() {
      watch();
      await carrier.quiet();
      await Promise.all(noted);
    },
    async [Symbol.asyncDispose]() {
      cancel();
      await carrier[Symbol.asyncDispose]();
    },
  };
}

const WATCH_MS = 200;

function every(clock: Clock, ms: number, look: () => void): () => void {
  let cancel: () => void;
  const again = (): void => {
    look();
    cancel = clock.after(ms, again);
  };
  cancel = clock.after(ms, again);
  return () => cancel();
}

/** No two telephones answer within this time, so that the call that begins next is known to be whose it is. */
const ANSWERS_APART_MS = 2_500;

async function openAsterisk({ clock, household, ears, servicePort, signal }: WireOptions): Promise<Wire> {
  await using parts = new AsyncDisposableStack();
  const people = parts.use(await SipPhone.open({ clock, signal }));
  const media = { user: 'asterisk', password: randomBytes(12).toString('hex') };
  const asterisk = parts.use(
    await startPrivateAsterisk({
      install: await ensureAsterisk({ clock, signal }),
      ...{ clock, signal },
      agent: { uri: `ws://127.0.0.1:${servicePort}/asterisk/media`, ...media },
      trunk: { kind: 'ip', host: `127.0.0.1:${people.port}` },
    }),
  );
  let answeredLastMs = -Infinity;
  const wallOf = (atMs: number): number => clock.wallMs() - (clock.nowMs() - atMs);
  const noted: Promise<void>[] = [];
  const note = async (invite: IncomingInvite, notes: CallNotes): Promise<void> => {
    const incoming = people.incoming.find(({ callId }) => callId === invite.callId);
    if (incoming === undefined) return;
    const call = await incoming.answered.catch(() => undefined);
    await call?.ended;
    const { ringingAtMs, inviteAtMs, answeredAtMs, finalStatus } = incoming.progress;
    notes.rangAt = wallOf(ringingAtMs ?? inviteAtMs);
    notes.answeredAt = answeredAtMs === undefined ? undefined : wallOf(answeredAtMs);
    notes.endedAt = clock.wallMs();
    notes.became = call ? 'answered' : finalStatus === BUSY_HERE ? 'busy' : 'no-answer';
    await incoming.done.catch(() => undefined);
    household.ended(notes);
  };
  people.expect((invite): CalleeScript => {
    const { notes, ringMs, does, talk } = household.ring(invite.number);
    // It is among the incoming ones as soon as this has returned.
    noted.push(Promise.resolve().then(() => note(invite, notes)));
    if (does === 'no-answer') return { kind: 'ring' };
    if (does === 'busy') return { kind: 'reject', status: BUSY_HERE, afterMs: ringMs };
    const nowMs = clock.nowMs();
    const answersAtMs = Math.max(nowMs + ringMs, answeredLastMs + ANSWERS_APART_MS);
    answeredLastMs = answersAtMs;
    return { kind: 'answer', afterMs: answersAtMs - nowMs, onAnswer: (phone) => talk(phone, ears.ofNext()) };
  });
  const { ari } = asterisk;
  const owned = parts.move();
  return {
    env: {
      INZWA_ASTERISK_USER: media.user,
      INZWA_ASTERISK_PASSWORD: media.password,
      INZWA_ARI_URL: ari.url.replace(/\/ari$/, ''),
      INZWA_ARI_USER: ari.user,
      INZWA_ARI_PASSWORD: ari.password,
    },
    async quiet() {
      for (let done = -1; done < noted.length;) {
        done = noted.length;
        await Promise.all(noted);
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const BUSY_HERE = 486;
