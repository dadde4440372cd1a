/**
 * Where in time a packet's sound is heard. There is no jitter buffer: sound begins when its packet arrives, so what the ear
 * says of the agent is what the wire says. Within a talkspurt packets stand behind one another by their timestamps, so that
 * a millisecond of jitter is no click, and what was lost is silence.
 */
import { sequenceDistance, timestampDistance, type RtpHeader } from './rtp.ts';

const SAMPLES_PER_MS = 8;
/** Later than this the packet is heard at its arrival, behind a gap; less is within the 5 ms to which the ear is honest. */
const LATE_SAMPLES = 5 * SAMPLES_PER_MS;
/** A packet that comes ahead of its time waits for it, but not longer than this. */
const EARLY_SAMPLES = 200 * SAMPLES_PER_MS;
/** So many early packets in a row mean that the one before them was late: the time comes forward again. */
const EARLY_PACKETS = 10;
/** A new talkspurt waits at most this long for the end of the one before. */
const OVERLAP_SAMPLES = 20 * SAMPLES_PER_MS;
/** 2 s. */
const RING_SAMPLES = 16_384;

export class HeardTimeline {
  readonly #startedAtMs: number;
  readonly #ring = new Int16Array(RING_SAMPLES);
  /** Samples that were read. */
  #read = 0;
  /** End of what lies in the ring. */
  #end = 0;
  #last: { readonly header: RtpHeader; readonly at: number } | undefined;
  #earlyPackets = 0;
  #leastEarly = Infinity;

  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
  }

  /** Copies the sound of a packet that arrived at `atMs`; what comes too late to be heard in its place is dropped. */
  hear(header: RtpHeader, pcm: Int16Array, atMs: number): void {
    const arrival = Math.max(this.#read, Math.round((atMs - this.#startedAtMs) * SAMPLES_PER_MS));
    const last = this.#last;
    if (last?.header.ssrc !== header.ssrc) {
      this.#begin(header, pcm, arrival);
      return;
    }
    const expected = last.at + timestampDistance(last.header.timestamp, header.timestamp);
    if (sequenceDistance(last.header.sequence, header.sequence) <= 0) {
      this.#write(pcm, expected);
      return;
    }
    const lateness = arrival - expected;
    const isNewTalkspurt = header.marker && lateness < -OVERLAP_SAMPLES;
    if (lateness > LATE_SAMPLES || lateness < -EARLY_SAMPLES || isNewTalkspurt) this.#begin(header, pcm, arrival);
    else this.#place(header, pcm, expected - this.#comeForward(lateness));
  }

  /** Fills the next samples. */
  read(frame: Int16Array): void {
    for (let i = 0; i < frame.length; i++) {
      const at = (this.#read + i) % RING_SAMPLES;
      frame[i] = this.#ring[at] as number;
      this.#ring[at] = 0;
    }
    this.#read += frame.length;
  }

  /** What still waits is not heard any more. */
  #begin(header: RtpHeader, pcm: Int16Array, at: number): void {
    for (let i = Math.max(at, this.#read); i < this.#end; i++) this.#ring[i % RING_SAMPLES] = 0;
    this.#end = at;
    this.#earlyPackets = 0;
    this.#leastEarly = Infinity;
    this.#place(header, pcm, at);
  }

  #place(header: RtpHeader, pcm: Int16Array, at: number): void {
    this.#last = { header, at };
    this.#write(pcm, at);
  }

  #comeForward(lateness: number): number {
    if (lateness >= -LATE_SAMPLES) {
      this.#earlyPackets = 0;
      this.#leastEarly = Infinity;
      return 0;
    }
    this.#earlyPackets++;
    this.#leastEarly = Math.min(this.#leastEarly, -lateness);
    if (this.#earlyPackets < EARLY_PACKETS) return 0;
    const forward = this.#leastEarly;
    this.#earlyPackets = 0;
    this.#leastEarly = Infinity;
    return forward;
  }

  #write(pcm: Int16Array, at: number): void {
    if (at + pcm.length > this.#read + RING_SAMPLES) return;
    for (let i = Math.max(0, this.#read - at); i < pcm.length; i++) {
      this.#ring[(at + i) % RING_SAMPLES] = pcm[i] as number;
    }
    this.#end = Math.max(this.#end, at + pcm.length);
  }
}
