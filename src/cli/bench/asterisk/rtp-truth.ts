/** What the packets of one call say about what was heard and when: by arrival, without any buffer, to 5 ms. */

/** One RTP packet of audio as it arrived. */
export interface TappedPacket {
  /** On the monotonic clock that all processes of this machine share. */
  readonly atMs: number;
  readonly sequence: number;
  /** Where in the packet it is louder than −50 dBFS, in milliseconds from its first sample; undefined: nowhere. */
  readonly audible: { readonly fromMs: number; readonly toMs: number } | undefined;
}

/** Sound without a long pause. Each packet is taken to be heard from its arrival on. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  /** Packets from the first audible one to the last, silent ones between them included. */
  readonly packets: number;
}

/** Every stretch of sound, in order; a pause shorter than `joinMs` stays inside its stretch. */
export function stretchesOf(
  packets: readonly TappedPacket[],
  { joinMs }: { readonly joinMs: number },
): readonly Stretch[] {
  const stretches: { fromMs: number; toMs: number; packets: number }[] = [];
  let silentPackets = 0;
  for (const { atMs, audible } of packets) {
    if (!audible) {
      silentPackets += 1;
      continue;
    }
    const last = stretches.at(-1);
    const [fromMs, toMs] = [atMs + audible.fromMs, atMs + audible.toMs];
    if (last && fromMs - last.toMs < joinMs) {
      last.toMs = toMs;
      last.packets += silentPackets + 1;
    } else stretches.push({ fromMs, toMs, packets: 1 });
    silentPackets = 0;
  }
  return stretches;
}

/** The first audible moment at or after `fromMs`. */
export function firstAudibleMs(packets: readonly TappedPacket[], fromMs: number): number | undefined {
  for (const { atMs, audible } of packets) {
    if (audible && atMs + audible.toMs > fromMs) return Math.max(fromMs, atMs + audible.fromMs);
  }
  return undefined;
}

/** Packets with sound that arrived in [fromMs, untilMs), and where the last of it ended. */
export function audibleBetween(
  packets: readonly TappedPacket[],
  fromMs: number,
  untilMs: number,
): { readonly packets: number; readonly toMs: number | undefined } {
  let count = 0;
  let toMs: number | undefined;
  for (const { atMs, audible } of packets) {
    if (!audible || atMs < fromMs || atMs >= untilMs) continue;
    count += 1;
    toMs = atMs + audible.toMs;
  }
  return { packets: count, toMs };
}

/** Pauses of the agent between its sentences are shorter, and so is what separates the end of a yielded turn from the next. */
const PAUSE_MS = 300;

export interface Interruption {
  /** First voiced sample of the caller. */
  readonly fromMs: number;
  /** End of the last one. */
  readonly toMs: number;
  /** When the service took the floor away from the agent; undefined: never. */
  readonly decidedAtMs: number | undefined;
}

/**
 * `yielded`: the agent was audible at the decision and fell silent for good. `paused`: it happened to be silent when the
 * decision fell, so that nothing can be measured. `talked-on`: it was still, or again, audible while the caller spoke.
 */
export type Yield =
  { readonly kind: 'yielded'; readonly silentAtMs: number } | { readonly kind: 'paused' | 'talked-on' };

/** Judged by the packets alone; of the service only the moment of its decision is taken. */
export function yieldOf(packets: readonly TappedPacket[], { toMs, decidedAtMs }: Interruption): Yield {
  if (decidedAtMs === undefined) return { kind: 'talked-on' };
  const stretches = stretchesOf(packets, { joinMs: PAUSE_MS });
  const cut = stretches.find((stretch) => stretch.fromMs <= decidedAtMs && stretch.toMs > decidedAtMs);
  const silentAtMs = cut?.toMs ?? decidedAtMs;
  const isHeardAgain = stretches.some(({ fromMs }) => fromMs > silentAtMs && fromMs < toMs);
  if (isHeardAgain || silentAtMs > toMs + PAUSE_MS) return { kind: 'talked-on' };
  return cut ? { kind: 'yielded', silentAtMs } : { kind: 'paused' };
}

/** What a steady sound must stop for to have stopped: three packets. */
const GAP_MS = 60;

export interface Recovery {
  /** Sound that was still heard: what Asterisk had been sent ahead. */
  readonly queuedMs: number;
  /** From the loss to the first audible sample after the silence. */
  readonly againMs: number;
}

/** Of an agent that spoke without a pause when it was lost; undefined as long as it is not heard again. */
export function recoveryOf(packets: readonly TappedPacket[], lostAtMs: number): Recovery | undefined {
  const stretches = stretchesOf(packets, { joinMs: GAP_MS });
  const index = stretches.findLastIndex(({ fromMs }) => fromMs <= lostAtMs);
  const [before, after] = [stretches[index], stretches[index + 1]];
  if (!before || !after) return undefined;
  return { queuedMs: Math.max(0, before.toMs - lostAtMs), againMs: after.fromMs - lostAtMs };
}
