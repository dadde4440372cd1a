import { describe, expect, it } from 'vitest';
import type { Agent } from '../../../../../../src/cli/bench/turns/agent.ts';
import type { RenderedSound } from '../../../../../../src/cli/bench/turns/caller-sounds.ts';
import {
  soundsOf,
  type PlannedAct,
  type PlannedCall,
  type Round,
  type Sound,
} from '../../../../../../src/cli/bench/turns/planned-call.ts';
import { runCalls } from '../../../../../../src/cli/bench/turns/run-calls.ts';
import type { CallTrace } from '../../../../../../src/cli/bench/turns/trace.ts';
import { scriptedAgent } from './scripted-agent.ts';

const signal = new AbortController().signal;
/** What a time may differ by: the telephone's grid. */
const GRID_MS = 20;

/** Milliseconds of sound and silence by turns. */
function tone(...partsMs: readonly number[]): RenderedSound {
  const pcm = new Int16Array(partsMs.reduce((sum, ms) => sum + ms, 0) * 8);
  const pauses: { from: number; to: number }[] = [];
  let at = 0;
  for (const [n, ms] of partsMs.entries()) {
    if (n % 2 === 0) for (let i = at; i < at + ms * 8; i += 1) pcm[i] = i % 16 < 8 ? 9_000 : -9_000;
    else pauses.push({ from: at, to: at + ms * 8 });
    at += ms * 8;
  }
  return { pcm, pauses, text: 'x' };
}

let seed = 0;
function act(over: Partial<PlannedAct> = {}): PlannedAct {
  seed += 1;
  return { class: 'turn', sound: { kind: 'cough', seed }, wantsAnswer: true, afterMs: 400, ...over };
}

const ask = (over: Partial<PlannedAct> = {}, under: readonly PlannedAct[] = []): Round => ({
  kind: 'ask',
  act: act(over),
  under,
  spare: act(),
});

function call(rounds: readonly Round[], over: Partial<PlannedCall> = {}): PlannedCall {
  return {
    id: 'call-1',
    number: 1,
    seed: 1,
    line: 'clean',
    wire: 'twilio',
    echo: undefined,
    manner: { name: 'plain', speakingRate: 1, pitch: 1 },
    levelDbfs: -20,
    rounds,
    ...over,
  };
}

/** One call; a sound is 1 s of tone unless it is named. */
async function traceOf(
  agent: Agent,
  planned: PlannedCall,
  sounds = new Map<Sound, RenderedSound>(),
): Promise<CallTrace> {
  const traces: CallTrace[] = [];
  const of = async (): Promise<ReadonlyMap<Sound, RenderedSound>> =>
    new Map(soundsOf(planned).map((sound) => [sound, sounds.get(sound) ?? tone(1_000)]));
  const run = await runCalls({
    plan: [planned],
    agent,
    sounds: { of },
    signal,
    onTrace: (trace) => void traces.push(trace),
  });
  expect(run.failed).toEqual([]);
  return traces[0]!;
}

const answerAfter = (trace: CallTrace, nth: number): number => {
  const { toMs } = trace.acts[nth]!;
  return trace.agent.find(({ fromMs }) => fromMs > toMs)!.fromMs - toMs;
};

