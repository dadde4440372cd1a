/**
 * The course of an interview: a pure function from where it stands and what was said to where it goes on and what is said
 * then. Nothing is heard, spoken or written here; what a turn comes to is a value that is thrown away when nobody hears it.
 */
import { slowerThan } from '../speech/pace.ts';
import {
  nextQuestion,
  type FlowContext,
  type FlowState,
  type Given,
  type InterviewResult,
  type Said,
  type Turned,
} from './flow-state.ts';
import { hintOf, momentText, promptOf, say, write } from './flow-words.ts';
import type { InterviewPhraseId } from './script.ts';

/** Failures at one question before it is given up; whoever is not understood three times presses keys or nothing. */
const MOST_FAILURES = 3;
const MOST_ROUNDS = 2;
/** Questions in a row that nothing is made of: the line, or the caller, is not fit for the rest. */
const MOST_GIVEN_UP = 2;
const FAILURES_AT_WHEN = 2;
const FAILURES_AT_READ_BACK = 2;

export function turn(context: FlowContext, state: FlowState, said: Said): Turned {
  const isOptOut = said.kind === 'wish' && said.wish === 'opt-out';
  if (state.stage === 'over' && !isOptOut) return { state, texts: [], intent: 'goodbye', endsCall: true };
  switch (said.kind) {
    case 'wish':
      return wish(context, state, said);
    case 'when':
      return state.stage === 'when' ? readBackMoment(context, state, said.atMs) : failed(context, state);
    case 'answer':
      return answer(context, state, said);
    case 'out-of-range':
      return failed(context, state, rangeOf(context, state));
    case 'wrong-key':
      return {
        ...again(context, state, 'unknown-key'),
        texts: [say(context, 'unknown-key'), ...hintOf(context, state)],
      };
    case 'unclear':
      return failed(context, state);
  }
}

/** The caller has fallen silent for good. */
export function silent(context: FlowContext, state: FlowState): Turned {
  if (state.stage === 'opt-out-read-back') return optedOut(context, state);
  const isAgreed = state.stage === 'when' || state.stage === 'when-read-back';
  return isAgreed
    ? over(state, 'callback', [say(context, 'later-sometime')])
    : over(state, 'partial', [say(context, 'broken-off')]);
}

function wish(context: FlowContext, state: FlowState, said: Extract<Said, { kind: 'wish' }>): Turned {
  const { interview } = context;
  switch (said.wish) {
    case 'opt-out': {
      const { evidence } = said;
      // Said twice, it is meant.
      if (!evidence.needsReadBack || state.doubtfulNo !== undefined) return optedOut(context, state, evidence);
      const doubtfulNo = { evidence, stage: state.stage };
      return put(context, { ...state, stage: 'opt-out-read-back', failures: 0, doubtfulNo }, [], 'read-back');
    }
    case 'human': {
      if (interview.human === undefined) return besides(context, state, 'human', 'no-human');
      if (!context.canTransfer) return besides(context, state, 'human', 'human-number');
      return { ...over(state, 'human', [say(context, 'transferring')]), handsTo: 'human' };
    }
    case 'later':
      if (said.atMs !== undefined) return readBackMoment(context, state, said.atMs);
      if (state.stage === 'when' || state.stage === 'when-read-back') return sometime(context, state);
      return put(context, { ...state, stage: 'when', failures: 0, rounds: 0, candidate: undefined }, [], 'later');
    case 'repeat':
      return again(context, state, 'repeat');
    case 'slower': {
      const pace = slowerThan(state.pace);
      const promise = pace < state.pace ? [say(context, 'slower')] : [];
      return put(context, { ...state, pace }, promise, 'slower');
    }
    case 'goodbye': {
      const isEarly = state.stage === 'identity' || state.stage === 'consent';
      return isEarly
        ? over(state, 'refused', [say(context, 'refused')])
        : over(state, 'partial', [say(context, 'broken-off')]);
    }
    case 'wrong-person':
      return over(state, 'wrong_person', [say(context, 'wrong-person')]);
    case 'other-language':
      return over(state, 'language', [say(context, 'other-language')]);
    case 'unknown':
      if (state.stage === 'when') return sometime(context, state);
      return state.stage === 'question' ? leaveOut(context, { ...state, givenUp: 0 }) : failed(context, state);
    case 'emergency':
      return besides(context, state, 'emergency', 'emergency');
  }
}

