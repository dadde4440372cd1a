/** What a telephone of a rehearsal keeps of one call: when it rang, what it heard, what was said and pressed, what the line took. */
import type { AnswerValue, Question } from '#pipeline/interview/script.ts';
import type { Farewell, LineSaid, Prompt } from './line-said.ts';

export type By = 'speech' | 'keys';

/** An answer that was given to a question. */
export interface GivenAnswer {
  readonly question: string;
  readonly by: By;
  readonly value: AnswerValue;
}

/** One that the line went on from, and how it had said it back, if it had. */
export interface TakenAnswer extends GivenAnswer {
  readonly saidBack: string | undefined;
}

export type Became = 'answered' | 'busy' | 'no-answer';

export class CallNotes {
  readonly number: string;
  /** Which call to this number it was, from 1 on. */
  readonly no: number;
  /** All times are epoch ms by the telephone's clock; undefined: it did not happen. */
  rangAt: number | undefined;
  answeredAt: number | undefined;
  endedAt: number | undefined;
  became: Became | undefined;
  /** The telephone put the receiver down, and not the line. */
  hasHungUp = false;
  /** Twilio's id of the call, where it is one of theirs. */
  carrierSid: string | undefined;
  /** Sound that the telephone itself heard. */
  audibleMs = 0;
  /** Sound that the line says the telephone heard. */
  claimedMs = 0;
  transcripts: readonly string[] = [];
  /** Everything heard and done, in order. */
  readonly dialogue: { readonly heard: string; readonly did: string }[] = [];
  readonly heardQuestions = new Set<string>();
  readonly leftOut = new Set<string>();
  readonly taken = new Map<string, TakenAnswer>();
  /** Answers given by voice, and what came of each. */
  readonly byVoice = { given: 0, askedAgain: 0, saidBackWrong: 0 };
  /** Questions that were talked into, and times that the line stopped for it. */
  readonly interrupted = { tried: 0, stopped: 0 };
  farewell: Farewell | undefined;
  /** The time that the line promised to call at, as it said it. */
  promisedFor: string | undefined;
  /** How they asked never to be called again. */
  saidNoBy: By | undefined;
  isPlayedByMachine = false;
  #answer: GivenAnswer | undefined;
  #saidBack: string | undefined;

  constructor(number: string, no: number) {
    this.number = number;
    this.no = no;
  }

  /** What was said to them; what became of their answer before can be told from it. */
  hear({ prompt, hasLeftOut }: LineSaid): void {
    if (prompt === undefined) return;
    const answer = this.#answer;
    if (prompt.kind === 'read-back') this.#saidBack = prompt.answer;
    if (prompt.kind === 'question') this.heardQuestions.add(prompt.question.id);
    if (prompt.kind === 'over') {
      this.farewell = prompt.farewell;
      this.promisedFor = prompt.when;
    }
    if (answer === undefined || !isPast(prompt, answer.question)) {
      if (prompt.kind === 'question' && answer?.by === 'speech') this.byVoice.askedAgain += 1;
      if (prompt.kind === 'question') this.#saidBack = this.#answer = undefined;
      return;
    }
    const isTaken = !hasLeftOut && (prompt.kind === 'question' || prompt.farewell === 'closing');
    if (isTaken) this.taken.set(answer.question, { ...answer, saidBack: this.#saidBack });
    else if (hasLeftOut) this.leftOut.add(answer.question);
    this.#answer = undefined;
    this.#saidBack = undefined;
  }

  answer(question: Question, value: AnswerValue, by: By): void {
    if (by === 'speech') this.byVoice.given += 1;
    this.#answer = { question: question.id, value, by };
  }

  /** An answer of which the call's end does not tell whether the line took it. */
  get untold(): GivenAnswer | undefined {
    return this.#answer;
  }
}

/** Another question, or the end: the line has gone on. */
function isPast(
  prompt: Prompt,
  question: string,
): prompt is Extract<Prompt, { kind: 'question' }> | Extract<Prompt, { kind: 'over' }> {
  return prompt.kind === 'over' || (prompt.kind === 'question' && prompt.question.id !== question);
}
