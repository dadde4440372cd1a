import { describe, expect, it } from 'vitest';
import { incursions, responses, selectivity, yields } from '#src/cli/bench/turns/score-panel.ts';
import type { CallEventBody } from '#pipeline/events.ts';
import { act, madeTrace, type Times } from '../../../../../support/made-trace.ts';

type Timed = CallEventBody & { readonly atMs: number };

describe('responses', () => {
  it('measures from the end of the turn to the agent’s first sound', () => {
    const trace = madeTrace({ acts: [act('turn', [1_000, 2_500])], agent: [[2_905, 5_000]] });
    expect(responses(trace)).toMatchObject([{ actId: 'turn@1000', isRight: true, ms: 405 }]);
  });

  it('finds no answer when the caller had to speak again first', () => {
    const trace = madeTrace({
      acts: [act('turn', [1_000, 2_000]), act('turn', [5_000, 6_000])],
      agent: [[6_400, 8_000]],
    });
    expect(responses(trace)).toMatchObject([
      { isRight: false, ms: undefined },
      { isRight: true, ms: 400 },
    ]);
  });

  it('lets a cough between the turn and its answer pass', () => {
    const trace = madeTrace({
      acts: [act('turn', [1_000, 2_000]), act('vocal-tic', [2_100, 2_300])],
      agent: [[2_600, 4_000]],
    });
    expect(responses(trace)).toMatchObject([{ class: 'turn', isRight: true, ms: 600 }]);
  });

  it('leaves out a turn that ended under the agent’s voice', () => {
    const trace = madeTrace({ acts: [act('turn', [1_000, 3_000])], agent: [[2_000, 4_000]] });
    expect(responses(trace)).toEqual([]);
  });

  it('counts a sound that begins at the very end of the turn as an answer without delay', () => {
    const trace = madeTrace({ acts: [act('turn', [1_000, 3_000])], agent: [[3_000, 4_000]] });
    expect(responses(trace)).toMatchObject([{ isRight: true, ms: 0 }]);
  });

  it('counts a turn at the very end of the call as unanswered', () => {
    const trace = madeTrace({ acts: [act('turn', [1_000, 3_000])], agent: [], durationMs: 3_000 });
    expect(responses(trace)).toMatchObject([{ isRight: false }]);
  });

  it('tells when the answer itself began, behind a sentence that asks for patience', () => {
    const said = (source: 'pack' | 'card', atMs: number): Timed => ({
      kind: 'agent-said',
      turn: 1,
      source,
      text: 'a',
      heardText: 'a',
      heardMs: 1_500,
      isComplete: true,
      atMs,
    });
    const answered = (agent: readonly Times[]) =>
      madeTrace({
        acts: [act('turn', [1_000, 2_000])],
        agent,
        events: [
          { kind: 'first-frame-sent', turn: 1, atMs: 3_280 },
          said('pack', 4_600),
          { kind: 'first-frame-sent', turn: 1, leadInMs: 15, atMs: 4_600 },
          said('card', 9_050),
        ],
      });
    const apart = answered([
      [3_300, 4_400],
      [4_640, 9_000],
    ]);
    expect(responses(apart)).toMatchObject([{ ms: 1_300, answer: { source: 'card', ms: 2_640 } }]);
    expect(responses(answered([[3_300, 9_000]]))).toMatchObject([{ answer: { source: 'card', ms: 2_635 } }]);
  });

  it('knows no answer of an agent that gives no account', () => {
    const trace = madeTrace({ acts: [act('turn', [1_000, 2_000])], agent: [[2_500, 4_000]] });
    expect(responses(trace)[0]?.answer).toBeUndefined();
  });
});

