import { describe, expect, it } from 'vitest';
import {
  audioFrameBytes,
  encodeAudioInto,
  FrameParser,
  HANG_UP_FRAME,
  type InboundFrame,
} from '#telephony/asterisk/audiosocket/frames.ts';
import { wireAudio, wireFrame } from '../../../../support/linked-audiosocket.ts';
import { tone } from '../../../../support/tone.ts';

const UUID = '7d9c3a52-6a0e-4f7b-9d43-0c2b8f1e5a60';
const uuidFrame = wireFrame(0x01, Buffer.from(UUID.replaceAll('-', ''), 'hex'));

/** Everything that came of some chunks; audio joined, because TCP decides where it is cut. */
function parse(chunks: readonly Uint8Array[]): { readonly frames: InboundFrame[]; readonly pcm: Int16Array } {
  const parser = new FrameParser();
  const frames: InboundFrame[] = [];
  const samples: number[] = [];
  parser.listen((frame) => {
    if (frame.kind === 'audio' && frame.pcm.length > 0) samples.push(...frame.pcm);
    else frames.push(frame);
  });
  for (const chunk of chunks) parser.push(chunk);
  return { frames, pcm: Int16Array.from(samples) };
}

/** Park and Miller's generator: enough to shuffle bytes, and the same on every machine. */
function randomFrom(seed: number): (below: number) => number {
  let state = (seed % 2_147_483_646) + 1;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

function cutAtRandom(bytes: Uint8Array, random: (below: number) => number, most: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = random(most + 1);
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

describe('FrameParser', () => {
  it('reads what Asterisk sends', () => {
    const sound = tone(400, 20);
    const { frames, pcm } = parse([uuidFrame, wireAudio(sound), wireFrame(0x03, Buffer.from('#')), wireFrame(0x00)]);
    expect(frames).toEqual([{ kind: 'uuid', uuid: UUID }, { kind: 'dtmf', digit: '#' }, { kind: 'hang-up' }]);
    expect(pcm).toEqual(sound);
  });

  it('takes samples as little endian with a sign', () => {
    expect([...parse([wireFrame(0x10, [0x01, 0x00, 0xff, 0xff, 0x00, 0x80, 0xff, 0x7f])]).pcm]).toEqual([
      1, -1, -32_768, 32_767,
    ]);
  });

  it('tells an error with its code, if it has one', () => {
    expect(parse([wireFrame(0xff, [1]), wireFrame(0xff), wireFrame(0xff, new Uint8Array(300).fill(4))]).frames).toEqual(
      [
        { kind: 'error', code: 1 },
        { kind: 'error', code: undefined },
        { kind: 'error', code: 4 },
      ],
    );
  });

  it('tells a frame without audio from no frame', () => {
    expect(parse([wireFrame(0x10)]).frames).toEqual([{ kind: 'audio', pcm: new Int16Array(0) }]);
  });

  it.each([
    ['an unknown kind', wireFrame(0x02, [1, 2, 3]), 'unknown-event'],
    ['an unknown kind without a payload', wireFrame(0xfe), 'unknown-event'],
    ['a UUID that is too short', wireFrame(0x01, [1, 2]), 'bad-message'],
    ['a UUID that is too long', wireFrame(0x01, new Uint8Array(17)), 'bad-message'],
    ['no digit', wireFrame(0x03), 'bad-message'],
    ['two digits', wireFrame(0x03, Buffer.from('12')), 'bad-message'],
    ['a digit that no telephone has', wireFrame(0x03, Buffer.from('x')), 'bad-message'],
    ['audio at 16 kHz', wireFrame(0x12, new Uint8Array(640)), 'other-rate'],
    ['audio at 192 kHz', wireFrame(0x18, new Uint8Array(7_680)), 'other-rate'],
  ])('skips %s, says so, and reads on', (_, bytes, problem) => {
    expect(parse([bytes, wireFrame(0x03, Buffer.from('7'))]).frames).toEqual([
      { kind: 'problem', problem },
      { kind: 'dtmf', digit: '7' },
    ]);
  });

  it('drops half a sample at a frame’s end, so that the next frame is not noise', () => {
    const { frames, pcm } = parse([wireFrame(0x10, [5, 0, 9]), wireFrame(0x10, [6, 0])]);
    expect(frames).toEqual([{ kind: 'problem', problem: 'odd-bytes' }]);
    expect([...pcm]).toEqual([5, 6]);
  });

  it('says that the far end hangs up before the rest of that frame has come', () => {
    expect(parse([wireFrame(0x00, new Uint8Array(9)).subarray(0, 4)]).frames).toEqual([{ kind: 'hang-up' }]);
  });

  it('hands the rest of a chunk to a sink that was set inside it', () => {
    const parser = new FrameParser();
    const later: InboundFrame[] = [];
    parser.listen(() => parser.listen((frame) => later.push(frame)));
    parser.push(Buffer.concat([uuidFrame, wireFrame(0x03, Buffer.from('1'))]));
    expect(later).toEqual([{ kind: 'dtmf', digit: '1' }]);
  });

  it('is the same however the bytes are cut (200 seeded runs)', () => {
    const sound = tone(440, 300);
    const bytes = Buffer.concat([
      uuidFrame,
      wireAudio(sound.slice(0, 160)),
      wireFrame(0x10),
      wireFrame(0x03, Buffer.from('5')),
      wireAudio(sound.slice(160, 161)),
      wireFrame(0x77, new Uint8Array(500)),
      wireAudio(sound.slice(161)),
      wireFrame(0xff, [2]),
      wireFrame(0x00),
    ]);
    const whole = parse([bytes]);
    expect(whole.pcm).toEqual(sound);
    for (let seed = 1; seed <= 200; seed++) {
      const random = randomFrom(seed);
      const cut = parse(cutAtRandom(bytes, random, 1 + random(400)));
      expect(cut, `seed ${seed}`).toEqual(whole);
    }
    expect(parse([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  it('survives 2 MB of garbage and never hands on more audio than came (100 seeded runs)', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = randomFrom(seed * 7_919);
      const garbage = Uint8Array.from({ length: 20_000 }, () => {
        // Kinds that mean something, and short lengths, far more often than chance has them.
        const dice = random(6);
        if (dice === 0) return [0x01, 0x03, 0x10, 0x12, 0xff][random(5)] as number;
        return dice < 3 ? 0 : random(256);
      });
      const parser = new FrameParser();
      let samples = 0;
      let pieces = 0;
      parser.listen((frame) => {
        pieces += 1;
        if (frame.kind === 'audio') {
          samples += frame.pcm.length;
          expect(frame.pcm.length, `seed ${seed}`).toBeLessThanOrEqual(160);
        }
      });
      for (const chunk of cutAtRandom(garbage, random, 3_000)) parser.push(chunk);
      expect(2 * samples, `seed ${seed}`).toBeLessThan(garbage.length);
      expect(pieces, `seed ${seed}`).toBeLessThan(garbage.length);
    }
  });
});

describe('what we write', () => {
  it('is one audio frame of the kind that Asterisk takes, in a buffer that can be used again', () => {
    const buffer = new Uint8Array(audioFrameBytes(160));
    for (const pcm of [tone(440, 20), new Int16Array(160).fill(-32_768), new Int16Array(160)]) {
      encodeAudioInto(buffer, pcm);
      expect(Buffer.from(buffer)).toEqual(wireAudio(pcm));
    }
    expect([...HANG_UP_FRAME]).toEqual([0, 0, 0]);
  });
});
