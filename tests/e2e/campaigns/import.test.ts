import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addToDoNotCall } from '#src/campaigns/do-not-call/list.ts';
import { exportCampaign, type ExportRequest } from '#src/campaigns/export/export.ts';
import type { ImportRoom } from '#src/campaigns/import/storing.ts';
import { refusedHeader, refusedRow } from '#src/campaigns/import/verdict-file.ts';
import { newId } from '#src/records/ids.ts';
import type { PhoneNumber } from '#telephony/trunk.ts';
import { collect, draft, importRoom, importText } from '../../support/contacts-import.ts';
import { databases, type EmptyRecords } from '../../support/databases.ts';

/** What people have really sent: each line with the verdict that it must get. */
const CORPUS: readonly (readonly [line: string, verdict: string])[] = [
  ['0772000001,Tendai,Harare', 'accepted'],
  ['772000002,Rudo,Gweru', 'accepted'],
  ['263772000003,Chipo,Mutare', 'accepted'],
  ['00263772000004,Farai,"Harare, Avondale"', 'accepted'],
  ['+263 0772 000 005,Tariro,Kwekwe', 'accepted'],
  ["'+263772000006,Ngoni,Kadoma", 'accepted'],
  ['"=""0772000007""",Nyasha,Bindura', 'accepted'],
  ['\u0660\u0667\u0667\u0662\u0660\u0660\u0660\u0660\u0660\u0668,Kuda,Chinhoyi', 'accepted'],
  ['(077) 200-0009,Tafadzwa,Rusape', 'accepted'],
  ['+263 (0) 77 200 0032,Tafadzwa,Rusape', 'accepted'],
  ['0772000010,Rumbi,=1+1', 'accepted formula-as-text:town'],
  ['0772000011,Rumbi,"=HYPERLINK(""http://example.org"",""x"")"', 'accepted formula-as-text:town'],
  ['0772000012,Anesu,-5', 'accepted'],
  ['0772000000,Round,Harare', 'accepted number-rounded:phone'],
  ['2.63772E+11,Tendai,Harare', 'refused number-destroyed:phone'],
  ['"2,63772E+11",Tendai,Harare', 'refused number-destroyed:phone'],
  ['2.63772000013E+11,Tendai,Harare', 'refused number-destroyed:phone'],
  ['263772000014.0,Tendai,Harare', 'refused number-decimal:phone'],
  ['772000014.00,Tendai,Harare', 'refused number-decimal:phone'],
  ['0772000015/0772000016,Tendai,Harare', 'refused two-numbers:phone'],
  ['"0772000015, 0772000016",Tendai,Harare', 'refused two-numbers:phone'],
  ['0772000015 or 0772000016,Tendai,Harare', 'refused two-numbers:phone'],
  ['0772000015 kana 0772000016,Tendai,Harare', 'refused two-numbers:phone'],
  ['0772000015 0772000016,Tendai,Harare', 'refused two-numbers:phone'],
  ['07720000150772000016,Tendai,Harare', 'refused two-numbers:phone'],
  ['0772 000 001,Tendai,Harare', 'refused duplicate:phone'],
  ['+263772000001,Somebody else,Harare', 'refused duplicate:phone'],
  ['0772000017,,Harare', 'refused missing-variable:name'],
  ['0772000018,undefined,Harare', 'refused missing-variable:name'],
  ['0772000018,-,Harare', 'refused missing-variable:name'],
  ['0772000018,#N/A,Harare', 'refused spreadsheet-error:name'],
  ['0772000018,=B2&C2,Harare', 'refused formula:name'],
  ['0772000018,@SUM(A1),Harare', 'refused formula:name'],
  ['=B2,Tendai,Harare', 'refused formula:phone'],
  ['########,Tendai,Harare', 'refused spreadsheet-error:phone'],
  [',Tendai,Harare', 'refused no-number:phone'],
  ['unknown,Tendai,Harare', 'refused withheld:phone'],
  ['call her son,Tendai,Harare', 'refused not-a-number:phone'],
  ['0772000019 ext 5,Tendai,Harare', 'refused not-a-number:phone'],
  ['112,Tendai,Harare', 'refused too-short:phone'],
  ['07720000,Tendai,Harare', 'refused invalid:phone'],
  ['0772000020123,Tendai,Harare', 'refused too-long:phone'],
  ['0672000020,Tendai,Harare', 'refused invalid:phone'],
  ['+27821234567,Tendai,Harare', 'refused outside-list:phone'],
  ['+881612345678,Tendai,Harare', 'refused satellite:phone'],
  [`0772000021,${'a'.repeat(81)},Harare`, 'refused value-too-long:name'],
  ['0772000022,Ten\u0007dai,Harare', 'refused control-characters:name'],
  ['0772000023,Ten\ufffddai,Harare', 'refused unreadable-characters:name'],
  ['0772000024,Moyo, Tendai,Harare', 'refused columns'],
  ['0772000025,Tendai', 'refused columns'],
  ['0772000026,Tendai,Harare,,', 'accepted'],
  ['0772000027,"Tendai,Harare', 'refused quotes'],
  ['0772000028,"Tendai" Moyo,Harare', 'refused quotes'],
  ['0772000029,Ten"dai,Harare', 'accepted'],
  ['phone,name,town', 'refused repeated-header'],
];

