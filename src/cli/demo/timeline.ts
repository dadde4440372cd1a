/**
 * The picture of a call: both waveforms over time, what was said, what the service noticed and when, and a bracket for
 * every latency. One self-contained SVG on white, in rows of 15 s, so that 10 ms is about a pixel and a page still prints.
 */
import type { CallEvent } from '#pipeline/events.ts';
import type { SpokenLine, TurnLatency } from './latency.ts';
import { element, line, text, waveform, wrapText } from './svg.ts';

const ROW_MS = 15_000;
const PAGE_WIDTH = 1500;
const LEFT = 92;
const RIGHT = 24;
const PX_PER_MS = (PAGE_WIDTH - LEFT - RIGHT) / ROW_MS;
const HEADER_HEIGHT = 118;
const ROW_HEIGHT = 268;
const FONT = "'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif";
const COLOURS = {
  caller: '#1f5fa8',
  heard: '#b4540a',
  answer: '#13734a',
  bargeIn: '#b3261e',
  ink: '#222',
  grey: '#777',
};

/** 1.5 s are 138 px: room for two or three words. */
const CRAMPED_MS = 1_500;

/** Vertical places inside a row, in px from its top. */
const Y = {
  callerText: 12,
  caller: 66,
  callerHalf: 26,
  lane: 96,
  laneStep: 9,
  heard: 190,
  heardHalf: 26,
  heardText: 230,
};

/** Each kind has its own height in the lane, so that marks a few milliseconds apart do not hide each other. */
const MARKS = [
  { kind: 'soft-end', label: 'short silence: recognition begins', colour: '#8a6d00' },
  { kind: 'end-of-turn', label: 'end of turn decided', colour: '#5b2a86' },
  { kind: 'transcript', label: 'transcript', colour: '#1f5fa8' },
  { kind: 'answer-text', label: 'first answer text', colour: '#00707a' },
  { kind: 'first-audio', label: 'first synthesised audio', colour: '#b4540a' },
  { kind: 'first-frame-sent', label: 'first frame sent', colour: '#444444' },
  { kind: 'barge-in', label: 'interruption noticed', colour: '#b3261e' },
] as const;

/** All times in milliseconds from the recording's first sample, as `relativeTo` leaves them. */
export interface TimelineInput {
  readonly title: string;
  readonly subtitle: string;
  readonly sampleRateHz: number;
  readonly caller: Int16Array;
  readonly heard: Int16Array;
  readonly lines: readonly SpokenLine[];
  readonly turns: readonly TurnLatency[];
  readonly events: readonly CallEvent[];
}

/** A complete SVG document. */
export function renderTimeline(input: TimelineInput): string {
  const totalMs = (Math.max(input.caller.length, input.heard.length) * 1000) / input.sampleRateHz;
  const rows = Math.max(1, Math.ceil(totalMs / ROW_MS));
  const height = HEADER_HEIGHT + rows * ROW_HEIGHT + 12;
  const peak = peakOf(input.caller, input.heard);
  const body = Array.from({ length: rows }, (_, row) => renderRow(input, row, totalMs, peak));
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${PAGE_WIDTH} ${height}`,
      width: PAGE_WIDTH,
      height,
      'font-family': FONT,
      'font-size': 11,
      fill: COLOURS.ink,
    },
    [
      element('title', {}, [input.title.replaceAll(/[<>&]/gu, ' ')]),
      element('rect', { x: 0, y: 0, width: PAGE_WIDTH, height, fill: '#ffffff' }),
      renderHeader(input),
      ...body,
    ],
  )}\n`;
}

function renderHeader(input: TimelineInput): string {
  const parts = [
    text(LEFT, 30, input.title, { 'font-size': 19, 'font-weight': 600 }),
    text(LEFT, 50, input.subtitle, { fill: COLOURS.grey, 'font-size': 12 }),
  ];
  const entries = [
    ...MARKS.map((mark) => ({
      width: 46 + mark.label.length * 6.1,
      draw: markShape(0, 0, mark.colour),
      label: mark.label,
    })),
    { width: 330, draw: legendBracket(COLOURS.answer), label: 'last voiced sample → first audible answer sample' },
    { width: 330, draw: legendBracket(COLOURS.bargeIn), label: 'first voiced sample of an interruption → silence' },
  ];
  let x = LEFT;
  let y = 74;
  for (const entry of entries) {
    if (x + entry.width > PAGE_WIDTH - RIGHT) {
      x = LEFT;
      y += 18;
    }
    parts.push(
      element('g', { transform: `translate(${Math.round(x + 10)} ${y})` }, [entry.draw, text(14, 4, entry.label)]),
    );
    x += entry.width;
  }
  return element('g', {}, parts);
}

