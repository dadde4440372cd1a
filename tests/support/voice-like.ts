/** Speech without words, seeded: pulses of a gliding pitch through gliding resonances, hissed consonants, pauses. */

/** Xorshift32 as a function: [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}

/** First three resonances of a, e, i, o, u, in hertz. */
const VOWELS = [
  [750, 1_250, 2_500],
  [480, 1_900, 2_550],
  [300, 2_250, 2_950],
  [500, 900, 2_400],
  [320, 800, 2_250],
] as const;
const BANDWIDTHS_HZ = [80, 100, 140] as const;
const GAINS = [1, 0.6, 0.3] as const;

interface Sound {
  readonly samples: number;
  readonly isVoiced: boolean;
  readonly isPause: boolean;
  readonly vowel: (typeof VOWELS)[number];
  readonly pitch: number;
  readonly level: number;
}

export interface VoiceLikeOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Of the middle of the voice; it glides by a tenth up and down. */
  readonly pitchHz: number;
  /** Resonances are this much higher than a grown man's. @defaultValue 1 */
  readonly formantScale?: number;
}

/** PCM16 at 8000 Hz, about -20 dBFS where it is loud. */
export function voiceLike({ seconds, seed, pitchHz, formantScale = 1 }: VoiceLikeOptions): Int16Array {
  const random = seededRandom(seed);
  const pcm = new Int16Array(seconds * 8_000);
  const memory = new Float64Array(6);
  let now = nextSound(random);
  let next = nextSound(random);
  let left = now.samples;
  let [phase, puff] = [0, 0];
  for (let n = 0; n < pcm.length; n++) {
    if (left-- === 0) {
      [now, next] = [next, nextSound(random)];
      left = now.samples;
    }
    const share = 1 - left / now.samples;
    const pitch = pitchHz * (now.pitch + share * (next.pitch - now.pitch));
    phase += pitch / 8_000;
    const isPulse = phase >= 1;
    if (isPulse) phase -= 1;
    const level = now.isPause ? 0 : now.level + share * ((next.isPause ? 0.3 : next.level) - now.level);
    // The glottis lets out puffs, not needles: what it excites falls by 6 dB an octave.
    puff = 0.85 * puff + (isPulse ? 25 : 0);
    const source = now.isVoiced ? puff + 0.3 * (random() - 0.5) : 5 * (random() - 0.5);
    let sample = 0;
    for (let f = 0; f < 3; f++) {
      const hz = (now.vowel[f]! + share * (next.vowel[f]! - now.vowel[f]!)) * formantScale;
      const radius = Math.exp((-Math.PI * BANDWIDTHS_HZ[f]!) / 8_000);
      const rung =
        source * (1 - radius) * 8 * level +
        2 * radius * Math.cos((2 * Math.PI * Math.min(hz, 3_700)) / 8_000) * memory[2 * f]! -
        radius * radius * memory[2 * f + 1]!;
      memory[2 * f + 1] = memory[2 * f]!;
      memory[2 * f] = rung;
      sample += GAINS[f]! * (now.isVoiced ? 1 : [0.1, 0.5, 3][f]!) * rung;
    }
    // A breath of noise, so that pauses are a room and not a computer.
    pcm[n] = Math.max(-32_768, Math.min(32_767, Math.round(220 * sample + 12 * (random() - 0.5))));
  }
  return pcm;
}

function nextSound(random: () => number): Sound {
  const kind = random();
  const isPause = kind > 0.88;
  return {
    samples: Math.round((isPause ? 120 + 200 * random() : 60 + 140 * random()) * 8),
    isVoiced: kind < 0.7,
    isPause,
    vowel: VOWELS[Math.floor(random() * VOWELS.length)]!,
    pitch: 0.9 + 0.2 * random(),
    level: 0.35 + 0.65 * random(),
  };
}