function answer(context: FlowContext, state: FlowState, said: Extract<Said, { kind: 'answer' }>): Turned {
  const { value, evidence } = said;
  switch (state.stage) {
    case 'identity':
      if (evidence.needsReadBack) return failed(context, state);
      if (value !== true) return over(state, 'wrong_person', [say(context, 'wrong-person')]);
      return put(context, { ...state, stage: 'consent', failures: 0 }, [], 'consent');
    case 'consent':
      // What has to be read back is no consent, nor is it a refusal.
      if (evidence.needsReadBack) return failed(context, state);
      if (value !== true) return over(state, 'refused', [say(context, 'refused')]);
      return proceed(context, { ...state, hasConsented: true }, []);
    case 'read-back':
      return agreed(context, state, value === true && !evidence.needsReadBack, value === false);
    case 'when-read-back':
      if (value === true && !evidence.needsReadBack) {
        const when = momentText(context, state.callbackAt);
        return over(state, 'callback', [say(context, 'later-agreed', { when })]);
      }
      return value === false ? otherTime(context, state) : failed(context, state);
    case 'opt-out-read-back':
      if (value === false && !evidence.needsReadBack) return goOn(context, state);
      return value === true && !evidence.needsReadBack ? optedOut(context, state) : failed(context, state);
    case 'question':
      return given(context, state, said);
    case 'when':
    case 'over':
      return failed(context, state);
  }
}

/** Once read back, only a plain no takes it back: one contact less is the smaller harm. */
function optedOut(context: FlowContext, state: FlowState, evidence = state.doubtfulNo?.evidence): Turned {
  const ended = over(state, 'opted_out', [say(context, 'opt-out')]);
  return evidence === undefined ? ended : { ...ended, optsOut: evidence };
}

/** It was no wish not to be called again. */
function goOn(context: FlowContext, state: FlowState): Turned {
  const stage = state.doubtfulNo?.stage ?? 'question';
  const asked: FlowState = { ...state, stage, failures: 0, doubtfulNo: undefined };
  return { state: asked, texts: hintOf(context, asked), intent: 'ask', endsCall: false };
}

function given(
  context: FlowContext,
  state: FlowState,
  { value, evidence, isEmergency = false }: Extract<Said, { kind: 'answer' }>,
): Turned {
  const { question } = state;
  if (question === undefined) return proceed(context, state, []);
  const { needsReadBack, ...rest } = evidence;
  const candidate: Given = { question: question.id, value, ...rest, isConfirmed: false };
  const { readBack } = question;
  const mustAsk = readBack === 'always' || (readBack === 'unsure' && needsReadBack && question.kind !== 'open');
  if (mustAsk) return put(context, { ...state, stage: 'read-back', failures: 0, candidate }, [], 'read-back');
  return accept(context, state, candidate, isEmergency ? [say(context, 'emergency')] : []);
}

function agreed(context: FlowContext, state: FlowState, isYes: boolean, isNo: boolean): Turned {
  const { candidate } = state;
  if (isYes && candidate !== undefined) return accept(context, state, { ...candidate, isConfirmed: true }, []);
  return isNo ? wronglyHeard(context, state) : failed(context, state);
}

/** What was read back was wrong: the question once more, and not for ever. */
function wronglyHeard(context: FlowContext, state: FlowState): Turned {
  const rounds = state.rounds + 1;
  if (rounds > MOST_ROUNDS) return giveUp(context, { ...state, rounds });
  const asked: FlowState = { ...state, stage: 'question', rounds, failures: 0, candidate: undefined };
  return { state: asked, texts: hintOf(context, asked), intent: 'ask', endsCall: false };
}

function accept(context: FlowContext, state: FlowState, answered: Given, before: readonly string[]): Turned {
  const answers = new Map(state.answers).set(answered.question, answered.value);
  return { ...proceed(context, { ...state, answers, givenUp: 0 }, before), answered };
}

