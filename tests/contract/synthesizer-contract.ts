import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Synthesizer } from '#pipeline/ports.ts';

const TEXT = 'Mangwanani, tingakubatsirai sei nhasi? Kiriniki inovhura nguva dzesere mangwanani.';

/** What every Synthesizer must do; `open` is called once. */
export function synthesizerContract(open: () => Promise<Synthesizer & Partial<AsyncDisposable>>): void {
  let synthesizer: Synthesizer & Partial<AsyncDisposable>;
  beforeAll(async () => {
    synthesizer = await open();
  });
  afterAll(() => synthesizer[Symbol.asyncDispose]?.());

  it('has a whole sample rate', () => {
    expect(Number.isInteger(synthesizer.sampleRateHz) && synthesizer.sampleRateHz >= 8_000).toBe(true);
  });

  it('gives sound inside [-1, 1], longer for a longer text', async () => {
    const seconds: number[] = [];
    for (const text of ['Mhoroi.', TEXT]) {
      let samples = 0;
      let peak = 0;
      for await (const chunk of synthesizer.synthesize(text, { signal: new AbortController().signal })) {
        expect(chunk).toBeInstanceOf(Float32Array);
        expect(chunk.length).toBeGreaterThan(0);
        for (const sample of chunk) peak = Math.max(peak, Math.abs(sample));
        samples += chunk.length;
      }
      expect(peak).toBeGreaterThan(0.01);
      expect(peak).toBeLessThanOrEqual(1);
      seconds.push(samples / synthesizer.sampleRateHz);
    }
    expect(seconds[1]).toBeGreaterThan(2 * (seconds[0] ?? 0));
  });

  it('gives nothing, and no error, for nothing to say', async () => {
    for (const text of ['', ' ', '...', '—']) {
      for await (const chunk of synthesizer.synthesize(text, { signal: new AbortController().signal })) {
        expect.unreachable(`${chunk.length} samples for "${text}"`);
      }
    }
  });

  it('gives chunks that do not change when the next one comes', async () => {
    let previous: { chunk: Float32Array; copy: Float32Array } | undefined;
    let compared = 0;
    for await (const chunk of synthesizer.synthesize(TEXT, { signal: new AbortController().signal })) {
      if (previous) {
        expect(previous.chunk).toEqual(previous.copy);
        compared += 1;
      }
      previous = { chunk, copy: chunk.slice() };
    }
    expect(compared).toBeGreaterThan(0);
  });

  it('does nothing for a turn that is over', async () => {
    const reason = new Error('over');
    const read = async (): Promise<void> => {
      for await (const chunk of synthesizer.synthesize(TEXT, { signal: AbortSignal.abort(reason) })) {
        expect.unreachable(`${chunk.length} samples`);
      }
    };
    await expect(read()).rejects.toBe(reason);
  });

  it('stops between chunks with the reason of the abort', async () => {
    const turn = new AbortController();
    const reason = new Error('barge-in');
    let chunks = 0;
    const read = async (): Promise<void> => {
      for await (const chunk of synthesizer.synthesize(TEXT, { signal: turn.signal })) {
        chunks += chunk.length > 0 ? 1 : 0;
        turn.abort(reason);
      }
    };
    await expect(read()).rejects.toBe(reason);
    expect(chunks).toBe(1);
  });

  it('can be used again after an abort', async () => {
    let samples = 0;
    for await (const chunk of synthesizer.synthesize('Mhoroi.', { signal: new AbortController().signal })) {
      samples += chunk.length;
    }
    expect(samples).toBeGreaterThan(0);
  });
}
