/** What the demo prints after the call: the latency table, the verdicts, the files. */
import { formatNumber, renderTable } from '../bench/table.ts';
import type { TurnLatency } from './latency.ts';
import type { AnswerVerdict } from './verdict.ts';

/** One row per line of the caller; every column counts from the caller's last voiced sample. */
export function renderLatencies(turns: readonly TurnLatency[]): string {
  const stages = renderTable(
    [
      { title: 'after end of speech (ms)' },
      { title: 'end of turn', align: 'right' },
      { title: 'transcript', align: 'right' },
      { title: 'answer text', align: 'right' },
      { title: 'synthesised', align: 'right' },
      { title: 'frame sent', align: 'right' },
      { title: 'HEARD', align: 'right' },
      { title: 'from' },
    ],
    turns.map((turn) => [
      turn.text,
      formatNumber(turn.endOfTurnMs),
      formatNumber(turn.transcriptMs),
      formatNumber(turn.answerTextMs),
      formatNumber(turn.synthesisedMs),
      formatNumber(turn.frameSentMs),
      formatNumber(turn.audibleMs),
      originOf(turn),
    ]),
  );
  const interruptions = turns.filter((turn) => turn.yield !== undefined).map(renderInterruption);
  return [stages, ...interruptions].join('\n');
}

const OTHER_ORIGINS = { llm: 'language model', pack: 'fixed sentence' } as const;

function originOf({ source, cardId, turnsTaken, fillerMs }: TurnLatency): string {
  const origin = source === undefined ? '–' : source === 'card' ? `card ${cardId ?? '?'}` : OTHER_ORIGINS[source];
  const filled = fillerMs === undefined ? '' : ` (“please wait” at ${formatNumber(fillerMs)})`;
  return origin + filled + (turnsTaken > 1 ? ` (taken for ${turnsTaken} turns)` : '');
}

function renderInterruption(turn: TurnLatency): string {
  const what = `interruption “${turn.text}”`;
  switch (turn.yield) {
    case 'yielded':
      return `${what}: silence ${formatNumber(turn.bargeInMs)} ms after its first voiced sample`;
    case 'talked-on':
      return `${what}: the agent talked on`;
    case 'was-silent':
    case undefined:
      return `${what}: fell into a pause of the agent, so it measures nothing`;
  }
}

/** One line per verdict, what was heard first. */
export function renderVerdicts(verdicts: readonly AnswerVerdict[]): string {
  return verdicts
    .map((verdict) => {
      const isHeard = verdict.outcome === 'heard';
      const score =
        isHeard && verdict.similarity !== undefined && verdict.margin !== undefined
          ? ` (recognised again from the recording: ${Math.round(verdict.similarity * 100)} % alike, lead ${Math.round(verdict.margin * 100)} points)`
          : '';
      return `${isHeard ? '✓' : '✗'} ${verdict.message}${score}`;
    })
    .join('\n');
}

/** True when nothing that was expected is missing. */
export function isAllHeard(verdicts: readonly AnswerVerdict[]): boolean {
  return verdicts.length > 0 && verdicts.every(({ outcome }) => outcome === 'heard');
}
