import { describe, expect, it } from 'vitest';
import { AnsweringEar } from '#pipeline/interview/answering-ear.ts';
import { framesOf, tone } from '../../../support/tone.ts';
import { voiceLike } from '../../../support/voice-like.ts';

const voice = (ms: number, seed = 3): Int16Array => voiceLike({ seconds: ms / 1_000, seed, pitchHz: 130 });
const silence = (ms: number): Int16Array => new Int16Array(ms * 8);

function heard(...sounds: readonly Int16Array[]): AnsweringEar {
  const ear = new AnsweringEar();
  for (const sound of sounds) for (const frame of framesOf(sound)) ear.hear(frame);
  return ear;
}

describe('the ear for machines', () => {
  it('takes short words for a person, and a long greeting with pauses as well', () => {
    const greeting = [voice(1_800), silence(900), voice(2_400), silence(900), voice(2_000)];
    expect(heard(silence(600), voice(700), silence(1_000)).isMachine).toBe(false);
    expect(heard(...greeting).isMachine).toBe(false);
  });

  it('takes who speaks on and on for a machine', () => {
    const ear = heard(voice(3_500), silence(300), voice(3_500));
    expect(ear.isMachine).toBe(true);
  });

  it('hears the beep behind words, of any usual pitch', () => {
    for (const hz of [440, 1_000, 1_400, 2_000]) {
      expect(heard(voice(2_500), silence(500), tone(hz, 300)).hasBeeped, `${hz} Hz`).toBe(true);
    }
  });

  it('takes no tone for a machine that nobody has spoken before: it may be anything', () => {
    const busy = [tone(425, 500), silence(500), tone(425, 500), silence(500)];
    const ear = heard(...busy, ...busy, ...busy);
    expect(ear.hasBeeped).toBe(false);
    expect(ear.isMachine).toBe(false);
  });

  it('takes no voice for a beep', () => {
    const ear = heard(...Array.from({ length: 20 }, (_, n) => [voice(400 + 40 * n, n + 1), silence(800)]).flat());
    expect(ear.hasBeeped).toBe(false);
  });

  it('knows when the first words are over', () => {
    expect(heard(silence(500)).hasHeardSound).toBe(false);
    expect(heard(silence(500), voice(300)).isSounding).toBe(true);
    expect(heard(silence(500), voice(300), silence(400)).isSounding).toBe(false);
  });
});
