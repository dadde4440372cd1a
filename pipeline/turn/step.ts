/**
 * The only place that decides who has the floor: a pure function from state and event to state and effects.
 * It never sees audio, models or clocks; a replay of the same events gives the same call.
 */
import { beginOverlap, LET_GO, overlapped } from './overlap.ts';
import { endTurn, startHearing, type In, type Step } from './phases.ts';
import { TURN_POLICY, type TurnPolicy } from './policy.ts';
import type { Effect, TurnEvent, TurnState } from './state.ts';

const SAID_GOODBYE = { result: 'success', reason: 'conversation-finished' } as const;
const CALLER_SILENT = { result: 'caller', reason: 'silent' } as const;
const QUIET: readonly Effect[] = [
  { kind: 'disarm', timer: 'still-there' },
  { kind: 'disarm', timer: 'goodbye' },
];

/** Pure; `policy` is fixed for a call. Events that mean nothing in a state leave it as it is. */
export function step(state: TurnState, event: TurnEvent, policy: TurnPolicy = TURN_POLICY): Step {
  if (state.phase === 'ended') return [state, []];
  if (event.kind === 'leg-ended') {
    return [
      { phase: 'ended', turn: state.turn, unanswered: 0 },
      [...QUIET, ...LET_GO, { kind: 'disarm', timer: 'thinking' }, { kind: 'abort-turn', why: 'caller-hung-up' }],
    ];
  }
  if (event.kind === 'dtmf') return onKey(state, event.atMs, event.digit);
  switch (state.phase) {
    case 'listening':
      return listening(state, event);
    case 'hearing':
      return hearing(state, event, policy);
    case 'thinking':
      return thinking(state, event, policy);
    case 'speaking':
      return speaking(state, event, policy);
    case 'overlapped':
      return overlapped(state, event, policy);
  }
}

function listening(state: In<'listening'>, event: TurnEvent): Step {
  switch (event.kind) {
    case 'call-started':
      return [
        { ...state, phase: 'speaking', onsetMs: undefined, sinceMs: event.atMs, endsCall: false },
        [{ kind: 'say-prompted', prompted: 'greeting', turn: state.turn }],
      ];
    case 'speech-start':
    case 'speech-resumed':
      // Resumed: a word under the end of the agent's speech that goes on after it.
      return startHearing(state, event.onsetMs, QUIET);
    case 'timer':
      return onSilence(state, event);
    default:
      return [state, []];
  }
}

function onSilence(state: In<'listening'>, event: Extract<TurnEvent, { kind: 'timer' }>): Step {
  if (event.timer === 'thinking') return [state, []];
  const isLast = event.timer === 'goodbye' || state.unanswered >= 1;
  return [
    {
      phase: 'speaking',
      turn: state.turn,
      unanswered: state.unanswered + 1,
      onsetMs: undefined,
      sinceMs: event.atMs,
      endsCall: isLast,
    },
    [{ kind: 'say-prompted', prompted: isLast ? 'goodbye-silent' : 'still-there', turn: state.turn }],
  ];
}

function hearing(state: In<'hearing'>, event: TurnEvent, policy: TurnPolicy): Step {
  switch (event.kind) {
    case 'soft-end':
      return [
        { ...state, softUtteranceId: event.utteranceId },
        [
          ...discardSoft(state, event.utteranceId),
          { kind: 'prepare', utteranceId: event.utteranceId, turn: state.turn },
        ],
      ];
    case 'speech-resumed':
      return [{ ...state, softUtteranceId: undefined }, discardSoft(state)];
    case 'end-of-turn':
      return endTurn(
        state,
        event,
        state.softUtteranceId === event.utteranceId
          ? []
          : [...discardSoft(state), { kind: 'prepare', utteranceId: event.utteranceId, turn: state.turn }],
        policy,
      );
    default:
      return [state, []];
  }
}

function discardSoft(state: In<'hearing'>, except?: string): readonly Effect[] {
  return state.softUtteranceId === undefined || state.softUtteranceId === except
    ? []
    : [{ kind: 'discard', utteranceId: state.softUtteranceId }];
}