function renderRow(input: TimelineInput, row: number, totalMs: number, peak: number): string {
  const fromMs = row * ROW_MS;
  const toMs = Math.min(totalMs, fromMs + ROW_MS);
  const view: RowView = { fromMs, toMs, x: (ms) => LEFT + (ms - fromMs) * PX_PER_MS };
  return element('g', { transform: `translate(0 ${HEADER_HEIGHT + row * ROW_HEIGHT})` }, [
    ...renderAxis(view),
    ...renderSides(input, view, peak),
    ...input.lines.flatMap((spoken) => renderCaption(view, captionOfLine(spoken, input.lines), 'caller')),
    ...captionsOfAgent(input.events).flatMap((caption) => renderCaption(view, caption, 'heard')),
    ...input.events.flatMap((event) => renderMark(view, event)),
    ...input.turns.flatMap((turn) => renderBrackets(view, turn, input.lines[turn.line])),
  ]);
}

interface RowView {
  readonly fromMs: number;
  readonly toMs: number;
  readonly x: (ms: number) => number;
}

function renderAxis({ fromMs, toMs, x }: RowView): readonly string[] {
  const parts: string[] = [];
  for (let ms = fromMs; ms <= toMs; ms += 1000) {
    const isLabelled = ms % 5000 === 0;
    parts.push(
      line(x(ms), 20, x(ms), ROW_HEIGHT - 18, { stroke: isLabelled ? '#d5d5d5' : '#efefef', 'stroke-width': 1 }),
    );
    parts.push(
      text(x(ms) + 2, ROW_HEIGHT - 8, `${ms / 1000} s`, { fill: COLOURS.grey, 'font-size': isLabelled ? 10 : 8 }),
    );
  }
  return parts;
}

function renderSides(input: TimelineInput, view: RowView, peak: number): readonly string[] {
  const range = {
    start: Math.round((view.fromMs * input.sampleRateHz) / 1000),
    end: Math.round((view.toMs * input.sampleRateHz) / 1000),
  };
  const box = { x: LEFT, width: (view.toMs - view.fromMs) * PX_PER_MS };
  const side = (pcm: Int16Array, middle: number, halfHeight: number, colour: string): string =>
    waveform(pcm, range, { ...box, middle, halfHeight }, peak, colour);
  const label = { 'font-weight': 600, 'text-anchor': 'end' };
  return [
    text(LEFT - 10, Y.caller + 4, 'caller', { ...label, fill: COLOURS.caller }),
    text(LEFT - 10, Y.heard - 2, 'heard by', { ...label, fill: COLOURS.heard }),
    text(LEFT - 10, Y.heard + 11, 'the caller', { ...label, fill: COLOURS.heard }),
    side(input.caller, Y.caller, Y.callerHalf, COLOURS.caller),
    side(input.heard, Y.heard, Y.heardHalf, COLOURS.heard),
  ];
}

interface Caption {
  readonly startMs: number;
  readonly endMs: number;
  /** Where the next caption of the same side begins. */
  readonly untilMs: number;
  readonly text: string;
}

function captionOfLine(spoken: SpokenLine, lines: readonly SpokenLine[]): Caption {
  const next = lines.find(({ firstVoicedAtMs }) => firstVoicedAtMs > spoken.firstVoicedAtMs);
  return {
    startMs: spoken.firstVoicedAtMs,
    endMs: spoken.lastVoicedAtMs,
    untilMs: next?.firstVoicedAtMs ?? Number.POSITIVE_INFINITY,
    text: spoken.text,
  };
}

function captionsOfAgent(events: readonly CallEvent[]): readonly Caption[] {
  const said = events.filter((event) => event.kind === 'agent-said');
  const starts = said.map(({ turn, atMs }) => {
    const sent = events.findLast(
      (event) => event.kind === 'first-frame-sent' && event.turn === turn && event.atMs <= atMs,
    );
    return sent?.atMs ?? atMs;
  });
  return said.map((event, index) => ({
    startMs: starts[index] ?? event.atMs,
    endMs: event.atMs,
    untilMs: starts[index + 1] ?? Number.POSITIVE_INFINITY,
    text: event.isComplete ? event.text : `${event.heardText} ✂`,
  }));
}

