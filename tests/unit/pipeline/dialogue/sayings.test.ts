import { describe, expect, test } from 'vitest';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { Sayings } from '#pipeline/dialogue/sayings.ts';
import { loadHotline } from '#prompts/load.ts';

const { human, ...rest } = loadHotline('kiriniki');
const staffed = new Sayings({ ...rest, ...(human && { human }) });
const unstaffed = new Sayings(rest satisfies Hotline);
const NOTHING = { texts: [], asked: undefined };
const textOf = (id: string): string => rest.phrases.get(id)!.text;

describe('a wish for a person', () => {
  test('is answered with the number, asked for or offered', () => {
    const offer = staffed.notUnderstood(true);
    expect(offer).toMatchObject({ texts: [textOf('offer-human')], asked: 'human' });
    const accepted = staffed.intent('yes', { texts: offer.texts, asked: offer.asked });
    expect(accepted.texts).toEqual([textOf('human-number')]);
    expect(accepted.texts[0]).toContain('077 200 3456');
    expect(staffed.intent('human', NOTHING).texts).toEqual(accepted.texts);
  });

  test('is answered honestly where there is nobody, and nobody is offered', () => {
    expect(unstaffed.intent('human', NOTHING).texts).toEqual([textOf('transfer-failed')]);
    const third = unstaffed.notUnderstood(true);
    expect(third.texts).toEqual([textOf('not-understood'), textOf('transfer-failed')]);
    expect(third.asked).toBeUndefined();
  });
});

test('a request to speak slower repeats, without promising a pace that the voice cannot change', () => {
  const before = { texts: ['Kiriniki inovhura nguva dza8:00.'], asked: undefined };
  expect(staffed.intent('slower', before).texts).toEqual(['Ndapota teererai.', ...before.texts]);
  expect(staffed.intent('slower', NOTHING).texts).toEqual([textOf('repeat-nothing')]);
});

test('an opt-out ends the call and promises nothing', () => {
  const saying = staffed.intent('opt-out', NOTHING);
  expect(saying.reply.endsCall).toBe(true);
  expect(saying.texts).toEqual(['Tazvinzwa. Tatenda, chisarai zvakanaka.']);
});
