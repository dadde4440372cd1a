/** A whole call on a virtual clock: the real conversation and the real example hotline, scripted models, a leg without a wire. */
import { Answerer } from '#pipeline/dialogue/answerer.ts';
import { SpeechGuard } from '#pipeline/dialogue/guard.ts';
import { shonaClaims as shonaGuard } from '#pipeline/language/shona/claims.ts';
import { HotlineAnswers, type CallCircumstances } from '#pipeline/dialogue/hotline-answers.ts';
import type { ResumePoint } from '#pipeline/dialogue/resume-point.ts';
import type { CallEvent } from '#pipeline/events.ts';
import { converse } from '#pipeline/conversation.ts';
import type { DialogueEngine, EndCause, Recognizer } from '#pipeline/ports.ts';
import { SentenceCache } from '#pipeline/speech/sentence-cache.ts';
import { Speaker } from '#pipeline/speech/speaker.ts';
import { loadHotline } from '#prompts/load.ts';
import { FakeLeg } from '../support/fake-leg.ts';
import {
  ScriptedRecognizer,
  ScriptedSpeechScorer,
  ScriptedSynthesizer,
  type HeardLine,
} from '../support/scripted-models.ts';
import { framesOf, tone } from '../support/tone.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

export const hotline = loadHotline('kiriniki');
const CALLER_HZ = 300;
const FRAME_MS = 20;

export interface ScriptedCallOptions {
  /** What the recogniser makes of each utterance, in order. */
  readonly heard?: readonly HeardLine[] | (() => HeardLine);
  readonly recognizer?: Recognizer;
  readonly transcribeMs?: number;
  /** Likelihood of a phrase under the audio; words of listening and of stopping are told apart by it. */
  readonly score?: (utteranceId: string, phrase: string) => number;
  /** The line returns what the agent says, so much later and so much weaker. */
  readonly echo?: { readonly delayMs: number; readonly db: number };
  readonly dialogue?: DialogueEngine;
  /** A line with discontinuous transmission sends nothing while nobody speaks. */
  readonly isSilentLineMute?: boolean;
  readonly circumstances?: CallCircumstances;
}

export class ScriptedCall {
  readonly clock = new VirtualClock();
  readonly leg = new FakeLeg(this.clock);
  readonly events: CallEvent[] = [];
  /** Where the conversation stood, each time it moved on. */
  readonly points: ResumePoint[] = [];
  readonly recognizer: Recognizer;
  readonly ended: Promise<EndCause>;
  endedWith: EndCause | undefined;
  readonly #scope = new AbortController();
  readonly #isMute: boolean;
  readonly #echo: ScriptedCallOptions['echo'];
  #toSay: Int16Array[] = [];

  constructor(options: ScriptedCallOptions = {}) {
    const { clock } = this;
    this.#isMute = options.isSilentLineMute ?? false;
    this.#echo = options.echo;
    this.recognizer =
      options.recognizer ??
      new ScriptedRecognizer({
        clock,
        heard: options.heard ?? [],
        transcribeMs: options.transcribeMs ?? 150,
        ...(options.score && { score: options.score }),
      });
    const speaker = new Speaker({
      synthesizer: new ScriptedSynthesizer({ clock }),
      language: hotline.pack.language,
      cache: new SentenceCache({ voice: 'scripted' }),
      clock,
    });
    this.ended = converse({
      leg: this.leg,
      scorer: new ScriptedSpeechScorer({ clock }),
      clock,
      hotline: hotline.id,
      language: hotline.pack.code,
      emit: (event) => this.events.push(event),
      signal: this.#scope.signal,
      resumeFrom: options.circumstances?.resumption?.from,
      onProgress: (point) => this.points.push(point),
      answersFor: (emit) =>
        new HotlineAnswers(
          {
            hotline,
            recognizer: this.recognizer,
            dialogue: options.dialogue,
            answerer: new Answerer(hotline),
            guard: new SpeechGuard({
              language: shonaGuard,
              smallTalk: hotline.pack.baseModel.smallTalk.map(({ agent }) => agent),
              phrases: [],
              markers: ['Caller'],
            }),
            speaker,
            clock,
          },
          this.leg.callId,
          emit,
          options.circumstances,
        ),
    });
    void this.ended.then((cause) => (this.endedWith = cause));
  }

  /** Frames arrive every 20 ms, silence when nothing is being said (or nothing at all on a mute line). */
  async pass(ms: number): Promise<void> {
    for (let at = 0; at < ms; at += FRAME_MS) {
      const frame = this.#toSay.shift();
      if (this.#echo) this.leg.hear(withEcho(frame ?? new Int16Array(160), this.#returned(this.#echo)));
      else if (frame) this.leg.hear(frame);
      else if (!this.#isMute) this.leg.hear(new Int16Array(160));
      await this.clock.advance(FRAME_MS);
    }
  }

  /** What of the agent's speech comes back in the frame that is over now. */
  #returned({ delayMs, db }: { readonly delayMs: number; readonly db: number }): Int16Array {
    const playing = this.leg.playedAt(this.clock.nowMs() - delayMs);
    return playing.map((sample) => sample * 10 ** (db / 20));
  }

  /** The caller speaks for `ms`; resolves with the time of the last voiced sample. */
  async say(ms: number, gain = 1): Promise<number> {
    this.#toSay.push(...framesOf(tone(CALLER_HZ, ms).map((sample) => sample * gain)));
    await this.pass(ms);
    return this.clock.nowMs();
  }

  /** Passes time until it holds; throws after a minute of call. */
  async until(isDone: () => boolean): Promise<void> {
    for (let waited = 0; !isDone(); waited += FRAME_MS) {
      if (waited > 60_000) throw new Error(`not within a minute; events: ${this.kinds().join(' ')}`);
      await this.pass(FRAME_MS);
    }
  }

  /** Until the agent has finished saying something more than it had. */
  async untilSaid(): Promise<Extract<CallEvent, { kind: 'agent-said' }>> {
    const before = this.all('agent-said').length;
    await this.until(() => this.all('agent-said').length > before);
    return this.all('agent-said').at(-1)!;
  }

  /** When the first frame after `atMs` was sent. */
  firstFrameAfter(atMs: number): number | undefined {
    return this.leg.frames.find((frame) => frame.atMs > atMs)?.atMs;
  }

  all<K extends CallEvent['kind']>(kind: K): Extract<CallEvent, { kind: K }>[] {
    return this.events.filter((event): event is Extract<CallEvent, { kind: K }> => event.kind === kind);
  }

  kinds(): string[] {
    return this.events.map((event) => event.kind);
  }

  drain(): void {
    this.#scope.abort();
  }
}

function withEcho(frame: Int16Array, returned: Int16Array): Int16Array {
  return frame.map((sample, n) => sample + (returned[n] ?? 0));
}

/** The answer of a card as written in the example hotline. */
export function answerOf(cardId: string): string {
  const card = hotline.cards.find(({ id }) => id === cardId);
  if (!card) throw new Error(`no card ${cardId}`);
  return card.answer;
}
