/**
 * A small seeded set of the calls of `npm run bench:turns`, with the real models: too few for percentiles, enough to notice
 * that a score has fallen. The margins are what was measured, less what other seeds and a busy machine take away.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { loadHotline } from '#prompts/load.ts';
import { CallerSounds } from '#src/cli/bench/turns/caller-sounds.ts';
import { openLocalAgent } from '#src/cli/bench/turns/local-agent.ts';
import { planCalls } from '#src/cli/bench/turns/plan-calls.ts';
import { runCalls } from '#src/cli/bench/turns/run-calls.ts';
import { scoreCall, type CallScore } from '#src/cli/bench/turns/score-call.ts';
import type { EventKind, ScoredEvent } from '#src/cli/bench/turns/score-event.ts';
import type { CallerClass, CallTrace } from '#src/cli/bench/turns/trace.ts';
import { quantile } from '#src/cli/bench/statistics.ts';

const CLASSES: readonly CallerClass[] = [
  'turn',
  'turn-with-pauses',
  'dictation',
  'interruption',
  'backchannel',
  'vocal-tic',
  'side-speech',
  'over-greeting',
];

/** On a machine that is shared with others, fewer calls say it as well. */
const LEAST_CALLS = 3;
const CALLS_WITHIN_MS = 120_000;

const calls: CallScore[] = [];
/** One call, in which the caller does nothing but talk. */
const endless: CallScore[] = [];
/** Of the callers, before each end of turn. */
const silencesMs: number[] = [];

beforeAll(async () => {
  const { signal } = new AbortController();
  const hotline = loadHotline('kiriniki');
  await using sounds = await CallerSounds.open({ hotline, signal });
  const plan = planCalls({
    hotline,
    seed: 5,
    eventsPerClass: 4,
    classes: CLASSES,
    lines: ['clean', 'noisy'],
    echoShare: 1 / 2,
  });
  await sounds.prepare(plan, { signal });
  await using agent = await openLocalAgent({ signal, isMachineShared: true });
  const startMs = performance.now();
  for (const call of plan) {
    if (calls.length >= LEAST_CALLS && performance.now() - startMs > CALLS_WITHIN_MS) break;
    const onTrace = (trace: CallTrace): void => {
      calls.push(scoreCall(trace));
      for (const event of trace.events ?? []) if (event.kind === 'end-of-turn') silencesMs.push(event.silenceMs);
    };
    const { failed } = await runCalls({ plan: [call], agent, sounds, signal, onTrace });
    expect(failed).toEqual([]);
  }
  const talker = planCalls({ hotline, seed: 5, eventsPerClass: 1, classes: ['endless'], lines: ['clean'] });
  await sounds.prepare(talker, { signal });
  const onTrace = (trace: CallTrace): void => void endless.push(scoreCall(trace));
  expect((await runCalls({ plan: talker, agent, sounds, signal, onTrace })).failed).toEqual([]);
}, 400_000);

const eventsOf = (...kinds: readonly EventKind[]): readonly ScoredEvent[] =>
  calls.flatMap(({ events }) => events.filter(({ kind }) => kinds.includes(kind)));

/** Which call and what happened, so that a failure says where to look. */
const wrongOf = (events: readonly ScoredEvent[]): readonly string[] =>
  events
    .filter(({ isRight }) => !isRight)
    .map(({ callId, actId, kind, verdict }) => `${callId} ${actId} ${kind}: ${verdict}`);

const shareRight = (events: readonly ScoredEvent[]): number => 1 - wrongOf(events).length / events.length;
const delaysOf = (events: readonly ScoredEvent[]): readonly number[] => events.flatMap(({ ms }) => ms ?? []);

describe('turn taking with the real models', () => {
  it('answers its callers', () => {
    const responses = eventsOf('response');
    expect(responses.length).toBeGreaterThan(10);
    expect(shareRight(responses), wrongOf(responses).join('\n')).toBeGreaterThanOrEqual(0.95);
    expect(quantile(delaysOf(responses), 0.5)).toBeLessThanOrEqual(2_000);
    // On the audio clock, so that no machine makes it longer.
    expect(silencesMs.length).toBeGreaterThan(10);
    expect(quantile(silencesMs, 0.5)).toBeLessThanOrEqual(760);
  });

  it('answers a caller who never stops at the limit of an utterance', () => {
    const events = endless.flatMap((call) => call.events).filter(({ kind }) => kind === 'endless');
    expect(events.length).toBe(1);
    expect(wrongOf(events)).toEqual([]);
  });

  it('yields to those who interrupt', () => {
    const yields = eventsOf('yield');
    expect(yields.length).toBeGreaterThan(1);
    expect(shareRight(yields), wrongOf(yields).join('\n')).toBeGreaterThanOrEqual(0.75);
    expect(quantile(delaysOf(yields), 0.5)).toBeLessThanOrEqual(450);
  });

  it('talks on through what is not for it', () => {
    const sounds = eventsOf('selectivity');
    expect(sounds.length).toBeGreaterThan(5);
    expect(shareRight(sounds), wrongOf(sounds).join('\n')).toBeGreaterThanOrEqual(0.75);
  });

  it('lets its callers finish', () => {
    const responses = eventsOf('response');
    const incursions = eventsOf('incursion');
    expect(incursions.length / responses.length, wrongOf(incursions).join('\n')).toBeLessThanOrEqual(0.12);
    const pauses = eventsOf('pause');
    expect(shareRight(pauses), wrongOf(pauses).join('\n')).toBeGreaterThanOrEqual(0.85);
  });

  it('answers nothing that is no longer asked, and hears first words', () => {
    expect(wrongOf(eventsOf('stale-answer')).length, wrongOf(eventsOf('stale-answer')).join('\n')).toBeLessThanOrEqual(
      1,
    );
    const words = eventsOf('first-word');
    expect(wrongOf(words).length, wrongOf(words).join('\n')).toBeLessThanOrEqual(1);
  });

  it('does not fall silent for its own echo', () => {
    expect(calls.some(({ echo }) => echo !== undefined)).toBe(true);
    const cut = eventsOf('self-interruption');
    expect(cut.length, wrongOf(cut).join('\n')).toBeLessThanOrEqual(1);
  });

  it('is marked well by EVA’s curve', () => {
    const marks = calls.flatMap(({ eva }) => (eva === undefined ? [] : [eva.score]));
    expect(marks.reduce((sum, mark) => sum + mark, 0) / marks.length).toBeGreaterThanOrEqual(0.82);
  });
});
