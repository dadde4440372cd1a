/**
 * What the line does when nobody speaks to it: minutes of made-up noise, music, tones, coughs, other languages and its own
 * echo through the real ear and the real answers. Everything that would be acted upon is a fault. At the end the same line
 * is asked some questions of its cards: an ear that is deaf to everything would have no faults either.
 */
import { SILERO_FORMAT } from '#pipeline/listening/silero-format.ts';
import type { Recognizer } from '#pipeline/ports.ts';
import { ListeningCall, type HeardUtterance } from './non-speech/listening-call.ts';
import {
  RATE_HZ,
  amplitudeOf,
  atLevel,
  between,
  rms,
  samplesFor,
  whiteNoise,
  type Random,
} from './non-speech/sound.ts';
import { SOURCES, type Source } from './non-speech/sources.ts';
import { openStage, type Stage } from './non-speech/stage.ts';
import { Tally, type NonSpeechFigures } from './non-speech/tally.ts';
import { seededRandom } from './statistics.ts';

export interface NonSpeechOptions {
  /** Of sound, shared evenly by all sources. */
  readonly minutes: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (source: string, done: number, of: number) => void;
  /** Told of every utterance, for finding out why. */
  readonly onUtterance?: (source: string, heard: HeardUtterance) => void;
  /** Only these sources, by name. @defaultValue all */
  readonly sources?: readonly string[];
  /** `credulous` takes whatever is louder than an idle line for speech: all depends on the guard. @defaultValue 'real' */
  readonly ear?: 'real' | 'credulous';
  /** @defaultValue Whisper with the default weights */
  readonly recognizer?: Recognizer;
}

/** Callers who ask something, for comparison. */
interface ControlFigures {
  readonly asked: number;
  /** Answered by the right card or as the emergency it was. */
  readonly answered: number;
}

/** Rejects when a model of the default profile is missing. The same seed gives the same sound. */
export async function measureNonSpeech(
  options: NonSpeechOptions,
): Promise<NonSpeechFigures & { readonly control: ControlFigures }> {
  const { minutes, seed, signal, onProgress, sources } = options;
  await using stack = new AsyncDisposableStack();
  const stage = await openStage(options, stack);
  const chosen = Object.entries(SOURCES).filter(([name]) => sources === undefined || sources.includes(name));
  const tally = new Tally();
  for (const [index, [name, source]] of chosen.entries()) {
    onProgress?.(name, index, chosen.length);
    // Small seeds begin alike: spread over all bits.
    const random = seededRandom(Math.imul(seed * 1_000 + index + 1, 0x9e37_79b1));
    await listen(name, source, stage, { ...options, random, seconds: (minutes * 60) / chosen.length }, tally);
    signal.throwIfAborted();
  }
  const control = await ask(stage, options);
  onProgress?.('', chosen.length, chosen.length);
  return { ...tally.figures(), control };
}

interface Listening {
  readonly random: Random;
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly ear?: NonSpeechOptions['ear'];
  readonly onUtterance?: NonSpeechOptions['onUtterance'];
}

async function listen(name: string, source: Source, stage: Stage, options: Listening, tally: Tally): Promise<void> {
  const { random, seconds, signal, ear, onUtterance } = options;
  const { voice, hotline } = stage;
  using call = callOn(stage, `non-speech ${name}`, {
    signal,
    ...(ear === 'credulous' && { score: credulous(random) }),
    onUtterance(heard) {
      tally.count(name, heard);
      onUtterance?.(name, heard);
    },
  });
  await call.greet();
  let samples = 0;
  const wanted = samplesFor(seconds);
  const hear = async (sound: Float32Array): Promise<void> => {
    const part = sound.subarray(0, wanted - samples);
    samples += part.length;
    await call.hear(part);
  };
  while (samples < wanted) {
    await hear(await source({ random, voice, call, hotline, signal }));
    await hear(atLevel(whiteNoise(random, between(random, 0.7, 2.5)), -66));
  }
  // What is still open at the end is heard to its end.
  await call.hear(new Float32Array(samplesFor(1)));
  tally.close(name, samples / RATE_HZ, call.openedCount);
}

/** The plainest question of every card, each in a call of its own. */
async function ask(stage: Stage, { signal }: Pick<NonSpeechOptions, 'signal'>): Promise<ControlFigures> {
  const { cards } = stage.hotline;
  let answered = 0;
  for (const { id, questions, isEmergency } of cards) {
    using call = callOn(stage, `control ${id}`, {
      signal,
      onUtterance({ events }) {
        const decided = events.findLast((event) => event.kind === 'decision');
        if (isEmergency ? decided?.intent === 'emergency' : decided?.cardId === id) answered += 1;
      },
    });
    await call.hear(await stage.voice.say(questions[0] ?? '', { signal }));
    await call.hear(new Float32Array(samplesFor(1)));
  }
  return { asked: cards.length, answered };
}

function callOn(
  { engines, silero }: Stage,
  callId: string,
  {
    score,
    ...options
  }: Pick<ConstructorParameters<typeof ListeningCall>[0], 'signal' | 'onUtterance'> & {
    readonly score?: (window: Float32Array) => Promise<number>;
  },
): ListeningCall {
  return new ListeningCall({
    ...options,
    callId,
    engines,
    scorer: {
      sampleRateHz: SILERO_FORMAT.sampleRateHz,
      windowSamples: SILERO_FORMAT.windowSamples,
      score: score ?? ((window) => silero.score(callId, window)),
      reset: () => silero.reset(callId),
    },
  });
}

/** Lets go after half a second to four seconds, as a caller would, so that there is something to be recognised. */
function credulous(random: Random): (window: Float32Array) => Promise<number> {
  let left = 0;
  return (window) => {
    left -= window.length;
    if (left < -samplesFor(0.7)) left = samplesFor(between(random, 0.5, 4));
    return Promise.resolve(left > 0 && rms(window) > amplitudeOf(CREDULOUS_DBFS) ? 0.95 : 0.02);
  };
}

/** Fainter than this a line is idle even for the credulous ear; measured idle lines lie between -78 and -52. */
const CREDULOUS_DBFS = -64;
