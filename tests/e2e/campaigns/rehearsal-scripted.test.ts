/** A whole campaign of a few people against telephones in software, without models: the export is what they experienced. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock as clock } from '#kernel/clock.ts';
import { openLocalModels } from '#models/catalogue.ts';
import { loadInterview } from '#prompts/campaign.ts';
import { compare, type Comparison, type Experienced } from '#src/cli/campaign/rehearse/compare.ts';
import { holdCampaign, type Exported, type RehearsalRules } from '#src/cli/campaign/rehearse/held-campaign.ts';
import { inventPeople, type InventedPerson, type Kind } from '#src/cli/campaign/rehearse/people.ts';
import type { WireName } from '#src/cli/campaign/rehearse/wire.ts';
import { textsOf, wordsOf } from '#src/cli/campaign/rehearse/words.ts';
import { seededRandom } from '#telephony/phone/random.ts';
import { databases } from '../../support/databases.ts';
import { toneEngines, toneVoices } from '../../support/tone-speech.ts';

const SCRIPT = {
  id: 'sn/bvunzo',
  text: `
id: bvunzo
name: Bvunzo
language: sn
reviewed: no
variables: [zita]
identity: '{greeting}, {{zita}} here?'
opening: Tiri kufona.
consent: Munobvuma here?
questions:
  - { id: manyoka, kind: yes-no, text: 'Pane akarwara here?', hint: 'Hongu kana kwete?' }
  - { id: vagari, kind: number, text: 'Munogara muri vangani mumba menyu?', hint: 'Itii nhamba.', from: 1, to: 30, says: 'vanhu {n}' }
closing: Tatenda.
`,
};
const KINDS: readonly Kind[] = [
  'voice',
  'keys',
  'refuses',
  'busy',
  'machine',
  'opts-out-by-key',
  'wrong-person',
  'mixed',
];
/** Fewer: there, no two telephones answer at the same moment. */
const OVER_ASTERISK: readonly Kind[] = ['voice', 'keys', 'refuses', 'busy', 'opts-out-by-key', 'machine'];
/** Nobody is called twice: the shortest wait between two calls is a minute. */
const ONCE: RehearsalRules = { maxTries: 1, maxReached: 1, busy: 1, noAnswer: 1, machine: 1, partial: 1 };
const interview = loadInterview(SCRIPT.id, SCRIPT.text);
const SEED = 3;

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'inzwa-rehearsal-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Held {
  readonly experienced: Experienced;
  readonly exported: Exported;
  readonly compared: Comparison;
  readonly people: readonly InventedPerson[];
}

async function hold(
  over: WireName,
  kinds: readonly Kind[],
  more: Readonly<Record<string, string>> = {},
): Promise<Held> {
  const random = seededRandom(SEED);
  const people = inventPeople({ interview, kinds, count: kinds.length, random, nowMs: clock.wallMs() });
  const texts = textsOf(people, interview);
  const env = { INZWA_MODELS_DIR: join(folder, 'models'), INZWA_TRUNK_CPS: '5', ...more };
  const { household, exported, state } = await holdCampaign({
    ...{ script: SCRIPT, interview, people, over, atOnce: kinds.length, folder, env, rules: ONCE, clock },
    voiceOf: toneVoices(texts, wordsOf(interview).greeting),
    models: await openLocalModels(env),
    startEngines: ({ hotline }) => Promise.resolve(toneEngines(hotline, texts)),
    signal: AbortSignal.timeout(90_000),
  });
  expect(state.state).toBe('completed');
  const experienced: Experienced = {
    ...{ people, interview, rules: ONCE, hasCarrierIds: over === 'twilio' },
    ...{ callsTo: (number) => household.callsTo(number), numbersRung: household.numbersRung },
  };
  return { people, experienced, exported, compared: compare(experienced, exported) };
}

/** The same export with something wrong in it. */
function mutated(
  exported: Exported,
  kind: keyof Exported,
  change: (row: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>> | undefined,
): Exported {
  return { ...exported, [kind]: exported[kind].flatMap((row) => change(row) ?? []) };
}

function expectSeen({ experienced, exported }: Held): void {
  const faultsOf = (changed: Exported): number => compare(experienced, changed).faults.length;
  const numberOf = (kind: Kind): unknown => experienced.people.find((person) => person.kind === kind)?.number;
  const of = (kind: Kind) => (row: Readonly<Record<string, unknown>>) => row['phone'] === numberOf(kind);
  const mutations: Readonly<Record<string, Exported>> = {
    'an answer lost': mutated(exported, 'answers', (row) => (of('voice')(row) ? undefined : row)),
    'a number changed': mutated(exported, 'answers', (row) =>
      row['question'] === 'vagari' ? { ...row, value: 29 } : row,
    ),
    'keys called speech': mutated(exported, 'answers', (row) => ({ ...row, method: 'speech' })),
    'an answer invented': mutated(exported, 'answers', (row) => ({ ...row, phone: numberOf('refuses') })),
    'a no forgotten': mutated(exported, 'contacts', (row) => ({ ...row, do_not_call: false })),
    'a refusal completed': mutated(exported, 'contacts', (row) =>
      of('refuses')(row) ? { ...row, disposition: 'completed' } : row,
    ),
    'a contact lost': mutated(exported, 'contacts', (row) => (of('busy')(row) ? undefined : row)),
    'an attempt lost': mutated(exported, 'attempts', (row) => (of('busy')(row) ? undefined : row)),
    'an attempt twice': { ...exported, attempts: [...exported.attempts, ...exported.attempts] },
    'another outcome': mutated(exported, 'attempts', (row) =>
      of('busy')(row) ? { ...row, outcome: 'no-answer' } : row,
    ),
    'another time': mutated(exported, 'attempts', (row) => ({ ...row, ended_at: '2026-01-01T00:00:00.000Z' })),
  };
  const unseen = Object.entries(mutations).flatMap(([name, changed]) => (faultsOf(changed) === 0 ? [name] : []));
  expect(unseen).toEqual([]);
}

describe.each(databases)('a rehearsal over the wire of Twilio, on $name', (database) => {
  it('ends with an export that is what every telephone experienced, and would see it if it were not', async () => {
    await using empty = await database.open();
    const { place } = empty;
    const held = await hold('twilio', KINDS, 'url' in place ? { INZWA_DATABASE_URL: place.url } : {});
    expect(held.compared, `seed ${SEED}`).toEqual({ faults: [], misheard: [] });
    const dispositions = new Map(held.exported.contacts.map(({ phone, disposition }) => [phone, disposition]));
    expect(held.people.map(({ kind, number }) => [kind, dispositions.get(number)]).toSorted()).toEqual([
      ['busy', 'busy'],
      ['keys', 'completed'],
      ['machine', 'machine'],
      ['mixed', 'completed'],
      ['opts-out-by-key', 'opted_out'],
      ['refuses', 'refused'],
      ['voice', 'completed'],
      ['wrong-person', 'wrong_person'],
    ]);
    expect(held.exported.answers).toHaveLength(6);
    expectSeen(held);
  }, 90_000);
});

describe('a rehearsal over Asterisk', () => {
  it('ends with an export that is what every telephone experienced', async () => {
    const { compared, exported } = await hold('asterisk', OVER_ASTERISK);
    expect(compared, `seed ${SEED}`).toEqual({ faults: [], misheard: [] });
    expect(exported.answers).toHaveLength(4);
  }, 90_000);
});
