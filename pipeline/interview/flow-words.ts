/** What an interview says at each stage, gaps and variables filled in. Pure. */
import type { FlowContext, FlowState, Given } from './flow-state.ts';
import { sayDate, sayMoment } from './moments.ts';
import {
  filled,
  interviewPhrase,
  textsOf,
  withVariables,
  type Interview,
  type InterviewPhraseId,
  type Question,
} from './script.ts';

/** The first words, and what "say that again" says. */
export function promptOf(context: FlowContext, state: FlowState): readonly string[] {
  const { interview } = context;
  const { question, candidate, callbackAt } = state;
  switch (state.stage) {
    case 'identity':
      return [write(context, interview.identity ?? '')];
    case 'consent':
      return [
        write(context, interview.opening),
        ...(context.isResumed ? [say(context, 'welcome-back')] : []),
        write(context, interview.consent),
      ];
    case 'question':
      return question === undefined ? [] : [write(context, question.text)];
    case 'read-back':
      return [say(context, 'read-back', { answer: answerText(context, question, candidate) })];
    case 'when':
      return [say(context, 'later-when')];
    case 'when-read-back':
      return [say(context, 'later-read-back', { when: momentText(context, callbackAt) })];
    case 'opt-out-read-back':
      return [say(context, 'opt-out-read-back')];
    case 'over':
      return [];
  }
}

/** What is said to somebody who was not understood, or has fallen silent: shorter than the question where the script has it. */
export function hintOf(context: FlowContext, state: FlowState): readonly string[] {
  switch (state.stage) {
    case 'consent':
      return [write(context, context.interview.consent)];
    case 'question':
      return state.question?.hint === undefined ? promptOf(context, state) : [write(context, state.question.hint)];
    case 'read-back':
    case 'when-read-back':
    case 'opt-out-read-back':
    case 'identity':
      return [...promptOf(context, state), say(context, 'yes-no-keys')];
    case 'when':
    case 'over':
      return promptOf(context, state);
  }
}

/** A phrase with its gaps filled. */
export function say(context: FlowContext, id: InterviewPhraseId, gaps: Readonly<Record<string, string>> = {}): string {
  return withVariables(interviewPhrase(context.interview, id, gaps), context.vars);
}

/** A text of the script's own. */
export function write({ vars, greeting }: FlowContext, text: string): string {
  return withVariables(filled(text, { greeting }), vars);
}

export function momentText(context: FlowContext, atMs: number | undefined): string {
  return atMs === undefined ? '' : sayMoment(atMs, context.interview.moments, context);
}

function answerText(context: FlowContext, question: Question | undefined, candidate: Given | undefined): string {
  if (question === undefined || candidate === undefined) return '';
  const { value } = candidate;
  switch (question.kind) {
    case 'yes-no':
      return say(context, value === true ? 'yes' : 'no');
    case 'choice':
      return question.choices.find(({ id }) => id === value)?.name ?? '';
    case 'number':
      return filled(question.says, { n: String(value) });
    case 'date':
      return sayDate(String(value), context.interview.moments);
    case 'open':
      return String(value);
  }
}

/** Every text that is the same for all callers, the greeting in each of its forms: what is rendered beforehand. */
export function fixedInterviewTexts(interview: Interview): readonly string[] {
  const greetings = interview.pack.greetings.map(({ text }) => text);
  const texts = textsOf(interview).flatMap((text) =>
    text.includes('{greeting}') ? greetings.map((greeting) => filled(text, { greeting })) : [text],
  );
  return [...new Set(texts.filter((text) => !text.includes('{')))];
}
