import { describe, expect, it } from 'vitest';
import { TURN_POLICY } from '#pipeline/turn/policy.ts';
import { INITIAL_STATE, type Effect, type TurnEvent, type TurnState } from '#pipeline/turn/state.ts';
import { step } from '#pipeline/turn/step.ts';

const { weighMs, verdictMs, floorMs, bargeInMs } = TURN_POLICY;
/** Where the overlap begins, well into an answer. */
const ONSET = 6_000;

function play(events: readonly TurnEvent[], from: TurnState = INITIAL_STATE): { state: TurnState; effects: Effect[] } {
  let state = from;
  const effects: Effect[] = [];
  for (const event of events) {
    const [next, done] = step(state, event);
    state = next;
    effects.push(...done);
  }
  return { state, effects };
}

const kinds = (effects: readonly Effect[]): string[] => effects.map((effect) => effect.kind);
const { state: speaking } = play([
  { kind: 'call-started', atMs: 0 },
  { kind: 'playout-finished', atMs: 2_000 },
  { kind: 'speech-start', atMs: 3_000, onsetMs: 2_900 },
  { kind: 'soft-end', atMs: 4_000, utteranceId: 'u1' },
  { kind: 'end-of-turn', atMs: 4_400, utteranceId: 'u1', isForced: false },
  { kind: 'prepared', atMs: 4_500, utteranceId: 'u1', endsCall: false },
]);

/** Speech from ONSET on, until so much of it is voiced; the gate believes it after 96. */
function voicedFor(ms: number, isFaint = false): readonly TurnEvent[] {
  const events: TurnEvent[] = [{ kind: 'speech-start', atMs: ONSET + 96, onsetMs: ONSET, isFaint }];
  for (let voicedMs = 128; voicedMs <= ms; voicedMs += 32) {
    events.push({ kind: 'voiced', atMs: ONSET + voicedMs, voicedMs, isFaint });
  }
  return events;
}

const under = (events: readonly TurnEvent[]): { state: TurnState; effects: Effect[] } => play(events, speaking);
const softEnd = (atMs: number): TurnEvent => ({ kind: 'soft-end', atMs, utteranceId: 'u2' });
const turnEnd = (atMs: number): TurnEvent => ({ kind: 'end-of-turn', atMs, utteranceId: 'u2', isForced: false });
const words = (
  atMs: number,
  margin: number,
  over: { isAnswer?: boolean; utteranceId?: string | undefined } = {},
): TurnEvent => ({
  kind: 'weighed',
  atMs,
  utteranceId: 'utteranceId' in over ? over.utteranceId : 'u2',
  words: { margin, isAnswer: over.isAnswer ?? false },
});
const VERDICT: TurnEvent = { kind: 'timer', atMs: ONSET + verdictMs, timer: 'verdict' };
const FLOOR: TurnEvent = { ...VERDICT, atMs: ONSET + floorMs };

