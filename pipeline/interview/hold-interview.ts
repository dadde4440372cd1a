/** One interview from the first sound to the end of the call: the conversation, its answers, and the ear for machines. */
import { TurnAborted } from '#kernel/abort.ts';
import { converse } from '../conversation.ts';
import type { CallEventSink } from '../events.ts';
import type { CallLeg, EndCause, LegEvent, SpeechScorer } from '../ports.ts';
import { AnsweringEar } from './answering-ear.ts';
import { InterviewAnswers } from './interview-answers.ts';
import type { InterviewCircumstances, InterviewEngines, InterviewNotes, InterviewOutcome } from './interview-parts.ts';

export interface HoldInterviewOptions {
  readonly engines: InterviewEngines;
  readonly circumstances: Omit<InterviewCircumstances, 'ear'>;
  readonly notes: InterviewNotes;
  /** At 8 kHz. */
  readonly leg: CallLeg;
  readonly scorer: SpeechScorer;
  readonly emit: CallEventSink;
  readonly signal: AbortSignal;
}

export interface HeldInterview {
  readonly cause: EndCause;
  readonly outcome: InterviewOutcome;
}

/** Never rejects. */
export async function holdInterview(options: HoldInterviewOptions): Promise<HeldInterview> {
  const { engines, circumstances, notes, leg, scorer, emit, signal } = options;
  const { interview, clock } = engines;
  const ear = new AnsweringEar();
  const machine = new AbortController();
  let answers: InterviewAnswers | undefined;
  const onFrame = (): void => {
    // A message waits for the machine to finish; without one there is nothing to stay for.
    if (interview.machine.kind === 'message' || machine.signal.aborted || !ear.isMachine) return;
    if (answers === undefined || answers.hasTalked) return;
    answers.noteMachine();
    machine.abort(new TurnAborted('superseded'));
  };
  const cause = await converse({
    leg: overheard(leg, (event) => {
      if (event.kind !== 'frame') return;
      ear.hear(event.pcm);
      onFrame();
    }),
    scorer,
    clock,
    hotline: interview.id,
    language: interview.pack.code,
    emit,
    signal: AbortSignal.any([signal, machine.signal]),
    answersFor: (tell) => (answers = new InterviewAnswers(engines, { ...circumstances, ear }, tell, notes)),
  });
  const outcome = answers?.outcome ?? NOTHING;
  const isTransferred = cause.reason === 'transferred';
  // Who hung up before they were put through has not spoken to anybody.
  const result = outcome.result === 'human' && !isTransferred ? 'partial' : outcome.result;
  // Hung up on as after a goodbye: a carrier that thinks we have failed would speak an apology onto the tape.
  const end: EndCause = machine.signal.aborted ? { result: 'success', reason: 'machine' } : cause;
  return { cause: end, outcome: { ...outcome, result } };
}

const NOTHING: InterviewOutcome = {
  result: 'partial',
  callbackAt: undefined,
  answeredBy: 'unknown',
  isAllAsked: false,
  resume: undefined,
};

/** The leg itself, with everything that it tells told to somebody else first. */
function overheard(leg: CallLeg, listen: (event: LegEvent) => void): CallLeg {
  return {
    callId: leg.callId,
    format: leg.format,
    attach: (sink) => {
      leg.attach((event) => {
        listen(event);
        sink(event);
      });
    },
    send: (frame) => leg.send(frame),
    mark: (name) => leg.mark(name),
    clear: () => leg.clear(),
    get unsentMs() {
      return leg.unsentMs;
    },
    hangUp: (cause) => leg.hangUp(cause),
    [Symbol.asyncDispose]: () => leg[Symbol.asyncDispose](),
  };
}
