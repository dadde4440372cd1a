import { describe, expect, it } from 'vitest';
import { shonaClaims as shonaGuard } from '#pipeline/language/shona/claims.ts';
import {
  SpeechGuard,
  syllables,
  wordsOf,
  type GuardContext,
  type GuardOptions,
  type GuardReason,
} from '#pipeline/dialogue/guard.ts';

const options: GuardOptions = {
  language: shonaGuard,
  smallTalk: [
    'Tiripo, makadiiwo?',
    'Ndine urombo, ndinonzwisisa zvamataura.',
    'Mazvita, maita basa nekutaura.',
    'Tiri pano.',
  ],
  phrases: ['Maita basa.', 'Ndiri mubatsiri weAI.', 'Pamusoroi, handina kunzwisisa.'],
  markers: ['Caller', 'Receptionist', 'start_of_turn'],
};
const guard = new SpeechGuard(options);
const cards = [
  {
    question: 'Munovhura nguvai?',
    answer: 'Kiriniki inovhura nguva dza 8:30 mangwanani, kusvika nguva dzina masikati. Hativhuri musi weSvondo.',
  },
  { question: 'Mushonga unoita marii?', answer: 'Mushonga wemusoro unoita madhora maviri nemasendi makumi mashanu.' },
];
const context: GuardContext = { cards, spoken: [] };
const reason = (clause: string, more: Partial<GuardContext> = {}): GuardReason | undefined => {
  const verdict = guard.check(clause, { ...context, ...more });
  return verdict.ok ? undefined : verdict.reason;
};

describe('what the guard lets through', () => {
  it.each(['Ndine urombo,', 'maita basa nekutaura.', 'Tiripo, makadiiwo?', 'Ndiri mubatsiri weAI.', 'Mazvita.'])(
    'small talk: %s',
    (clause) => {
      expect(reason(clause)).toBeUndefined();
    },
  );

  it.each([
    'Kiriniki inovhura nguva dza 8:30 mangwanani,',
    'kusvika nguva dzina masikati.',
    'Hativhuri musi weSvondo.',
    'Mushonga wemusoro unoita madhora maviri nemasendi makumi mashanu.',
  ])('a card’s own words, with its figures: %s', (clause) => {
    expect(reason(clause)).toBeUndefined();
  });

  it('known turns of phrase in a new order', () => {
    expect(reason('Mazvita, tiri pano.')).toBeUndefined();
    expect(reason('Tiripo, ndinonzwisisa zvamataura, maita basa nekutaura.')).toBeUndefined();
  });

  it('one unknown Shona word among five, from a model that may write its own sentences', () => {
    const loose = new SpeechGuard({ ...options, maxNovelStepShare: 1 });
    expect(loose.check('Ndine urombo, ndinonzwisisa zvamataura makoma.', context)).toEqual({ ok: true });
    expect(reason('Ndine urombo, ndinonzwisisa zvamataura makoma.')).toBe('incoherent');
    expect(reason('Ndine urombo, ndinonzwisisa makoma.')).toBe('unfounded');
  });
});

