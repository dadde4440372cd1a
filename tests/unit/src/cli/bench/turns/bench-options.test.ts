import { describe, expect, it } from 'vitest';
import { ALL_LINES } from '#src/cli/bench/turns/lines.ts';
import { ALL_CLASSES } from '#src/cli/bench/turns/plan-calls.ts';
import { parseTurnsOptions, TURNS_HELP } from '#src/cli/bench/turns/bench-options.ts';

describe('the options of the bench of turn taking', () => {
  it('are a full run on all lines when nothing is asked for', () => {
    expect(parseTurnsOptions([])).toMatchObject({ isQuick: false, seed: 5, events: 300, agentUrl: undefined });
    expect(parseTurnsOptions([]).classes).toEqual(ALL_CLASSES);
    expect(parseTurnsOptions([]).lines).toEqual(ALL_LINES);
    expect(parseTurnsOptions(['--quick']).events).toBeLessThan(20);
    expect(parseTurnsOptions(['--quick', '--events', '40']).events).toBe(40);
  });

  it('name some classes and lines, each once', () => {
    const options = parseTurnsOptions([
      '--classes',
      'turn, backchannel,turn',
      '--lines',
      'noisy',
      '--agent',
      'ws://a/',
    ]);
    expect(options).toMatchObject({ classes: ['turn', 'backchannel'], lines: ['noisy'], agentUrl: 'ws://a/' });
  });

  it.each([
    [['--classes', 'coughs'], /--classes knows turn, .*not "coughs"/u],
    [['--lines', 'clean,'], /--lines knows clean, .*not ""/u],
    [['--events', '0'], /--events needs a whole number above 0/u],
    [['--seed', 'x'], /--seed needs/u],
    [['--fast'], /--fast/u],
  ])('refuse %j with a sentence and the help', (args, sentence) => {
    expect(() => parseTurnsOptions(args)).toThrow(sentence);
    expect(() => parseTurnsOptions(args)).toThrow(TURNS_HELP);
  });

  it('explain every class and every line', () => {
    for (const name of [...ALL_CLASSES, ...ALL_LINES]) expect(TURNS_HELP).toContain(name);
  });
});