describe('runCalls', () => {
  it.each([250, 400, 1_130])('finds an answer %d ms after the end of speech where it is', async (answersAfterMs) => {
    const agent = scriptedAgent({ greetingMs: 1_500, answerMs: 2_000, answersAfterMs });
    const trace = await traceOf(agent, call([ask(), ask(), ask()]));
    expect(trace.acts.map((one) => one.class)).toEqual(['turn', 'turn', 'turn']);
    for (const nth of [0, 1, 2]) {
      expect(Math.abs(answerAfter(trace, nth) - answersAfterMs)).toBeLessThanOrEqual(GRID_MS);
      expect(trace.acts[nth]!.toMs - trace.acts[nth]!.fromMs).toBe(1_000);
    }
    // The greeting and three answers, as long as they were.
    expect(trace.agent.map(({ fromMs, toMs }) => Math.round((toMs - fromMs) / 20) * 20)).toEqual([
      1_500, 2_000, 2_000, 2_000,
    ]);
    expect(trace.recording.caller).toHaveLength(trace.recording.heard.length);
    expect(trace.durationMs).toBe(trace.recording.heard.length / 8);
  });

  it.each([200, 360])('finds where an agent stopped %d ms after it was interrupted', async (yieldsAfterMs) => {
    const agent = scriptedAgent({ greetingMs: 1_000, answerMs: 6_000, answersAfterMs: 400, yieldsAfterMs });
    const interruption = act({ class: 'interruption', afterMs: 1_500 });
    const trace = await traceOf(agent, call([ask({}, [interruption]), ask()]));
    const [, interrupted] = trace.acts;
    expect(interrupted?.class).toBe('interruption');
    const under = trace.agent.find(({ fromMs, toMs }) => fromMs < interrupted!.fromMs && toMs > interrupted!.fromMs)!;
    expect(Math.abs(interrupted!.fromMs - under.fromMs - 1_500)).toBeLessThanOrEqual(GRID_MS);
    expect(Math.abs(under.toMs - interrupted!.fromMs - yieldsAfterMs)).toBeLessThanOrEqual(GRID_MS);
    expect(Math.abs(answerAfter(trace, 1) - 400)).toBeLessThanOrEqual(GRID_MS);
    expect(trace.acts).toHaveLength(3);
  });

  it('finds the same over the wire of Asterisk, the echo included', async () => {
    const manners = { greetingMs: 1_000, answerMs: 6_000, answersAfterMs: 400, yieldsAfterMs: 200 };
    const agent = scriptedAgent(manners);
    const interruption = act({ class: 'interruption', afterMs: 1_500 });
    const echo = { db: -12, delayMs: 200 };
    const trace = await traceOf(agent, call([ask(), ask({}, [interruption])], { wire: 'asterisk', echo }));
    expect(trace.wire).toBe('asterisk');
    // Asterisk plays a frame or two that our leg keeps in its queue, so that the line never falls silent.
    const queuedMs = 2 * GRID_MS;
    expect(Math.abs(answerAfter(trace, 0) - 400)).toBeLessThanOrEqual(GRID_MS + queuedMs);
    const { fromMs } = trace.acts[2]!;
    const under = trace.agent.find((span) => span.fromMs < fromMs && span.toMs > fromMs)!;
    expect(Math.abs(under.toMs - fromMs - 200)).toBeLessThanOrEqual(GRID_MS + queuedMs);
    // What it said came back: more than the 3 s of the caller.
    expect(agent.heardAloud() / 8_000).toBeGreaterThan(8);
  });

  it('notes pauses where they were, and an agent that answered into one', async () => {
    const agent = scriptedAgent({ greetingMs: 1_000, answerMs: 3_000, answersAfterMs: 500 });
    const planned = call([ask({ class: 'turn-with-pauses' })]);
    const sound = soundsOf(planned)[0]!;
    const trace = await traceOf(agent, planned, new Map([[sound, tone(600, 900, 700)]]));
    const [{ fromMs, toMs, pauses }] = trace.acts as [CallTrace['acts'][number]];
    expect(toMs - fromMs).toBe(2_200);
    expect(pauses).toEqual([{ fromMs: fromMs + 600, toMs: fromMs + 1_500 }]);
    const cutOff = trace.agent.find((span) => span.fromMs > fromMs)!;
    expect(Math.abs(cutOff.fromMs - pauses[0]!.fromMs - 500)).toBeLessThanOrEqual(GRID_MS);
  });

  it('talks over the greeting at its time, makes noises under answers, keeps silent, and asks again when an answer was short', async () => {
    const agent = scriptedAgent({ greetingMs: 4_000, answerMs: 2_500, answersAfterMs: 400 });
    const under = [
      act({ class: 'backchannel', wantsAnswer: false, afterMs: 600 }),
      act({ class: 'vocal-tic', wantsAnswer: false, afterMs: 2_600 }),
    ];
    const planned = call([
      { kind: 'over-greeting', act: act({ class: 'over-greeting', afterMs: 700 }) },
      ask({}, under),
      { kind: 'quiet', act: act({ class: 'side-speech', wantsAnswer: false, afterMs: 500 }) },
      { kind: 'silence', ms: 6_000 },
    ]);
    // Too quiet for this agent to take it for a question.
    const quiet = { ...tone(120), pcm: tone(120).pcm.map((sample) => sample / 3) };
    const short = new Map(under.map(({ sound }) => [sound, quiet]));
    const trace = await traceOf(agent, planned, short);
    const [greeting] = trace.agent;
    expect(Math.abs(trace.acts[0]!.fromMs - greeting!.fromMs - 700)).toBeLessThanOrEqual(GRID_MS);
    expect(trace.acts.map((one) => one.class)).toEqual([
      'over-greeting',
      'turn',
      'backchannel',
      // The answer was over before the second noise: asked twice more, in vain.
      'turn',
      'turn',
      'side-speech',
      'silence',
    ]);
    const silence = trace.acts.at(-1)!;
    expect(silence.toMs - silence.fromMs).toBeGreaterThanOrEqual(6_000);
    expect(silence.toMs - silence.fromMs).toBeLessThan(6_100);
    expect(silence.fromMs).toBeGreaterThanOrEqual(trace.acts.at(-2)!.toMs);
  });

  it('lets the agent hear its own voice, and keeps it out of what the caller said', async () => {
    const manners = { greetingMs: 2_000, answerMs: 2_000, answersAfterMs: 400 };
    const echoing = scriptedAgent(manners);
    const planned = call([ask()], { echo: { db: -12, delayMs: 120 } });
    const trace = await traceOf(echoing, planned);
    expect(trace.echo).toEqual({ db: -12, delayMs: 120 });
    // 4 s of greeting and answer came back, and 1 s was said.
    expect(echoing.heardAloud() / 8_000).toBeCloseTo(5, 0);
    const said = trace.recording.caller.filter((sample) => Math.abs(sample) > 400).length / 8_000;
    expect(said).toBeCloseTo(1, 2);
    const dry = scriptedAgent(manners);
    await traceOf(dry, call([ask()]));
    expect(dry.heardAloud() / 8_000).toBeCloseTo(1, 2);
  });

  it('keeps what was said and heard until the agent hung up', async () => {
    const agent = scriptedAgent({ greetingMs: 500, answerMs: 1_000, answersAfterMs: 400, answers: 1 });
    const trace = await traceOf(agent, call([ask(), ask(), ask(), ask()]));
    expect(trace.acts).toHaveLength(2);
  });

  it('goes on after a call that is not taken', async () => {
    const agent = scriptedAgent({ greetingMs: 500, answerMs: 1_000, answersAfterMs: 400 });
    let placed = 0;
    const busy: Agent = {
      ...agent,
      connect: (options) => (++placed === 1 ? Promise.reject(new Error('busy')) : agent.connect(options)),
    };
    const plan = [call([ask()]), call([ask()], { id: 'call-2', number: 2 })];
    const traces: string[] = [];
    const run = await runCalls({
      plan,
      agent: busy,
      sounds: { of: async (one) => new Map(soundsOf(one).map((sound) => [sound, tone(1_000)])) },
      signal,
      onTrace: ({ id }) => void traces.push(id),
    });
    expect(traces).toEqual(['call-2']);
    expect(run).toEqual({ calls: 1, acts: 1, failed: [{ id: 'call-1', why: 'busy' }] });
  });

  it.each([
    ['broke', { over: Promise.resolve('its conversation failed') }, 'its conversation failed'],
    ['was over at once', {}, 'the call was over before anything was said or heard'],
  ])('does not score a call that %s', async (_, broken, why) => {
    const agent = scriptedAgent({ greetingMs: 'over' in broken ? 500 : 0, answerMs: 1_000, answersAfterMs: 400 });
    const planned = call('over' in broken ? [ask()] : []);
    const run = await runCalls({
      plan: [planned],
      agent: { ...agent, connect: async (options) => ({ ...(await agent.connect(options)), ...broken }) },
      sounds: { of: async () => new Map(soundsOf(planned).map((sound) => [sound, tone(1_000)])) },
      signal,
      onTrace: () => expect.unreachable(),
    });
    expect(run).toEqual({ calls: 0, acts: 0, failed: [{ id: 'call-1', why }] });
  });

  it('stops at once when it is told to', async () => {
    const agent = scriptedAgent({ greetingMs: 500, answerMs: 1_000, answersAfterMs: 400 });
    const controller = new AbortController();
    const planned = call([ask(), ask()]);
    const running = runCalls({
      plan: [planned],
      agent,
      sounds: { of: async () => new Map(soundsOf(planned).map((sound) => [sound, tone(1_000)])) },
      signal: controller.signal,
      onTrace: () => undefined,
      onAct: () => controller.abort(new Error('enough')),
    });
    await expect(running).rejects.toThrow('enough');
  });
});