function thinking(state: In<'thinking'>, event: TurnEvent, policy: TurnPolicy): Step {
  const done: readonly Effect[] = [{ kind: 'disarm', timer: 'thinking' }];
  switch (event.kind) {
    case 'prepared':
      if (event.utteranceId !== state.utteranceId) return [state, []];
      return [
        {
          phase: 'speaking',
          turn: state.turn,
          unanswered: 0,
          onsetMs: state.onsetMs,
          sinceMs: event.atMs,
          endsCall: event.endsCall,
        },
        [...done, { kind: 'say-answer', utteranceId: event.utteranceId, turn: state.turn }],
      ];
    case 'nothing-said':
      if (event.utteranceId !== state.utteranceId) return [state, []];
      return [
        { phase: 'listening', turn: state.turn, unanswered: 0 },
        [...done, { kind: 'arm', timer: 'still-there', ms: policy.stillThereMs }],
      ];
    case 'speech-start':
      if (state.isForced) return [state, []];
      // The caller goes on before a word was answered: one utterance, from its first onset.
      return [
        { phase: 'hearing', turn: state.turn, unanswered: 0, onsetMs: state.onsetMs, softUtteranceId: undefined },
        [
          ...done,
          { kind: 'discard', utteranceId: state.utteranceId },
          // Nothing of the answer sounds yet, but "let me look" may.
          { kind: 'abort-turn', why: 'caller-continued' },
          { kind: 'utterance-from', onsetMs: state.onsetMs },
        ],
      ];
    case 'timer':
      return event.timer === 'thinking' ? stillThinking(state, event.atMs, policy) : [state, []];
    default:
      return [state, []];
  }
}

/** First the caller hears that we are looking, then that something is wrong; nobody waits in silence. */
function stillThinking(state: In<'thinking'>, atMs: number, policy: TurnPolicy): Step {
  const { turn } = state;
  if (!state.isAnnounced) {
    return [
      { ...state, isAnnounced: true },
      [
        { kind: 'say-prompted', prompted: 'thinking', turn },
        { kind: 'arm', timer: 'thinking', ms: policy.giveUpMs },
      ],
    ];
  }
  return [
    { phase: 'speaking', turn, unanswered: 0, onsetMs: undefined, sinceMs: atMs, endsCall: false },
    [
      { kind: 'discard', utteranceId: state.utteranceId },
      { kind: 'say-prompted', prompted: 'gave-up', turn },
    ],
  ];
}

function speaking(state: In<'speaking'>, event: TurnEvent, policy: TurnPolicy): Step {
  switch (event.kind) {
    case 'speech-start':
    case 'speech-resumed':
      return beginOverlap(state, event, policy);
    case 'reply-ends-call':
      return [{ ...state, endsCall: true }, []];
    case 'playout-finished':
      return finished(state, policy);
    default:
      return [state, []];
  }
}

function finished(state: In<'speaking'>, policy: TurnPolicy): Step {
  if (state.endsCall) {
    const cause = state.unanswered > 0 ? CALLER_SILENT : SAID_GOODBYE;
    return [{ phase: 'ended', turn: state.turn, unanswered: state.unanswered }, [{ kind: 'hang-up', cause }]];
  }
  const timer = state.unanswered > 0 ? 'goodbye' : 'still-there';
  return [
    { phase: 'listening', turn: state.turn, unanswered: state.unanswered },
    [{ kind: 'arm', timer, ms: timer === 'goodbye' ? policy.goodbyeMs : policy.stillThereMs }],
  ];
}

/** A key is as good as speech, at any moment: what is being said or recognised gives way to it. */
function onKey(state: TurnState, atMs: number, digit: string): Step {
  const isTalking = state.phase === 'speaking' || state.phase === 'overlapped';
  const pendingId =
    state.phase === 'hearing' ? state.softUtteranceId : state.phase === 'thinking' ? state.utteranceId : undefined;
  return [
    { phase: 'speaking', turn: state.turn + 1, unanswered: 0, onsetMs: undefined, sinceMs: atMs, endsCall: false },
    [
      ...QUIET,
      { kind: 'disarm', timer: 'thinking' },
      ...(state.phase === 'overlapped' ? LET_GO : []),
      ...(pendingId === undefined ? [] : [{ kind: 'discard', utteranceId: pendingId } as const]),
      ...(isTalking ? [{ kind: 'abort-turn', why: 'barge-in' } as const] : []),
      { kind: 'answer-key', digit, turn: state.turn + 1 },
    ],
  ];
}
