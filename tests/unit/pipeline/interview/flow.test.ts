import { describe, expect, it } from 'vitest';
import { silent, turn } from '#pipeline/interview/flow.ts';
import {
  beginFlow,
  leftOutOf,
  resumeOf,
  type Evidence,
  type FlowContext,
  type FlowState,
  type Said,
  type Turned,
} from '#pipeline/interview/flow-state.ts';
import { fixedInterviewTexts, hintOf, promptOf } from '#pipeline/interview/flow-words.ts';
import { loadInterview, readScript } from '#prompts/campaign.ts';
import { seededRandom } from '../../../support/voice-like.ts';

const example = readScript('hutano');
const interview = loadInterview(example.id, example.text);
const context: FlowContext = {
  interview,
  vars: { zita: 'VaMoyo' },
  greeting: 'Mangwanani',
  canTransfer: true,
  isResumed: false,
  nowMs: Date.UTC(2026, 10, 23, 6, 0),
  tz: 'Africa/Harare',
};
const evidence = (needsReadBack = false): Evidence => ({
  rawText: 'x',
  confidence: 0.8,
  method: 'speech',
  needsReadBack,
});
const answer = (value: boolean | number | string, needsReadBack = false): Said => ({
  kind: 'answer',
  value,
  evidence: evidence(needsReadBack),
});
const begin = (): FlowState => beginFlow(interview, { answers: new Map(), leftOut: new Set() });
const through = (...said: readonly Said[]): Turned =>
  said.reduce<Turned>((before, each) => turn(context, before.state, each), {
    state: begin(),
    texts: [],
    intent: '',
    endsCall: false,
  });

describe('the course of an interview', () => {
  it('is complete when every question that had to be put was answered', () => {
    const ended = through(
      ...[answer(true), answer(true), answer(true), answer(2), answer('tsime'), answer(5)],
      ...[answer('2026-01-02'), answer('Dai mawedzera mishonga.')],
    );
    expect(ended).toMatchObject({ endsCall: true, intent: 'completed', state: { result: 'completed' } });
  });

  it('takes nothing for consent, nor for its refusal, that would have to be read back', () => {
    for (const value of [true, false]) {
      const asked = through(answer(true), answer(value, true));
      expect(asked).toMatchObject({
        endsCall: false,
        intent: 'not-understood',
        state: { stage: 'consent', hasConsented: false },
      });
    }
  });

  it('keeps an answer that was doubtful only when it was agreed to', () => {
    const asked = through(answer(true), answer(true), answer(true), answer(2, true));
    expect(asked.answered).toBeUndefined();
    expect(asked.texts).toEqual(['Mati vanhu 2. Ndizvo here?']);
    expect(turn(context, asked.state, answer(true)).answered).toMatchObject({
      question: 'varwere',
      value: 2,
      isConfirmed: true,
    });
    const again = turn(context, asked.state, answer(false));
    expect(again).toMatchObject({ state: { stage: 'question', rounds: 1 } });
    expect(again.answered).toBeUndefined();
  });

  it('breaks off when nothing is made of two questions in a row', () => {
    const nothing = Array.from({ length: 6 }, (): Said => ({ kind: 'unclear' }));
    const ended = through(answer(true), answer(true), ...nothing);
    expect(ended).toMatchObject({ endsCall: true, state: { result: 'partial' } });
    expect(resumeOf(ended.state)).toBe('{"leftOut":["manyoka"]}');
  });

  it('reads only its own account of an earlier call', () => {
    expect(leftOutOf('{"leftOut":["a","b"]}')).toEqual(new Set(['a', 'b']));
    for (const other of [undefined, '', 'null', '[]', '{"leftOut":7}', '{"leftOut":[1,{}]}', 'xx']) {
      expect(leftOutOf(other)).toEqual(new Set());
    }
  });

  it('does not ask for ever when somebody can be called whose time it never hears rightly', () => {
    let state = through({ kind: 'wish', wish: 'later', evidence: evidence() }).state;
    for (let round = 0; round < 2; round++) {
      state = turn(
        context,
        turn(context, state, { kind: 'when', atMs: context.nowMs + 7e6 }).state,
        answer(false),
      ).state;
      expect(state.stage).toBe('when');
    }
    const last = turn(context, turn(context, state, { kind: 'when', atMs: context.nowMs + 7e6 }).state, answer(false));
    expect(last).toMatchObject({ endsCall: true, state: { result: 'callback', callbackAt: undefined } });
  });

  it('takes silence at "when?" for an agreement to be called some time', () => {
    const asked = through({ kind: 'wish', wish: 'later', evidence: evidence() });
    expect(silent(context, asked.state).state).toMatchObject({ result: 'callback', callbackAt: undefined });
    expect(silent(context, begin()).state.result).toBe('partial');
  });

  it('has every fixed sentence rendered beforehand, in each greeting, and none with a gap', () => {
    const texts = fixedInterviewTexts(interview);
    expect(texts).toContain(interview.closing);
    expect(texts.join()).not.toMatch(/[{}]/u);
  });
});

describe('whatever is said', () => {
  const wishes = [
    'opt-out',
    'human',
    'later',
    'repeat',
    'slower',
    'goodbye',
    'wrong-person',
    'other-language',
    'unknown',
    'emergency',
  ] as const;
  function anything(random: () => number): Said {
    const one = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
    return one<() => Said>([
      () => ({ kind: 'unclear' }),
      () => ({ kind: 'out-of-range' }),
      () => ({ kind: 'wrong-key' }),
      () => ({ kind: 'when', atMs: context.nowMs + random() * 1e9 }),
      () => ({ kind: 'wish', wish: one(wishes.slice(2)), evidence: evidence() }),
      () => ({ kind: 'wish', wish: one(wishes), evidence: evidence() }),
      () => answer(one<boolean | number | string>([true, false, 3, 'tsime', '2026-01-02']), random() < 0.3),
    ])();
  }

  it('an interview ends, says something at every turn, and answers only after consent', () => {
    for (let seed = 1; seed <= 400; seed += 1) {
      const random = seededRandom(seed);
      let turned: Turned = { state: begin(), texts: [], intent: '', endsCall: false };
      let turns = 0;
      for (; !turned.endsCall && turns < 1_000; turns += 1) {
        const before = turned.state;
        turned = turn(context, before, anything(random));
        expect(turned.texts.join('').length, `seed ${seed}`).toBeGreaterThan(0);
        expect(turned.texts.join(' '), `seed ${seed}`).not.toMatch(/[{}]|undefined/u);
        if (turned.answered) expect(turned.state.hasConsented, `seed ${seed}`).toBe(true);
        if (!turned.endsCall) {
          expect(promptOf(context, turned.state).length, `seed ${seed}`).toBeGreaterThan(0);
          expect(hintOf(context, turned.state).length, `seed ${seed}`).toBeGreaterThan(0);
        }
      }
      expect(turns, `seed ${seed}`).toBeLessThan(1_000);
      expect(turned.state.result, `seed ${seed}`).toBeDefined();
      expect((turned.optsOut !== undefined) === (turned.state.result === 'opted_out'), `seed ${seed}`).toBe(true);
    }
  });
});
