/**
 * Both speak. Speech of some length holds the agent, which the caller hears as silence once the far end's lead has run out;
 * then what was said decides whether the agent goes on from where it was heard to stop, or the floor is the caller's.
 */
import { overlapVerdict, type OverlapWords } from './overlap-verdict.ts';
import { endTurn, startHearing, type In, type Step } from './phases.ts';
import type { TurnPolicy } from './policy.ts';
import type { Effect, TurnEvent, WentOn } from './state.ts';

/** Two windows believe speech that comes back, and the next one is the first that is told of. */
const RESUMED_MS = 96;
/** The last voiced window lies this far back: the caller has fallen silent, though the soft end has not been told yet. */
const QUIET_MS = 64;
/** The audio clock moves by frames. */
const LEAST_WAIT_MS = 20;
/** Shorter than any word, as the gate counts (ya and kwete have 320 to 350, coughs 160 to 320). */
const SHORTEST_WORD_MS = 288;
/** Less than this is too little to say how loud somebody speaks, once the agent is held. */
const LEVEL_MS = 256;

/** Nothing is held and nothing is weighed any more. */
export const LET_GO: readonly Effect[] = [{ kind: 'disarm', timer: 'verdict' }, { kind: 'weigh-no-more' }];

type Overlapped = In<'overlapped'>;

/** The caller begins to speak, or goes on after a pause, while the agent speaks. */
export function beginOverlap(
  { turn, unanswered, onsetMs, sinceMs, endsCall }: In<'speaking'> | Overlapped,
  event: Extract<TurnEvent, { kind: 'speech-start' | 'speech-resumed' }>,
  policy: TurnPolicy,
): Step {
  const isNew = event.kind === 'speech-start';
  const state: Overlapped = {
    phase: 'overlapped',
    turn,
    unanswered,
    onsetMs,
    sinceMs,
    endsCall,
    overlapOnsetMs: event.onsetMs,
    beganMs: isNew ? event.onsetMs : Math.max(event.onsetMs, event.atMs - RESUMED_MS),
    hold: 'not-yet',
    voicedBeforeMs: isNew ? 0 : undefined,
    voicedMs: 0,
    lastVoicedAtMs: event.atMs,
    isWeighed: false,
    softUtteranceId: undefined,
    hasEnded: false,
  };
  return event.isFaint === true ? [state, []] : hold(state, event.atMs, policy);
}

function hold(state: Overlapped, atMs: number, { verdictMs }: TurnPolicy): Step {
  const overlapMs = atMs - state.beganMs;
  return [
    { ...state, hold: 'held' },
    [
      { kind: 'hold', turn: state.turn, overlapMs },
      { kind: 'arm', timer: 'verdict', ms: Math.max(0, verdictMs - overlapMs) },
    ],
  ];
}

export function overlapped(state: Overlapped, event: TurnEvent, policy: TurnPolicy): Step {
  switch (event.kind) {
    case 'voiced':
      return voiced(state, event, policy);
    case 'soft-end':
    case 'end-of-turn':
      return fellSilent(state, event);
    case 'speech-start':
    case 'speech-resumed':
      return spokeAgain(state, event, policy);
    case 'weighed':
      return event.utteranceId === state.softUtteranceId ? weighed(state, event, policy) : [state, []];
    case 'timer':
      return event.timer === 'verdict' && state.hold === 'held' ? withoutWords(state, event.atMs, policy) : [state, []];
    case 'reply-ends-call':
      return [{ ...state, endsCall: true }, []];
    case 'playout-finished':
      // The agent had said all; what the caller says now is simply the next turn, even when a goodbye was under way.
      return hear(state, event.atMs, startHearing(state, state.overlapOnsetMs, LET_GO), policy);
    default:
      return [state, []];
  }
}

function spokeAgain(
  state: Overlapped,
  event: Extract<TurnEvent, { kind: 'speech-start' | 'speech-resumed' }>,
  policy: TurnPolicy,
): Step {
  const [next, effects] = beginOverlap(state, event, policy);
  if (state.hold !== 'held') return [next, [...LET_GO, ...effects]];
  // Before a verdict on what was said so far: that gets the rest of its time.
  const { overlapOnsetMs } = event.kind === 'speech-start' ? { overlapOnsetMs: event.onsetMs } : state;
  const goesOn = { ...state, overlapOnsetMs, softUtteranceId: undefined, hasEnded: false, lastVoicedAtMs: event.atMs };
  return [goesOn, [{ kind: 'weigh-no-more' }]];
}

function voiced(before: Overlapped, event: Extract<TurnEvent, { kind: 'voiced' }>, policy: TurnPolicy): Step {
  const voicedBeforeMs = before.voicedBeforeMs ?? event.voicedMs - RESUMED_MS;
  const voicedMs = event.voicedMs - voicedBeforeMs;
  const state = { ...before, voicedBeforeMs, voicedMs, lastVoicedAtMs: event.atMs };
  if (event.isFaint === true) {
    if (state.hold !== 'held' || voicedMs < LEVEL_MS) return [state, []];
    return goOn({ ...state, hold: 'not-yet' }, 'side-speech');
  }
  if (voicedMs >= policy.bargeInMs) return takeFloor(state, event.atMs, policy);
  if (state.hold === 'not-yet') return hold(state, event.atMs, policy);
  if (state.hold === 'held' && !state.isWeighed && voicedMs >= policy.weighMs) {
    return [{ ...state, isWeighed: true }, [{ kind: 'weigh', onsetMs: state.beganMs, utteranceId: undefined }]];
  }
  return [state, []];
}

