import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROMPTS_DIR } from '#prompts/language.ts';
import { checklist } from '#src/cli/pack/checklist.ts';
import { coverage, reviewState } from '#src/cli/pack/coverage.ts';
import { readPack } from '#src/cli/pack/entries.ts';
import { lint, unreviewedIn } from '#src/cli/pack/lint.ts';
import { renderCard } from '#src/cli/pack/score-card.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pack-'));
  cpSync(join(PROMPTS_DIR, 'sn'), join(dir, 'sn'), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Edits a file of the copied pack; returns the number of the first line that differs. */
function edit(file: string, from: string | RegExp, to: string): number {
  const path = join(dir, 'sn', file);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
  const lines = before.split('\n');
  return after.split('\n').findIndex((line, at) => line !== lines[at]) + 1;
}

const CARDS = 'hotlines/kiriniki/cards.yaml';

describe('pack lint', () => {
  it('finds no fault in the pack that comes with the program, and warns of what nobody reviewed', () => {
    const { faults, warnings } = lint('sn', PROMPTS_DIR);
    expect(faults).toEqual([]);
    expect(warnings.some((line) => /^sn\/pack\.yaml:\d+: warning: phrase "sensitive".*not reviewed$/u.test(line))).toBe(
      true,
    );
    expect(warnings.some((line) => line.startsWith('kiriniki/cards.yaml:') && line.includes('"kiriniki/njodzi"'))).toBe(
      true,
    );
    expect(warnings.at(-1)).toMatch(/^sn: warning: \d+ more/u);
  });

  it('names every fault once, with file and line', () => {
    const cardLine = edit(CARDS, 'Hadzibhadharwi.', 'Unogona kuuya.');
    const packLine = edit('pack.yaml', 'Muchiripo here?', 'Uripo here?');
    const { faults } = lint('sn', dir);
    expect(faults).toHaveLength(2);
    // A folded text begins on the line of its mark.
    expect(faults.find((fault) => fault.includes('unogona'))).toMatch(
      new RegExp(`^kiriniki/cards\\.yaml:(?:${cardLine}|${cardLine - 1}): `, 'u'),
    );
    expect(faults.find((fault) => fault.includes('uripo'))).toContain(`sn/pack.yaml:${packLine}: `);
  });

  it('goes on to the other hotlines when one cannot be used', () => {
    cpSync(join(dir, 'sn/hotlines/kiriniki'), join(dir, 'sn/hotlines/chikoro'), { recursive: true });
    const { faults } = lint('sn', dir);
    expect(faults).toEqual([expect.stringMatching(/^chikoro\/hotline\.yaml:\d+: id "kiriniki"/u)]);
  });

  it('tells of a pack that is not there and of one without a hotline', () => {
    expect(lint('xx', dir).faults).toEqual([expect.stringContaining('there is no such pack')]);
    rmSync(join(dir, 'sn/hotlines/kiriniki'), { recursive: true });
    expect(lint('sn', dir).warnings[0]).toContain('no hotline');
  });

  it('does not warn of what a native speaker has reviewed, phrase by phrase or file by file', () => {
    const named = (what: string): boolean =>
      unreviewedIn(readPack('sn', dir).entries, 'sn').some((line) => line.includes(what));
    expect(named('phrase "sensitive"')).toBe(true);
    edit('pack.yaml', 'id: sensitive, confidence: C,', 'id: sensitive, confidence: C, reviewed: yes,');
    expect(named('phrase "sensitive"')).toBe(false);
    expect(named('phrase "resumed"')).toBe(true);
    edit('pack.yaml', 'reviewed: no', 'reviewed: yes');
    expect(named('phrase "resumed"')).toBe(false);
    expect(named('phrase "kiriniki/emergency"')).toBe(true);
  });
});

describe('pack checklist', () => {
  const list = (): string => checklist(readPack('sn', dir), { withReviewed: false })!;

  it('begins with what is most doubtful', () => {
    const order = [
      'Written without a source',
      'In an emergency',
      'How figures',
      'Formed by a rule',
      'Answers',
      'Found in texts',
    ];
    const text = list();
    const places = order.map((title) => text.indexOf(`## ${title}`));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('has a box, a place and room for a correction for everything, and each only once', () => {
    const { entries } = readPack('sn', dir);
    const text = list();
    for (const { kind, id, at } of entries) {
      expect(text.split(`- [ ] **${kind} ${id}**`).length - 1, `${kind} ${id}`).toBe(1);
      expect(text).toContain(`(${at})`);
    }
    expect(text.match(/correction: ___/gu)!.length).toBeGreaterThanOrEqual(entries.length);
  });

  it('shows how figures are said', () => {
    expect(list()).toContain('nguva dza8:00. → *Kiriniki inovhura nguva dzasere.*');
    expect(list()).toContain('ziro nomwe nomwe, mbiri ziro ziro');
  });

  it('leaves out what is reviewed unless all is wanted', () => {
    edit('pack.yaml', 'id: resumed, confidence: C,', 'id: resumed, confidence: C, reviewed: yes,');
    expect(list()).not.toContain('**phrase resumed**');
    expect(checklist(readPack('sn', dir), { withReviewed: true })).toContain('**phrase resumed**');
  });

  it('is not made from a pack that cannot be used', () => {
    edit('pack.yaml', 'untilHour: 24', 'untilHour: 23');
    expect(checklist(readPack('sn', dir), { withReviewed: false })).toBeUndefined();
  });
});

describe('pack score', () => {
  it('counts what there is and what is not reviewed', () => {
    const { hotlines, entries } = readPack('sn', dir);
    const kiriniki = hotlines[0]!;
    expect(coverage(hotlines).hotlines['kiriniki']).toEqual({
      cards: kiriniki.cards.length,
      emergencyCards: 1,
      questions: kiriniki.cards.flatMap(({ questions }) => questions).length,
      fewestQuestions: 4,
      keys: kiriniki.keys.size,
      hasHuman: true,
      phrases: kiriniki.phrases.size,
    });
    const before = reviewState(entries);
    edit('pack.yaml', 'id: sensitive, confidence: C,', 'id: sensitive, confidence: C, reviewed: yes,');
    const after = reviewState(readPack('sn', dir).entries);
    expect(after.byConfidence.C).toBe(before.byConfidence.C - 1);
    expect(after.reviewed).toBe(before.reviewed + 1);
    expect(before.urgent).toContain('phrase sensitive');
    expect(after.urgent).not.toContain('phrase sensitive');
  });

  it('prints what was measured and why something was not', () => {
    const { hotlines, entries } = readPack('sn', dir);
    const tally = { n: 80, found: 76, wrong: 1, notUnderstood: 3 };
    const card = renderCard({
      language: 'sn',
      name: 'chiShona',
      faults: 0,
      coverage: coverage(hotlines),
      review: reviewState(entries),
      roundTrips: [{ kind: 'times', right: 1, of: 2, firstFailure: '8:00 → sere → none' }],
      sentences: { of: 3, unsayable: ['50 °'] },
      voice: { notMeasured: 'no voice here' },
      cards: {
        kiriniki: {
          asked: tally,
          intents: tally,
          other: { ...tally, n: 40, wrong: 0 },
          misses: [{ said: 'Munovhura nguvai?', manner: 'plain', expected: 'a', answered: 'b', text: 'vura' }],
        },
      },
    });
    expect(card).toContain('80 ways of asking: right 76 (95.0 %), wrong 1 (1.3 %), asked again 3 (3.8 %)');
    expect(card).toContain('"Munovhura nguvai?" was heard as "vura": b');
    expect(card).toContain('not measured: no voice here');
    expect(card).toContain('times, the first that did not: 8:00 → sere → none');
    expect(card).toContain('1 of 3');
  });
});