describe('speech under the agent', () => {
  it('holds the agent at once, and sets a time for the verdict', () => {
    const { state, effects } = under(voicedFor(96));
    expect(state).toMatchObject({ phase: 'overlapped', hold: 'held' });
    expect(effects).toEqual([
      { kind: 'hold', turn: 1, overlapMs: 96 },
      { kind: 'arm', timer: 'verdict', ms: verdictMs - 96 },
    ]);
  });

  it('that is shorter than any word is not recognised', () => {
    const { state, effects } = under([...voicedFor(224), softEnd(ONSET + 400)]);
    expect(state).toEqual(speaking);
    expect(effects).toContainEqual({ kind: 'go-on', turn: 1, why: 'brief' });
    expect(kinds(effects)).not.toContain('weigh');
  });

  it('is weighed while it goes on, once, and when it is over', () => {
    const { effects } = under([...voicedFor(weighMs + 96), softEnd(ONSET + 600)]);
    expect(effects.filter(({ kind }) => kind === 'weigh')).toEqual([
      { kind: 'weigh', onsetMs: ONSET, utteranceId: undefined },
      { kind: 'weigh', onsetMs: ONSET, utteranceId: 'u2' },
    ]);
  });

  it('that sounds like a word of listening lets the agent go on, and is not answered', () => {
    const { state, effects } = under([
      ...voicedFor(384),
      softEnd(ONSET + 500),
      words(ONSET + 600, -2),
      turnEnd(ONSET + 900),
    ]);
    expect(state).toEqual(speaking);
    expect(kinds(effects).slice(-4)).toEqual(['disarm', 'weigh-no-more', 'go-on', 'note-backchannel']);
    expect(kinds(effects)).not.toContain('prepare');
  });

  it('that plainly begins like one lets the agent go on before it is over', () => {
    const { state, effects } = under([
      ...voicedFor(weighMs),
      words(ONSET + 450, -2, { utteranceId: undefined }),
      { kind: 'voiced', atMs: ONSET + 480, voicedMs: 448 },
      softEnd(ONSET + 600),
      words(ONSET + 700, -1.5),
    ]);
    expect(state).toEqual(speaking);
    expect(effects.filter(({ kind }) => kind === 'go-on')).toHaveLength(1);
  });

  it('that only began like one takes the floor when it goes on', () => {
    const { state, effects } = under([
      ...voicedFor(weighMs),
      words(ONSET + 450, -2, { utteranceId: undefined }),
      VERDICT,
      { kind: 'voiced', atMs: ONSET + bargeInMs, voicedMs: bargeInMs },
    ]);
    expect(state).toMatchObject({ phase: 'hearing', turn: 2, onsetMs: ONSET });
    expect(kinds(effects).slice(-3)).toEqual(['abort-turn', 'note-barge-in', 'utterance-from']);
  });

  it('that is a word for stopping takes the floor, and is recognised as the next turn', () => {
    const { state, effects } = under([...voicedFor(416), softEnd(ONSET + 560), words(ONSET + 680, 2.8)]);
    expect(state).toEqual({ phase: 'hearing', turn: 2, unanswered: 0, onsetMs: ONSET, softUtteranceId: 'u2' });
    expect(effects.slice(-4)).toEqual([
      { kind: 'abort-turn', why: 'barge-in' },
      { kind: 'note-barge-in', turn: 1, overlapMs: 680 },
      { kind: 'utterance-from', onsetMs: ONSET },
      { kind: 'prepare', utteranceId: 'u2', turn: 2 },
    ]);
  });

  it('whose words come only after the end of the turn is answered all the same', () => {
    const { state, effects } = under([
      ...voicedFor(416),
      softEnd(ONSET + 560),
      VERDICT,
      turnEnd(ONSET + 980),
      words(ONSET + 1_400, 2.8),
    ]);
    expect(state).toMatchObject({ phase: 'thinking', turn: 2, utteranceId: 'u2' });
    expect(kinds(effects).slice(-4)).toEqual(['utterance-from', 'prepare', 'await-answer', 'arm']);
  });

  it('that answers a question of the agent’s is a turn', () => {
    const { state } = under([...voicedFor(384), softEnd(ONSET + 500), words(ONSET + 600, -2, { isAnswer: true })]);
    expect(state).toMatchObject({ phase: 'hearing', softUtteranceId: 'u2' });
  });

  it('takes the floor without words when it still goes on after the verdict', () => {
    const atVerdict = under([...voicedFor(verdictMs - 32), VERDICT]);
    expect(atVerdict.state).toMatchObject({ phase: 'overlapped', hold: 'held' });
    expect(atVerdict.effects.at(-1)).toEqual({ kind: 'arm', timer: 'verdict', ms: floorMs - verdictMs });
    const { state, effects } = under([...voicedFor(floorMs - 32), FLOOR]);
    expect(state).toMatchObject({ phase: 'hearing', turn: 2, onsetMs: ONSET });
    expect(kinds(effects)).toContain('abort-turn');
    expect(effects).toContainEqual({ kind: 'note-barge-in', turn: 1, overlapMs: floorMs });
  });

  it('that ends between the two lets the agent go on', () => {
    const { state } = under([...voicedFor(608), VERDICT, FLOOR]);
    expect(state).toMatchObject({ phase: 'overlapped', hold: 'went-on' });
  });

  it.each([
    ['it is over', [...voicedFor(416), softEnd(ONSET + 560), VERDICT]],
    ['its last window is some time ago', [...voicedFor(544), VERDICT]],
  ])('lets the agent go on at the verdict when %s', (_, events) => {
    const { state, effects } = under(events);
    expect(state).toMatchObject({ phase: 'overlapped', hold: 'went-on' });
    expect(effects.at(-1)).toEqual({ kind: 'go-on', turn: 1, why: 'brief' });
  });

  it('of half a sentence’s length takes the floor unless it sounds like a word of listening', () => {
    const said = [...voicedFor(736), softEnd(ONSET + 900)];
    expect(under([...said, words(ONSET + 950, 0)]).state.phase).toBe('hearing');
    expect(under([...said, words(ONSET + 950, -0.5)]).state.phase).toBe('speaking');
  });

  it('in the first moment of an answer goes on with what was said before it', () => {
    const early: readonly TurnEvent[] = [
      { kind: 'speech-start', atMs: 4_700, onsetMs: 4_600 },
      { kind: 'voiced', atMs: 5_310, voicedMs: 704 },
      { kind: 'timer', atMs: 5_320, timer: 'verdict' },
    ];
    const { state, effects } = under(early);
    expect(state).toMatchObject({ phase: 'hearing', turn: 1, onsetMs: 2_900 });
    expect(kinds(effects).slice(-2)).toEqual(['revoke-answer', 'utterance-from']);
  });
});

