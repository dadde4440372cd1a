/** What an analogue telephone line lets through, at 8000 Hz. */

const SAMPLE_RATE_HZ = 8_000;
/** The telephone band of ITU-T G.120 and everything after it: flat between these. */
const PASS_HZ = { low: 300, high: 3_400 } as const;
const TRANSITION_HZ = 150;
const STOPBAND_DB = 60;

/** Kaiser's length for that attenuation and transition: (A - 7.95) / (14.36 * transition), odd so that the middle is a tap. */
const HALF = Math.ceil((STOPBAND_DB - 7.95) / (14.36 * (TRANSITION_HZ / SAMPLE_RATE_HZ)) / 2);

const TAPS = design();

/** 300 to 3400 Hz within 0.1 dB, 60 dB less below 150 and above 3550 Hz; linear phase, no delay, length as before. */
export function bandLimit(samples: Float32Array): Float32Array {
  const out = new Float32Array(samples.length);
  for (let n = 0; n < out.length; n++) {
    let sum = 0;
    const from = Math.max(0, n - HALF);
    const to = Math.min(samples.length - 1, n + HALF);
    for (let i = from; i <= to; i++) sum += (samples[i] as number) * (TAPS[n - i + HALF] as number);
    out[n] = sum;
  }
  return out;
}

function design(): Float64Array {
  const low = (PASS_HZ.low - TRANSITION_HZ / 2) / SAMPLE_RATE_HZ;
  const high = (PASS_HZ.high + TRANSITION_HZ / 2) / SAMPLE_RATE_HZ;
  const beta = 0.1102 * (STOPBAND_DB - 8.7);
  return Float64Array.from({ length: 2 * HALF + 1 }, (_, tap) => {
    const n = tap - HALF;
    const ideal = 2 * high * sinc(2 * high * n) - 2 * low * sinc(2 * low * n);
    return (ideal * bessel0(beta * Math.sqrt(1 - (n / HALF) ** 2))) / bessel0(beta);
  });
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function bessel0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
