/** One event of a call as a picture: both lanes with their waveforms, what the caller did, and where it was decided. */
import { element, line, text, waveform } from '../../demo/svg.ts';
import type { CallEvent } from '#pipeline/events.ts';
import { inMs } from './score-event.ts';
import type { CallerAct, Span } from './trace.ts';
import type { EventClip } from './worst-events.ts';

const WIDTH = 1_120;
const LEFT = 70;
const RIGHT = 14;
const HEIGHT = 262;
/** Vertical places, in px from the top. */
const Y = { verdict: 16, actLabel: 40, caller: 76, agent: 150, account: 196, axis: 244 };
const HALF = 26;
const MARK_STEP = 12;
const MARK_ROWS = 3;

/** What of the agent's account is drawn, and how it is called. */
const MARKS: Readonly<Partial<Record<CallEvent['kind'] | 'overlap-held' | 'overlap-resumed', string>>> = {
  'speech-start': 'speech found',
  'soft-end': 'soft end',
  'speculation-discarded': 'thrown away',
  'end-of-turn': 'end of turn',
  'first-frame-sent': 'frame sent',
  'barge-in': 'yields',
  backchannel: 'let pass',
  'overlap-held': 'holds',
  'overlap-resumed': 'goes on',
};

/**
 * A complete SVG element without colours of its own: the classes `caller`, `agent`, `act`, `pause`, `verdict`, `faint` and
 * `head` are styled by the page, so that it can be read in light and in dark.
 */
export function renderClip(clip: EventClip, label: string): string {
  const { window, event } = clip;
  const pxPerMs = (WIDTH - LEFT - RIGHT) / Math.max(1, window.toMs - window.fromMs);
  const x = (ms: number): number =>
    LEFT + (Math.min(Math.max(ms, window.fromMs), window.toMs) - window.fromMs) * pxPerMs;
  return element(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: 'img',
      'aria-label': label,
      'data-left': LEFT / WIDTH,
      'data-right': (WIDTH - RIGHT) / WIDTH,
    },
    [
      ...axis(window, x),
      ...clip.acts.flatMap((act) => actBox(act, act.id === event.actId, x)),
      ...clip.agent.map((span) => box(span, x, Y.agent, 'talk agent')),
      lane('caller', Y.caller, clip.caller, clip, pxPerMs),
      lane('agent', Y.agent, clip.heard, clip, pxPerMs),
      ...account(clip.account, x),
      bracket(event, x),
      line(LEFT, 0, LEFT, HEIGHT - 18, { class: 'head' }),
    ],
  );
}

function axis(window: Span, x: (ms: number) => number): readonly string[] {
  const step = window.toMs - window.fromMs > 12_000 ? 1_000 : 500;
  const parts: string[] = [];
  for (let ms = Math.ceil(window.fromMs / step) * step; ms <= window.toMs; ms += step) {
    parts.push(line(x(ms), Y.actLabel - 8, x(ms), Y.axis - 8, { class: 'grid' }));
    parts.push(text(x(ms), Y.axis + 6, `${ms / 1_000} s`, { class: 'faint', 'text-anchor': 'middle' }));
  }
  return parts;
}

function lane(name: 'caller' | 'agent', middle: number, pcm: Int16Array, clip: EventClip, pxPerMs: number): string {
  const width = (clip.window.toMs - clip.window.fromMs) * pxPerMs;
  return element('g', { class: name }, [
    text(LEFT - 8, middle + 4, name, { 'text-anchor': 'end', class: 'name' }),
    waveform(
      pcm,
      { start: 0, end: pcm.length },
      { x: LEFT, width, middle, halfHeight: HALF },
      peakOf(clip.caller, clip.heard),
      'currentColor',
    ),
  ]);
}

/** Both lanes to one scale, so that an echo looks as quiet as it is. */
function peakOf(...sides: readonly Int16Array[]): number {
  let peak = 1;
  for (const pcm of sides) for (const sample of pcm) peak = Math.max(peak, Math.abs(sample));
  return peak;
}

function actBox(act: CallerAct, isIt: boolean, x: (ms: number) => number): readonly string[] {
  return [
    box(act, x, Y.caller, isIt ? 'talk act it' : 'talk act'),
    ...act.pauses.map((pause) => box(pause, x, Y.caller, 'pause')),
    text(x(act.fromMs) + 2, Y.actLabel, labelOf(act, x(act.toMs) - x(act.fromMs)), {
      class: isIt ? 'caller it' : 'caller',
    }),
  ];
}

/** As much of the words as there is room for. */
function labelOf({ class: kind, text: words }: CallerAct, width: number): string {
  const room = Math.floor(width / 6.2) - kind.length - 3;
  if (words === '' || room < 6) return kind;
  return `${kind}: ${words.length > room ? `${words.slice(0, room - 1).trimEnd()}…` : words}`;
}

function box(span: Span, x: (ms: number) => number, middle: number, kind: string): string {
  return element('rect', {
    x: x(span.fromMs),
    y: middle - HALF - 2,
    width: Math.max(1, x(span.toMs) - x(span.fromMs)),
    height: 2 * HALF + 4,
    class: kind,
  });
}

/** In rows one under the other, because several come within a few pixels. */
function account(events: readonly CallEvent[], x: (ms: number) => number): readonly string[] {
  return events
    .flatMap((event) => {
      const name = MARKS[event.kind];
      return name === undefined ? [] : [{ name, atMs: event.atMs }];
    })
    .flatMap(({ name, atMs }, index) => {
      const y = Y.account + (index % MARK_ROWS) * MARK_STEP;
      return [
        line(x(atMs), Y.agent + HALF + 4, x(atMs), y, { class: 'mark' }),
        text(x(atMs) + 3, y, name, { class: 'faint' }),
      ];
    });
}

/** From where it began to where it was decided, with its milliseconds. */
function bracket(event: EventClip['event'], x: (ms: number) => number): string {
  const isDelayFromEnd = event.kind === 'response' && event.ms !== undefined;
  const fromMs = isDelayFromEnd ? event.toMs - event.ms : event.fromMs;
  const [from, to] = [x(fromMs), Math.max(x(event.toMs), x(fromMs) + 2)];
  const said = event.ms === undefined ? '' : inMs(event.ms);
  const isAtEnd = to > WIDTH - 90;
  return element('g', { class: event.isRight ? 'verdict right' : 'verdict wrong' }, [
    element('path', { d: `M${from.toFixed(1)},${Y.verdict + 8}V${Y.verdict}H${to.toFixed(1)}V${Y.verdict + 8}` }),
    line(to, Y.verdict + 8, to, Y.account - 14, { class: 'decided' }),
    text(isAtEnd ? to - 4 : to + 4, Y.verdict + 4, said, { 'text-anchor': isAtEnd ? 'end' : 'start' }),
  ]);
}
