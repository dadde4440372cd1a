import { describe, expect, it } from 'vitest';
import { loadInterview, readScript } from '#prompts/campaign.ts';
import { contactsCsv, inventPeople, KINDS } from '#src/cli/campaign/rehearse/people.ts';
import { keyed, saidBack, spoken, textsOf } from '#src/cli/campaign/rehearse/words.ts';
import { AllowList, parseNumber } from '#telephony/numbers.ts';
import { seededRandom } from '#telephony/phone/random.ts';

const script = readScript('hutano');
const interview = loadInterview(script.id, script.text);
const NOW = Date.parse('2026-11-26T10:00:00Z');

function people(count: number, seed = 1) {
  return inventPeople({ interview, count, random: seededRandom(seed), nowMs: NOW });
}

describe('invented people', () => {
  it('are of every kind when there are enough of them, and the same for the same seed', () => {
    expect(new Set(people(KINDS.length).map(({ kind }) => kind))).toEqual(new Set(KINDS));
    const [one, same, other] = [people(30), people(30), people(30, 2)].map((all) =>
      JSON.stringify(all.map(({ kind, means }) => [kind, ...means])),
    );
    expect(one).toBe(same);
    expect(one).not.toBe(other);
  });

  it('have numbers that may be dialled, each their own', () => {
    const numbers = people(200).map(({ number }) => number);
    expect(new Set(numbers).size).toBe(200);
    const allowed = AllowList.parse('+263');
    for (const number of numbers) {
      expect(parseNumber(number)).toEqual({ ok: true, number });
      expect(allowed.check(number)).toBe('allowed');
    }
    expect(contactsCsv(people(1), interview)).toMatch(/^phone,zita\r\n0770000101,\p{L}+\r\n$/u);
  });

  it('mean answers that the script takes', () => {
    for (const { means } of people(100)) {
      expect([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).toContain(means.get('varwere'));
      expect(['pombi', 'tsime', 'rwizi']).toContain(means.get('mvura'));
      const date = String(means.get('kiriniki'));
      expect(date > '2026-01-01' && date < '2026-11-26').toBe(true);
    }
  });

  it('say and press what they mean, and know how it is said back', () => {
    const question = (id: string) => interview.questions.find((each) => each.id === id)!;
    expect(spoken(question('kiriniki'), '2026-03-05', interview)).toBe('musi wa5 Kurume');
    expect(keyed(question('kiriniki'), '2026-03-05')).toBe('05032026');
    expect(saidBack(question('kiriniki'), '2026-03-05', interview)).toBe('musi wa5 Kurume 2026');
    expect(keyed(question('mvura'), 'tsime')).toBe('2');
    expect(keyed(question('mashoko'), 'Tatenda.')).toBeUndefined();
    expect(textsOf(people(14), interview).every((text) => text !== '')).toBe(true);
  });
});