const HEADER = 'phone,name,town';
const CORPUS_TEXT = [HEADER, ...CORPUS.map(([line]) => line)].join('\n');
const expectedRows = CORPUS.map(([, verdict], index) => `${index + 2} ${verdict}`);
const NAME = { variables: ['name'] } as const;

const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
/** A separator within a cell goes into quotation marks where it would be one. */
const withSemicolons = (text: string): string =>
  parse(text, { relax_column_count: true })
    .map((cells) => cells.map((cell) => (/[";\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(';'))
    .join('\r\n');

describe.each(databases)('acceptance 9: import and export over $name', (database) => {
  let empty: EmptyRecords;
  let room: ImportRoom;
  let campaign: string;
  beforeEach(async () => {
    empty = await database.open();
    room = importRoom(empty.records);
    campaign = await draft(room);
  });
  afterEach(() => empty[Symbol.asyncDispose]());

  const stored = () =>
    empty.records.db
      .selectFrom('campaign_contacts')
      .selectAll()
      .where('campaign_id', '=', campaign)
      .orderBy('ordinal')
      .execute();
  const exported = async (request: Partial<ExportRequest> = {}): Promise<string> =>
    (
      await collect(
        exportCampaign(empty.records.db, { campaignId: campaign, kind: 'contacts', format: 'csv', ...request }),
      )
    ).join('');

  it('gives every row of the corpus its exact verdict, whatever the pieces it is read in', async () => {
    for (const chunkBytes of [undefined, 1, 13]) {
      const { rows } = await importText(room, campaign, CORPUS_TEXT, {
        ...NAME,
        isPreview: true,
        ...(chunkBytes && { chunkBytes }),
      });
      expect(rows).toEqual(expectedRows);
    }
  });

  it('gives a preview and the import the same verdicts, and stores nothing for the first', async () => {
    const preview = await importText(room, campaign, CORPUS_TEXT, { ...NAME, isPreview: true });
    expect(await stored()).toEqual([]);
    expect(await empty.records.db.selectFrom('imports').selectAll().execute()).toEqual([]);
    expect(await empty.records.db.selectFrom('phones').selectAll().execute()).toEqual([]);
    const imported = await importText(room, campaign, CORPUS_TEXT, NAME);
    expect(imported.rows).toEqual(preview.rows);
    expect(await stored()).toHaveLength(expectedRows.filter((row) => row.includes(' accepted')).length);
  });

  it.each([
    ['a byte order mark', Buffer.from(`\ufeff${CORPUS_TEXT}`)],
    ['UTF-16', utf16(CORPUS_TEXT)],
    ['UTF-16 of the other order', utf16(CORPUS_TEXT).swap16()],
    ['line ends of Windows', Buffer.from(CORPUS_TEXT.replaceAll('\n', '\r\n'))],
    ['line ends of an old Mac', Buffer.from(CORPUS_TEXT.replaceAll('\n', '\r'))],
  ])('reads the corpus alike with %s', async (_how, bytes) => {
    const { rows } = await importText(room, campaign, bytes, { ...NAME, isPreview: true });
    expect(rows).toEqual(expectedRows);
  });

  it('reads it alike with semicolons', async () => {
    const whole = CORPUS.filter(([, verdict]) => !verdict.includes('quotes') && !verdict.includes('columns')).filter(
      ([line]) => !line.includes('Ten"dai'),
    );
    const text = withSemicolons([HEADER, ...whole.map(([line]) => line)].join('\n'));
    const { rows, report } = await importText(room, campaign, text, { ...NAME, isPreview: true });
    expect(report.delimiter).toBe(';');
    expect(rows).toEqual(whole.map(([, verdict], index) => `${index + 2} ${verdict}`));
  });

  it('changes nothing when the same file comes twice', async () => {
    const first = await importText(room, campaign, CORPUS_TEXT, NAME);
    const before = [await stored(), await empty.records.db.selectFrom('imports').selectAll().execute()];
    const second = await importText(room, campaign, CORPUS_TEXT, NAME);
    expect(second.report).toMatchObject({
      isRepeat: true,
      accepted: 0,
      known: first.report.accepted,
      refused: first.report.refused,
    });
    expect([await stored(), await empty.records.db.selectFrom('imports').selectAll().execute()]).toEqual(before);
  });

  it('takes only what is new from a longer file, and what was imported first stands', async () => {
    await importText(room, campaign, 'phone,name\n0772000001,Tendai\n', NAME);
    const { rows } = await importText(room, campaign, 'phone,name\n0772000001,Changed\n0772000002,Rudo\n', NAME);
    expect(rows).toEqual(['2 known', '3 accepted']);
    expect((await stored()).map(({ vars_json, ordinal }) => [ordinal, vars_json])).toEqual([
      [1, '{"name":"Tendai"}'],
      [2, '{"name":"Rudo"}'],
    ]);
  });

  it('goes on where it was when it was interrupted, with the verdicts of one run', async () => {
    const text = `phone,name\n${Array.from({ length: 700 }, (_, index) => `0773${String(index + 1).padStart(6, '0')},N${index}`).join('\n')}\n`;
    const controller = new AbortController();
    let seen = 0;
    const watched: ImportRoom = {
      ...room,
      records: new Proxy(empty.records, {
        get(target, key) {
          if (key !== 'transaction') return Reflect.get(target, key, target) as unknown;
          return async (work: Parameters<typeof target.transaction>[0]) => {
            const done = await target.transaction(work);
            seen += 1;
            if (seen === 2) controller.abort(new Error('power cut'));
            return done;
          };
        },
      }),
    };
    await expect(importText(watched, campaign, text, { ...NAME, signal: controller.signal })).rejects.toThrow(
      'power cut',
    );
    const half = (await stored()).length;
    expect(half).toBeGreaterThan(0);
    expect(half).toBeLessThan(700);
    const { report } = await importText(room, campaign, text, NAME);
    expect(report).toMatchObject({ rows: 700, accepted: 700, known: 0, refused: 0, isRepeat: false });
    expect((await stored()).map(({ ordinal }) => ordinal)).toEqual(
      Array.from({ length: 700 }, (_, index) => index + 1),
    );
    const [line] = await empty.records.db.selectFrom('imports').select(['rows', 'accepted', 'refused']).execute();
    expect(line).toEqual({ rows: 700, accepted: 700, refused: 0 });
  });

  it('stores each person once when two files come at once', async () => {
    const text = (from: number): string =>
      `phone,name\n${Array.from({ length: 300 }, (_, index) => `0773${String(from + index).padStart(6, '0')},N`).join('\n')}\n`;
    const [one, other] = await Promise.all([
      importText(room, campaign, text(1), NAME),
      importText(room, campaign, text(151), NAME),
    ]);
    expect(await stored()).toHaveLength(450);
    expect(one.report.accepted + other.report.accepted).toBe(450);
    expect(one.report.known + other.report.known).toBe(150);
  });

  it('refuses people without a basis of consent, unless the campaign answers for it', async () => {
    const text =
      'phone,name,consent_basis,consent_at\n0772000001,A,form 7,2026-01-02\n0772000002,B,,\n0772000003,C,no,\n0772000004,D,form,03/04/2026\n0772000005,E,form,2027-01-01\n';
    const { rows } = await importText(room, campaign, text, { ...NAME, consent: undefined });
    expect(rows).toEqual([
      '2 accepted',
      '3 refused no-consent:consent_basis',
      '4 refused no-consent:consent_basis',
      '5 refused date-unclear:consent_at',
      '6 refused date-in-future:consent_at',
    ]);
    const [contact] = await stored();
    expect(contact).toMatchObject({ consent_basis: 'form 7', consent_at: Date.UTC(2026, 0, 2) });
    const consent = { isRequired: false, signedBy: 'the director', why: 'an emergency: cholera in the ward' };
    const other = await draft(room, { consent }, 'emergency');
    const { rows: allowed } = await importText(room, other, text, { ...NAME, consent: undefined });
    expect(allowed.slice(0, 3)).toEqual(['2 accepted', '3 accepted', '4 refused no-consent:consent_basis']);
  });

  it('tells of numbers on a do-not-call list', async () => {
    const addition = { scope: '*', source: 'operator', evidence: undefined, actor: 'tester' } as const;
    await addToDoNotCall(room, ['+263772000001' as PhoneNumber], addition);
    const { rows } = await importText(room, campaign, 'phone,name\n0772000001,A\n0772000002,B\n', NAME);
    expect(rows).toEqual(['2 accepted do-not-call', '3 accepted']);
  });

  it('gives the refused rows back as a file that can be mended and imported', async () => {
    const { seen, report } = await importText(room, campaign, CORPUS_TEXT, NAME);
    const refused = seen.filter(({ verdict }) => verdict.kind === 'refused');
    const file =
      refusedHeader(report.columns.header) +
      refused.map(({ verdict, record }) => refusedRow(verdict, record, report.columns.header)).join('');
    const again = await importText(room, campaign, `\ufeff${file}`, { ...NAME, isPreview: true });
    const codes = (rows: readonly string[]): string[] => rows.map((row) => row.split(' ').slice(1).join(' '));
    const AGAIN: Readonly<Record<string, string>> = {
      // A line that could not be taken apart is one cell now; a first row that was doubled is in the campaign by now.
      'refused quotes': 'refused columns',
      'refused repeated-header': 'refused not-a-number:phone',
    };
    const expected = CORPUS.filter(([, verdict]) => verdict.startsWith('refused')).map(([line, verdict]) =>
      line.startsWith('0772 000 001') ? 'known' : (AGAIN[verdict] ?? verdict),
    );
    expect(codes(again.rows)).toEqual(expected);
  });

  it('exports what opens in a spreadsheet without a formula, and imports again without a loss', async () => {
    const text = `${CORPUS_TEXT}\n0772000030,"Two\nlines","a;=1+1"\n0772000031,"Ta ""K"" Moyo","'=2+2"\n0772000032,'tis,0012\n0772000033,N,123456789012\n`;
    const consent = { basis: '=form', at: Date.UTC(2026, 1, 3, 4, 5, 6, 789), ref: '@box 3' };
    await importText(room, campaign, text.replace('\nphone,name,town', ''), { ...NAME, consent });
    const csv = await exported();
    const cells = parse(csv, { bom: true }).flat();
    expect(cells.length).toBeGreaterThan(100);
    expect(cells.filter((cell) => /^[\s]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/u.test(cell))).toEqual([]);
    const copy = await draft(room, {}, 'copy');
    const { report } = await importText(room, copy, csv, { ...NAME, consent: undefined });
    expect(report).toMatchObject({ refused: 0, known: 0 });
    const what = (rows: Awaited<ReturnType<typeof stored>>) =>
      rows.map(({ phone_hash, vars_json, consent_basis, consent_at, consent_ref, ordinal }) => [
        phone_hash,
        vars_json,
        consent_basis,
        consent_at,
        consent_ref,
        ordinal,
      ]);
    const original = what(await stored());
    campaign = copy;
    expect(what(await stored())).toEqual(original);
    expect(await exported()).toBe(csv);
  });

  it('exports every attempt and every answer, with types in JSON lines', async () => {
    await importText(room, campaign, 'phone,name\n0772000001,A\n0772000002,B\n', NAME);
    const [contact] = await stored();
    const at = room.clock.wallMs();
    const attempt = {
      campaign_contact_id: contact!.id,
      campaign_id: campaign,
      phone_hash: contact!.phone_hash,
      trunk: 'phone',
      intent_at: at,
      reserve_micros: 0,
      fence: 1,
    };
    const done = newId(at);
    await empty.records.db
      .insertInto('attempts')
      .values([
        {
          ...attempt,
          id: done,
          no: 1,
          state: 'done',
          carrier_sid: '=CA1',
          outcome: 'answered',
          placed_at: at + 1,
          answered_at: at + 2,
          ended_at: at + 3,
        },
        { ...attempt, id: newId(at + 1), no: 2, state: 'unknown' },
        { ...attempt, id: newId(at + 2), no: 3, state: 'intent' },
      ])
      .execute();
    const answer = {
      campaign_contact_id: contact!.id,
      attempt_id: done,
      confidence: 0.5,
      method: 'keys' as const,
      is_confirmed: 1 as const,
      at,
    };
    await empty.records.db
      .insertInto('answers')
      .values([
        { ...answer, id: newId(at), question: 'q1', value_json: 'true', raw_text: '=hongu' },
        { ...answer, id: newId(at + 1), question: 'q2', value_json: '-3', raw_text: null },
      ])
      .execute();
    const lines = async (kind: ExportRequest['kind']): Promise<unknown[]> =>
      (await exported({ kind, format: 'jsonl' }))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
    expect(await lines('attempts')).toMatchObject([
      {
        row: 1,
        phone: '+263772000001',
        no: 1,
        state: 'done',
        outcome: 'answered',
        carrier_sid: '=CA1',
        ended_at: new Date(at + 3).toISOString(),
      },
      { no: 2, state: 'unknown', outcome: null },
      { no: 3, state: 'intent' },
    ]);
    expect(await lines('answers')).toMatchObject([
      { question: 'q1', value: true, method: 'keys', is_confirmed: true },
      { question: 'q2', value: -3 },
    ]);
    expect(await lines('contacts')).toMatchObject([
      { row: 1, answers: { q1: true, q2: -3 }, vars: { name: 'A' } },
      { row: 2, answers: {} },
    ]);
    const [header, first] = parse(await exported(), { bom: true });
    expect(Object.fromEntries(header!.map((name, index) => [name, first![index]]))).toMatchObject({
      'answer.q1': 'true',
      'answer.q2': "'-3",
    });
    expect(parse(await exported({ kind: 'attempts', hasMark: false }))).toHaveLength(4);
    expect(await exported({ kind: 'answers', hasMark: false })).toContain("'=hongu");
  });

  it('takes no contacts into a campaign that is over', async () => {
    await empty.records.db.updateTable('campaigns').set({ state: 'stopped' }).where('id', '=', campaign).execute();
    await expect(importText(room, campaign, CORPUS_TEXT, NAME)).rejects.toThrow(/stopped/);
  });
});
