/** What may come out of a telephone that nobody speaks into, by name. */
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import type { BenchVoice } from './foreign-speech.ts';
import { clicks, faxAndModem, idleLine, keyPresses, lineTones } from './line-sounds.ts';
import type { ListeningCall } from './listening-call.ts';
import { holdMusic, singing } from './music.ts';
import { breath, coughs, handling, noise, street, yard } from './room-sounds.ts';
import { RATE_HZ, amplitudeOf, atLevel, between, mixInto, pinkNoise, samplesFor, type Random } from './sound.ts';

/** What a source may use for its next passage. */
export interface Passage {
  readonly random: Random;
  readonly voice: BenchVoice;
  readonly call: ListeningCall;
  readonly hotline: Hotline;
  readonly signal: AbortSignal;
}

/** Some seconds of sound at 8000 Hz, values in [-1, 1]. */
export type Source = (passage: Passage) => Float32Array | Promise<Float32Array>;

const made =
  (make: (random: Random) => Float32Array): Source =>
  ({ random }) =>
    make(random);

/** In the order in which they are heard; each call has one. */
export const SOURCES: Readonly<Record<string, Source>> = {
  'idle line': made(idleLine),
  'line tones': made(lineTones),
  keys: made(keyPresses),
  'fax and modem': made(faxAndModem),
  clicks: made(clicks),
  noise: made(noise),
  street: made(street),
  yard: made(yard),
  breath: made(breath),
  coughs: made(coughs),
  handling: made(handling),
  'hold music': made(holdMusic),
  singing: made(singing),
  babble: ({ voice, random, signal }) => voice.babble(random, signal),
  English: ({ voice, random, signal }) => voice.foreign(random, 'english', signal),
  'Swahili and Ndebele': ({ voice, random, signal }) => voice.foreign(random, 'neighbours', signal),
  echo,
};

/** -15 dB is what a bad two-wire end or a loudspeaker telephone returns (ITU-T G.131 wants 30 and more). */
const ECHO_DB = -15;

/** The agent's own voice comes back, a third of a second late, with the noise of a room. */
async function echo({ voice, random, call, hotline, signal }: Passage): Promise<Float32Array> {
  const isAnswering = call.lastSaid !== undefined && call.lastSaid !== '';
  const keys = [...hotline.keys.keys()];
  const text = isAnswering ? call.lastSaid : await call.press(keys[Math.floor(random() * keys.length)] ?? '0');
  call.lastSaid = undefined;
  const said = await voice.say(text ?? '', { signal });
  const sound = new Float32Array(said.length + samplesFor(0.6));
  mixInto(sound, said, samplesFor(0.3), amplitudeOf(ECHO_DB));
  mixInto(sound, atLevel(pinkNoise(random, sound.length / RATE_HZ), between(random, -62, -48)));
  return sound;
}
