/** Synthesis in the telephone's format: PCM16 at the line's rate. */
import { floatToPcm16, Pcm16Collector } from '#pipeline/audio/pcm.ts';
import { Resampler } from '#pipeline/audio/resampler.ts';
import type { SynthesizeOptions, Synthesizer } from '#pipeline/ports.ts';

export const TELEPHONE_RATE_HZ = 8000;

/** Chunks as the voice gives them, each in an array of its own; throws `signal.reason` on abort. */
export async function* renderForTelephone(
  synthesizer: Synthesizer,
  text: string,
  options: SynthesizeOptions,
): AsyncGenerator<Int16Array> {
  const resampler = new Resampler({ fromHz: synthesizer.sampleRateHz, toHz: TELEPHONE_RATE_HZ });
  for await (const chunk of synthesizer.synthesize(text, options)) {
    const pcm = toPcm16(resampler.push(chunk));
    if (pcm.length > 0) yield pcm;
  }
  const rest = toPcm16(resampler.flush());
  if (rest.length > 0) yield rest;
}

/** All of it in one array. */
export async function renderWhole(
  synthesizer: Synthesizer,
  text: string,
  opts: SynthesizeOptions,
): Promise<Int16Array> {
  const whole = new Pcm16Collector();
  for await (const chunk of renderForTelephone(synthesizer, text, opts)) whole.push(chunk);
  return whole.take();
}

function toPcm16(samples: Float32Array): Int16Array {
  const pcm = new Int16Array(samples.length);
  floatToPcm16(pcm, samples);
  return pcm;
}
