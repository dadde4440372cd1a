import { describe, expect, it } from 'vitest';
import { hear, type HearOptions, type OpenOrClosedListening } from '#pipeline/recognition/hearing.ts';

type Readings = Readonly<Record<string, number>>;

interface Script {
  readonly open?: Readings;
  readonly led?: Readings;
  readonly words?: Readings;
  /** In the audio and in silence. */
  readonly scores?: Readonly<Record<string, readonly [number, number]>>;
  readonly greedy?: readonly [string, number];
  readonly noSpeechProb?: number;
}

/** Says what it is told to, and keeps which ways it was asked in. */
function listening({
  open = {},
  led = {},
  words = {},
  scores = {},
  greedy = ['mvura', -0.5],
  noSpeechProb = 0,
}: Script) {
  const asked: string[] = [];
  const readingsOf = (readings: Readings) =>
    Object.entries(readings).map(([text, avgLogProb]) => ({ text, avgLogProb, isComplete: true }));
  const fake: OpenOrClosedListening = {
    noSpeechProb,
    greedily: () => {
      asked.push('greedily');
      return Promise.resolve({ text: greedy[0], avgLogProb: greedy[1], isComplete: true });
    },
    search: ({ words: liked, strength }) => {
      asked.push(liked.size === 0 ? 'open' : `led by ${[...liked].join(' ')} at ${strength}`);
      return Promise.resolve(readingsOf(liked.size === 0 ? open : led));
    },
    words: () => Promise.resolve(readingsOf(words)),
    score: (phrases) =>
      Promise.resolve(
        phrases.map((phrase) => ({ inAudio: scores[phrase]?.[0] ?? -9, inSilence: scores[phrase]?.[1] ?? -3 })),
      ),
  };
  return { fake, asked };
}

const ask = (script: Script, options: Partial<HearOptions> = {}) =>
  hear(listening(script).fake, { speechMs: 600, ...options });

describe('hear', () => {
  it('decodes greedily unless more is asked for', async () => {
    const { fake, asked } = listening({});
    expect(await hear(fake, { speechMs: 600, prompt: 'Mvura.' })).toEqual({
      text: 'mvura',
      avgLogProb: -0.5,
      alternatives: [],
      doubt: undefined,
    });
    expect(asked).toEqual(['greedily']);
  });

  it('searches openly for other readings, and tells as many as were asked for', async () => {
    const { fake, asked } = listening({ open: { mvura: -0.5, vhura: -0.6, imba: -0.7 } });
    const { text, alternatives } = await hear(fake, { speechMs: 600, alternatives: 1 });
    expect([text, alternatives]).toEqual(['mvura', [{ text: 'vhura', avgLogProb: -0.6 }]]);
    expect(asked).toEqual(['open']);
  });

  it('lets the lexicon lead, less so behind a prompt', async () => {
    const { fake, asked } = listening({ led: { vhura: -0.9 }, open: { mvura: -0.5 } });
    const lexicon = ['Vhura!'];
    expect(await hear(fake, { speechMs: 600, lexicon })).toMatchObject({ text: 'vhura', avgLogProb: -0.9 });
    expect(await hear(fake, { speechMs: 600, lexicon, prompt: 'Imba iri kupi?' })).toMatchObject({ text: 'vhura' });
    const [alone, primed] = asked.map((way) => Number(way.replace('led by Vhura at ', '')));
    expect(primed).toBeGreaterThan(0);
    expect(alone).toBeGreaterThan(primed!);
  });

  it('leaves alone what the prompt leads to already', async () => {
    const { fake, asked } = listening({ open: { imba: -0.5 } });
    await hear(fake, { speechMs: 600, lexicon: ['imba iri'], prompt: 'Imba iri kupi?' });
    expect(asked).toEqual(['open']);
  });
});

describe('hear, within a closed set', () => {
  const closed = { kind: 'phrases', texts: ['hongu', 'kwete', 'Kwete!'] } as const;

  it('takes the phrase that the audio speaks for, not the one that is likely anywhere', async () => {
    const scores = { hongu: [-2.2, -4], kwete: [-2, -2.4] } as const;
    const heard = await ask({ scores, greedy: ['Honga', -1.5] }, { closed, alternatives: 5 });
    expect(heard).toEqual({
      text: 'hongu',
      avgLogProb: -2.2,
      alternatives: [{ text: 'kwete', avgLogProb: -2 }],
      doubt: undefined,
    });
  });

  it('doubts when open decoding gains more over the phrase than the phrase over silence', async () => {
    const scores = { hongu: [-4, -4.5], kwete: [-5, -4] } as const;
    const heard = await ask({ scores, greedy: ['Mangwanani', -0.4] }, { closed });
    expect(heard).toMatchObject({ text: 'hongu', doubt: 'low-confidence' });
  });

  it('doubts when nothing was said', async () => {
    const scores = { hongu: [-2.2, -6] } as const;
    expect(await ask({ scores, noSpeechProb: 0.9 }, { closed })).toMatchObject({ doubt: 'no-speech' });
    expect(await ask({ scores }, { closed, speechMs: 60 })).toMatchObject({ doubt: 'no-speech' });
  });

  it('does not take an answer for an echo because it stands in the prompt', async () => {
    const phrase = 'ndinobvuma chaizvo';
    const scores = { [phrase]: [-1, -6] } as const;
    const heard = await ask(
      { scores },
      { closed: { kind: 'phrases', texts: [phrase] }, prompt: 'Munoti ndinobvuma chaizvo here?', speechMs: 1400 },
    );
    expect(heard).toMatchObject({ text: phrase, doubt: undefined });
  });

  it('believes words unless something else fits much better', async () => {
    const words = { kind: 'words', texts: ['gumi', 'nembiri'] } as const;
    const script = { words: { 'gumi nembiri': -2.5, gumi: -3 } };
    const near = await ask({ ...script, greedy: ['Gumi nembire', -0.9] }, { closed: words, alternatives: 1 });
    expect(near).toMatchObject({ text: 'gumi nembiri', avgLogProb: -2.5, doubt: undefined });
    expect(near.alternatives).toEqual([{ text: 'gumi', avgLogProb: -3 }]);
    const far = await ask({ ...script, greedy: ['Zvakanaka', -0.2] }, { closed: words });
    expect(far).toMatchObject({ text: 'gumi nembiri', doubt: 'low-confidence' });
  });

  it('listens openly when the set has no members', async () => {
    expect(await ask({}, { closed: { kind: 'phrases', texts: [' ', '?'] } })).toMatchObject({ text: 'mvura' });
  });
});
