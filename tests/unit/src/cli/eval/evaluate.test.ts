import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeWav } from '#pipeline/audio/wav.ts';
import type { Recognizer, TranscribeOptions, Transcript, Utterance } from '#pipeline/ports.ts';
import { evaluate, seedOf, type EvaluateOptions } from '#src/cli/eval/evaluate.ts';
import type { Entry } from '#src/cli/eval/locate-audio.ts';
import { tone } from '../../../../support/tone.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'inzwa-evaluate-'));
  for (const ms of [500, 1000, 40_000]) {
    writeFileSync(join(folder, `${ms}.wav`), encodeWav({ sampleRateHz: 8_000, channels: [tone(440, ms)] }));
  }
  writeFileSync(join(folder, 'bad.wav'), 'x');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const entry = (name: string, line: number): Entry => ({
  ...{ line, path: join(folder, name), bytes: 10, id: undefined, text: 'ehe', speaker: undefined, gender: undefined },
});

type Answer = (utterance: Utterance, options: TranscribeOptions) => Partial<Transcript>;

const scripted = (name: string, answer: Answer): Recognizer => ({
  name,
  canScore: false,
  transcribe: async (utterance, options) => {
    options.signal.throwIfAborted();
    return {
      ...{ utteranceId: utterance.id, text: 'ehe', avgLogProb: 0, confidence: 1, noSpeechProb: 0, window: 'short' },
      ...{ audioMs: 0, timings: { melMs: 0, encoderMs: 0, decoderMs: 0 } },
      ...answer(utterance, options),
    };
  },
  score: () => Promise.reject(new Error('not asked for')),
});

const run = (entries: readonly Entry[], recognizers: readonly Recognizer[], more: Partial<EvaluateOptions> = {}) =>
  evaluate(entries, {
    ...{ recognizers, degradation: {}, ffmpeg: undefined, seed: 1, priming: {}, clock: new VirtualClock() },
    ...{ signal: new AbortController().signal, onProgress: () => undefined },
    ...more,
  });

describe('an evaluation', () => {
  it('lets every engine hear every recording, primed alike', async () => {
    const asked: string[] = [];
    const engine = (name: string) =>
      scripted(name, ({ pcm }, { prompt, lexicon }) => {
        asked.push(`${name} ${pcm.length} ${prompt ?? ''} ${lexicon?.join('+') ?? ''}`);
        return { text: name };
      });
    const { results, isPartial } = await run([entry('500.wav', 2), entry('1000.wav', 3)], [engine('A'), engine('B')], {
      priming: { prompt: 'Makadii', lexicon: ['ehe', 'kwete'] },
    });
    expect(isPartial).toBe(false);
    expect(results.map(({ heard }) => heard.map(({ text }) => text))).toEqual([
      ['A', 'B'],
      ['A', 'B'],
    ]);
    expect(results.map(({ audioMs }) => audioMs)).toEqual([500, 1000]);
    // The first recording is heard once before, to warm up.
    expect(asked).toEqual(
      ['A 4000', 'B 4000', 'A 4000', 'B 4000', 'A 8000', 'B 8000'].map((line) => `${line} Makadii ehe+kwete`),
    );
  });

  it('names what cannot be read by its line and goes on', async () => {
    const entries = [entry('500.wav', 2), entry('bad.wav', 3), entry('gone.wav', 4), entry('1000.wav', 5)];
    const { results, problems } = await run(entries, [scripted('A', () => ({}))]);
    expect(results.map(({ entry: { line } }) => line)).toEqual([2, 5]);
    expect(problems.map(({ line, kind }) => [line, kind])).toEqual([
      [3, 'audio'],
      [4, 'audio'],
    ]);
    expect(problems[0]?.reason).toContain('bad.wav');
  });

  it('leaves a recording that one engine fails on out for all of them', async () => {
    let calls = 0;
    const moody = scripted('moody', () => {
      calls += 1;
      if (calls === 2) throw new Error('no route to host');
      return {};
    });
    const entries = [entry('500.wav', 2), entry('500.wav', 3)];
    const { results, problems } = await run(entries, [scripted('A', () => ({})), moody]);
    expect(results.map(({ entry: { line } }) => line)).toEqual([3]);
    expect(problems).toEqual([{ line: 2, kind: 'engine', reason: 'moody: no route to host' }]);
  });

  it('ends with what it has when an engine fails again and again', async () => {
    let calls = 0;
    const dying = scripted('dying', () => {
      calls += 1;
      if (calls > 3) throw new Error('down');
      return {};
    });
    const entries = Array.from({ length: 20 }, (_, index) => entry('500.wav', index + 2));
    const { results, isPartial, failure } = await run(entries, [dying]);
    expect(results).toHaveLength(2);
    expect(isPartial).toBe(true);
    expect(failure).toMatchObject({ code: 'INZWA_EVAL_FAILED' });
    expect(calls).toBe(8);
  });

  it('ends with what every engine has heard when it is stopped', async () => {
    const controller = new AbortController();
    const entries = Array.from({ length: 10 }, (_, index) => entry('500.wav', index + 2));
    const { results, isPartial, failure } = await run(entries, [scripted('A', () => ({})), scripted('B', () => ({}))], {
      signal: controller.signal,
      onProgress: (done) => {
        if (done === 4) controller.abort(new Error('stopped'));
      },
    });
    expect(results).toHaveLength(4);
    expect(results.every(({ heard }) => heard.length === 2)).toBe(true);
    expect([isPartial, failure]).toEqual([true, undefined]);
  });

  it('hears long recordings in pieces, and keeps the first doubt', async () => {
    const engine = scripted('A', ({ id }) =>
      id.endsWith('#0') ? { text: 'kutanga' } : { text: 'kupedza', doubt: 'too-fast' },
    );
    const { results } = await run([entry('40000.wav', 2)], [engine]);
    expect(results[0]).toMatchObject({ pieces: 2, heard: [{ text: 'kutanga kupedza', doubt: 'too-fast' }] });
  });
});

describe('the seed of a row', () => {
  it('is its own, and does not depend on the other rows', () => {
    const seeds = Array.from({ length: 1000 }, (_, line) => seedOf(1, line));
    expect(new Set(seeds).size).toBe(1000);
    expect(seedOf(2, 5)).not.toBe(seedOf(1, 5));
    expect(seedOf(1, 5)).toBe(seeds[5]);
  });
});