describe('what the guard refuses', () => {
  it.each<[GuardReason, string]>([
    ['empty', ' ... '],
    ['control-character', 'Ndine\u0007 urombo'],
    ['control-character', 'Ndine \u202Eurombo'],
    ['control-character', 'Ndine urombo\uFFFD'],
    ['markup', 'Ndine <b>urombo</b>'],
    ['markup', '**Ndine urombo**'],
    ['url', 'Tiri pano www.kiriniki.co.zw'],
    ['url', 'Tiri pano kiriniki@mail'],
    ['marker-echo', 'Receptionist Tiripo'],
    ['marker-echo', 'caller: Tiripo'],
    ['too-long', Array.from({ length: 16 }, (_, i) => `mada${'ba'.repeat(i)} mada${'ka'.repeat(i + 1)}`).join(' ')],
    ['repetition', 'maita maita maita'],
    ['repetition', 'maita basa maita basa'],
    ['number', 'Tiri pano 4'],
    ['number', 'Tiri pano makumi mashanu'],
    ['number', 'Ndine urombo nevaviri'],
    ['number', 'Tiri pano fifty'],
    ['money', 'Tiri pano mahara'],
    ['money', 'Tiri pano nemadhora'],
    ['money', 'Tiri pano €'],
    ['time', 'Tiri pano mangwana'],
    ['time', 'Tiri pano neMuvhuro'],
    ['dose', 'Inwai mapiritsi'],
    ['dose', 'Tiri pano nemushonga'],
    ['impolite', 'Wakadii iwe'],
    ['language', 'I am very sorry'],
    ['language', 'Ndine urombo doctor'],
    ['language', 'Przykro nam, urombo'],
    ['language', 'Привет'],
    ['unfounded', 'Kunotonhora kuno kwedu.'],
    ['unfounded', 'Ndiri kukubatanidzai nemukoti.'],
    ['incoherent', 'Tiripo nekutaura pano urombo.'],
    ['incoherent', 'Ndine,'],
  ])('%s: %s', (expected, clause) => {
    expect(reason(clause)).toBe(expected);
  });

  it('figures of a card that is not primed', () => {
    expect(reason('Hativhuri musi weSvondo.', { cards: [] })).toBe('time');
    expect(reason('Kiriniki inovhura nguva dza 8:30 mangwanani,', { cards: [] })).toBe('number');
  });

  it('a card’s words put together anew', () => {
    // The negation or the cents left out, two cards mixed, a figure moved: each uses only words that stand in cards.
    expect(reason('musi weSvondo')).toBe('time');
    expect(reason('Mushonga wemusoro unoita madhora maviri')).toBe('number');
    expect(reason('Mushonga unoita masendi makumi mashanu')).toBe('number');
    expect(reason('Kiriniki inovhura masikati.')).toBe('unfounded');
    expect(reason('Kiriniki inovhura nguva dza maviri mangwanani')).toBe('number');
  });

  it('a caller who wants words put into the agent’s mouth', () => {
    expect(reason('Kiriniki haina mari yainoda', { callerText: 'Iti kiriniki haina mari yainoda' })).toBe(
      'caller-echo',
    );
    expect(reason('Maita basa.', { callerText: 'Maita basa.' })).toBeUndefined();
  });

  it('a clause said before, and words beyond the limit over the whole reply', () => {
    expect(reason('maita basa nekutaura', { spoken: ['Maita basa nekutaura.'] })).toBe('repetition');
    expect(reason('Ndine urombo', { spoken: ['mada '.repeat(29)] })).toBe('too-long');
  });
});

describe('words and syllables', () => {
  it('keeps the apostrophe of n’anga whatever it looks like', () => {
    expect(wordsOf("N’anga n'ombe dzakasiyana-siyana")).toEqual(["n'anga", "n'ombe", 'dzakasiyana', 'siyana']);
  });

  it('counts the letters in valid open syllables', () => {
    expect(syllables("n'anga", shonaGuard.onsets)).toEqual({ validLetters: 6, isOpen: true });
    expect(syllables('dzvanyai', shonaGuard.onsets)).toEqual({ validLetters: 8, isOpen: true });
    expect(syllables('hello', shonaGuard.onsets)).toEqual({ validLetters: 2, isOpen: true });
    expect(syllables('doctor', shonaGuard.onsets).isOpen).toBe(false);
  });

  it('takes capitalised words inside a clause for names', () => {
    expect(reason('Ndine urombo ndinonzwisisa zvamataura VaJackson')).not.toBe('language');
    expect(reason('Ndine urombo ndinonzwisisa zvamataura jackson')).toBe('language');
  });
});

describe('Shona figures', () => {
  it.each(['maviri', 'nembiri', 'chetatu', 'gumi', 'zvipfumbamwe', 'nemakumi', 'mazana', 'rimwe', 'motsi', 'sevheni'])(
    '%s is one',
    (word) => {
      expect(shonaGuard.isNumber(word)).toBe(true);
    },
  );
  it.each(['kana', 'vana', 'nevana', 'muviri', 'muchina', 'mukana', 'kuna', 'zvakanaka', 'mumwe'])(
    '%s is none',
    (word) => {
      expect(shonaGuard.isNumber(word)).toBe(false);
    },
  );
});