function renderCaption(view: RowView, caption: Caption, side: 'caller' | 'heard'): readonly string[] {
  if (caption.endMs < view.fromMs || caption.startMs >= view.toMs) return [];
  const x = view.x(Math.max(caption.startMs, view.fromMs));
  const rowEnd = view.x(view.fromMs + ROW_MS);
  const width = Math.min(view.x(caption.untilMs), rowEnd) - x - 8;
  const isContinued = caption.startMs < view.fromMs;
  const y = side === 'caller' ? Y.callerText : Y.heardText;
  // Where only a syllable's width was left in the row before, the words stand here, where there is room.
  const isShownHere = !isContinued || caption.startMs > view.fromMs - CRAMPED_MS;
  const lines = !isShownHere ? ['…'] : wrapText(caption.text, Math.max(width, 60), 11, side === 'caller' ? 2 : 3);
  return lines.map((content, index) => text(x, y + 4 + index * 13, content, { fill: COLOURS[side] }));
}

function renderMark(view: RowView, event: CallEvent): readonly string[] {
  const level = MARKS.findIndex(({ kind }) => kind === event.kind);
  const mark = MARKS[level];
  if (mark === undefined || event.atMs < view.fromMs || event.atMs >= view.toMs) return [];
  const y = Y.lane + 8 + level * Y.laneStep;
  return [
    line(view.x(event.atMs), y, view.x(event.atMs), Y.heard - Y.heardHalf, {
      stroke: mark.colour,
      'stroke-opacity': 0.25,
    }),
    markShape(view.x(event.atMs), y, mark.colour),
  ];
}

function markShape(x: number, y: number, colour: string): string {
  return element('circle', { cx: x, cy: y, r: 3.4, fill: colour, stroke: '#ffffff', 'stroke-width': 0.8 });
}

function legendBracket(colour: string): string {
  return element('path', { d: 'M-8,4V0H8V4', fill: 'none', stroke: colour, 'stroke-width': 1.6 });
}

function renderBrackets(view: RowView, turn: TurnLatency, spoken: SpokenLine | undefined): readonly string[] {
  const brackets: string[] = [];
  if (turn.audibleMs !== undefined && turn.audibleMs > 0) {
    brackets.push(...bracket(view, turn.endOfSpeechAtMs, turn.audibleMs, Y.lane - 4, 'above', COLOURS.answer));
  }
  if (turn.bargeInMs !== undefined && spoken !== undefined) {
    brackets.push(
      ...bracket(view, spoken.firstVoicedAtMs, turn.bargeInMs, Y.heard - Y.heardHalf - 4, 'right', COLOURS.bargeIn),
    );
  }
  return brackets;
}

/** Drawn whole in the row where it starts; a bracket that crosses the row's end goes on in the next row without a label. */
function bracket(
  view: RowView,
  startMs: number,
  lengthMs: number,
  y: number,
  beside: 'above' | 'right',
  colour: string,
): readonly string[] {
  const endMs = startMs + lengthMs;
  if (endMs <= view.fromMs || startMs >= view.toMs) return [];
  const startsHere = startMs >= view.fromMs;
  const endsHere = endMs <= view.toMs;
  const from = view.x(Math.max(startMs, view.fromMs));
  const to = view.x(Math.min(endMs, view.toMs));
  const path = `M${from.toFixed(1)},${y + (startsHere ? 6 : 0)}V${y}H${to.toFixed(1)}V${y + (endsHere ? 6 : 0)}`;
  const place = beside === 'above' ? { x: (from + to) / 2, y: y - 3 } : { x: to + 5, y: y + 5 };
  const label = text(place.x, place.y, `${Math.round(lengthMs)} ms`, {
    fill: colour,
    'text-anchor': beside === 'above' ? 'middle' : 'start',
    'font-weight': 600,
    // A white halo keeps the figure readable where it stands on a waveform.
    stroke: '#ffffff',
    'stroke-width': 3,
    'paint-order': 'stroke',
  });
  return [
    element('path', { d: path, fill: 'none', stroke: colour, 'stroke-width': 1.6 }),
    ...(startsHere ? [label] : []),
  ];
}

function peakOf(...sides: readonly Int16Array[]): number {
  let peak = 1;
  for (const pcm of sides) for (const sample of pcm) peak = Math.max(peak, Math.abs(sample));
  return peak;
}
