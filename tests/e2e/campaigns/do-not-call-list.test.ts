import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  addToDoNotCall,
  checkDoNotCall,
  exportDoNotCall,
  removeFromDoNotCall,
} from '#src/campaigns/do-not-call/list.ts';
import { readNumberList } from '#src/campaigns/do-not-call/read-list.ts';
import type { ImportRoom } from '#src/campaigns/import/storing.ts';
import { brokenAuditLine } from '#src/records/audit.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { collect, draft, fileOf, importRoom, importText } from '../../support/contacts-import.ts';
import { databases, type EmptyRecords } from '../../support/databases.ts';

const ONE = '+263772000001' as PhoneNumber;
const OTHER = '+263772000002' as PhoneNumber;
const FOR_ALL = { scope: '*', source: 'operator', evidence: 'letter', actor: 'tester' } as const;

describe.each(databases)('the do-not-call list over $name', (database) => {
  let empty: EmptyRecords;
  let room: ImportRoom;
  beforeEach(async () => {
    empty = await database.open();
    room = importRoom(empty.records);
  });
  afterEach(() => empty[Symbol.asyncDispose]());

  it('takes people out of the queue of every campaign, or of one', async () => {
    const [first, second] = [await draft(room, {}, 'first'), await draft(room, {}, 'second')];
    for (const id of [first, second]) await importText(room, id, 'phone\n0772000001\n0772000002\n');
    expect(await addToDoNotCall(room, [ONE], FOR_ALL)).toBe(1);
    expect(await addToDoNotCall(room, [ONE, OTHER], { ...FOR_ALL, scope: second })).toBe(2);
    const rows = await empty.records.db
      .selectFrom('campaign_contacts as cc')
      .innerJoin('phones as p', 'p.hash', 'cc.phone_hash')
      .innerJoin('campaigns as c', 'c.id', 'cc.campaign_id')
      .select(['c.name', 'p.e164', 'cc.state', 'cc.disposition'])
      .orderBy('c.name')
      .orderBy('cc.ordinal')
      .execute();
    expect(rows.map(({ name, e164, state, disposition }) => [name, e164, state, disposition])).toEqual([
      ['first', ONE, 'skipped', 'opted_out'],
      ['first', OTHER, 'pending', null],
      ['second', ONE, 'skipped', 'opted_out'],
      ['second', OTHER, 'skipped', 'opted_out'],
    ]);
    expect((await checkDoNotCall(room, ONE)).map(({ scope }) => scope).sort()).toEqual(['*', 'second']);
  });

  it('counts what is new only, and is taken back with a reason that the audit keeps', async () => {
    await addToDoNotCall(room, [ONE], FOR_ALL);
    expect(await addToDoNotCall(room, [ONE, OTHER], FOR_ALL)).toBe(1);
    const removal = { scope: '*', actor: 'tester', why: 'a typing error' };
    expect(await removeFromDoNotCall(room, ONE, removal)).toBe(true);
    expect(await removeFromDoNotCall(room, ONE, removal)).toBe(false);
    expect(await checkDoNotCall(room, ONE)).toEqual([]);
    const audit = await empty.records.db
      .selectFrom('audit')
      .select(['action', 'object', 'detail_json'])
      .orderBy('seq')
      .execute();
    expect(audit.map(({ action }) => action)).toEqual(['do-not-call.add', 'do-not-call.add', 'do-not-call.remove']);
    expect(JSON.stringify(audit)).toContain('a typing error');
    expect(JSON.stringify(audit)).not.toContain('772000001');
    expect(await brokenAuditLine(empty.records)).toBeUndefined();
  });

  it('is exported as a file that can be imported', async () => {
    await addToDoNotCall(room, [ONE, OTHER], { ...FOR_ALL, evidence: '=1+1' });
    const csv = (await collect(exportDoNotCall(room))).join('');
    expect(csv).toContain(`'+263772000001,*,operator,`);
    expect(csv).toContain(`'=1+1`);
    const { numbers, refused } = await readNumberList(fileOf(csv));
    expect([[...numbers].sort(), refused]).toEqual([[ONE, OTHER], []]);
  });
});

describe('a file of numbers that are not to be called', () => {
  it.each([
    ['a bare column', '0772000001\n0772000002\n'],
    ['a header', 'name;Cell\nA;0772000001\nB;0772000002\n'],
    ['no header and a name before the number', 'A,0772000001\nB,0772000002\n'],
    ['numbers twice and blank lines', '0772000001\n\n0772000002\n0772 000 001\n'],
    ['UTF-16', Buffer.from('\ufeffphone\r\n0772000001\r\n0772000002\r\n', 'utf16le')],
  ])('is read with %s', async (_how, content) => {
    expect(await readNumberList(fileOf(content))).toEqual({ numbers: [ONE, OTHER], refused: [] });
  });

  it('names every row that somebody might still be called for', async () => {
    const { numbers, refused } = await readNumberList(
      fileOf('phone\n0772000001\n2.63772E+11\nunknown\n0772000003/0772000002\n'),
    );
    expect(numbers).toEqual([ONE]);
    expect(refused).toEqual([
      { line: 3, code: 'number-destroyed' },
      { line: 4, code: 'withheld' },
      { line: 5, code: 'two-numbers' },
    ]);
  });
});
