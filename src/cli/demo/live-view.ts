/** The conversation on the terminal while it happens: when, who, what. */
import type { CallEvent } from '#pipeline/events.ts';
import { formatNumber } from '../bench/table.ts';

/** Who a line is about: the two people, or the service thinking aloud between them. */
export type Speaker = 'caller' | 'agent' | 'heard' | 'answer' | 'call';

export interface LiveLine {
  readonly who: Speaker;
  readonly text: string;
}

export interface LiveViewOptions {
  /** Clock time that is shown as 0.0 s. */
  readonly originMs: number;
  readonly write: (text: string) => void;
  readonly isColoured: boolean;
}

const COLOURS: Readonly<Record<Speaker, string>> = {
  caller: '34;1',
  agent: '33;1',
  heard: '34',
  answer: '32',
  call: '2',
};

export class LiveView {
  readonly #options: LiveViewOptions;

  constructor(options: LiveViewOptions) {
    this.#options = options;
  }

  show(line: LiveLine, atMs: number): void {
    const seconds = formatNumber((atMs - this.#options.originMs) / 1000, 1).padStart(6);
    const who = this.#colour(COLOURS[line.who], line.who.padEnd(6));
    const text = line.who === 'call' ? this.#colour(COLOURS.call, line.text) : line.text;
    this.#options.write(`${seconds} s  ${who}  ${text}\n`);
  }

  /** Shows an event if a person watching would want to know of it. */
  event(event: CallEvent): void {
    const line = describeEvent(event);
    if (line) this.show(line, event.atMs);
  }

  #colour(code: string, text: string): string {
    const escape = String.fromCharCode(27);
    return this.#options.isColoured ? `${escape}[${code}m${text}${escape}[0m` : text;
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
