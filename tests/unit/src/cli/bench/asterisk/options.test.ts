import { describe, expect, it } from 'vitest';
import { PARTS, parseBenchOptions } from '#src/cli/bench/asterisk/options.ts';

describe('parseBenchOptions', () => {
  it('measures everything, at length, with seed 1', () => {
    expect(parseBenchOptions([])).toEqual({
      isHelp: false,
      isQuick: false,
      seed: 1,
      jsonPath: undefined,
      parts: new Set(PARTS),
    });
  });

  it('takes each option', () => {
    const options = parseBenchOptions(['--quick', '--seed', '7', '--json', 'out/x.json', '--only', 'heard, crowd']);
    expect(options).toMatchObject({ isQuick: true, seed: 7, jsonPath: 'out/x.json' });
    expect([...options.parts]).toEqual(['heard', 'crowd']);
  });

  it.each([[['--seed', 'x']], [['--only', 'everything']], [['--fast']], [['stray']]])('refuses %j', (args) => {
    expect(() => parseBenchOptions(args)).toThrow(expect.objectContaining({ code: 'INZWA_CONFIG_INVALID' }));
  });
});
