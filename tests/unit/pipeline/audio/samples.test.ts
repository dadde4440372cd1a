import { describe, expect, it } from 'vitest';
import { rmsDb, rmsDbPcm16, SILENCE_DB, soundEdges, voicedRmsDb } from '#pipeline/audio/level.ts';
import { floatToPcm16, Pcm16Collector, pcm16ToFloat } from '#pipeline/audio/pcm.ts';
import { Windower } from '#pipeline/audio/window.ts';

describe('formats', () => {
  it('brings every PCM16 value back unchanged', () => {
    const all = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
    const floats = new Float32Array(all.length);
    const back = new Int16Array(all.length);
    pcm16ToFloat(floats, all);
    floatToPcm16(back, floats);
    expect(back).toEqual(all);
  });

  it('saturates, and says nothing for what is not a number', () => {
    const out = new Int16Array(4);
    floatToPcm16(out, Float32Array.of(1.5, -1.5, Number.NaN, 1));
    expect(out).toEqual(Int16Array.of(32_767, -32_768, 0, 32_767));
  });

  it('collects past its first size', () => {
    const collector = new Pcm16Collector();
    for (let i = 0; i < 300; i++) collector.push(new Int16Array(100).fill(i));
    collector.pushFloat(Float32Array.of(0.5));
    expect(collector.length).toBe(30_001);
    expect(collector.take().at(29_999)).toBe(299);
    expect(collector.take().at(-1)).toBe(16_384);
  });
});

describe('level', () => {
  it('measures RMS against full scale', () => {
    expect(rmsDb(new Float32Array(100).fill(0.1))).toBeCloseTo(-20, 3);
    expect(rmsDbPcm16(new Int16Array(100).fill(3_277))).toBeCloseTo(-20, 1);
    expect(rmsDb(new Float32Array(100))).toBe(SILENCE_DB);
    expect(rmsDb(new Float32Array(0))).toBe(SILENCE_DB);
  });

  it('finds where the sound begins and ends', () => {
    const samples = new Float32Array(8_000);
    samples.fill(0.2, 1_000, 3_000);
    expect(soundEdges(samples, { sampleRateHz: 8_000 })).toEqual({ start: 1_000, end: 3_000 });
    expect(soundEdges(new Float32Array(800), { sampleRateHz: 8_000 })).toBeUndefined();
  });

  it('leaves pauses out of the level of speech', () => {
    const samples = new Float32Array(16_000);
    samples.fill(0.1, 0, 4_000);
    expect(voicedRmsDb(samples, { sampleRateHz: 8_000 })).toBeCloseTo(-20, 1);
    expect(rmsDb(samples)).toBeLessThan(-25);
  });
});

describe('windows', () => {
  it('cuts arbitrary pushes into whole windows in order', () => {
    const seen: number[][] = [];
    const windower = new Windower(4, (window) => seen.push([...window]));
    windower.push(Float32Array.of(1, 2, 3));
    windower.push(Float32Array.of(4, 5, 6, 7, 8, 9));
    windower.pushSilence(2);
    windower.pushPcm16(Int16Array.of(16_384, -32_768));
    expect(seen).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 0, 0, 0.5],
    ]);
    expect(windower.pendingSamples).toBe(1);
    windower.reset();
    expect(windower.pendingSamples).toBe(0);
  });

  it('hands out one and the same array', () => {
    const arrays = new Set<Float32Array>();
    const windower = new Windower(256, (window) => arrays.add(window));
    for (let i = 0; i < 50; i++) windower.pushPcm16(new Int16Array(160));
    expect(arrays.size).toBe(1);
  });
});
