import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROMPTS_DIR } from '#prompts/language.ts';
import { lintPack } from '#prompts/pack-lint.ts';
import { checklist } from '#src/cli/pack/checklist.ts';
import { readPack } from '#src/cli/pack/entries.ts';

const SHARED = 'interview.yaml';
const SCRIPT = 'campaigns/afya.yaml';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'interviews-'));
  cpSync(join(PROMPTS_DIR, 'sw'), join(dir, 'sw'), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Changes a file of the copied pack; returns the line on which it changed. */
function edit(file: string, from: string, to: string): number {
  const path = join(dir, 'sw', file);
  const before = readFileSync(path, 'utf8');
  if (!before.includes(from)) throw new Error(`${file} does not hold ${from}`);
  writeFileSync(path, before.replace(from, to));
  return before.slice(0, before.indexOf(from)).split('\n').length;
}

describe('the lint of interviews', () => {
  it.each(['sn', 'sw'])('finds nothing wrong with those of %s', (code) => {
    expect(lintPack(code)).toEqual({ faults: [], warnings: [] });
  });

  it.each([
    [SHARED, 'Umesema {answer}. Je,', 'Umesema hivyo. Je,', 'phrase "read-back" must hold {answer}'],
    [SHARED, 'Tafadhali subiri kidogo.', 'Tafadhali subiri {muda}.', 'unknown placeholder {muda}'],
    [SHARED, 'Samahani, sijaelewa.', 'Samahani, sijaelewa ☎.', 'a voice cannot say ☎'],
    [SHARED, 'Sawa, tuendelee.', 'Sawa, strengths.', '"strengths" is not a word by its syllables'],
    [SHARED, 'id: left-out', 'id: left-in', 'there is no phrase "left-in" in interviews'],
    [SHARED, 'id: thinking', 'id: still-there', 'phrase "still-there" is there twice'],
    [SCRIPT, "key: '2'", "key: '1'", 'key 1 is there twice'],
    [SCRIPT, 'says: watu {n}', 'says: watu', 'must hold {n}'],
    [SCRIPT, 'Karibu useme.', 'Karibu {greeting}.', 'unknown placeholder {greeting}'],
  ])('names a fault of %s by its line: %s -> %s', (file, from, to, what) => {
    const line = edit(file, from, to);
    const { faults } = lintPack('sw', dir);
    const found = faults.find((fault) => fault.includes(what)) ?? faults.join('\n');
    const at = Number(/^(?:sw|campaigns)\/\w+\.yaml:(\d+): /u.exec(found)?.[1]);
    expect(found).toContain(what);
    expect(Math.abs(at - line)).toBeLessThanOrEqual(1);
    expect(new Set(faults).size).toBe(faults.length);
  });

  it('reads what scripts share though there is no script', () => {
    rmSync(join(dir, 'sw/campaigns'), { recursive: true });
    edit(SHARED, 'Umesema {answer}. Je,', 'Umesema hivyo. Je,');
    expect(lintPack('sw', dir).faults).toEqual([
      expect.stringMatching(/^sw\/interview\.yaml:\d+: phrase "read-back"/u),
    ]);
  });

  it.each([
    [SHARED, 'id: slower, confidence', 'id: slow-er, confidence', 'phrase "slower" is missing'],
    [SHARED, '- sina muda\n', '- rudia\n', '"rudia" is heard as "repeat" as well as "later"'],
    [SHARED, '- sijui\n', '- simjui\n', '"simjui" is heard as "wrong-person" as well as "unknown"'],
    [SHARED, 'Machi, Aprili', 'Aprili, Machi', '"tarehe 3 Aprili 2026" is not heard as the 3rd of month 3'],
    [SHARED, "'{day} {time}'", "'{day} saa {time}'", '"kesho saa 8:00" is not heard as that time'],
    [SHARED, 'tomorrow: kesho', 'tomorrow: leo', '"leo" is not heard as tomorrow'],
    [SCRIPT, '3 kama ni ya ziwa', 'mengine ni ya ziwa', 'callers are not told of key 3'],
    [SCRIPT, '9 kama hutaki', 'sema kama hutaki', 'callers are not told of key 9'],
    [SCRIPT, 'kwenye ziwa', 'kwenye kisimani', 'sounds nearly like "kwenye kisima"'],
  ])('warns of what works and may be heard wrongly, in %s: %s -> %s', (file, from, to, what) => {
    edit(file, from, to);
    const { warnings } = lintPack('sw', dir);
    expect(warnings.join('\n')).toContain(what);
    for (const warning of warnings) expect(warning).toMatch(/^(?:sw|campaigns)\/\w+\.yaml:\d+: /u);
  });

  it('says when a pack holds no interviews, and that its scripts need some', () => {
    rmSync(join(dir, 'sw', SHARED));
    expect(lintPack('sw', dir).faults).toEqual(['sw: sw/afya is a script, but the pack has no interview.yaml']);
    rmSync(join(dir, 'sw/campaigns'), { recursive: true });
    expect(lintPack('sw', dir)).toMatchObject({ faults: [], warnings: [expect.stringContaining('no interviews')] });
  });
});

describe('what a native speaker is asked to check', () => {
  it('holds what interviews say and understand, and every sentence of a script', () => {
    const list = checklist(readPack('sw', dir), { withReviewed: false }) ?? '';
    for (const entry of [
      ...['phrase interview/opt-out', 'phrase interview/later-when', 'word class interview/later', 'moments interview'],
      ...['script afya/opening', 'script afya/consent', 'script afya/maji', 'script afya/maji: answers'],
    ]) {
      expect(list.split(`- [ ] **${entry}**`).length - 1, entry).toBe(1);
    }
    const urgent = list.slice(list.indexOf('## In an emergency'), list.indexOf('## How figures'));
    expect(urgent).toContain('phrase interview/emergency');
    expect(readPack('sw', dir).interviews.map(({ id }) => id)).toEqual(['afya']);
  });
});
