import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadHotline } from '#prompts/load.ts';
import { audibleSpans, levelDbfs } from '../../src/cli/demo/audible.ts';
import { CallerSounds, type RenderedSound } from '../../src/cli/bench/turns/caller-sounds.ts';
import { ALL_LINES } from '../../src/cli/bench/turns/lines.ts';
import { aboutLeftOut, findCodecs } from '../../src/cli/bench/turns/lines-left-out.ts';
import type { PlannedCall, Sound } from '../../src/cli/bench/turns/planned-call.ts';

const signal = AbortSignal.timeout(110_000);
const hotline = loadHotline('kiriniki');
/** An ffmpeg whose codecs change nothing. */
const FFMPEG = `#!/bin/sh
case "$*" in
  *-encoders*) printf ' A....D libgsm GSM\\n A....D libopencore_amrnb AMR\\n' ;;
  *) cat ;;
esac
`;
let folder: string;
let sounds: CallerSounds;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callers-'));
  await writeFile(join(folder, 'ffmpeg'), FFMPEG);
  await chmod(join(folder, 'ffmpeg'), 0o755);
  sounds = await CallerSounds.open({ hotline, signal, cacheDir: folder, ffmpeg: join(folder, 'ffmpeg') });
});
afterAll(async () => {
  await sounds[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function rendered(sound: Sound, over: Partial<PlannedCall> = {}): Promise<RenderedSound> {
  const act = { class: 'turn', sound, wantsAnswer: true, afterMs: 0 } as const;
  const call: PlannedCall = {
    id: 'call-1',
    number: 1,
    seed: 1,
    line: 'clean',
    wire: 'twilio',
    echo: undefined,
    manner: { name: 'low', speakingRate: 1.04, pitch: 0.93 },
    levelDbfs: -20,
    rounds: [{ kind: 'quiet', act }],
    ...over,
  };
  return (await sounds.of(call, { signal })).get(sound)!;
}

/** Silences of 200 ms and more, in milliseconds. */
const pausesIn = ({ pcm }: RenderedSound): readonly number[] => {
  const spans = audibleSpans(pcm, 8_000);
  return spans.slice(1).map(({ startMs }, n) => startMs - spans[n]!.endMs);
};
const text = 'Ndinoda kuronga nguva yekuona chiremba.';

describe("the callers' sounds", () => {
  it('has no pause in a turn, and begins and ends with its first and last sound', async () => {
    for (const question of hotline.cards.flatMap((card) => card.questions).slice(0, 12)) {
      const sound = await rendered({ kind: 'speech', text: question });
      expect(pausesIn(sound), question).toEqual([]);
      const [span] = audibleSpans(sound.pcm, 8_000);
      // Levelling moves the first and the last sample that can be heard a little.
      expect(span!.startMs).toBeLessThan(25);
      expect(sound.pcm.length / 8 - span!.endMs).toBeLessThan(25);
    }
  });

  it('puts pauses in, as long as they were asked for', async () => {
    const pauses = [
      { afterShare: 0.33, ms: 450 },
      { afterShare: 0.67, ms: 1_100 },
    ];
    const sound = await rendered({ kind: 'speech', text, pauses });
    const found = pausesIn(sound);
    expect(found).toHaveLength(2);
    for (const [n, { ms }] of pauses.entries()) {
      // The cut is in a quiet place, so that a little of the voice's own silence may be added.
      expect(found[n]).toBeGreaterThan(ms - 15);
      expect(found[n]).toBeLessThan(ms + 120);
      expect((sound.pauses[n]!.to - sound.pauses[n]!.from) / 8).toBeCloseTo(found[n]!, -1);
    }
  });

  it('breaks off and begins again', async () => {
    const whole = await rendered({ kind: 'speech', text });
    const sound = await rendered({ kind: 'speech', text, falseStart: { words: 1, stopMs: 250 } });
    expect(sound.pcm.length / 8).toBeGreaterThan(whole.pcm.length / 8 + 450);
    expect(sound.pauses).toHaveLength(1);
  });

  it('dictates groups of digits', async () => {
    const sound = await rendered({
      kind: 'dictation',
      lead: 'Nhamba yangu inoti',
      groups: ['077', '200', '3456'],
      gapsMs: [500, 700, 900],
    });
    expect(pausesIn(sound).map((ms) => Math.round(ms / 100) * 100)).toEqual([500, 700, 900]);
    expect(sound.text).toBe('Nhamba yangu inoti 077 200 3456');
  });

  it.each([
    [{ kind: 'hum', isDouble: false, seed: 2 }, 0.15, 0.6],
    [{ kind: 'hum', isDouble: true, seed: 3 }, 0.3, 0.9],
    [{ kind: 'cough', seed: 4 }, 0.03, 1],
    [{ kind: 'knock', seed: 5 }, 0.01, 0.6],
    [{ kind: 'burst', seed: 6 }, 0.02, 0.65],
    [{ kind: 'breath', seed: 7 }, 0.1, 1.3],
    [{ kind: 'aside', text: 'Ndouya izvozvi.', gainDb: -10 }, 0.5, 3],
    [{ kind: 'television', seed: 8, seconds: 4, gainDb: -12 }, 3.5, 4.01],
  ] as const)('makes %j', async (sound, leastSeconds, mostSeconds) => {
    const { pcm } = await rendered(sound);
    expect(pcm.length / 8_000).toBeGreaterThan(leastSeconds);
    expect(pcm.length / 8_000).toBeLessThan(mostSeconds);
    expect(levelDbfs(pcm)).toBeGreaterThan(-45);
    expect(levelDbfs(pcm)).toBeLessThan(-8);
  });

  it('speaks at the level of its caller', async () => {
    const loud = await rendered({ kind: 'speech', text }, { levelDbfs: -17 });
    const quiet = await rendered({ kind: 'speech', text }, { levelDbfs: -26 });
    expect(levelDbfs(loud.pcm) - levelDbfs(quiet.pcm)).toBeCloseTo(9, 0);
  });

  it('puts a voice through the codecs that there are', async () => {
    expect([...sounds.leftOut]).toEqual([]);
    const band = await rendered({ kind: 'speech', text }, { line: 'band' });
    const amr = await rendered({ kind: 'speech', text }, { line: 'amr' });
    expect(amr.pcm).toEqual(band.pcm);
    expect(band.pcm).not.toEqual((await rendered({ kind: 'speech', text })).pcm);
  });

  it('never pauses in the speech of a caller who never stops', async () => {
    const texts = ['Bhora ratambwa sei nezuro?', 'Rwizi rwedu rwazara here?'];
    const sound = await rendered({ kind: 'endless', texts, seconds: 32 });
    expect(pausesIn(sound)).toEqual([]);
    expect(sound.pcm.length / 8_000).toBeGreaterThanOrEqual(32);
    expect(sound.pcm.length / 8_000).toBeLessThan(38);
  });
});

describe('the lines that are left out', () => {
  const withFfmpeg = async (script: string): Promise<string | undefined> => {
    const command = join(folder, 'other-ffmpeg');
    await writeFile(command, script);
    await chmod(command, 0o755);
    return aboutLeftOut((await findCodecs(command, { signal })).leftOut, ALL_LINES);
  };

  it('are told in one line, with what to install', async () => {
    const { ffmpeg, leftOut } = await findCodecs('there-is-no-such-program', { signal });
    expect(ffmpeg).toBeUndefined();
    expect(aboutLeftOut(leftOut, ALL_LINES)).toBe(
      'Without gsm and amr: there is no ffmpeg; on Debian and Ubuntu: apt install ffmpeg libavcodec-extra.',
    );
    expect(aboutLeftOut(leftOut, ['clean', 'amr'])).toMatch(/^Without amr: /u);
    expect(aboutLeftOut(leftOut, ['clean', 'noisy'])).toBeUndefined();
  });

  it('are those whose codec an ffmpeg does not have', async () => {
    const about = await withFfmpeg("#!/bin/sh\nprintf ' A....D libgsm GSM\\n'\n");
    expect(about).toBe(
      'Without amr: this ffmpeg has no encoder libopencore_amrnb; on Debian and Ubuntu: apt install ffmpeg libavcodec-extra.',
    );
  });

  it('are all that an ffmpeg which does not run would be needed for', async () => {
    const about = await withFfmpeg('#!/bin/sh\necho cannot open libavdevice.so >&2\nexit 127\n');
    expect(about).toBe('Without gsm and amr: ffmpeg does not run (cannot open libavdevice.so).');
  });
});
