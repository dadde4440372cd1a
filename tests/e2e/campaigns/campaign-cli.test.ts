/** `inzwa campaign` as an operator meets it: each command a process of its own over one folder. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function campaign(...args: readonly string[]): Promise<Ran> {
  const cli = join(import.meta.dirname, '../../../src/cli/inzwa.ts');
  const env = { ...process.env, INZWA_DATA_DIR: join(folder, 'data'), INZWA_DATABASE_URL: '', NO_COLOR: '1' };
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, 'campaign', ...args], { env, cwd: folder, timeout: 60_000 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inzwa-campaign-cli-'));
  await writeFile(
    join(folder, 'contacts.csv'),
    'phone;Zita;town\r\n0772000001;Tendai;=1+1\r\n2.63772E+11;Rudo;x\r\n0772000003;;x\r\n0772000004;Chipo;x\r\n',
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('inzwa campaign', () => {
  it('goes from a CSV to a file of results', async () => {
    // Another folder than the service's would hold nobody who has said no.
    for (const args of [
      ['add', '0772000009'],
      ['import', 'contacts.csv'],
      ['check', '0772000009'],
      ['remove', '0772000009', '--because', 'a slip'],
    ]) {
      const nowhere = await campaign('dnc', ...args);
      expect(nowhere).toMatchObject({ code: 2, out: '' });
      expect(nowhere.err).toMatch(/there are no records in .*data: is this the folder[^]*inzwa -- db migrate/);
    }
    await expect(stat(join(folder, 'data'))).rejects.toThrow();
    const made = await campaign('new', 'clinic', '--script', 'hutano', '--trunk', 'twilio');
    expect(made.code).toBe(0);
    expect(made.err).toBe(
      `New, empty records were made in ${join(folder, 'data')}: is this the folder that the service uses (INZWA_DATA_DIR)?\n`,
    );
    expect(made.out).toContain('needs the columns: phone, zita'.replace('needs', 'need'));

    const how = ['--consent-basis', 'form 7', '--consent-at', '2026-01-02'];
    const preview = await campaign('import', 'clinic', 'contacts.csv', '--preview', ...how);
    expect(preview.code).toBe(0);
    expect(preview.out).toMatch(/row 3 +refused +column "phone": a spreadsheet turned the number into 2\.63772E\+11/);
    expect(preview.out).toMatch(/row 4 +refused +column "Zita": the script needs this value/);
    expect(preview.out).toContain('4 rows: 2 would be accepted, 0 in the campaign already, 2 refused');
    await expect(stat(join(folder, 'contacts.refused.csv'))).rejects.toThrow();

    const imported = await campaign('import', 'clinic', 'contacts.csv', '--verdicts', 'verdicts.csv', '--json', ...how);
    const lines = imported.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ type }) => type)).toEqual(['plan', 'row', 'row', 'row', 'row', 'report']);
    expect(lines[2]).toMatchObject({ row: 3, line: 3, verdict: 'refused', codes: ['number-destroyed:phone'] });
    expect(lines[5]).toMatchObject({ rows: 4, accepted: 2, known: 0, refused: 2, isRepeat: false });
    expect(await readFile(join(folder, 'contacts.refused.csv'), 'utf8')).toContain('2.63772E+11,Rudo,x');
    expect((await readFile(join(folder, 'verdicts.csv'), 'utf8')).trim().split('\r\n')).toHaveLength(5);
    expect((await stat(join(folder, 'verdicts.csv'))).mode & 0o077).toBe(0);
    // Neither on the screen nor in what another program reads does a number stand in clear.
    expect(preview.out + imported.out).not.toContain('772000001');

    const again = await campaign('import', 'clinic', 'contacts.csv', ...how);
    expect(again.out).toContain('4 rows: 0 accepted, 2 in the campaign already, 2 refused');

    const results = await campaign('results', 'clinic', '--out', 'results.csv');
    expect(results.code).toBe(0);
    const csv = await readFile(join(folder, 'results.csv'), 'utf8');
    expect(csv).toMatch(/^\ufeffresult\.row,phone,zita,town,/);
    expect(csv).toContain(`1,'+263772000001,Tendai,'=1+1,`);
    const status = await campaign('status', 'clinic', '--json');
    expect(JSON.parse(status.out)).toMatchObject({ state: 'draft', contacts: 2 });
    const list = await campaign('list');
    expect(list.out).toMatch(/^clinic +draft +sn\/hutano +twilio/);
    // No service has told what its trunk bears: the campaign says so instead of starting.
    expect(await campaign('preflight', 'clinic')).toMatchObject({ code: 1 });
    expect((await campaign('start', 'clinic')).err).toMatch(/INZWA_CAMPAIGN_STATE/);
  });

  it('keeps do-not-call lists', async () => {
    expect((await campaign('dnc', 'add', '0772 000 009', '--evidence', 'letter')).out).toContain('1 added');
    expect(await campaign('dnc', 'check', '+263772000009')).toMatchObject({ code: 1 });
    await writeFile(join(folder, 'list.csv'), '0772000009\n0772000010\n2.63772E+11\n');
    const imported = await campaign('dnc', 'import', 'list.csv');
    expect(imported.code).toBe(1);
    expect(imported.out).toMatch(
      /1 added, 1 were there already[^]*line 3: a spreadsheet turned[^]*1 row could not be read/,
    );
    const exported = await campaign('dnc', 'export');
    expect(exported.out.trim().split('\r\n')).toHaveLength(3);
    expect(exported.out).toContain(`'+263772000010,*,import,`);
    expect((await campaign('dnc', 'remove', '0772000009')).code).toBe(2);
    expect((await campaign('dnc', 'remove', '0772000009', '--because', 'a typing error')).code).toBe(0);
    expect(await campaign('dnc', 'check', '0772000009')).toMatchObject({ code: 0, out: 'It is on no list.\n' });
  });

  it('is told of slips before they cost something', async () => {
    const made = async (...more: readonly string[]): Promise<Ran> =>
      campaign('new', 'other', '--script', 'hutano', ...more);
    expect((await made('--trunk', 'twillio')).err).toMatch(
      /--trunk twillio is none of twilio, asterisk \(INZWA_CONFIG/,
    );
    // Such a campaign could never be started.
    expect((await made('--trunk', 'twilio', '--budget', '25')).err).toContain('a budget needs a price list');
    await writeFile(join(folder, 'rules.yaml'), 'maxCalls: 4\n\nringSecond: 20\n');
    expect((await made('--trunk', 'twilio', '--settings', 'rules.yaml')).err).toContain(
      'rules.yaml:3: Unrecognized key: "ringSecond"',
    );
    expect((await campaign('status', 'clinik')).err).toContain('no campaign "clinik"; the last ones are: clinic');
    expect((await campaign('start', 'clinic')).err).toMatch(/clinic cannot start:\n {2}trunk: /);
    expect((await campaign('dnc', 'check', '0772000001', '--evidence', 'x')).err).toContain(
      'does not belong to dnc check',
    );
    await writeFile(join(folder, 'names.csv'), 'name,town\nTendai,Harare\n');
    expect((await campaign('dnc', 'import', 'names.csv')).err).toContain('use --column HEADER');
  });

  it('takes refused rows back as often as they are mended, and overwrites none of them', async () => {
    const path = (name: string): string => join(folder, name);
    const text = (name: string): Promise<string> => readFile(path(name), 'utf8');
    const how = ['--consent-basis', 'form 7'];
    expect((await campaign('new', 'mended', '--script', 'hutano', '--trunk', 'twilio')).err).toBe('');
    await writeFile(path('people.csv'), 'phone,Zita\n0772000051,\n0772000052,Rudo\n2.63772E+11,Chipo\n');
    const first = await campaign('import', 'mended', 'people.csv', ...how);
    expect(first.out).toContain(
      'The refused rows are in people.refused.csv: mend them there and import that file, again with --consent-basis.',
    );
    const refused = await text('people.refused.csv');
    const half = refused.replace("'0772000051,", "'0772000051,Tendai");
    expect(half).not.toBe(refused);
    await writeFile(path('people.refused.csv'), half);
    // The list once more: what was mended stays.
    const again = await campaign('import', 'mended', 'people.csv', ...how);
    expect(again.out).toContain('people.refused.csv is there already with other content, and stays as it is.');
    expect(again.out).toContain('The refused rows are in people.refused-2.csv');
    expect(await text('people.refused.csv')).toBe(half);
    expect(await text('people.refused-2.csv')).toBe(refused);
    const second = await campaign('import', 'mended', 'people.refused.csv', ...how);
    expect(second.out).toContain('2 rows: 1 accepted, 0 in the campaign already, 1 refused');
    expect(second.out).toContain('The refused rows are in people.refused-3.csv');
    const rest = await text('people.refused-3.csv');
    expect(rest.split('\r\n')[0]).toBe('\ufefferror.line,error.codes,error.explanation,phone,Zita');
    expect(rest.split('\r\n')[1]).toMatch(/,2\.63772E\+11,Chipo$/);
    await writeFile(path('people.refused-3.csv'), rest.replace('2.63772E+11,Chipo', "'0772000053,Chipo"));
    const third = await campaign('import', 'mended', 'people.refused-3.csv', ...how);
    expect(third.out).toContain('1 row: 1 accepted, 0 in the campaign already, 0 refused');
    expect((await readdir(folder)).filter((name) => name.startsWith('people'))).toHaveLength(4);
    expect(JSON.parse((await campaign('status', 'mended', '--json')).out)).toMatchObject({ contacts: 3 });
  });

  it('says once that the basis of consent was forgotten, and what else is wrong with the rows', async () => {
    const forgotten = await campaign('import', 'mended', 'contacts.csv', '--refused', 'forgotten.csv');
    expect(forgotten.code).toBe(1);
    expect(forgotten.out.match(/no row says why its person may be called/gi)).toHaveLength(1);
    expect(forgotten.out).toMatch(/row 4 +refused +column "Zita": the script needs this value[^;]*\n/);
    expect(forgotten.out).not.toMatch(/row 2 /);
    await expect(stat(join(folder, 'forgotten.csv'))).rejects.toThrow();
  });

  it('leaves a file of results whole or as it was', async () => {
    await writeFile(join(folder, 'kept.csv'), 'of yesterday');
    expect((await campaign('results', 'clinic', '--per', 'answers', '--out', 'kept.csv')).out).toContain(
      'kept.csv: there are no answers yet',
    );
    expect(await readFile(join(folder, 'kept.csv'), 'utf8')).toMatch(/^\ufeffrow,phone,/);
    expect((await stat(join(folder, 'kept.csv'))).mode & 0o077).toBe(0);
    for (const where of ['.', 'nowhere/results.csv']) {
      const refused = await campaign('results', 'clinic', '--out', where);
      expect(refused).toMatchObject({ code: 2, out: '' });
      expect(refused.err).toContain(`${where} cannot be written`);
    }
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect((await campaign('dnc', 'export', '--out', 'dnc.csv')).out).toMatch(/dnc\.csv: \d+ numbers?/);
  });

  it('says what is wrong with a command, a file or a name', async () => {
    expect(await campaign('fly')).toMatchObject({
      code: 2,
      err: expect.stringContaining('there is no "campaign fly"') as string,
    });
    expect((await campaign('import', 'nowhere', 'contacts.csv')).err).toMatch(
      /no campaign "nowhere".*INZWA_CAMPAIGN_UNKNOWN/s,
    );
    expect((await campaign('new', 'clinic', '--script', 'hutano', '--trunk', 'twilio')).err).toMatch(
      /called "clinic" already/,
    );
    expect((await campaign('import', 'clinic', 'nofile.csv')).err).toMatch(
      /nofile\.csv cannot be read: there is no such file.*INZWA_CONTACTS_INVALID/s,
    );
    await writeFile(join(folder, 'bad.yaml'), 'window:\n  days:\n    mon: [8-20]\n');
    expect(
      (await campaign('new', 'x', '--script', 'hutano', '--trunk', 'twilio', '--settings', 'bad.yaml')).err,
    ).toMatch(/window\.days\.mon\.0: must be a time of day.*INZWA_CAMPAIGN_SETTINGS/s);
  });
});
