import { describe, expect, it } from 'vitest';
import type { LegEvent } from '#pipeline/ports.ts';
import { dtmfTone } from '#telephony/signal/dtmf-tones.ts';
import { CallerAudio } from '#telephony/wire/caller-audio.ts';
import { LegEvents } from '#telephony/wire/leg-events.ts';
import type { WireProblem } from '#telephony/wire/media-socket.ts';
import { framesOf, tone } from '../../../support/tone.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

function line(format = { sampleRateHz: 8_000, ptimeMs: 20 }) {
  const clock = new VirtualClock();
  const heard: LegEvent[] = [];
  const problems: WireProblem[] = [];
  const events = new LegEvents({ format, onOverflow: () => undefined, onListenerError: () => undefined });
  events.attach((event) => heard.push(event.kind === 'frame' ? { ...event, pcm: event.pcm.slice() } : event));
  const audio = new CallerAudio({ format, clock, events, onProblem: (problem) => problems.push(problem) });
  return {
    clock,
    audio,
    heard,
    problems,
    digits: () => heard.flatMap((event) => (event.kind === 'dtmf' ? [event.digit] : [])),
    hear: async (pcm: Int16Array): Promise<void> => {
      for (const frame of framesOf(pcm)) {
        audio.frame(frame);
        await clock.advance(20);
      }
    },
  };
}
const key = (digit: '5' | '7', ms = 100): Int16Array => dtmfTone(digit, ms, { levelDbfs: -12 });
const loudest = (events: readonly LegEvent[]): number =>
  Math.max(...events.flatMap((event) => (event.kind === 'frame' ? [...event.pcm].map(Math.abs) : [])));

describe('a key', () => {
  it('pressed as a tone is a digit, and its tone does not reach the listener', async () => {
    const { hear, digits, heard } = line();
    await hear(key('5', 200));
    expect(digits()).toEqual(['5']);
    expect(loudest(heard.slice(4))).toBe(0);
  });

  it('that comes as a tone and as an event counts once, and from then on only events count', async () => {
    const { hear, digits, audio, clock } = line();
    await hear(key('5'));
    await clock.advance(200);
    audio.digit('5');
    await clock.advance(500);
    await hear(key('7'));
    audio.digit('7');
    expect(digits()).toEqual(['5', '7']);
  });

  it('pressed twice counts twice', async () => {
    const { hear, digits, clock } = line();
    await hear(key('5'));
    await hear(new Int16Array(800));
    await hear(key('5'));
    // Over a line that sends nothing while nobody speaks, too.
    await clock.advance(600);
    await hear(key('5'));
    expect(digits()).toEqual(['5', '5', '5']);
  });

  it('with a frame lost in its middle counts once', async () => {
    const { hear, digits, audio, clock } = line();
    const frames = key('5', 200);
    await hear(frames.slice(0, 640));
    audio.lost(160);
    await clock.advance(20);
    await hear(frames.slice(800));
    expect(digits()).toEqual(['5']);
  });

  it('is not pressed faster than hands can', () => {
    const { audio, digits, problems } = line();
    for (let n = 0; n < 40; n++) audio.digit('1');
    expect(digits().length).toBe(20);
    expect(problems).toContain('dtmf-flood');
  });
});

describe('a loss', () => {
  it('is concealed for 60 ms and a gap beyond', async () => {
    const { hear, audio, heard, problems } = line();
    await hear(tone(200, 400));
    const before = heard.length;
    audio.lost(5 * 160);
    const after = heard.slice(before);
    expect(after.map((event) => (event.kind === 'gap' ? event.samples : event.kind))).toEqual([
      'frame',
      'frame',
      'frame',
      320,
    ]);
    expect(loudest(after.slice(0, 1))).toBeGreaterThan(1_000);
    expect(problems.filter((problem) => problem === 'lost-frame').length).toBe(3);
  });

  it('is a gap at once on a wideband line', () => {
    const { audio, heard } = line({ sampleRateHz: 16_000, ptimeMs: 20 });
    audio.lost(320);
    expect(heard).toEqual([{ kind: 'gap', samples: 320 }]);
  });

  it('after a pause is not filled with the voice from before it', async () => {
    const { hear, audio, heard, clock } = line();
    await hear(tone(200, 400));
    await clock.advance(1_000);
    audio.lost(160);
    expect(loudest(heard.slice(-1))).toBe(0);
  });
});
