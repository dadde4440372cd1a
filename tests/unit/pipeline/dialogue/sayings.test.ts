import { describe, expect, test } from 'vitest';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { Sayings } from '#pipeline/dialogue/sayings.ts';
import { loadHotline } from '#prompts/load.ts';

const { human, ...rest } = loadHotline('kiriniki');
const staffed = new Sayings({ ...rest, ...(human && { human }) });
const unstaffed = new Sayings(rest satisfies Hotline);
const transferring = new Sayings({ ...rest, ...(human && { human }) }, { canTransfer: true });
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

describe('a request to speak slower', () => {
  const before = { texts: ['Kiriniki inovhura nguva dza8:00.'], asked: undefined };

  test('says once that it will, says it again, and is slower still the second time', () => {
    const first = staffed.intent('slower', before);
    expect(first).toMatchObject({ texts: [textOf('slower'), ...before.texts], pace: 0.8 });
    const second = staffed.intent('slower', { ...before, pace: first.pace! });
    expect(second).toMatchObject({ texts: [textOf('slower'), ...before.texts], pace: 0.65 });
  });

  test('promises nothing at the slowest, and repeats', () => {
    expect(staffed.intent('slower', { ...before, pace: 0.65 })).toMatchObject({ texts: before.texts, pace: 0.65 });
  });

  test('offers help where nothing was said yet', () => {
    expect(staffed.intent('slower', NOTHING).texts).toEqual([textOf('slower'), textOf('help')]);
  });

  test('leaves the pace of other answers as it is', () => {
    expect(staffed.intent('repeat', { ...before, pace: 0.8 }).pace).toBeUndefined();
    expect(staffed.card('nhomba').pace).toBeUndefined();
  });
});

describe('a greeting', () => {
  const answer = (heard: string, more = {}): string =>
    staffed.intent('greeting', { ...NOTHING, heard, ...more }).texts.join(' ');

  test('is returned in kind, and help is offered', () => {
    expect(answer('Mangwanani, mamuka sei?')).toBe('Ndamuka kana mamukawo. Tingakubatsirai sei nhasi?');
    expect(answer('Makadii?')).toBe('Tiripo makadiiwo? Tingakubatsirai sei nhasi?');
  });

  test('is returned once: whoever greets again is asked what it is about', () => {
    expect(answer('Tiripo makadiiwo', { hasGreeted: true })).toBe(textOf('greeting-again'));
  });

  test('is answered by a phrase where the pack has no replies', () => {
    const plain = new Sayings({ ...rest, pack: { ...rest.pack, greetingReplies: [] } });
    expect(plain.intent('greeting', { ...NOTHING, heard: 'Makadii?' }).texts).toEqual([textOf('greeting-reply')]);
  });
});

describe.each(['emergency', 'sensitive'] as const)('what is said to words of the class %s', (intent) => {
  test('leads from the fixed sentence to a person', () => {
    expect(staffed.intent(intent, NOTHING).texts).toEqual([textOf(intent), textOf('human-number')]);
    expect(staffed.intent(intent, NOTHING).reply.endsCall).toBe(false);
    const offered = transferring.intent(intent, NOTHING);
    expect(offered).toMatchObject({ texts: [textOf(intent), textOf('offer-transfer')], asked: 'human' });
    expect(transferring.intent('yes', { texts: [], asked: offered.asked }).reply).toMatchObject({ handsTo: 'human' });
  });

  test('names nobody where there is nobody', () => {
    expect(unstaffed.intent(intent, NOTHING).texts).toEqual([textOf(intent)]);
  });
});

test('an opt-out ends the call and promises nothing', () => {
  const saying = staffed.intent('opt-out', NOTHING);
  expect(saying.reply.endsCall).toBe(true);
  expect(saying.texts).toEqual(['Tazvinzwa. Tatenda, chisarai zvakanaka.']);
});
