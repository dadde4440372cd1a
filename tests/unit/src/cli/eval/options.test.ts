import { describe, expect, it } from 'vitest';
import { parseAsrOptions } from '#src/cli/eval/options.ts';

const parse = (...args: string[]) => parseAsrOptions(['--manifest', 'dev.tsv', ...args]);

describe('the options of eval asr', () => {
  it('default to Whisper on a clean line, in Shona', () => {
    expect(parse()).toMatchObject({
      manifest: 'dev.tsv',
      engines: [{ engine: 'whisper', model: undefined }],
      ...{ language: 'sn', degradation: {}, seed: 1, jsonPath: undefined, tsvPath: undefined },
    });
  });

  it('put engines and models side by side', () => {
    expect(parse('--engine', 'whisper,faster-whisper', '--engine', 'whisper=whisper-small-shona')?.engines).toEqual([
      { engine: 'whisper', model: undefined },
      { engine: 'faster-whisper', model: undefined },
      { engine: 'whisper', model: 'whisper-small-shona' },
    ]);
  });

  it('take a named line or steps of one’s own', () => {
    expect(parse('--line', 'phone')?.degradation).toEqual({ isBandLimited: true, isMuLaw: true });
    expect(parse('--degrade', 'noise=5')?.degradation).toEqual({ noiseSnrDb: 5 });
  });

  it.each([
    [['--line', 'satellite']],
    [['--line', 'constructor']],
    [['--line', 'phone', '--degrade', 'band']],
    [['--degrade', 'fog']],
    [['--engine', 'kaldi']],
    [['--engine', 'whisper=']],
    [['--sample', '0']],
    [['--seed', '-1']],
    [['--resample', 'word']],
    [['--loud']],
    [['stray']],
  ])('refuse %j', (args) => {
    expect(() => parse(...args)).toThrow(expect.objectContaining({ code: 'INZWA_CONFIG_INVALID' }));
  });

  it('need a manifest, unless help is asked for', () => {
    expect(() => parseAsrOptions([])).toThrow('needs --manifest');
    expect(parseAsrOptions(['--help'])).toBeUndefined();
  });
});
