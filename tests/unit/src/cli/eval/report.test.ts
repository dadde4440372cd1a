import { describe, expect, it } from 'vitest';
import { describeMachine } from '#src/cli/bench/machine.ts';
import { displayWidth } from '#src/cli/bench/table.ts';
import { seededRandom } from '#src/cli/bench/statistics.ts';
import type { UtteranceResult } from '#src/cli/eval/evaluate.ts';
import { renderReport, reportJson, utteranceTable, type Report } from '#src/cli/eval/report.ts';
import { textForms } from '#src/cli/eval/scoring.ts';
import { summarize } from '#src/cli/eval/summary.ts';

const ENGINES = ['whisper-onnx (whisper-base)', 'openai (http://asr.example.org:8000, whisper-large-v3)'];
const forms = textForms((word) => word.replaceAll('h', ''));

/** 300 utterances of 20 speakers; the second engine makes every error of the first, and drops the last word as well. */
function results(): UtteranceResult[] {
  const random = seededRandom(3);
  return Array.from({ length: 300 }, (_, index) => {
    const words = Array.from({ length: 6 }, () => `shoko${'abcdefgh'.charAt(random() * 8)}`);
    const heard = words.map((word) => (random() < 0.02 * (index % 20) ? 'chimwe' : word));
    return {
      entry: {
        ...{ line: index + 2, path: `/data/${index}.wav`, bytes: 1, id: undefined, text: words.join(' ') },
        ...{ speaker: `speaker-${index % 20}`, gender: index % 2 === 0 ? 'female' : 'male' },
      },
      audioMs: 500 + 100 * index,
      pieces: index === 299 ? 2 : 1,
      heard: [
        { text: heard.join(' '), latencyMs: 100 + index, doubt: index % 10 === 0 ? 'low-confidence' : undefined },
        { text: heard.slice(0, -1).join(' '), latencyMs: 200, doubt: undefined },
      ],
    };
  });
}

function reportOf(of: readonly UtteranceResult[], engines = ENGINES): Report {
  return {
    ...{ evaluation: 'asr', measuredAt: '2026-11-26T00:00:00.000Z', machine: describeMachine(), line: 'clean' },
    ...{ language: 'sn', seed: 1, priming: 'not primed', isPartial: false },
    manifest: { file: 'dev.tsv', layout: 'plain', rows: 320, sampled: 300 },
    summary: summarize(of, { engines, forms, seed: 1 }),
    problems: Array.from({ length: 20 }, (_, line) => ({
      line,
      kind: 'missing-file',
      reason: `there is no file ${line}`,
    })),
  };
}

const WHOLE = reportOf(results());

describe('the figures', () => {
  const { summary } = WHOLE;
  const [first, second] = summary.engines;

  it('draw speakers where there are enough of them, and say how many', () => {
    expect(summary).toMatchObject({ utterances: 300, speakers: 20, resampledBy: 'speaker', inPieces: 1 });
  });

  it('add up: by length, by speaker and by gender each utterance counts once', () => {
    for (const groups of [first!.byLength, first!.bySpeaker, first!.byGender]) {
      expect(groups.reduce((sum, { utterances }) => sum + utterances, 0)).toBe(300);
      expect(groups.reduce((sum, { wer }) => sum + wer.errors, 0)).toBe(first!.forms.normalised!.wer.errors);
    }
    expect(first!.byLength.map(({ name }) => name)).toEqual([
      ...['under 2 s', '2 to 5 s', '5 to 10 s', '10 to 20 s', '20 s and more'],
    ]);
    const worstFirst = first!.bySpeaker.map(({ wer }) => wer.value);
    expect(worstFirst).toEqual([...worstFirst].sort((a, b) => b - a));
    expect(worstFirst[0]).toBeGreaterThan(0.2);
  });

  it('see that the second engine drops one word in six', () => {
    const { wer } = summary.pairs[0]!.differences;
    expect(wer.low).toBeGreaterThan(0.1);
    expect(wer.high).toBeLessThan(0.18);
    expect(second!.forms.normalised!.deletions).toBe(300);
  });

  it('count doubts by reason, and what the guard lets through', () => {
    expect(first!.doubts).toEqual({ 'low-confidence': 30 });
    expect(first!.withoutDoubt.utterances).toBe(270);
    expect(second!.doubts).toEqual({});
  });

  it('draw utterances when they are told to', () => {
    expect(summarize(results(), { engines: ENGINES, forms, seed: 1, resampleBy: 'utterance' }).resampledBy).toBe(
      'utterance',
    );
  });
});

describe('the report', () => {
  it('fits 100 columns', () => {
    for (const line of renderReport(WHOLE).split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(100);
  });

  it('counts what was left out and shows the first of it', () => {
    const text = renderReport(WHOLE);
    expect(text).toContain('320 rows, 300 drawn, 300 evaluated, 20 left out');
    expect(text).toContain('Left out: missing files 20');
    expect(text).toContain('line 9: there is no file 9');
    expect(text).not.toContain('line 10: ');
  });

  it('says so when there is nothing to report', () => {
    const text = renderReport(reportOf([]));
    expect(text).toContain('0 evaluated');
    expect(text).not.toContain('NaN');
  });

  it('has no word of anybody in its JSON', () => {
    const json = reportJson(WHOLE);
    expect(json).not.toContain('shoko');
    expect(json).not.toContain('chimwe');
    expect(JSON.parse(json)).toMatchObject({ evaluation: 'asr', summary: { engines: [{ name: ENGINES[0] }, {}] } });
  });

  it('has every utterance in its table, one line each whatever was said', () => {
    const of = results().slice(0, 2);
    const odd = { ...of[0]!, entry: { ...of[0]!.entry, text: 'a\tb\nc' } };
    const rows = utteranceTable([odd, of[1]!], ENGINES, forms).trimEnd().split('\n');
    expect(rows).toHaveLength(5);
    expect(new Set(rows.map((row) => row.split('\t').length))).toEqual(new Set([14]));
    expect(rows[1]).toContain('\ta b c\t');
  });
});
