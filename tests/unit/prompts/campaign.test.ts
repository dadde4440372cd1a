import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { campaignScripts, examineScript, loadInterview, readScript } from '#prompts/campaign.ts';
import { withVariables } from '#pipeline/interview/script.ts';

const example = readScript('hutano');

/** Faults of the example with one thing changed. */
function faultsWith(from: string, to: string): readonly string[] {
  if (!example.text.includes(from)) throw new Error(`the example does not hold ${from}`);
  return examineScript(example.id, example.text.replace(from, to)).faults;
}

describe('a campaign script', () => {
  it('is found by its name, with and without its language', () => {
    expect(campaignScripts()).toContain('sn/hutano');
    expect(readScript('sn/hutano')).toEqual(example);
    expect(() => readScript('nothing')).toThrow(/there is no such script; known: .*sn\/hutano/u);
    expect(() => readScript('../pack')).toThrow(/there is no such script/u);
  });

  it('of the example has no fault, and says that nobody has reviewed it', () => {
    expect(examineScript(example.id, example.text)).toMatchObject({ faults: [], isReviewed: false });
    expect(loadInterview(example.id, example.text).variables).toEqual(['zita']);
  });

  it.each([
    ['id: hutano', 'id: other', /^campaigns\/hutano\.yaml:3: id "other" is not the file's name/u],
    ['language: sn', 'language: xx', /hutano\.yaml:5: there is no pack "xx"; known: .*sn/u],
    ["key: '2', says: [tsime", "key: '1', says: [tsime", /: key 1 is there twice/u],
    ["key: '2', says: [tsime", "key: '9', says: [tsime", /a key from 1 to 7/u],
    ['says: [rwizi,', 'says: [tsime,', /sounds the same as "tsime"/u],
    ['says: [rwizi,', 'says: [korera,', /understood as "emergency" everywhere/u],
    ['from: 1\n    to: 30', 'from: 31\n    to: 30', /from 31 is more than to 30/u],
    ['says: vanhu {n}', 'says: vanhu', /must hold \{n\}/u],
    ['onlyIf: { manyoka: true }', 'onlyIf: { mvura: tsime }', /"mvura", which is no question before this one/u],
    ['onlyIf: { manyoka: true }', 'onlyIf: { manyoka: tsime }', /"manyoka" is never answered by "tsime"/u],
    ['na{{zita}} here?', 'na{{surname}} here?', /\{\{surname\}\} is used, but variables does not list it/u],
    ['na{{zita}} here?', 'here?', /variable "zita" is used nowhere/u],
    ['Taurai henyu.', 'Taura {greeting}.', /unknown placeholder \{greeting\}/u],
    ['Taurai henyu.', 'Taura.', /"taura" speaks to one person/u],
    ['Taurai henyu.', 'Taurai ☎.', /a voice cannot say ☎/u],
    ['id: vagari', 'id: mvura', /question "mvura" is there twice/u],
    ['optional: yes', 'optional: maybe', /optional: /u],
    ['kind: open', 'kind: essay', /kind/u],
  ])('is refused with its line: %s -> %s', (from, to, wanted) => {
    const faults = faultsWith(from, to);
    expect(faults.join('\n')).toMatch(wanted);
    for (const fault of faults) expect(fault).toMatch(/^(?:campaigns|sn)\/[a-z]+\.yaml:\d+: /u);
  });

  it('in a language whose pack holds no interviews is refused with those that do', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inzwa-prompts-'));
    for (const code of ['aa', 'bb', 'cc']) await mkdir(join(folder, code));
    for (const code of ['bb', 'cc']) await writeFile(join(folder, code, 'interview.yaml'), '');
    const { faults } = examineScript(example.id, example.text.replace('language: sn', 'language: aa'), folder);
    await rm(folder, { recursive: true });
    const why = 'the pack "aa" holds no interviews (it has no interview.yaml); packs that do: bb, cc';
    expect(faults).toEqual([`campaigns/hutano.yaml:5: ${why}`]);
  });

  it('that is no YAML is refused, too', () => {
    expect(examineScript('sn/x', 'id: [').faults[0]).toMatch(/^campaigns\/x\.yaml:\d+: /u);
    expect(examineScript('sn/x', '').interview).toBeUndefined();
    expect(() => loadInterview('sn/x', 'id: 1')).toThrow(/script "sn\/x" cannot be used/u);
  });

  it('says what a contact brought as data: nothing in it fills another gap or is read out as a sign', () => {
    const said = withVariables('Ndiri kutaura na{{zita}} here?', { zita: '{greeting} <b>Moyo</b>\n{{zita}}☎' });
    expect(said).toBe('Ndiri kutaura nagreeting b Moyo /b zita here?');
    expect(withVariables('{{zita}}', { zita: 'a'.repeat(500) })).toHaveLength(80);
    expect(withVariables('{{zita}}', {})).toBe('');
  });
});
