/** A whole interview on a virtual clock: the real conversation and the real example script, scripted models, a leg without a wire. */
import type { CallEvent } from '#pipeline/events.ts';
import type { Evidence, Given } from '#pipeline/interview/flow-state.ts';
import { holdInterview, type HeldInterview } from '#pipeline/interview/hold-interview.ts';
import { InterviewHearing } from '#pipeline/interview/interview-hearing.ts';
import type { InterviewCircumstances } from '#pipeline/interview/interview-parts.ts';
import { withVariables, type Interview } from '#pipeline/interview/script.ts';
import { SentenceCache } from '#pipeline/speech/sentence-cache.ts';
import { Speaker } from '#pipeline/speech/speaker.ts';
import { loadInterview, readScript } from '#prompts/campaign.ts';
import { FakeLeg } from '../support/fake-leg.ts';
import {
  ScriptedRecognizer,
  ScriptedSpeechScorer,
  ScriptedSynthesizer,
  type HeardLine,
} from '../support/scripted-models.ts';
import { framesOf, tone } from '../support/tone.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const example = readScript('hutano');
const CALLER_HZ = 300;
const FRAME_MS = 20;
const VARS = { zita: 'VaMoyo' };

/** The example script, with lines of its text replaced. */
export function exampleWith(...replaced: readonly (readonly [string, string])[]): Interview {
  const text = replaced.reduce((written, [from, to]) => {
    if (!written.includes(from)) throw new Error(`the example does not hold ${JSON.stringify(from)}`);
    return written.replace(from, to);
  }, example.text);
  return loadInterview(example.id, text);
}

export interface ScriptedInterviewOptions {
  readonly interview?: Interview;
  /** What the recogniser makes of each utterance, in order. */
  readonly heard?: readonly HeardLine[];
  readonly score?: (utteranceId: string, phrase: string) => number;
  readonly circumstances?: Partial<Omit<InterviewCircumstances, 'ear'>>;
  readonly transcribeMs?: number;
}

export class ScriptedInterview {
  readonly clock = new VirtualClock();
  readonly leg = new FakeLeg(this.clock);
  readonly events: CallEvent[] = [];
  readonly recognizer: ScriptedRecognizer;
  readonly interview: Interview;
  readonly answers: Given[] = [];
  readonly optOuts: Evidence[] = [];
  /** What was told, in order. */
  readonly notes: string[] = [];
  readonly held: Promise<HeldInterview>;
  result: HeldInterview | undefined;
  readonly #scope = new AbortController();
  #toSay: Int16Array[] = [];

  constructor(options: ScriptedInterviewOptions = {}) {
    const { clock } = this;
    const interview = options.interview ?? exampleWith();
    this.interview = interview;
    this.recognizer = new ScriptedRecognizer({
      clock,
      heard: options.heard ?? [],
      transcribeMs: options.transcribeMs ?? 150,
      ...(options.score && { score: options.score }),
    });
    const speaker = new Speaker({
      synthesizer: new ScriptedSynthesizer({ clock, msPerChar: 20 }),
      language: interview.pack.language,
      cache: new SentenceCache({ voice: 'scripted' }),
      clock,
    });
    this.held = holdInterview({
      engines: {
        ...{ interview, recognizer: this.recognizer, speaker, clock },
        hearing: new InterviewHearing(interview, this.recognizer),
      },
      circumstances: {
        ...{ vars: VARS, tz: 'Africa/Harare', answered: {}, resume: undefined, canTransfer: false },
        ...options.circumstances,
      },
      notes: {
        consented: () => void this.notes.push('consented'),
        answered: (given) => {
          this.answers.push(given);
          this.notes.push(`answered ${given.question}`);
        },
        optedOut: (evidence) => {
          this.optOuts.push(evidence);
          this.notes.push('opted out');
        },
      },
      leg: this.leg,
      scorer: new ScriptedSpeechScorer({ clock }),
      emit: (event) => this.events.push(event),
      signal: this.#scope.signal,
    });
    void this.held.then((result) => (this.result = result));
  }

  async pass(ms: number): Promise<void> {
    for (let at = 0; at < ms; at += FRAME_MS) {
      this.leg.hear(this.#toSay.shift() ?? new Int16Array(160));
      await this.clock.advance(FRAME_MS);
    }
  }

  /** The callee makes a sound for `ms`: words to the recogniser, a hum to everybody else. */
  async say(ms: number, hz = CALLER_HZ): Promise<void> {
    this.#toSay.push(...framesOf(hz === CALLER_HZ ? babble(ms) : tone(hz, ms)));
    await this.pass(ms);
  }

  async until(isDone: () => boolean): Promise<void> {
    for (let waited = 0; !isDone(); waited += FRAME_MS) {
      if (waited > 60_000)
        throw new Error(`not within a minute; events: ${this.events.map(({ kind }) => kind).join(' ')}`);
      await this.pass(FRAME_MS);
    }
  }

  /** Until the agent has finished saying something more than it had; resolves with all that was heard of it. */
  async untilSaid(): Promise<string> {
    const before = this.all('agent-said').length;
    await this.until(() => this.all('agent-said').length > before);
    return this.all('agent-said').at(-1)!.heardText;
  }

  /** Something of a second is said, as the recogniser was told, and the reply is waited for. */
  async reply(ms = 1_000): Promise<string> {
    await this.say(ms);
    return this.untilSaid();
  }

  async untilOver(): Promise<HeldInterview> {
    await this.until(() => this.result !== undefined);
    return this.result!;
  }

  async press(keys: string, gapMs = 1_000): Promise<void> {
    for (const key of keys) {
      this.leg.press(key);
      await this.pass(gapMs);
    }
  }

  /** Lets the first words and the consent pass: both are agreed to by keys. */
  async begin(): Promise<void> {
    await this.untilSaid();
    await this.press('1');
    await this.untilSaid();
    await this.press('1');
    await this.untilSaid();
  }

  phrase(id: string): string {
    return withVariables(this.interview.phrases[id]!, VARS);
  }

  question(id: string): string {
    return this.interview.questions.find((question) => question.id === id)!.text;
  }

  all<K extends CallEvent['kind']>(kind: K): Extract<CallEvent, { kind: K }>[] {
    return this.events.filter((event): event is Extract<CallEvent, { kind: K }> => event.kind === kind);
  }

  drain(): void {
    this.#scope.abort();
  }
}

/** A hum whose pitch wanders, as no tone of a machine does. */
function babble(ms: number): Int16Array {
  const samples = new Int16Array(ms * 8);
  let phase = 0;
  for (let n = 0; n < samples.length; n += 1) {
    phase += (2 * Math.PI * (250 + 120 * Math.sin(n / 400))) / 8_000;
    samples[n] = Math.round(6_000 * Math.sin(phase) + 3_000 * Math.sin(2.7 * phase));
  }
  return samples;
}