describe('yields', () => {
  it('measures from the beginning of the interruption to the agent’s last sound', () => {
    const trace = madeTrace({
      acts: [act('interruption', [2_000, 3_500])],
      agent: [
        [500, 2_350],
        [4_000, 6_000],
      ],
    });
    expect(yields(trace)).toMatchObject([{ isRight: true, ms: 350 }]);
  });

  it('does not take a pause between two clauses for yielding', () => {
    const trace = madeTrace({
      acts: [act('interruption', [2_000, 3_500])],
      agent: [
        [500, 2_200],
        [2_550, 5_000],
      ],
    });
    expect(yields(trace)).toMatchObject([{ isRight: false, ms: undefined }]);
  });

  it('calls 2.0 s yielded and anything longer talked on', () => {
    const until = (toMs: number) =>
      yields(madeTrace({ acts: [act('interruption', [2_000, 5_000])], agent: [[500, toMs]] }))[0]?.isRight;
    expect([until(4_000), until(4_001)]).toEqual([true, false]);
  });

  it('leaves out a reply that ended by itself, and keeps one that was cut', () => {
    const said = (isComplete: boolean) =>
      madeTrace({
        acts: [act('interruption', [2_000, 3_500])],
        agent: [[500, 2_300]],
        events: [
          {
            kind: 'agent-said',
            turn: 1,
            source: 'card',
            text: 'a',
            heardText: 'a',
            heardMs: 1,
            isComplete,
            atMs: 2_400,
          },
        ],
      });
    expect(yields(said(true))).toEqual([]);
    expect(yields(said(false))).toMatchObject([{ isRight: true, ms: 300 }]);
  });

  it('counts a word that only takes the floor', () => {
    const stop = { ...act('interruption', [2_000, 2_500]), wantsAnswer: false };
    const trace = madeTrace({ acts: [stop], agent: [[500, 9_000]] });
    expect(yields(trace)).toMatchObject([{ isRight: false }]);
    expect(responses(trace)).toEqual([]);
  });

  it('is not about speech that begins while the agent is silent', () => {
    const trace = madeTrace({
      acts: [act('turn', [2_000, 3_000])],
      agent: [
        [500, 2_000],
        [3_400, 5_000],
      ],
    });
    expect(yields(trace)).toEqual([]);
  });
});

describe('incursions', () => {
  it('counts every start inside the caller’s turn, pauses included', () => {
    const trace = madeTrace({
      acts: [act('turn-with-pauses', [1_000, 6_000], [[2_000, 3_000]])],
      agent: [
        [2_600, 3_200],
        [4_000, 4_500],
      ],
    });
    expect(incursions(trace)).toMatchObject([{ ms: 600 }, { ms: 500 }]);
  });

  it('counts no agent that was speaking before and no sound after the end', () => {
    const trace = madeTrace({
      acts: [act('interruption', [2_000, 3_000])],
      agent: [
        [500, 2_300],
        [3_000, 4_000],
      ],
    });
    expect(incursions(trace)).toEqual([]);
  });

  it('leaves the answer to a caller who never stops alone', () => {
    const trace = madeTrace({ acts: [act('turn', [1_000, 40_000])], agent: [[26_500, 28_000]] });
    expect(incursions(trace)).toEqual([]);
  });
});

describe('selectivity', () => {
  it('wants the agent to be heard for a second after a backchannel began', () => {
    const trace = madeTrace({
      acts: [act('backchannel', [2_000, 2_300]), act('backchannel', [8_000, 8_300])],
      agent: [
        [500, 4_000],
        [6_000, 8_350],
      ],
    });
    expect(selectivity(trace)).toMatchObject([
      { isRight: true, isRightStrictly: true, ms: undefined },
      { isRight: false, isRightStrictly: false, ms: 350 },
    ]);
  });

  it('forgives a hold of less than 400 ms, but not by the strict rule', () => {
    const trace = madeTrace({
      acts: [act('backchannel', [2_000, 2_300])],
      agent: [
        [500, 2_200],
        [2_500, 4_000],
      ],
    });
    expect(selectivity(trace)).toMatchObject([{ isRight: true, isRightStrictly: false }]);
  });

  it('does not score a backchannel while the agent is silent', () => {
    expect(selectivity(madeTrace({ acts: [act('backchannel', [2_000, 2_300])], agent: [] }))).toEqual([]);
  });

  it('wants no answer within two seconds of a cough into silence', () => {
    const at = (fromMs: number) =>
      selectivity(madeTrace({ acts: [act('vocal-tic', [2_000, 2_300])], agent: [[fromMs, 9_000]] }))[0]?.isRight;
    expect([at(4_299), at(4_300)]).toEqual([false, true]);
  });

  it('does not take a slow answer to a cough for selectivity, by the strict rule', () => {
    const at = (fromMs: number) =>
      selectivity(madeTrace({ acts: [act('vocal-tic', [2_000, 2_300])], agent: [[fromMs, 9_000]] }))[0]
        ?.isRightStrictly;
    expect([at(4_400), at(5_799), at(5_800)]).toEqual([false, false, true]);
  });

  it('does not take the answer that is due for a reaction to side speech', () => {
    const trace = madeTrace({
      acts: [act('turn', [1_000, 2_000]), act('side-speech', [2_200, 2_800])],
      agent: [[2_900, 4_000]],
    });
    expect(selectivity(trace)).toEqual([]);
  });

  it('leaves out a reply that ended by itself under the cough', () => {
    const trace = madeTrace({
      acts: [act('vocal-tic', [2_000, 2_300])],
      agent: [[500, 2_500]],
      events: [
        {
          kind: 'agent-said',
          turn: 1,
          source: 'card',
          text: 'a',
          heardText: 'a',
          heardMs: 1,
          isComplete: true,
          atMs: 2_600,
        },
      ],
    });
    expect(selectivity(trace)).toEqual([]);
  });
});
