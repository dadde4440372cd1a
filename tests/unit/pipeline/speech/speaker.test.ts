import { describe, expect, it } from 'vitest';
import { SentenceCache } from '#pipeline/speech/sentence-cache.ts';
import { slowerThan, USUAL_PACE } from '#pipeline/speech/pace.ts';
import { Speaker } from '#pipeline/speech/speaker.ts';
import type { Synthesizer } from '#pipeline/ports.ts';
import type { Piece } from '#pipeline/dialogue/reply.ts';
import { shonaWith } from '#pipeline/language/shona/shona.ts';
import { ScriptedSynthesizer } from '../../../support/scripted-models.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const { signal } = new AbortController();
const TEXT = 'Kiriniki inovhura nguva dza8:00 mangwanani.';

function speakerWith(cache: SentenceCache, language = shonaWith({})): { speaker: Speaker; asked: readonly string[] } {
  const clock = new VirtualClock();
  const synthesizer = new ScriptedSynthesizer({ clock, rtf: 0 });
  return { speaker: new Speaker({ synthesizer, language, cache, clock }), asked: synthesizer.asked };
}

async function said(pieces: AsyncIterable<Piece>): Promise<{ samples: number; isCached: boolean }> {
  let [samples, isCached] = [0, true];
  for await (const piece of pieces) {
    samples += piece.pcm.length;
    isCached &&= piece.isCached;
  }
  return { samples, isCached };
}

describe('a fixed text', () => {
  it('is rendered once for each pace, and slower it is longer by that factor', async () => {
    const { speaker, asked } = speakerWith(new SentenceCache({ voice: 'v' }));
    const usual = await said(speaker.say(TEXT, { signal }));
    const slow = await said(speaker.say(TEXT, { signal, pace: 0.8 }));
    expect([usual.isCached, slow.isCached]).toEqual([false, false]);
    expect(slow.samples / usual.samples).toBeCloseTo(1 / 0.8, 2);
    expect(await said(speaker.say(TEXT, { signal, pace: 0.8 }))).toEqual({ samples: slow.samples, isCached: true });
    expect(await said(speaker.say(TEXT, { signal }))).toEqual({ samples: usual.samples, isCached: true });
    expect(asked).toHaveLength(2);
  });

  it('is found where it was rendered beforehand', async () => {
    const { speaker } = speakerWith(new SentenceCache({ voice: 'v' }));
    expect(await speaker.prerender([TEXT, TEXT], { signal })).toBe(1);
    expect((await said(speaker.say(TEXT, { signal }))).isCached).toBe(true);
  });

  it('is rendered anew when its figures are read otherwise', async () => {
    const cache = new SentenceCache({ voice: 'v' });
    await speakerWith(cache).speaker.prerender([TEXT], { signal });
    const { speaker, asked } = speakerWith(cache, shonaWith({ hours: 'english' }));
    expect((await said(speaker.say(TEXT, { signal }))).isCached).toBe(false);
    expect(asked[0]).toContain('eiti');
  });
});

describe('a fixed text whose voice fails', () => {
  const APOLOGY = 'Ndine urombo. Ndapota fonai zvakare.';
  function failing(): { speaker: Speaker; cache: SentenceCache; clock: VirtualClock; instead: string[] } {
    const clock = new VirtualClock();
    const working = new ScriptedSynthesizer({ clock, rtf: 0 });
    const cache = new SentenceCache({ voice: 'v' });
    const instead: string[] = [];
    const synthesizer: Synthesizer = {
      sampleRateHz: working.sampleRateHz,
      async *synthesize(text, opts) {
        if (!text.startsWith('Ndi') && !text.startsWith('Nda')) throw new Error('the worker died');
        yield* working.synthesize(text, opts);
      },
    };
    const speaker = new Speaker({
      ...{ synthesizer, language: shonaWith({}), cache, clock },
      instead: { text: APOLOGY, onSaid: () => void instead.push('said') },
    });
    return { speaker, cache, clock, instead };
  }

  it('is an apology that was rendered before', async () => {
    const { speaker, instead } = failing();
    await speaker.prerender([APOLOGY], { signal });
    const texts: string[] = [];
    for await (const { text, isCached } of speaker.say(TEXT, { signal })) texts.push(`${text} ${isCached}`);
    expect(texts.join(' ')).toBe('Ndine urombo. true Ndapota fonai zvakare. true');
    expect(instead).toEqual(['said']);
  });

  it('fails where there is none', async () => {
    const { speaker, instead } = failing();
    await expect(said(speaker.say(TEXT, { signal }))).rejects.toThrow('the worker died');
    expect(instead).toEqual([]);
  });

  it('is not begun anew when a part of it has been said', async () => {
    const { speaker, instead } = failing();
    await speaker.prerender([APOLOGY], { signal });
    await expect(said(speaker.say(`${APOLOGY} ${TEXT}`, { signal }))).rejects.toThrow('the worker died');
    expect(instead).toEqual([]);
  });
});

it('the pace falls in two steps and stays', () => {
  expect([USUAL_PACE, 0.8, 0.65, 0.65].map(slowerThan)).toEqual([0.8, 0.65, 0.65, 0.65]);
});
