/** The process that is killed: records, books, dialler and Twilio's wire as in the service, with interviews that take seconds. */
import { createServer, type IncomingMessage } from 'node:http';
import type { Clock } from '#kernel/clock.ts';
import { messageOf } from '#kernel/errors.ts';
import { Books } from '#src/campaigns/dialler/books.ts';
import { Dialler } from '#src/campaigns/dialler/dialler.ts';
import { createLogger } from '#src/observability/logger.ts';
import { openRecords } from '#src/records/open-records.ts';
import type { Records } from '#src/records/records.ts';
import type { Carrier } from '#telephony/carrier.ts';
import { AllowList } from '#telephony/numbers.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { readCallback } from '#telephony/twilio/carrier-call.ts';
import { TwilioCarrier } from '#telephony/twilio/carrier.ts';
import { SignatureCheck } from '#telephony/twilio/webhooks.ts';
import { fastClock } from '../fast-clock.ts';
import { ACCOUNT, attemptOf, CALLER, experience, killSetup, QUESTIONS, READY, TRUNK } from './setup.ts';
import { temperOf, type Temper } from './people.ts';

/** What the dialler is built on. */
export interface DiallerGround {
  readonly records: Records;
  readonly carrier: Carrier;
}

/** Runs until it is killed. `twist`: what a test of the test changes in the ground under the dialler. */
export async function runDiallerProcess(
  setupJson: string,
  twist: (ground: DiallerGround, fault: string | undefined) => DiallerGround = (ground) => ground,
): Promise<void> {
  const setup = killSetup.parse(JSON.parse(setupJson));
  const clock = fastClock(setup.clock);
  const logger = createLogger('warn');
  const origin = `http://127.0.0.1:${setup.port}`;
  const allowList = new AllowList();
  const wire = new TwilioCarrier({
    ...ACCOUNT,
    name: TRUNK,
    baseUrl: setup.carrierUrl,
    callerId: CALLER as PhoneNumber,
    allowList,
    urls: {
      answer: (attemptId) => `${origin}/answer?attempt=${attemptId}`,
      status: (attemptId) => `${origin}/status?attempt=${attemptId}`,
    },
    clock,
    // As long as it is in real time: the machine does not get faster with the clock.
    timeoutMs: 2_000 * setup.clock.speed,
  });
  const { records, carrier } = twist({ records: await openRecords(setup.place), carrier: wire }, setup.fault);
  const books = new Books({ records, clock, logger, carriers: [carrier] });
  const signatures = new SignatureCheck({ authTokens: [ACCOUNT.authToken], publicUrl: origin });

  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const answer = async (): Promise<string> => {
      const form = Object.fromEntries(new URLSearchParams(await bodyOf(request)));
      const signature = request.headers['x-twilio-signature'];
      if (typeof signature !== 'string' || !signatures.isSignedPost(path, form, signature)) {
        response.statusCode = 403;
        return '';
      }
      const attemptId = attemptOf(origin + path) ?? '';
      if (path.startsWith('/answer')) {
        const call = { attemptId, sid: form['CallSid'] ?? '', to: form['To'] ?? '' };
        return interview({ records, books, clock }, call);
      }
      const told = readCallback(attemptId, form);
      if (told) await books.carrierCall(TRUNK, told);
      return '';
    };
    answer()
      .catch((error: unknown) => {
        logger.error({ err: messageOf(error) }, 'a webhook failed');
        response.statusCode = 500;
        return '';
      })
      .then(
        (text) => response.end(text),
        () => response.destroy(),
      );
  });
  server.listen(setup.port, '127.0.0.1', () => process.stdout.write(READY));
  const dialler = new Dialler({ records, clock, logger, carriers: [carrier], books, allowList });
  await dialler.run({ signal: new AbortController().signal });
}

interface InterviewRoom {
  readonly records: Records;
  readonly books: Books;
  readonly clock: Clock;
}

interface AnsweredCall {
  readonly attemptId: string;
  readonly sid: string;
  readonly to: string;
}

/** Writes what an interview would while the call waits for its document; the document says what has happened. */
async function interview(room: InterviewRoom, call: AnsweredCall): Promise<string> {
  const { books, clock, records } = room;
  const verdict = await books.answered(call);
  const hangUp = (what: string): string => `<Response>${experience(what)}<Hangup/></Response>`;
  if (verdict.kind === 'hang-up') return hangUp(verdict.why);
  const { no } = await records.db
    .selectFrom('attempts')
    .select('no')
    .where('id', '=', call.attemptId)
    .executeTakeFirstOrThrow();
  const temper = temperOf(call.to, no - 1);
  const { signal } = new AbortController();
  await clock.sleep(1_000, { signal });
  await answerAll(room, call.attemptId, temper);
  await books.finished(call.attemptId, {
    result: RESULTS[temper],
    answeredBy: temper === 'is-a-machine' ? 'machine' : 'person',
  });
  return hangUp(temper);
}

const RESULTS = {
  completes: 'completed',
  'opts-out': 'opted_out',
  refuses: 'refused',
  'breaks-off': 'partial',
  'is-a-machine': 'machine',
} as const satisfies Record<Temper, string>;

async function answerAll({ books, clock }: InterviewRoom, attemptId: string, temper: Temper): Promise<void> {
  const { signal } = new AbortController();
  if (temper === 'opts-out') await books.optOut(attemptId, { source: 'keys', scope: 'all', evidence: 'key 9' });
  const count = temper === 'completes' ? QUESTIONS.length : temper === 'breaks-off' ? 1 : 0;
  for (const question of QUESTIONS.slice(0, count)) {
    await clock.sleep(1_500, { signal });
    const at = Math.floor(clock.wallMs());
    await books.answer(attemptId, {
      ...{ question, value: true, rawText: undefined, confidence: 1, method: 'keys', isConfirmed: true, at },
    });
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
