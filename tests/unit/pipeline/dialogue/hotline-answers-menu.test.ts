import { describe, expect, it } from 'vitest';
import { keySaid, keysNamedIn, menuOf } from '#pipeline/dialogue/hotline-answers-menu.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import type { Transcript } from '#pipeline/ports.ts';
import { loadHotline } from '#prompts/load.ts';

const loaded = loadHotline('kiriniki');
const hotline: Hotline = {
  ...loaded,
  keys: new Map([
    ...loaded.keys,
    ['5', { kind: 'card', cardId: 'njodzi' }],
    ['7', { kind: 'intent', intent: 'opt-out' }],
  ]),
};

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

describe('keys that a text tells of', () => {
  it('are its lone figures', () => {
    expect([...keysNamedIn('Itii hongu, kana dzvanyai 0.', hotline)]).toEqual(['0']);
    expect([...keysNamedIn('1 nguva, 2 nhomba; 3: zvitupa', hotline)]).toEqual(['1', '2', '3']);
  });

  it('are not in times, prices, telephone numbers or keys that do nothing', () => {
    expect([...keysNamedIn('Fonerai 994 kana 077 200 3456 nguva dza8:30, $1.50, 9-12. Dzvanyai *', hotline)]).toEqual(
      [],
    );
  });
});

describe('a key whose number is said', () => {
  it('counts at any time with "number" before it', () => {
    expect(keySaid(heard('nhamba imwe'), hotline)).toBe('1');
    expect(keySaid(heard('Number two.'), hotline)).toBe('2');
    expect(keySaid(heard('imwe'), hotline)).toBeUndefined();
  });

  it('counts alone when the menu has just been told', () => {
    const menu = menuOf(new Set(['1', '2']), hotline)!;
    expect(menu.answerTo(heard('poshi'))).toMatchObject({ kind: 'choice', choiceId: '1' });
    expect(menu.answerTo(heard('two'))).toMatchObject({ kind: 'choice', choiceId: '2' });
    expect(menu.answerTo(heard('three')).kind).toBe('unclear');
  });

  it('must have been heard well', () => {
    expect(keySaid(heard('nhamba imwe', { confidence: 0.2 }), hotline)).toBeUndefined();
    expect(keySaid(heard('nhamba imwe', { doubt: 'low-confidence' }), hotline)).toBeUndefined();
  });

  it('never ends a call, strikes anybody off or stands for an emergency', () => {
    expect(keySaid(heard('nhamba shanu'), hotline)).toBeUndefined();
    expect(keySaid(heard('nhamba nomwe'), hotline)).toBeUndefined();
    expect(menuOf(new Set(['5', '7']), hotline)).toBeUndefined();
  });
});
