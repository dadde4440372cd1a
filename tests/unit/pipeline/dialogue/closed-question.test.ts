import { describe, expect, it } from 'vitest';
import { ClosedQuestionReader, digitSaid, wordsOfDigit } from '#pipeline/dialogue/closed-question.ts';
import type { Transcript } from '#pipeline/ports.ts';
import { loadHotline } from '#prompts/load.ts';

const { pack } = loadHotline('kiriniki');
const BASELINE = -7;
const LIFT = 0.6 * BASELINE;

function heard(text: string, rest: Partial<Transcript> = {}): Transcript {
  return {
    utteranceId: 'call#1',
    text,
    avgLogProb: -0.5,
    confidence: 0.6,
    noSpeechProb: 0.01,
    window: 'short',
    audioMs: 900,
    timings: { melMs: 1, encoderMs: 1, decoderMs: 1 },
    ...rest,
  };
}

describe('yes or no', () => {
  const reader = reading({ kind: 'yes-no' });
  /** The audio is this much likelier to hold the phrase than any other. */
  const scores = (phrase: string, score: number, lead: number): number[] =>
    reader.set.texts.map((text) => LIFT + (text === phrase ? score : score - lead));

  it.each([
    ['Hongu', 'yes'],
    ['Ehe', 'yes'],
    ['Hongu ndapota', 'yes'],
    ['Kwete', 'no'],
    ['Aiwa ndatenda', 'no'],
  ])('"%s" is %s', (text, kind) => {
    expect(reader.answerTo(heard(text))).toMatchObject({ kind, needsReadBack: false });
  });

  it.each(['Mhm', 'mm', 'a-a'])('"%s" is never an answer, whatever the audio is likest to', (text) => {
    expect(reader.answerTo(heard(text), scores('hongu', 2, 4)).kind).toBe('unclear');
  });

  it('leaves the word to wishes that go before it', () => {
    expect(reader.answerTo(heard('Dzokororai'))).toEqual({ kind: 'intent', intent: 'repeat' });
    expect(reader.answerTo(heard('Ndinoda kutaura nemunhu'))).toEqual({ kind: 'intent', intent: 'human' });
    expect(reader.answerTo(heard('Musandifonerezve'))).toEqual({ kind: 'intent', intent: 'opt-out' });
    expect(reader.answerTo(heard('Arumwa nenyoka'))).toEqual({ kind: 'intent', intent: 'emergency' });
  });

  it('lets the audio say what the words do not', () => {
    expect(reader.answerTo(heard('Ungu.', { confidence: 0.2 })).kind).toBe('unclear');
    expect(reader.answerTo(heard('Ungu.', { confidence: 0.2 }), scores('hongu', 0.5, 2))).toMatchObject({
      kind: 'yes',
      needsReadBack: false,
    });
  });

  it('asks to read back what is only somewhat likelier, and does not guess at what is hardly', () => {
    expect(reader.answerTo(heard('Zzz'), scores('kwete', 0, 0.8))).toMatchObject({ kind: 'no', needsReadBack: true });
    expect(reader.answerTo(heard('Zzz'), scores('kwete', 0, 0.1)).kind).toBe('unclear');
    expect(reader.answerTo(heard('Zzz'), scores('kwete', -2, 2)).kind).toBe('unclear');
  });

  it('is not answered by what is likelier to be a question', () => {
    const rival = { choiceId: 'nhomba', phrase: 'Pane nhomba here nhasi?', score: LIFT + 1 };
    expect(reader.answerTo(heard('Zzz'), scores('hongu', 0.5, 2), [rival]).kind).toBe('unclear');
  });

  it('hears nothing in silence', () => {
    expect(reader.answerTo(heard('', { doubt: 'no-speech' }), scores('hongu', 2, 4)).kind).toBe('unclear');
  });
});

describe('one of a menu', () => {
  const reader = reading({
    kind: 'choice',
    choices: [
      { id: 'hours', phrases: ['nguva dzekuvhura'], digit: '1' },
      { id: 'vaccines', phrases: ['nhomba dzevana'], digit: '2' },
    ],
  });

  it.each([
    ['nhamba imwe', 'hours'],
    ['One.', 'hours'],
    ['poshi', 'hours'],
    ['tuu', 'vaccines'],
    ['Nhomba dzevana', 'vaccines'],
    ['nguva dzekuvura', 'hours'],
  ])('"%s" is %s', (text, choiceId) => {
    expect(reader.answerTo(heard(text))).toMatchObject({ kind: 'choice', choiceId });
  });

  it.each(['nhatu', 'Mwana wangu arwara', 'imwe mbiri'])('"%s" is none of them', (text) => {
    expect(reader.answerTo(heard(text)).kind).toBe('unclear');
  });
});

describe('a number', () => {
  const reader = reading({ kind: 'number', expects: 'number' });

  it('is heard in words of which every one is in the set', () => {
    const text = 'makumi maviri nenhanhatu';
    expect(reader.set.kind).toBe('words');
    for (const word of text.split(' ')) expect(reader.set.texts).toContain(word);
    expect(reader.answerTo(heard(text, { confidence: 0.9 }))).toMatchObject({
      kind: 'number',
      value: { value: 26 },
      needsReadBack: false,
    });
  });

  it('is read back when it was hardly heard', () => {
    expect(reader.answerTo(heard('shanu', { confidence: 0.2 }))).toMatchObject({ needsReadBack: true });
  });

  it('of a small range is what the audio is likest to', () => {
    const small = reading({ kind: 'number', expects: 'number', range: { from: 0, to: 20 } });
    expect(small.set).toMatchObject({ kind: 'phrases' });
    expect(small.set.texts).toHaveLength(21);
    const scores = (lead: number): number[] =>
      small.set.texts.map((text) => LIFT + (text === 'gumi nembiri' ? 0 : -lead));
    expect(small.answerTo(heard('Zzz'), scores(2))).toMatchObject({ value: { value: 12 }, needsReadBack: false });
    expect(small.answerTo(heard('Zzz'), scores(0.8))).toMatchObject({ value: { value: 12 }, needsReadBack: true });
    expect(small.answerTo(heard('Zzz'), scores(0.2)).kind).toBe('unclear');
  });

  it('is not in other words', () => {
    expect(reader.answerTo(heard('Mwana wangu arwara')).kind).toBe('unclear');
  });
});

describe('a digit that is all of an utterance', () => {
  it.each([
    ['nhamba imwe', '1', true],
    ['number two', '2', true],
    ['Imwe ndapota.', '1', false],
    ['ziro', '0', false],
  ])('"%s"', (text, digit, isNumbered) => {
    expect(digitSaid(text, pack)).toEqual({ digit, isNumbered });
  });

  it.each(['imwe nguva', 'makumi maviri', 'gumi', 'one two', 'Mwana mumwe arwara', ''])('"%s" is none', (text) => {
    expect(digitSaid(text, pack)).toBeUndefined();
  });
});

it('knows a digit by its Shona, English and adapted names', () => {
  expect(wordsOfDigit('1', pack)).toEqual(expect.arrayContaining(['imwe', 'poshi', 'one', 'wani']));
  expect(wordsOfDigit('2', pack)).toEqual(expect.arrayContaining(['mbiri', 'tuu']));
});

function reading(question: ConstructorParameters<typeof ClosedQuestionReader>[0]): ClosedQuestionReader {
  const { set } = new ClosedQuestionReader(question, pack);
  return new ClosedQuestionReader(question, pack, { baseline: new Map(set.texts.map((text) => [text, BASELINE])) });
}
