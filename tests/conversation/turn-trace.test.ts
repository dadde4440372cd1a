/** What the traces say of a call's turns, against what went over the line. */
import { describe, expect, it } from 'vitest';
import { isAudibleStep, STEP_SAMPLES } from '#telephony/phone/audible.ts';
import { TurnTraces } from '#src/observability/turn-trace.ts';
import { ScriptedCall } from './scripted-call.ts';

const TOLERANCE_MS = 20;
/** A telephone sends a frame when it has been spoken: what is in it is so much older than its arrival. */
const FRAME_MS = 20;

/** When the first sound after `fromMs` began in the caller's ear. */
function firstSoundAfter({ leg }: ScriptedCall, fromMs: number): number {
  for (const { atMs, pcm } of leg.frames) {
    if (atMs < fromMs) continue;
    for (let step = 0; step < pcm.length; step += STEP_SAMPLES) if (isAudibleStep(pcm, step)) return atMs + step / 8;
  }
  return Number.NaN;
}

describe('the stages of a turn', () => {
  it.each([40, 150, 420, 900])(
    'add up to what the caller heard within 20 ms when recognition takes %i ms',
    async (transcribeMs) => {
      const call = new ScriptedCall({
        transcribeMs,
        heard: [{ text: 'Munovhura nguvai?' }, { text: 'Kiriniki iri kupi?' }, { text: 'Zvinoita marii?' }],
      });
      await call.untilSaid();
      const ends: number[] = [];
      for (const ms of [900, 1_310, 2_070]) {
        ends.push(call.clock.nowMs() + ms - FRAME_MS);
        await call.say(ms);
        await call.untilSaid();
        await call.pass(700);
      }
      const traces = new TurnTraces();
      const found = call.events.map((event) => traces.observe(event)).filter((trace) => trace !== undefined);
      expect(found).toHaveLength(ends.length);
      for (const [index, endMs] of ends.entries()) {
        const trace = found[index]!;
        const sumMs = trace.stages.reduce((sum, { ms }) => sum + ms, 0);
        expect(Math.abs(sumMs - (firstSoundAfter(call, endMs) - endMs))).toBeLessThanOrEqual(TOLERANCE_MS);
        expect(sumMs).toBe(trace.totalMs);
      }
      call.drain();
    },
  );
});
