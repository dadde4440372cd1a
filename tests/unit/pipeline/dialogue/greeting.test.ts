import { describe, expect, it } from 'vitest';
import { GreetingExchange } from '#pipeline/dialogue/greeting.ts';
import { IntentDetector } from '#pipeline/dialogue/intents.ts';
import { loadHotline } from '#prompts/load.ts';

const { pack } = loadHotline('kiriniki');
const exchange = new GreetingExchange(pack);
const at = (clock: string): number => Date.parse(`2026-11-23T${clock}:00+02:00`);

describe('a greeting in Harare', () => {
  it.each([
    ['08:00', 'Mangwanani', 'Mangwanani, makadii?'],
    ['08:00', 'Mangwanani, mamuka sei?', 'Ndamuka kana mamukawo.'],
    ['13:00', 'Masikati, maswera sei?', 'Ndaswera kana maswerawo.'],
    ['19:00', 'Manheru akanaka', 'Manheru, makadii?'],
    ['19:00', 'Manheru, maswera here?', 'Ndaswera kana maswerawo.'],
    ['10:00', 'Makadii?', 'Tiripo makadiiwo?'],
    ['10:00', 'Mangwanani, makadii zvenyu', 'Tiripo makadiiwo?'],
    ['10:00', 'Mhoroi', 'Mhoroi, makadii?'],
  ])('at %s: %s -> %s', (clock, said, answer) => {
    expect(exchange.answerTo(said, at(clock))).toBe(answer);
  });

  it.each([
    ['13:00', 'Mangwanani', 'Mangwanani, makadii?'],
    ['20:00', 'Masikati', 'Masikati, makadii?'],
    ['16:00', 'Mamuka sei?', 'Ndamuka kana mamukawo.'],
  ])('follows the caller where the clock disagrees (%s: %s)', (clock, said, answer) => {
    expect(exchange.answerTo(said, at(clock))).toBe(answer);
  });

  it.each([
    ['10:59', 'Mangwanani, makadii?'],
    ['11:00', 'Masikati, makadii?'],
    ['16:59', 'Masikati, makadii?'],
    ['17:00', 'Manheru, makadii?'],
    ['00:30', 'Mangwanani, makadii?'],
  ])('goes by the clock where the word says no time (%s)', (clock, answer) => {
    expect(exchange.answerTo('Hello', at(clock))).toBe(answer);
  });

  it('is understood as a recogniser writes it', () => {
    expect(exchange.answerTo('mangwanani mamukasei', at('08:00'))).toBe('Ndamuka kana mamukawo.');
    expect(exchange.answerTo('maswera sheyi', at('08:00'))).toBe('Ndaswera kana maswerawo.');
  });
});

it('has no answer where the pack has none', () => {
  expect(new GreetingExchange({ ...pack, greetingReplies: [] }).answerTo('Makadii?', 0)).toBeUndefined();
});

it('answers only what is heard as a greeting', () => {
  const detector = new IntentDetector(pack);
  for (const form of pack.greetingReplies.flatMap(({ heard }) => heard)) {
    expect(detector.detect(form, false), form).toBe('greeting');
  }
});
