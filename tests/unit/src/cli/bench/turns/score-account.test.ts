import { describe, expect, it } from 'vitest';
import type { CallEventBody } from '#pipeline/events.ts';
import {
  audioClockOffsetMs,
  endlessCallers,
  firstWords,
  recoveries,
  selfInterruptions,
  silences,
  speculation,
  staleAnswers,
} from '#src/cli/bench/turns/score-account.ts';
import { act, madeTrace, type MadeTrace } from '../../../../../support/made-trace.ts';

type Timed = CallEventBody & { readonly atMs: number };

const softEnd = (utteranceId: string, atMs: number): Timed => ({ kind: 'soft-end', turn: 1, utteranceId, atMs });
const discarded = (utteranceId: string, atMs: number): Timed => ({
  kind: 'speculation-discarded',
  turn: 1,
  utteranceId,
  atMs,
});
const endOfTurn = (utteranceId: string, speechEndMs: number, atMs: number, turn = 1): Timed => ({
  kind: 'end-of-turn',
  turn,
  utteranceId,
  speechEndMs,
  silenceMs: atMs - speechEndMs,
  atMs,
});
const sent = (atMs: number, turn = 1): Timed => ({ kind: 'first-frame-sent', turn, atMs });

describe('speculation', () => {
  it('tells what was prepared in advance, thrown away, and used', () => {
    const { events = [] } = madeTrace({
      acts: [],
      agent: [],
      events: [
        softEnd('a', 1_150),
        discarded('a', 1_300),
        softEnd('b', 2_150),
        endOfTurn('b', 2_000, 2_400),
        endOfTurn('c', 9_000, 9_000),
        softEnd('c', 9_000),
      ],
    });
    expect(speculation(events)).toEqual({ prepared: 2, discarded: 1, ends: 2, served: 1 });
  });
});

describe('the audio clock', () => {
  it('is told by the events near by that are least behind', () => {
    const trace = madeTrace({
      acts: [],
      agent: [],
      events: [
        { kind: 'call-started', hotline: 'h', language: 'sn', atMs: 5, audioMs: 0 },
        { kind: 'vad-skipped', atMs: 515, audioMs: 480 },
        { kind: 'vad-skipped', atMs: 930, audioMs: 900 },
      ],
    });
    expect(audioClockOffsetMs(trace.events ?? [], 700)).toBe(30);
    expect(audioClockOffsetMs(trace.events ?? [], 450)).toBe(35);
    expect(audioClockOffsetMs(trace.events ?? [], 5_000)).toBeUndefined();
  });
});

describe('first words', () => {
  const found = (onsetMs: number) =>
    madeTrace({
      acts: [act('turn', [1_000, 2_000])],
      agent: [],
      events: [{ kind: 'speech-start', turn: 1, onsetMs, atMs: onsetMs + 100, audioMs: onsetMs + 100 }],
    });

  it('are inside what was listened to when they are found within the pre-roll', () => {
    expect(firstWords(found(1_280), 280)).toMatchObject([{ isRight: true, ms: 280 }]);
    expect(firstWords(found(1_281), 280)).toMatchObject([{ isRight: false, ms: 281 }]);
  });

  it('are not judged by speech found long before, or when nothing is told', () => {
    expect(firstWords(found(600), 280)).toEqual([]);
    expect(firstWords(madeTrace({ acts: [act('turn', [1_000, 2_000])], agent: [] }), 280)).toEqual([]);
  });
});

describe('stale answers', () => {
  const answered = (resumesAtMs: number) =>
    madeTrace({
      acts: [act('turn-with-pauses', [1_000, 5_000], [[2_000, resumesAtMs]])],
      agent: [[3_000, 3_400]],
      events: [endOfTurn('a', 2_000, 2_900), sent(2_985)],
    });

  it('are sound for an utterance that the caller had gone on from 200 ms and more before', () => {
    expect(staleAnswers(answered(2_800))).toMatchObject([{ isRight: false, ms: 200 }]);
    expect(staleAnswers(answered(2_850))).toMatchObject([{ isRight: true }]);
  });

  it('are not what was never sent, or what the next end of turn came before', () => {
    const trace = madeTrace({
      acts: [act('turn-with-pauses', [1_000, 3_000], [[2_000, 2_500]])],
      agent: [[3_600, 4_400]],
      events: [endOfTurn('a', 2_000, 2_450), discarded('a', 2_600), endOfTurn('b', 3_000, 3_450), sent(3_580)],
    });
    expect(staleAnswers(trace)).toMatchObject([{ isRight: true }]);
  });
});

