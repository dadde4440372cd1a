/** The conversation on the terminal while it happens: when, who, what. */
import type { CallEvent } from '#pipeline/events.ts';
import { formatNumber } from '../bench/table.ts';
import type { Style, Terminal } from '../terminal.ts';

/** Who a line is about: the two people, or the service thinking aloud between them. */
export type Speaker = 'caller' | 'agent' | 'heard' | 'answer' | 'call';

export interface LiveLine {
  readonly who: Speaker;
  readonly text: string;
}

export interface LiveViewOptions {
  /** Clock time that is shown as 0.0 s. */
  readonly originMs: number;
  readonly terminal: Pick<Terminal, 'line' | 'style'>;
}

const STYLES: Readonly<Record<Speaker, Style>> = {
  caller: 'cyan',
  agent: 'yellow',
  heard: 'dim',
  answer: 'green',
  call: 'dim',
};

export class LiveView {
  readonly #options: LiveViewOptions;

  constructor(options: LiveViewOptions) {
    this.#options = options;
  }

  show(line: LiveLine, atMs: number): void {
    const { terminal, originMs } = this.#options;
    const seconds = formatNumber((atMs - originMs) / 1000, 1).padStart(6);
    const who = terminal.style(STYLES[line.who], line.who.padEnd(6));
    terminal.line(`${seconds} s  ${who}  ${line.who === 'call' ? terminal.style('dim', line.text) : line.text}`);
  }

  /** Shows an event if a person watching would want to know of it. */
  event(event: CallEvent): void {
    const line = describeEvent(event);
    if (line) this.show(line, event.atMs);
  }
}

/** What a watcher sees of an event; undefined for the events that only measure. */
export function describeEvent(event: CallEvent): LiveLine | undefined {
  switch (event.kind) {
    case 'transcript':
      return {
        who: 'heard',
        text: `“${event.text}”  (confidence ${event.confidence.toFixed(2)}${event.doubt ? `, doubted: ${event.doubt}` : ''})`,
      };
    case 'decision':
      return { who: 'answer', text: describeDecision(event) };
    case 'answer-text':
      return { who: 'agent', text: event.text };
    case 'agent-said':
      return event.isComplete
        ? undefined
        : { who: 'agent', text: `✂ cut off; the caller had heard: “${event.heardText}”` };
    case 'barge-in':
      return { who: 'call', text: `the caller interrupts (${Math.round(event.overlapMs)} ms of overlap)` };
    case 'backchannel':
      return { who: 'call', text: 'a sound of the caller that does not take the floor' };
    case 'overlap-resumed':
      return { who: 'call', text: `the agent waited ${Math.round(event.heldMs)} ms and goes on (${event.why})` };
    case 'stage-failed':
      return { who: 'call', text: `${event.stage} failed: ${event.code}` };
    case 'gap':
      return { who: 'call', text: `${event.samples} samples lost on the wire` };
    case 'dtmf':
      return { who: 'caller', text: `key ${event.digit}` };
    case 'call-started':
      return { who: 'call', text: `hotline ${event.hotline}, language ${event.language}` };
    case 'call-ended':
      return { who: 'call', text: `the call ended: ${event.cause.result}, ${event.cause.reason}` };
    case 'clause-refused':
    case 'overlap-held':
    case 'concealed':
    case 'vad-skipped':
    case 'speech-start':
    case 'soft-end':
    case 'speculation-discarded':
    case 'end-of-turn':
    case 'first-audio':
    case 'first-frame-sent':
      return undefined;
  }
}

function describeDecision(event: Extract<CallEvent, { kind: 'decision' }>): string {
  const what =
    event.source === 'card'
      ? `card ${event.cardId ?? 'without a name'}`
      : event.source === 'llm'
        ? 'the language model'
        : `fixed sentence${event.intent === undefined ? '' : ` (${event.intent})`}`;
  const score = event.score === undefined ? '' : `, score ${event.score.toFixed(2)}`;
  const margin = event.margin === undefined ? '' : `, lead ${event.margin.toFixed(2)}`;
  const over = event.runnerUp === undefined ? '' : ` over ${event.runnerUp}`;
  const by = event.by === undefined ? '' : `, by ${event.by}`;
  return what + score + margin + over + by;
}
