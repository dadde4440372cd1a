import { describe, expect, it } from 'vitest';
import { beginFlow, type FlowState } from '#pipeline/interview/flow-state.ts';
import { endOfEntry, keyPressed, type Keyed } from '#pipeline/interview/keys.ts';
import { loadInterview, readScript } from '#prompts/campaign.ts';

const example = readScript('hutano');
const interview = loadInterview(example.id, example.text);
const here = { nowMs: Date.UTC(2026, 10, 23, 6, 0), tz: 'Africa/Harare' };
const begun = beginFlow(interview, { answers: new Map(), leftOut: new Set() });
const at = (id: string): FlowState => {
  const question = interview.questions.find((each) => each.id === id);
  if (!question) throw new Error(`no question ${id}`);
  return { ...begun, stage: 'question', question };
};

/** What a row of keys comes to, each pressed before the wait for it is over. */
function press(state: FlowState, keys: string): Keyed {
  let entry = '';
  let keyed: Keyed = { kind: 'more', entry, ms: 0 };
  for (const key of keys) {
    keyed = keyPressed(state, entry, key, here);
    entry = keyed.kind === 'more' ? keyed.entry : '';
  }
  return keyed;
}

const wish = (what: string): object => ({ kind: 'said', said: { kind: 'wish', wish: what } });
const answer = (value: unknown): object => ({
  kind: 'said',
  said: { kind: 'answer', value, evidence: { method: 'keys' } },
});

describe('keys of an interview', () => {
  it.each(['identity', 'consent', 'read-back', 'when-read-back'] as const)('1 and 2 are yes and no at %s', (stage) => {
    expect(press({ ...begun, stage }, '1')).toMatchObject(answer(true));
    expect(press({ ...begun, stage }, '2')).toMatchObject(answer(false));
    expect(press({ ...begun, stage }, '3')).toMatchObject({ said: { kind: 'wrong-key' } });
  });

  it('name a choice, and nothing that is none', () => {
    expect(press(at('mvura'), '3')).toMatchObject(answer('rwizi'));
    expect(press(at('mvura'), '4')).toMatchObject({ said: { kind: 'wrong-key' } });
  });

  it('mean the same wherever no figures are entered', () => {
    for (const state of [begun, at('manyoka'), at('mvura'), at('mashoko')]) {
      expect(press(state, '9')).toMatchObject(wish('opt-out'));
      expect(press(state, '8')).toMatchObject(wish('later'));
      expect(press(state, '0')).toMatchObject(wish('human'));
    }
  });

  it('behind a star mean it everywhere', () => {
    for (const state of [begun, at('varwere'), at('kiriniki'), { ...begun, stage: 'when' as const }]) {
      expect(press(state, '*9')).toMatchObject(wish('opt-out'));
      expect(press(state, '*8')).toMatchObject(wish('later'));
      expect(press(state, '*0')).toMatchObject(wish('human'));
      expect(endOfEntry(state, '*', here)).toMatchObject({ wish: 'repeat' });
    }
    expect(press(at('varwere'), '1*9')).toMatchObject(wish('opt-out'));
  });

  it('make a number as soon as no other can follow, at #, or when nothing follows', () => {
    expect(press(at('varwere'), '9')).toMatchObject(answer(9));
    expect(press(at('varwere'), '2')).toMatchObject({ kind: 'more', entry: '2' });
    expect(press(at('varwere'), '29')).toMatchObject(answer(29));
    expect(press(at('varwere'), '2#')).toMatchObject(answer(2));
    expect(endOfEntry(at('varwere'), '2', here)).toMatchObject({ value: 2 });
    expect(press(at('varwere'), '05')).toMatchObject(answer(5));
    expect(press(at('varwere'), '31')).toMatchObject({ said: { kind: 'out-of-range' } });
    expect(press(at('varwere'), '#')).toMatchObject(wish('unknown'));
  });

  it('make a day of eight figures', () => {
    expect(press(at('kiriniki'), '0911202')).toMatchObject({ kind: 'more' });
    expect(press(at('kiriniki'), '09112026')).toMatchObject(answer('2026-11-09'));
    expect(press(at('kiriniki'), '99112026')).toMatchObject({ said: { kind: 'unclear' } });
    expect(endOfEntry(at('kiriniki'), '0911', here)).toMatchObject({ kind: 'unclear' });
  });

  it('make hours from now where a time is asked for', () => {
    const state: FlowState = { ...begun, stage: 'when' };
    expect(press(state, '3#')).toMatchObject({ said: { kind: 'when', atMs: here.nowMs + 3 * 3_600_000 } });
    expect(press(state, '12')).toMatchObject({ said: { kind: 'when', atMs: here.nowMs + 12 * 3_600_000 } });
    expect(press(state, '99')).toMatchObject({ said: { kind: 'unclear' } });
  });
});
