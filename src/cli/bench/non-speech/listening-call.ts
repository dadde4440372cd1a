/**
 * A call in which nobody says anything to the line: the real ear (voice activity, gate, endpointer, recogniser, guard) and
 * the real answers, as fast as they can compute. The agent is silent all the while, so whatever is heard is listened to:
 * stricter than a call, where much of it would fall under the agent's own speech.
 */
import { setImmediate } from 'node:timers/promises';
import { HotlineAnswers, type HotlineEngines } from '#pipeline/dialogue/hotline-answers.ts';
import type { CallEventBody } from '#pipeline/events.ts';
import type { EndpointEvent } from '#pipeline/listening/endpointer.ts';
import { Listener } from '#pipeline/listening/listener.ts';
import type { SpeechScorer } from '#pipeline/ports.ts';
import { muLaw } from '#telephony/codec/g711.ts';
import { RATE_HZ } from './sound.ts';

const FRAME_SAMPLES = 160;

/** What the line made of one utterance that the endpointer found to be over. */
export interface HeardUtterance {
  /** Where it ended, in seconds of the call. */
  readonly atSeconds: number;
  readonly events: readonly CallEventBody[];
}

export interface ListeningCallOptions {
  readonly callId: string;
  readonly engines: HotlineEngines;
  readonly scorer: SpeechScorer;
  readonly signal: AbortSignal;
  /** Called for every utterance that was answered or deliberately left unanswered. */
  readonly onUtterance: (heard: HeardUtterance) => void;
}

interface Prepared {
  readonly id: string;
  readonly speechEndSample: number;
  readonly events: readonly CallEventBody[];
  readonly isAnswered: boolean;
}

export class ListeningCall implements Disposable {
  readonly #options: ListeningCallOptions;
  readonly #listener: Listener;
  readonly #answers: HotlineAnswers;
  readonly #endpoints: EndpointEvent[] = [];
  #events: CallEventBody[] = [];
  #scoring: Promise<unknown> = Promise.resolve();
  #utterances = 0;
  #prepared: Prepared | undefined;
  #failure: unknown;
  /** The last text that the agent would have said aloud. */
  lastSaid: string | undefined;

  constructor(options: ListeningCallOptions) {
    this.#options = options;
    const { scorer } = options;
    this.#listener = new Listener({
      scorer: {
        sampleRateHz: scorer.sampleRateHz,
        windowSamples: scorer.windowSamples,
        score: (window) => {
          const scored = scorer.score(window);
          this.#scoring = scored.catch(() => undefined);
          return scored;
        },
        reset: () => scorer.reset(),
      },
      onEvent: (event) => this.#endpoints.push(event),
      onTrouble: (_, cause) => (this.#failure ??= cause ?? new Error('a window was skipped')),
    });
    this.#answers = new HotlineAnswers(options.engines, options.callId, (event) => this.#events.push(event));
  }

  /** Utterances that the gate opened, finished or not. */
  openedCount = 0;

  /** The agent speaks of its own accord, as at the start of a call or after a key; resolves with what it says. */
  async greet(): Promise<string> {
    await this.#answers.prompted('greeting', { signal: this.#options.signal });
    return this.#said();
  }

  async press(key: string): Promise<string> {
    await this.#answers.key(key, 0, { signal: this.#options.signal });
    return this.#said();
  }

  /** Sound at 8000 Hz, values in [-1, 1], through mu-law and everything behind it; resolves when all of it is dealt with. */
  async hear(sound: Float32Array): Promise<void> {
    const frame = new Int16Array(FRAME_SAMPLES);
    const wire = new Uint8Array(FRAME_SAMPLES);
    for (let start = 0; start < sound.length; start += FRAME_SAMPLES) {
      for (let i = 0; i < FRAME_SAMPLES; i += 1) {
        frame[i] = Math.max(-32_768, Math.min(32_767, Math.round((sound[start + i] ?? 0) * 32_768)));
      }
      muLaw.encodeInto(wire, frame);
      muLaw.decodeInto(frame, wire);
      this.#listener.hear(frame);
      await this.#scoring;
      await setImmediate();
      for (let event = this.#endpoints.shift(); event; event = this.#endpoints.shift()) await this.#onEndpoint(event);
      if (this.#failure !== undefined) throw new Error('the ear of the bench failed', { cause: this.#failure });
    }
    this.#options.signal.throwIfAborted();
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }

  async #onEndpoint(event: EndpointEvent): Promise<void> {
    switch (event.kind) {
      case 'speech-start':
        this.openedCount += 1;
        return;
      case 'voiced':
        return;
      case 'speech-resumed':
        this.#prepared = undefined;
        return;
      case 'soft-end':
        this.#prepared = await this.#prepare(event.speechEndSample);
        return;
      case 'end-of-turn': {
        const { speechEndSample } = event;
        const isReady = this.#prepared?.speechEndSample === speechEndSample;
        const prepared = isReady && this.#prepared ? this.#prepared : await this.#prepare(speechEndSample);
        this.#prepared = undefined;
        if (prepared.isAnswered) this.#answers.commit(prepared.id);
        this.#options.onUtterance({ atSeconds: speechEndSample / RATE_HZ, events: prepared.events });
        this.#events = [...prepared.events];
        if (prepared.isAnswered) this.#said();
      }
    }
  }

  async #prepare(speechEndSample: number): Promise<Prepared> {
    const { callId, signal } = this.#options;
    this.#utterances += 1;
    const id = `${callId}#${this.#utterances}`;
    const onsetMs = (this.#listener.endpointer.onsetSample * 1000) / RATE_HZ;
    const pcm = this.#listener.utterance(onsetMs, (speechEndSample * 1000) / RATE_HZ);
    this.#events = [];
    const reply = await this.#answers.answer({ id, pcm, sampleRateHz: RATE_HZ }, this.#utterances, {
      signal,
      onExpectation: (expectation) => this.#listener.expect(expectation),
    });
    return { id, speechEndSample, events: [...this.#events], isAnswered: reply !== undefined };
  }

  /** The caller has heard it all. */
  #said(): string {
    const text = this.#events.findLast((event) => event.kind === 'answer-text')?.text ?? '';
    this.#answers.said(text);
    this.#events = [];
    this.lastSaid = text;
    return text;
  }
}
