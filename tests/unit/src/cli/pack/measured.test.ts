import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Language } from '#pipeline/language/language.ts';
import { delimited, integer, join } from '#pipeline/speech/protobuf.ts';
import { loadHotline } from '#prompts/load.ts';
import { learntIds } from '#src/cli/pack/learnt-symbols.ts';
import { roundTrips, unsayable } from '#src/cli/pack/round-trip.ts';
import { voiceSounds } from '#src/cli/pack/voice-sounds.ts';

const { language } = loadHotline('kiriniki').pack;
const SEED = 6;

describe('the round trip', () => {
  it('brings every kind of value of Shona back', () => {
    for (const { kind, right, of, firstFailure } of roundTrips(language, 200, SEED)) {
      expect(right, `seed ${SEED}, ${kind}: ${firstFailure}`).toBe(of);
    }
  });

  it('counts and shows what does not come back', () => {
    const deaf: Language = { ...language, valueOf: () => undefined };
    for (const { right, of, firstFailure } of roundTrips(deaf, 3, SEED)) {
      expect([right, of]).toEqual([0, 3]);
      expect(firstFailure).toMatch(/ → .+ → none$/u);
    }
  });

  it('finds sentences in which a sign is left', () => {
    expect(unsayable(language, ['$1.50 · 60% · 8:00'])).toEqual([]);
    expect(unsayable({ ...language, speakable: (text) => text }, ['$1', 'mangwana'])).toEqual(['$1']);
  });
});

describe('the sounds of a voice', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(joinPath(tmpdir(), 'voice-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  /** A model whose table of 8 rows has the length of each embedding in its first column. */
  function model(lengths: readonly number[]): string {
    const rows = new Float32Array(lengths.length * 2);
    lengths.forEach((length, row) => (rows[row * 2] = length));
    const tensor = join([
      integer(1, lengths.length),
      integer(1, 2),
      delimited(8, 'table'),
      delimited(9, new Uint8Array(rows.buffer)),
    ]);
    const node = join([delimited(1, 'table'), delimited(1, 'input'), delimited(4, 'Gather')]);
    const path = joinPath(dir, 'voice.onnx');
    writeFileSync(path, delimited(7, join([delimited(1, node), delimited(5, tensor)])));
    return path;
  }

  it('are told from symbols that training never met by the length of their embeddings', () => {
    const path = model([1, 0.9, 0.41, 1.1, 0.4, 0.38, 0.4, 0.39]);
    expect(learntIds(path, new Set([0, 1, 2, 3]))).toEqual(new Set([0, 1, 3]));
  });

  it('are not guessed at when the file does not tell', () => {
    const path = joinPath(dir, 'other.onnx');
    writeFileSync(path, delimited(7, delimited(1, delimited(4, 'Conv'))));
    expect(learntIds(path, new Set([0]))).toBeUndefined();
    expect(learntIds(model([1, 1]), new Set([0, 1]))).toBeUndefined();
  });

  it('are compared with what the texts need', () => {
    const path = model([1, 1, 1, 1, 1, 0.41, 0.4, 0.39]);
    const config = joinPath(dir, 'voice.onnx.json');
    const map = { _: [0], '^': [1], $: [2], ' ': [3], m: [4], a: [5] };
    writeFileSync(
      config,
      JSON.stringify({
        audio: { sample_rate: 16_000 },
        espeak: { voice: 'sw' },
        inference: { noise_scale: 0, length_scale: 1, noise_w: 0 },
        phoneme_id_map: map,
      }),
    );
    const voice = { id: 'tiny', files: { model: path, config } } as unknown as Parameters<typeof voiceSounds>[0];
    const found = voiceSounds(voice, language, ['mama', 'mi']);
    expect(found).toMatchObject({ voice: 'tiny', unlearnt: ['a'] });
    expect(found.missing).toContain('i');
    expect(found.missing).not.toContain('m');
  });

  it('are letters for a voice that reads letters', () => {
    const tokens = joinPath(dir, 'tokens.txt');
    writeFileSync(tokens, 'w 0\na 1\nm 2\n');
    const voice = { id: 'mms', files: { model: '', tokens } } as unknown as Parameters<typeof voiceSounds>[0];
    expect(voiceSounds(voice, language, ['Mama, mawe!'])).toEqual({
      voice: 'mms',
      needed: 4,
      missing: ['e'],
      unlearnt: undefined,
    });
  });
});
