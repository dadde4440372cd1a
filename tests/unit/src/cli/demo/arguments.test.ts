import { describe, expect, test } from 'vitest';
import { DEMO_HELP, parseDemoArguments } from '#src/cli/demo/arguments.ts';
import { freeScript, KIRINIKI_CALL } from '#src/cli/demo/script.ts';
import { loadHotline } from '#prompts/load.ts';

describe('parseDemoArguments', () => {
  test('keeps sentences and recordings in the order given', () => {
    expect(parseDemoArguments(['--text', 'Mhoroi', '--wav=one.wav', '--text=Ndatenda', '--json', 'x.json'])).toEqual({
      isHelp: false,
      turns: [
        { kind: 'text', text: 'Mhoroi' },
        { kind: 'wav', path: 'one.wav' },
        { kind: 'text', text: 'Ndatenda' },
      ],
      viaAsterisk: false,
      jsonPath: 'x.json',
    });
  });

  test('may go over SIP', () => {
    expect(parseDemoArguments(['--asterisk', '--text', 'Mhoroi']).viaAsterisk).toBe(true);
  });

  test('nothing asked for is the built-in conversation', () => {
    expect(parseDemoArguments([])).toEqual({ isHelp: false, turns: [], viaAsterisk: false, jsonPath: undefined });
  });

  test.each([[['--txt', 'x']], [['stray']], [['--text']], [['--text', '  ']]])('refuses %j', (args) => {
    expect(() => parseDemoArguments(args)).toThrow(expect.objectContaining({ code: 'INZWA_CONFIG_INVALID' }));
  });

  test('the help names every option', () => {
    for (const option of ['--text', '--wav', '--json', '--asterisk', '--help']) expect(DEMO_HELP).toContain(option);
    expect(parseDemoArguments(['--help']).isHelp).toBe(true);
  });
});

describe('the built-in conversation', () => {
  const hotline = loadHotline('kiriniki');

  test('expects only answers that the example hotline has', () => {
    const known = new Set([
      ...hotline.cards.map(({ id }) => `card:${id}`),
      ...[...hotline.phrases.keys()].map((id) => `phrase:${id}`),
    ]);
    for (const { expected } of KIRINIKI_CALL.lines) expect(known).toContain(expected);
    expect(known).toContain(KIRINIKI_CALL.welcome);
  });

  test('asks each card in one of its own ways of asking', () => {
    for (const { expected, text } of KIRINIKI_CALL.lines) {
      const card = hotline.cards.find(({ id }) => `card:${id}` === expected);
      if (card) expect(card.questions).toContain(text);
    }
  });

  test('has an answer with a time, one with money, and an interrupted long one', () => {
    const answers = KIRINIKI_CALL.lines.map(
      ({ expected }) => hotline.cards.find(({ id }) => `card:${id}` === expected)?.answer ?? '',
    );
    expect(answers.some((answer) => /\d:\d\d/u.test(answer))).toBe(true);
    expect(answers.some((answer) => answer.includes('$'))).toBe(true);
    const interrupting = KIRINIKI_CALL.lines.findIndex(({ interruptsAfterMs }) => interruptsAfterMs !== undefined);
    expect(answers[interrupting - 1]?.length).toBeGreaterThan(300);
  });
});

test('lines of one’s own expect an answer, not a particular one', () => {
  expect(freeScript([{ text: 'Makadii?' }]).lines).toEqual([{ text: 'Makadii?', english: '', expected: undefined }]);
});