describe('self-interruption', () => {
  const echo = { db: -12, delayMs: 120 };
  const said = (changes: { readonly isComplete?: boolean; readonly heardMs?: number } = {}): Timed => ({
    kind: 'agent-said',
    turn: 1,
    source: 'card',
    text: 'a',
    heardText: 'a',
    heardMs: 2_500,
    isComplete: false,
    atMs: 4_000,
    ...changes,
  });
  const ended: Timed = {
    kind: 'call-ended',
    cause: { result: 'caller', reason: 'hung-up' },
    durationMs: 4_100,
    atMs: 4_100,
  };
  const made = (changes: Partial<MadeTrace>) =>
    selfInterruptions(
      madeTrace({ acts: [act('turn', [0, 1_000])], agent: [[1_500, 4_050]], echo, events: [said()], ...changes }),
    );

  it('is something broken off that no act of the caller explains', () => {
    expect(made({})).toMatchObject([{ isRight: false, toMs: 4_000 }]);
    expect(made({ acts: [act('silence', [1_000, 9_000])] })).toHaveLength(1);
  });

  it('is none when the caller coughed, when nothing came back, or when nothing tells of it', () => {
    expect(made({ acts: [act('vocal-tic', [3_700, 3_900])] })).toEqual([]);
    expect(made({ acts: [act('vocal-tic', [2_300, 2_501])] })).toEqual([]);
    expect(selfInterruptions(madeTrace({ acts: [], agent: [[1_500, 4_050]], events: [said()] }))).toEqual([]);
    expect(selfInterruptions(madeTrace({ acts: [], agent: [[1_500, 4_050]], echo }))).toEqual([]);
  });

  it('is not what was said to its end, never heard, or cut by the end of the call', () => {
    expect(made({ events: [said({ isComplete: true })] })).toEqual([]);
    expect(made({ events: [said({ heardMs: 0 })] })).toEqual([]);
    expect(made({ events: [said(), ended] })).toEqual([]);
  });
});

describe('recovery after a false alarm', () => {
  const halted = (againMs: number) =>
    madeTrace({
      acts: [act('backchannel', [2_000, 2_400])],
      agent: [
        [500, 2_300],
        [againMs, 9_000],
      ],
      events: [{ kind: 'barge-in', turn: 1, overlapMs: 230, atMs: 2_270 }],
    });

  it('takes from the halt until the agent goes on, 1.2 s at most', () => {
    expect(recoveries(halted(3_500))).toMatchObject([{ isRight: true, ms: 1_200 }]);
    expect(recoveries(halted(3_501))).toMatchObject([{ isRight: false, ms: 1_201 }]);
  });

  it('fails when the agent never goes on', () => {
    const { acts, events = [] } = halted(3_500);
    const trace = madeTrace({ acts, agent: [[500, 2_300]], events: [...events] });
    expect(recoveries(trace)).toMatchObject([{ isRight: false, ms: undefined, verdict: 'did not go on' }]);
  });

  it('is no matter for a reply that ended without a halt', () => {
    const trace = madeTrace({ acts: [act('backchannel', [2_000, 2_400])], agent: [[500, 2_300]], events: [] });
    expect(recoveries(trace)).toEqual([]);
  });
});

describe('callers who never stop', () => {
  it('are answered at the limit', () => {
    const answeredAt = (fromMs: number) =>
      endlessCallers(madeTrace({ acts: [act('turn', [1_000, 40_000])], agent: [[fromMs, fromMs + 900]] }), 25_000)[0];
    expect(answeredAt(26_800)).toMatchObject({ isRight: true, ms: 25_800 });
    expect(answeredAt(32_000)).toMatchObject({ isRight: false, ms: undefined });
  });

  it('are not those who stop', () => {
    expect(endlessCallers(madeTrace({ acts: [act('turn', [1_000, 9_000])], agent: [] }), 25_000)).toEqual([]);
  });
});

describe('silence', () => {
  it('is asked about, but not at once', () => {
    const askedAt = (fromMs: number) =>
      silences(madeTrace({ acts: [act('silence', [1_000, 12_000])], agent: [[fromMs, fromMs + 900]] }))[0]?.isRight;
    expect([askedAt(2_500), askedAt(8_000)]).toEqual([false, true]);
  });
});