describe('speech that is not meant for the telephone', () => {
  it('does not hold the agent, however long it is', () => {
    const { state, effects } = under([...voicedFor(3_000, true), softEnd(9_200), turnEnd(9_700)]);
    expect(state).toEqual(speaking);
    expect(kinds(effects)).toEqual(['note-backchannel']);
  });

  it('lets the agent go on when that is found out during the hold', () => {
    const { state, effects } = under([
      ...voicedFor(256),
      { kind: 'voiced', atMs: ONSET + 288, voicedMs: 288, isFaint: true },
    ]);
    expect(state).toMatchObject({ phase: 'overlapped', hold: 'not-yet' });
    expect(effects.at(-1)).toEqual({ kind: 'go-on', turn: 1, why: 'side-speech' });
  });
});

describe('a caller who goes on after a word of listening', () => {
  const listened: readonly TurnEvent[] = [...voicedFor(352), softEnd(ONSET + 500), words(ONSET + 600, -2)];

  it('is held again only for what is new, and is heard from the first word on', () => {
    const { state, effects } = under([
      ...listened,
      { kind: 'speech-resumed', atMs: ONSET + 800, onsetMs: ONSET },
      { kind: 'voiced', atMs: ONSET + 832, voicedMs: 352 + 96 },
      { kind: 'timer', atMs: ONSET + 1_344, timer: 'verdict' },
    ]);
    expect(effects.filter(({ kind }) => kind === 'hold')).toHaveLength(2);
    // Its last window was long ago.
    expect(state).toMatchObject({ phase: 'overlapped', hold: 'went-on' });
    const [after] = step(state, { kind: 'voiced', atMs: ONSET + 1_800, voicedMs: 352 + bargeInMs });
    expect(after).toMatchObject({ phase: 'hearing', onsetMs: ONSET });
  });

  it('stays held when the pause was short', () => {
    const { state, effects } = under([
      ...voicedFor(352),
      softEnd(ONSET + 500),
      { kind: 'speech-resumed', atMs: ONSET + 560, onsetMs: ONSET },
      words(ONSET + 600, -2),
    ]);
    expect(state).toMatchObject({ phase: 'overlapped', hold: 'held', softUtteranceId: undefined });
    expect(kinds(effects)).not.toContain('go-on');
  });
});

describe('a hold', () => {
  const held = voicedFor(256);

  it('is taken up by speech that was faint at first', () => {
    const { effects } = under([...voicedFor(160, true), { kind: 'voiced', atMs: ONSET + 192, voicedMs: 192 }]);
    expect(effects[0]).toEqual({ kind: 'hold', turn: 1, overlapMs: 192 });
  });

  it('has no longer for what begins anew before its verdict', () => {
    const { state, effects } = under([
      ...voicedFor(352),
      softEnd(ONSET + 450),
      turnEnd(ONSET + 550),
      { kind: 'speech-start', atMs: ONSET + 620, onsetMs: ONSET + 560 },
      VERDICT,
    ]);
    expect(state).toMatchObject({ phase: 'overlapped', hold: 'held', softUtteranceId: undefined, hasEnded: false });
    expect(effects.at(-1)).toEqual({ kind: 'arm', timer: 'verdict', ms: floorMs - verdictMs });
  });

  it('ends with a key, which is answered', () => {
    const { state, effects } = under([...held, { kind: 'dtmf', atMs: ONSET + 300, digit: '4' }]);
    expect(state).toMatchObject({ phase: 'speaking', turn: 2 });
    expect(effects).toContainEqual({ kind: 'disarm', timer: 'verdict' });
    expect(kinds(effects).slice(-2)).toEqual(['abort-turn', 'answer-key']);
  });

  it('ends with the call', () => {
    const { state, effects } = under([...held, { kind: 'leg-ended', atMs: ONSET + 300 }]);
    expect(state.phase).toBe('ended');
    expect(effects).toContainEqual({ kind: 'disarm', timer: 'verdict' });
    expect(effects).toContainEqual({ kind: 'weigh-no-more' });
  });

  it('that came too late to stop the last words makes what was said the next turn', () => {
    const done: TurnEvent = { kind: 'playout-finished', atMs: ONSET + 600 };
    expect(under([...held, done]).state).toMatchObject({ phase: 'hearing', softUtteranceId: undefined });
    const over = under([...voicedFor(352), softEnd(ONSET + 500), done]);
    expect(over.state).toMatchObject({ phase: 'hearing', softUtteranceId: 'u2' });
    expect(over.effects.at(-1)).toEqual({ kind: 'prepare', utteranceId: 'u2', turn: 2 });
    const ended = under([...voicedFor(352), softEnd(ONSET + 500), VERDICT, turnEnd(ONSET + 900), done]);
    expect(ended.state).toMatchObject({ phase: 'thinking', utteranceId: 'u2' });
  });

  it('is not decided by words of something else', () => {
    const { state } = under([...held, words(ONSET + 300, 3, { utteranceId: 'u1' })]);
    expect(state).toMatchObject({ phase: 'overlapped', hold: 'held' });
  });
});
