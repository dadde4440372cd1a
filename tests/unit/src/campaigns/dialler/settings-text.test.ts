import { describe, expect, it } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import { readSettingsText } from '#src/campaigns/dialler/settings-text.ts';

function faultsOf(text: string): readonly string[] {
  try {
    readSettingsText(text, 'rules.yaml');
  } catch (error) {
    if (isInzwaError(error, 'INZWA_CAMPAIGN_SETTINGS')) return error.details['faults'] as readonly string[];
    throw error;
  }
  return [];
}

describe('the rules of a campaign as a text', () => {
  it('are YAML or JSON, kept as they were written', () => {
    expect(readSettingsText('maxCalls: 4\nperPhone: { perDay: 2 }\n', 'rules.yaml')).toEqual({
      maxCalls: 4,
      perPhone: { perDay: 2 },
    });
    expect(readSettingsText('{\n\t"maxCalls": 4\n}\n', 'rules.json')).toEqual({ maxCalls: 4 });
    for (const empty of ['', '# nothing yet\n', '---\n']) expect(readSettingsText(empty, 'rules.yaml')).toEqual({});
  });

  it('name every fault with its line', () => {
    expect(faultsOf('tz: Mars/Base\nwindow:\n  days:\n    mon: [8-20]\n')).toEqual([
      'rules.yaml:1: tz: must be an IANA time zone like Africa/Harare',
      'rules.yaml:4: window.days.mon.0: must be a time of day from and to, like 08:00-20:00',
    ]);
    expect(faultsOf('maxCalls: 4\n\nringSecond: 20\n')).toEqual(['rules.yaml:3: Unrecognized key: "ringSecond"']);
    expect(faultsOf('retries:\n  busy:\n    max: 3\n    after: 3\n')).toEqual([
      'rules.yaml:4: retries.busy: Unrecognized key: "after"',
    ]);
    expect(faultsOf('maxCalls: [\n')[0]).toMatch(/^rules\.yaml:\d: /);
    expect(faultsOf('maxCalls: 4\nmaxCalls: 5\n')).toEqual(['rules.yaml:2: Map keys must be unique']);
    expect(faultsOf('- maxCalls: 4\n')[0]).toMatch(/^rules\.yaml:1: Invalid input: expected object/);
  });

  it('say of a consent that is not required what is missing', () => {
    expect(faultsOf('consent: { isRequired: false }\n')).toEqual([
      expect.stringContaining('rules.yaml:1: consent.signedBy: '),
      expect.stringContaining('rules.yaml:1: consent.why: '),
    ]);
  });
});
