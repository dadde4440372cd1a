/**
 * Finds out whether what comes in is the agent's own voice, by loudness alone: what the caller's telephone returns rises
 * and falls as what was played a moment ago, at a lower level. Loudness survives the codecs of mobile networks, which a
 * canceller of waveforms does not; and nothing is taken out of the caller's audio.
 */

/** What was played is kept in steps of this length; a window of the caller's audio is a multiple of it. */
const STEP_MS = 8;
/** Longest delay of an echo: mobile networks have 60 to 300 ms, and our own clock errs by a frame or two. */
const LONGEST_LAG_MS = 480;
/** Loudness is compared over this long: a clause, and the silence before it. */
const COMPARED_MS = 1_000;
/** Likeness (Pearson's r of amplitudes) from which it is an echo. */
const ECHO_LIKENESS = 0.85;
/** An echo comes back weaker than this; a caller's voice arrives about as loud as ours was sent. */
const MOST_GAIN = 10 ** (-6 / 20);
/** A path that was seen in this many windows is believed from then on. */
const CONFIRMED_AT = 8;
const MOST_SEEN = 40;
/** How much louder than a known path makes it a window may be and still be nothing but echo. */
const MARGIN = 10 ** (6 / 20);
/** A known path's delay changes with the jitter of the network, by so many steps; behind it comes the room. */
const EARLY_STEPS = 6;
const LATE_STEPS = 12;
/** Agent speech that is played quieter than this returns nothing that could be mistaken; nor is a caller so quiet. */
const AUDIBLE = 10 ** (-50 / 20);
/** Longest gap between words that is still one stretch of echo. */
const GAP_STEPS = 300 / STEP_MS;
/** Steps in a ring, a power of two: 4 s, more than is compared and more than is ever sent ahead. */
const RING = 512;

interface Path {
  /** In steps. */
  readonly lag: number;
  /** Of amplitudes. */
  readonly gain: number;
}

/** One call's echo. Times are milliseconds of the audio clock; windows come in order, skipped ones excepted. */
export class EchoPath {
  readonly #stepsPerWindow: number;
  readonly #windows: number;
  readonly #lags = LONGEST_LAG_MS / STEP_MS;
  /** Energy of what will be played, by step. */
  readonly #energy = new Float64Array(RING);
  /** Amplitude of what was played in the window that ends with a step. */
  readonly #played = new Float64Array(RING);
  /** Amplitude of the caller's audio in the window that ends with a step; only windows are kept, the rest is unused. */
  readonly #heard = new Float64Array(RING);
  #end = 0;
  #lastEcho = -RING;
  #seen = 0;
  #path: Path | undefined;

  /** @param windowMs a multiple of 8, at most 64 */
  constructor(windowMs: number) {
    this.#stepsPerWindow = windowMs / STEP_MS;
    this.#windows = Math.round(COMPARED_MS / windowMs);
  }

  /** True once an echo has been found again and again. */
  get isKnown(): boolean {
    return this.#seen >= CONFIRMED_AT;
  }

