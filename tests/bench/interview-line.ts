/** What comes out of a caller's mouth, through mu-law and the real ear, as the utterances that the interview is given. */
import { setImmediate } from 'node:timers/promises';
import { Listener } from '#pipeline/listening/listener.ts';
import { SILERO_FORMAT } from '#pipeline/listening/silero-format.ts';
import type { SileroEngine } from '#pipeline/listening/silero.ts';
import { muLaw } from '#telephony/codec/g711.ts';
import { seededRandom } from '#src/cli/bench/statistics.ts';

const RATE_HZ = 8_000;
const FRAME_SAMPLES = 160;
const LEAD_MS = 500;
const TAIL_MS = 2_500;
/** An idle line, PCM16 units. */
const IDLE = 6;
const SPOKEN = 300;
/** What the answers tell the ear of a number: whoever answers a question in a word is believed to have finished. */
const COMPLETENESS = 0.75;

/** Silence, the speech, silence; `snrDb`: white noise under all of it. As it comes off a mu-law line. */
export function onLine(speech: Int16Array, snrDb: number | undefined, seed: number): Int16Array {
  const random = seededRandom(seed);
  const level = snrDb === undefined ? IDLE : Math.max(IDLE, levelOf(speech) * 10 ** (-snrDb / 20));
  const lead = (LEAD_MS * RATE_HZ) / 1000;
  const pcm = new Int16Array(lead + speech.length + (TAIL_MS * RATE_HZ) / 1000);
  pcm.set(speech, lead);
  for (let at = 0; at < pcm.length; at += 1) {
    const noise = (random() + random() + random() - 1.5) * 2 * level;
    pcm[at] = Math.max(-32_768, Math.min(32_767, Math.round((pcm[at] ?? 0) + noise)));
  }
  return offWire(pcm);
}

/** PCM16 through mu-law and back. */
export function offWire(pcm: Int16Array): Int16Array {
  const wire = new Uint8Array(pcm.length);
  muLaw.encodeInto(wire, pcm);
  muLaw.decodeInto(pcm, wire);
  return pcm;
}

function levelOf(speech: Int16Array): number {
  const spoken = speech.filter((sample) => Math.abs(sample) > SPOKEN);
  return Math.sqrt(spoken.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, spoken.length));
}

/** The utterances that the ear finds in it, pre-roll and all. */
export async function utterancesIn(pcm: Int16Array, silero: SileroEngine): Promise<readonly Int16Array[]> {
  const callId = 'interview-answers';
  const found: Int16Array[] = [];
  let scoring: Promise<unknown> = Promise.resolve();
  const listener = new Listener({
    scorer: {
      sampleRateHz: SILERO_FORMAT.sampleRateHz,
      windowSamples: SILERO_FORMAT.windowSamples,
      score: (window) => {
        const scored = silero.score(callId, window);
        scoring = scored.catch(() => undefined);
        return scored;
      },
      reset: () => silero.reset(callId),
    },
    onEvent: (event) => {
      if (event.kind !== 'soft-end' && event.kind !== 'end-of-turn') return;
      if (event.kind === 'soft-end') {
        listener.expect({ completeness: COMPLETENESS });
        return;
      }
      const onsetMs = (listener.endpointer.onsetSample * 1000) / RATE_HZ;
      found.push(listener.utterance(onsetMs, (event.speechEndSample * 1000) / RATE_HZ));
    },
    onTrouble: (_, cause) => {
      throw new Error('the ear of the bench failed', { cause });
    },
  });
  for (let at = 0; at + FRAME_SAMPLES <= pcm.length; at += FRAME_SAMPLES) {
    listener.hear(pcm.subarray(at, at + FRAME_SAMPLES));
    await scoring;
    await setImmediate();
  }
  listener.close();
  return found;
}
