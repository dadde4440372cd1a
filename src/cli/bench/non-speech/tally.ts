/** Counts what a line made of sounds that were none of its business. */
import type { CallEventBody } from '#pipeline/events.ts';
import type { HeardUtterance } from './listening-call.ts';

/** Something that the line would have done without having been asked to. */
export interface ActedUpon {
  /** The source of the sound. */
  readonly kind: string;
  /** Seconds into the sound of that source. */
  readonly at: number;
  /** `card:<id>`, `intent:<name>` or `llm`. */
  readonly decision: string;
  readonly text: string;
}

export interface NonSpeechFigures {
  readonly minutes: number;
  /** Times that the gate believed somebody spoke. */
  readonly utterancesOpened: number;
  readonly transcripts: number;
  /** Transcripts that were not believed, by reason. */
  readonly doubts: Readonly<Record<string, number>>;
  readonly acted: readonly ActedUpon[];
  /** Times that the line said it had not understood, which is no act but is heard. */
  readonly notUnderstood: number;
  readonly bySource: Readonly<Record<string, SourceFigures>>;
}

export interface SourceFigures {
  readonly seconds: number;
  readonly opened: number;
  readonly transcripts: number;
  readonly doubted: number;
  readonly acted: number;
  readonly notUnderstood: number;
}

/** Decisions of the answers that answer nothing. */
const NO_ACT: ReadonlySet<string> = new Set(['not-understood', 'offer-human', 'backchannel']);

type Decided = Extract<CallEventBody, { kind: 'decision' }>;

/** By source; acts are kept one by one. */
export class Tally {
  readonly #sources = new Map<string, { -readonly [K in keyof SourceFigures]: number }>();
  readonly #doubts: Record<string, number> = {};
  readonly #acted: ActedUpon[] = [];

  /** One utterance of a source, whatever came of it. */
  count(name: string, { events, atSeconds }: HeardUtterance): void {
    const source = this.#of(name);
    const transcript = events.find((event) => event.kind === 'transcript');
    if (transcript === undefined) return;
    source.transcripts += 1;
    if (transcript.doubt !== undefined) {
      source.doubted += 1;
      this.#doubts[transcript.doubt] = (this.#doubts[transcript.doubt] ?? 0) + 1;
    }
    const decided = events.findLast((event): event is Decided => event.kind === 'decision');
    if (decided === undefined) return;
    if (decided.source === 'pack' && NO_ACT.has(decided.intent ?? '')) {
      source.notUnderstood += 1;
      return;
    }
    source.acted += 1;
    const { text } = transcript;
    this.#acted.push({ kind: name, at: Math.round(atSeconds * 10) / 10, decision: nameOf(decided), text });
  }

  /** The source has been heard for so long. */
  close(name: string, seconds: number, opened: number): void {
    Object.assign(this.#of(name), { seconds, opened });
  }

  figures(): NonSpeechFigures {
    const all = [...this.#sources.values()];
    const sum = (of: keyof SourceFigures): number => all.reduce((total, source) => total + source[of], 0);
    return {
      minutes: sum('seconds') / 60,
      utterancesOpened: sum('opened'),
      transcripts: sum('transcripts'),
      doubts: this.#doubts,
      acted: this.#acted,
      notUnderstood: sum('notUnderstood'),
      bySource: Object.fromEntries(this.#sources),
    };
  }

  #of(name: string): { -readonly [K in keyof SourceFigures]: number } {
    const known = this.#sources.get(name);
    if (known) return known;
    const fresh = { seconds: 0, opened: 0, transcripts: 0, doubted: 0, acted: 0, notUnderstood: 0 };
    this.#sources.set(name, fresh);
    return fresh;
  }
}

function nameOf({ source, cardId, intent }: Decided): string {
  if (source === 'llm') return 'llm';
  return cardId === undefined ? `intent:${intent ?? 'none'}` : `card:${cardId}`;
}