function fellSilent(
  state: Overlapped,
  { kind, atMs, utteranceId }: Extract<TurnEvent, { kind: 'soft-end' | 'end-of-turn' }>,
): Step {
  if (state.hold === 'not-yet') return backToSpeaking(state, atMs);
  const hasEnded = kind === 'end-of-turn';
  // Known already, and being weighed.
  if (state.softUtteranceId === utteranceId) return [{ ...state, hasEnded }, []];
  if (state.voicedMs < SHORTEST_WORD_MS) return goneOn(state, atMs, 'brief');
  return [
    { ...state, softUtteranceId: utteranceId, hasEnded },
    [{ kind: 'weigh', onsetMs: state.beganMs, utteranceId }],
  ];
}

function weighed(
  state: Overlapped,
  { atMs, words }: { readonly atMs: number; readonly words: OverlapWords },
  policy: TurnPolicy,
): Step {
  const isOver = state.softUtteranceId !== undefined;
  switch (overlapVerdict({ voicedMs: state.voicedMs, isOver, words })) {
    case 'stop':
      return takeFloor(state, atMs, policy);
    case 'resume':
      if (isOver) return goneOn(state, atMs, 'backchannel');
      return state.hold === 'held' ? goOn({ ...state, hold: 'went-on' }, 'backchannel') : [state, []];
    case 'wait':
      return [state, []];
  }
}

/** Whoever still speaks wants the floor; of who does not, the words may still be told later. */
function withoutWords(state: Overlapped, atMs: number, policy: TurnPolicy): Step {
  const isQuiet = state.softUtteranceId !== undefined || atMs - state.lastVoicedAtMs >= QUIET_MS;
  if (isQuiet) return goOn({ ...state, hold: 'went-on' }, 'brief');
  const leftMs = state.beganMs + policy.floorMs - atMs;
  return leftMs > 0
    ? [state, [{ kind: 'arm', timer: 'verdict', ms: Math.max(LEAST_WAIT_MS, leftMs) }]]
    : takeFloor(state, atMs, policy);
}

function goOn(state: Overlapped, why: WentOn): Step {
  return [
    state,
    [
      { kind: 'disarm', timer: 'verdict' },
      { kind: 'go-on', turn: state.turn, why },
    ],
  ];
}

/** What was said took nothing away. */
function goneOn(state: Overlapped, atMs: number, why: WentOn): Step {
  const [next, noted] = backToSpeaking(state, atMs);
  const goesOn: readonly Effect[] = state.hold === 'held' ? [{ kind: 'go-on', turn: state.turn, why }] : [];
  return [next, [...LET_GO, ...goesOn, ...noted]];
}

function backToSpeaking({ turn, unanswered, onsetMs, sinceMs, endsCall, beganMs }: Overlapped, atMs: number): Step {
  return [
    { phase: 'speaking', turn, unanswered, onsetMs, sinceMs, endsCall },
    [{ kind: 'note-backchannel', turn, overlapMs: atMs - beganMs }],
  ];
}

function takeFloor(state: Overlapped, atMs: number, policy: TurnPolicy): Step {
  const stop: readonly Effect[] = [
    ...LET_GO,
    { kind: 'abort-turn', why: 'barge-in' },
    { kind: 'note-barge-in', turn: state.turn, overlapMs: atMs - state.beganMs },
  ];
  const { turn, onsetMs } = state;
  const isContinuation = onsetMs !== undefined && state.overlapOnsetMs - state.sinceMs < policy.continuationMs;
  if (!isContinuation) return hear(state, atMs, startHearing(state, state.overlapOnsetMs, stop), policy);
  return hear(
    state,
    atMs,
    [
      { phase: 'hearing', turn, unanswered: 0, onsetMs, softUtteranceId: undefined },
      [...stop, { kind: 'revoke-answer' }, { kind: 'utterance-from', onsetMs }],
    ],
    policy,
  );
}

/** As far as the caller has come with what they say. */
function hear(
  { softUtteranceId: utteranceId, hasEnded, lastVoicedAtMs }: Overlapped,
  atMs: number,
  [hearing, effects]: readonly [In<'hearing'>, readonly Effect[]],
  policy: TurnPolicy,
): Step {
  if (utteranceId === undefined) return [hearing, effects];
  const prepared: readonly Effect[] = [...effects, { kind: 'prepare', utteranceId, turn: hearing.turn }];
  if (!hasEnded) return [{ ...hearing, softUtteranceId: utteranceId }, prepared];
  return endTurn(hearing, { utteranceId, isForced: false, silenceMs: atMs - lastVoicedAtMs }, prepared, policy);
}