  /** `pcm` will sound from `atMs` on. */
  play(pcm: Int16Array, atMs: number, sampleRateHz: number): void {
    const samples = (STEP_MS * sampleRateHz) / 1_000;
    const first = Math.max(this.#end, Math.round(atMs / STEP_MS));
    for (let n = 0; n * samples < pcm.length; n += 1) {
      const part = pcm.subarray(n * samples, (n + 1) * samples);
      const energy = part.reduce((sum, sample) => sum + (sample / 32_768) ** 2, 0);
      this.#energy[(first + n) % RING] = energy / samples;
    }
  }

  /** What was to sound from now on never did. */
  cut(): void {
    for (let step = this.#end; step < this.#end + RING / 2; step += 1) this.#energy[step % RING] = 0;
  }

  /** Takes a window of the caller's audio that ends at `endMs`; true when the agent's own voice explains it. */
  hear(amplitude: number, endMs: number): boolean {
    const end = Math.max(this.#end, Math.round(endMs / STEP_MS));
    this.#advance(end);
    this.#heard[end % RING] = amplitude;
    const isEcho = this.#isEcho(amplitude, end);
    if (isEcho) this.#lastEcho = end;
    return isEcho;
  }

  #isEcho(amplitude: number, end: number): boolean {
    if (amplitude < AUDIBLE) {
      this.#doubt(amplitude, end);
      // A gap between the words of an echo: a model that remembers them takes it for speech.
      return end - this.#lastEcho <= GAP_STEPS;
    }
    if (this.#loudest(end, 0, this.#lags) < AUDIBLE) return false;
    const found = this.#find(end);
    if (found) this.#note(found);
    return found !== undefined || (this.isKnown && this.#isWithin(amplitude, end));
  }

  /** Up to now all has been played as it was sent: steps become windows, and their places are free for what comes next. */
  #advance(end: number): void {
    const from = Math.max(this.#end, end - RING);
    for (let step = from; step < end; step += 1) {
      let energy = 0;
      for (let back = 0; back < this.#stepsPerWindow; back += 1) {
        energy += this.#energy[(step - back + RING) % RING] ?? 0;
      }
      this.#played[(step + 1) % RING] = Math.sqrt(energy / this.#stepsPerWindow);
      this.#energy[(step - this.#stepsPerWindow + RING) % RING] = 0;
      this.#heard[(step + 1) % RING] = 0;
    }
    this.#end = end;
  }

  #loudest(end: number, fromLag: number, toLag: number): number {
    let loudest = 0;
    for (let lag = Math.max(0, fromLag); lag <= Math.min(this.#lags, toLag); lag += 1) {
      loudest = Math.max(loudest, this.#played[(end - lag + RING) % RING] ?? 0);
    }
    return loudest;
  }

  /** The delay at which the two loudnesses are most alike, if they are. */
  #find(end: number): Path | undefined {
    let best: Path | undefined;
    let most = ECHO_LIKENESS;
    for (let lag = 0; lag <= this.#lags; lag += 1) {
      let [x, y, xx, yy, xy] = [0, 0, 0, 0, 0];
      for (let window = 0; window < this.#windows; window += 1) {
        const at = end - window * this.#stepsPerWindow + RING;
        const played = this.#played[(at - lag) % RING] ?? 0;
        const heard = this.#heard[at % RING] ?? 0;
        x += played;
        y += heard;
        xx += played * played;
        yy += heard * heard;
        xy += played * heard;
      }
      const spread = (this.#windows * xx - x * x) * (this.#windows * yy - y * y);
      const likeness = spread > 0 ? (this.#windows * xy - x * y) / Math.sqrt(spread) : 0;
      if (likeness < most || xy > MOST_GAIN * xx) continue;
      most = likeness;
      best = { lag, gain: xy / xx };
    }
    return best;
  }

  #note({ lag, gain }: Path): void {
    if (this.#path && Math.abs(this.#path.lag - lag) > 2) {
      this.#lose();
      return;
    }
    const before = this.#path?.gain ?? gain;
    this.#path = { lag, gain: before + 0.2 * (gain - before) };
    this.#seen = Math.min(MOST_SEEN, this.#seen + 1);
  }

  /** Where the path says that an echo must be and there is none, it is less believed. */
  #doubt(amplitude: number, end: number): void {
    if (!this.#path) return;
    const expected = this.#path.gain * (this.#played[(end - this.#path.lag + RING) % RING] ?? 0);
    if (expected > AUDIBLE && amplitude < expected / 4) this.#lose();
  }

  #lose(): void {
    this.#seen -= 1;
    if (this.#seen > 0) return;
    this.#seen = 0;
    this.#path = undefined;
  }

  #isWithin(amplitude: number, end: number): boolean {
    if (!this.#path) return false;
    const { lag, gain } = this.#path;
    const played = this.#loudest(end, lag - EARLY_STEPS, lag + LATE_STEPS);
    return played >= AUDIBLE && amplitude <= Math.hypot(MARGIN * gain * played, 2 * AUDIBLE);
  }
}