/** The next question, or the end. */
function proceed(context: FlowContext, state: FlowState, before: readonly string[]): Turned {
  const question = nextQuestion(context.interview, state);
  const next: FlowState = { ...state, stage: 'question', question, failures: 0, rounds: 0, candidate: undefined };
  if (question !== undefined) return put(context, next, before, 'ask');
  const isWhole = context.interview.questions.every(({ id, isOptional }) => isOptional || !state.leftOut.has(id));
  const closing = [...before, write(context, context.interview.closing)];
  return over(next, isWhole ? 'completed' : 'partial', closing);
}

function leaveOut(context: FlowContext, state: FlowState): Turned {
  const leftOut = new Set(state.leftOut);
  if (state.question !== undefined) leftOut.add(state.question.id);
  return proceed(context, { ...state, leftOut }, [say(context, 'left-out')]);
}

function giveUp(context: FlowContext, state: FlowState): Turned {
  const givenUp = state.givenUp + 1;
  if (givenUp >= MOST_GIVEN_UP) return over(state, 'partial', [say(context, 'broken-off')]);
  return leaveOut(context, { ...state, givenUp });
}

function failed(context: FlowContext, state: FlowState, why?: string): Turned {
  const failures = state.failures + 1;
  const next = { ...state, failures };
  const { stage } = state;
  if (stage === 'when' && failures >= FAILURES_AT_WHEN) return sometime(context, next);
  if (stage === 'when-read-back' && failures >= FAILURES_AT_WHEN) return sometime(context, next);
  if (stage === 'opt-out-read-back' && failures >= FAILURES_AT_READ_BACK) return optedOut(context, next);
  if (stage === 'read-back' && failures >= FAILURES_AT_READ_BACK) return wronglyHeard(context, next);
  if (stage === 'question' && failures >= MOST_FAILURES) return giveUp(context, next);
  if (failures >= MOST_FAILURES) return over(next, 'partial', [say(context, 'broken-off')]);
  const isOpen = stage === 'question' && state.question?.kind === 'open' && state.question.hint === undefined;
  const asks = isOpen ? [say(context, 'say-again')] : hintOf(context, next);
  return {
    state: next,
    texts: [why ?? say(context, 'not-understood'), ...asks],
    intent: 'not-understood',
    endsCall: false,
  };
}

function rangeOf(context: FlowContext, { question }: FlowState): string | undefined {
  if (question?.kind !== 'number') return undefined;
  const { from, to } = question.range;
  return say(context, 'out-of-range', { from: String(from), to: String(to) });
}

function readBackMoment(context: FlowContext, state: FlowState, atMs: number): Turned {
  const next: FlowState = { ...state, stage: 'when-read-back', failures: 0, candidate: undefined, callbackAt: atMs };
  return put(context, next, [], 'later');
}

/** It was another one: asked once more, and not for ever. */
function otherTime(context: FlowContext, state: FlowState): Turned {
  const rounds = state.rounds + 1;
  if (rounds > MOST_ROUNDS) return sometime(context, state);
  return put(context, { ...state, stage: 'when', failures: 1, rounds }, [], 'later');
}

/** No time was understood: the dialler chooses one. */
function sometime(context: FlowContext, state: FlowState): Turned {
  return over({ ...state, callbackAt: undefined }, 'callback', [say(context, 'later-sometime')]);
}

function put(context: FlowContext, state: FlowState, before: readonly string[], intent: string): Turned {
  return { state, texts: [...before, ...promptOf(context, state)], intent, endsCall: false };
}

function again(context: FlowContext, state: FlowState, intent: string): Turned {
  return put(context, state, [], intent);
}

/** A sentence, and then what was asked. */
function besides(context: FlowContext, state: FlowState, intent: string, id: InterviewPhraseId): Turned {
  return { state, texts: [say(context, id), ...hintOf(context, state)], intent, endsCall: false };
}

function over(state: FlowState, result: InterviewResult, texts: readonly string[]): Turned {
  const callbackAt = result === 'callback' ? state.callbackAt : undefined;
  return { state: { ...state, stage: 'over', result, callbackAt }, texts, intent: result, endsCall: true };
}
