/** A recogniser that is asked nothing twice: its answers are kept on disk with the time that they took. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '#kernel/clock.ts';
import type { Recognizer, Transcript, TranscribeOptions, Utterance } from '#pipeline/ports.ts';

interface Kept<Value> {
  readonly value: Value;
  readonly ms: number;
}

export interface RememberingOptions {
  /** Made only when something is asked that is not known. */
  readonly open: () => Promise<Recognizer>;
  readonly name: string;
  readonly canScore: boolean;
  readonly clock: Clock;
  readonly cacheDir: string;
  /** Whatever changes the answers beside the request: the recogniser's name, its code, its weights. */
  readonly revision: string;
}

/** One utterance after the other: `score` is for the one transcribed last. */
export class RememberingRecognizer implements Recognizer {
  readonly name: string;
  readonly canScore: boolean;
  /** Milliseconds that everything asked so far took, when it was first asked. */
  spentMs = 0;
  readonly #options: RememberingOptions;
  readonly #transcripts: KeptFile<Transcript>;
  /** Phrase by phrase, each with its share of the time. */
  readonly #scores: KeptFile<number>;
  #inner: Promise<Recognizer> | undefined;
  #current: Utterance | undefined;
  /** Whose audio the recogniser has just encoded. */
  #encoded: string | undefined;

  constructor(options: RememberingOptions) {
    const { name, canScore, cacheDir, revision } = options;
    this.#options = options;
    this.name = name;
    this.canScore = canScore;
    this.#transcripts = new KeptFile(cacheDir, `transcripts-${revision}.jsonl`);
    this.#scores = new KeptFile(cacheDir, `scores-${revision}.jsonl`);
  }

  async transcribe(utterance: Utterance, opts: TranscribeOptions): Promise<Transcript> {
    const { pcm } = utterance;
    // The same audio is the same utterance, whatever it is called.
    const id = hashOf(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength));
    const same: Utterance = { ...utterance, id };
    this.#current = same;
    const { prompt, lexicon, closed, alternatives } = opts;
    const key = hashOf(JSON.stringify([id, prompt, lexicon, closed, alternatives]));
    let kept = this.#transcripts.get(key);
    if (kept === undefined) {
      kept = await this.#timed(() => this.#listen(same, opts));
      this.#transcripts.keep({ [key]: kept });
    }
    this.spentMs += kept.ms;
    return { ...kept.value, utteranceId: utterance.id };
  }

  async score(
    _utteranceId: string,
    phrases: readonly string[],
    { signal }: { readonly signal: AbortSignal },
  ): Promise<readonly number[]> {
    const current = this.#current;
    if (current === undefined) throw new RangeError('score comes after transcribe');
    const keyOf = (phrase: string): string => `${current.id} ${phrase}`;
    const missing = phrases.filter((phrase) => this.#scores.get(keyOf(phrase)) === undefined);
    if (missing.length > 0) {
      if (this.#encoded !== current.id) await this.#listen(current, { signal });
      const inner = await this.#open();
      const { value, ms } = await this.#timed(() => inner.score(current.id, missing, { signal }));
      const share = ms / missing.length;
      this.#scores.keep(
        Object.fromEntries(missing.map((phrase, at) => [keyOf(phrase), { value: value[at] ?? -1e9, ms: share }])),
      );
    }
    const kept = phrases.map((phrase) => this.#scores.get(keyOf(phrase)));
    for (const one of kept) this.spentMs += one?.ms ?? 0;
    return kept.map((one) => one?.value ?? -Infinity);
  }

  async #listen(utterance: Utterance, opts: TranscribeOptions): Promise<Transcript> {
    const inner = await this.#open();
    const transcript = await inner.transcribe(utterance, opts);
    this.#encoded = utterance.id;
    return transcript;
  }

  async #timed<Value>(make: () => Promise<Value>): Promise<Kept<Value>> {
    await this.#open();
    const { clock } = this.#options;
    const startMs = clock.nowMs();
    const value = await make();
    return { value, ms: clock.nowMs() - startMs };
  }

  #open(): Promise<Recognizer> {
    return (this.#inner ??= this.#options.open());
  }
}

class KeptFile<Value> {
  readonly #path: string;
  readonly #known = new Map<string, Kept<Value>>();

  constructor(folder: string, name: string) {
    mkdirSync(folder, { recursive: true });
    this.#path = join(folder, name);
    const text = existsSync(this.#path) ? readFileSync(this.#path, 'utf8') : '';
    for (const line of text.split('\n')) {
      // What an interrupted run left half written is asked again.
      if (!line.endsWith('}}')) continue;
      for (const [key, kept] of Object.entries(JSON.parse(line) as Record<string, Kept<Value>>)) {
        this.#known.set(key, kept);
      }
    }
  }

  get(key: string): Kept<Value> | undefined {
    return this.#known.get(key);
  }

  keep(all: Readonly<Record<string, Kept<Value>>>): void {
    for (const [key, kept] of Object.entries(all)) this.#known.set(key, kept);
    appendFileSync(this.#path, `${JSON.stringify(all)}\n`);
  }
}

function hashOf(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 24);
}
