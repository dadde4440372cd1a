/**
 * How a request becomes a prompt: a fixed prefix, which stays evaluated in the model's KV cache, and a part that changes
 * with the turn. The words of callers are data: they are stripped of everything that could look like a new turn and are
 * tokenised without markup, so that no transcript can forge one.
 */
import type { DialogueRequest, Turn } from '../ports.ts';

/** One exchange that shows the model the tone; `agent` must be harmless whatever the caller has said. */
export interface SmallTalkPair {
  readonly caller: string;
  readonly agent: string;
}

/** A stretch of prompt; only in markup are names like `<start_of_turn>` read as the model's special tokens. */
export interface PromptPart {
  readonly text: string;
  readonly isMarkup: boolean;
}

export interface PromptStyle {
  /** What the agent is and how it speaks. It holds no secret: a caller may get the model to say it. */
  readonly systemText: string;
  readonly smallTalk: readonly SmallTalkPair[];
  /** The name in front of a caller's line. Base models only. */
  readonly callerName: string;
  /** The name in front of an agent's line. Base models only. */
  readonly agentName: string;
  /** Cards put before the caller's line, the best one nearest to it. */
  readonly maxCards: number;
  /** Turns before the caller's last words. */
  readonly maxHistoryTurns: number;
  /** A longer line of a caller is cut: prefill costs 5 to 7 ms per token. */
  readonly maxLineChars: number;
}

/** The prompt of one model family. */
export interface PromptForm {
  readonly prefix: readonly PromptPart[];
  /** What follows the prefix for this request, up to where the model has to go on. */
  turn(request: DialogueRequest): readonly PromptPart[];
  /** Text at which the answer ends; never spoken. */
  readonly stops: readonly string[];
}

/** @param instructionTuned - fact of the catalogue entry: an instruction-tuned Gemma, else a base model */
export function promptFormFor(instructionTuned: boolean, style: PromptStyle): PromptForm {
  return instructionTuned ? gemmaChatForm(style) : basePatternForm(style);
}

/** For a model that only continues text: lines of caller and agent in turns, the last one left open. */
export function basePatternForm(style: PromptStyle): PromptForm {
  const exchange = (caller: string, agent: string): string =>
    `${style.callerName}: ${caller}\n${style.agentName}: ${agent}\n\n`;
  const clean = (text: string): string => asData(text, [style.callerName, style.agentName], style.maxLineChars);
  return {
    prefix: [
      {
        text: `${style.systemText.trim()}\n\n${style.smallTalk.map((pair) => exchange(pair.caller, pair.agent)).join('')}`,
        isMarkup: false,
      },
    ],
    turn(request) {
      const cards = nearestLast(request, style).map((card) => exchange(card.question, card.answer));
      const { before, line } = lastLine(request, style);
      const past = before.map(
        (turn) => `${turn.who === 'caller' ? style.callerName : style.agentName}: ${clean(turn.text)}\n`,
      );
      const text = `${cards.join('')}${past.join('')}${style.callerName}: ${clean(line)}\n${style.agentName}:`;
      return [{ text, isMarkup: false }];
    },
    stops: ['\n', `${style.callerName}:`, `${style.agentName}:`],
  };
}

const USER = '<start_of_turn>user\n';
const MODEL = '<start_of_turn>model\n';
const END = '<end_of_turn>\n';

/** Gemma's chat template, written out so that markup and data are tokenised apart. The system text opens the first turn. */
export function gemmaChatForm(style: PromptStyle): PromptForm {
  const turnOf = (who: Turn['who'], text: string): PromptPart[] => [
    { text: who === 'caller' ? USER : MODEL, isMarkup: true },
    { text, isMarkup: false },
    { text: END, isMarkup: true },
  ];
  const clean = (text: string): string => asData(text, ['user', 'model'], style.maxLineChars);
  const [first, ...rest] = style.smallTalk;
  const prefix: PromptPart[] = first
    ? [
        ...turnOf('caller', `${style.systemText.trim()}\n\n${first.caller}`),
        ...turnOf('agent', first.agent),
        ...rest.flatMap((pair) => [...turnOf('caller', pair.caller), ...turnOf('agent', pair.agent)]),
      ]
    : [
        { text: USER, isMarkup: true },
        { text: `${style.systemText.trim()}\n\n`, isMarkup: false },
      ];
  return {
    prefix,
    turn(request) {
      const { before, line } = lastLine(request, style);
      const cards = nearestLast(request, style).map((card) => `${card.question} ${card.answer}\n`);
      const question = `${cards.join('')}${cards.length > 0 ? '\n' : ''}${clean(line)}`;
      // Without small talk the prefix has left the first user turn open, and a history could not follow it.
      const past = first ? before.flatMap((turn) => turnOf(turn.who, clean(turn.text))) : [];
      const opening: PromptPart[] = first ? [{ text: USER, isMarkup: true }] : [];
      return [...past, ...opening, { text: question, isMarkup: false }, { text: END + MODEL, isMarkup: true }];
    },
    stops: ['\n', '<end_of_turn>', '<start_of_turn>'],
  };
}

/**
 * A caller's words as one harmless line: no line breaks, control or zero-width characters, markup, nor a name with a
 * colon that the prompt uses for a speaker.
 */
export function asData(text: string, speakerNames: readonly string[], maxChars: number): string {
  let line = text.normalize('NFKC').replace(/[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu, ' ');
  line = line.replace(/<[^<>]*>/g, ' ').replace(/[<>|{}[\]`#*_\\]/g, ' ');
  for (const name of speakerNames) {
    line = line.replace(new RegExp(`(?<!\\p{L})${escapeRegExp(name)}\\s*[:：]`, 'giu'), ' ');
  }
  line = line.replace(/\s+/g, ' ').trim();
  return line.length <= maxChars ? line : line.slice(0, maxChars).replace(/\s\S*$/, '');
}

/** Finds where an answer ends while it is generated: text that may be the beginning of a stop is held back. */
export class StopCutter {
  readonly #stops: readonly string[];
  #held = '';
  #isStopped = false;

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** The part of the text so far that is safe to speak and was not returned before. */
  push(text: string): string {
    if (this.#isStopped) return '';
    this.#held += text;
    const at = this.#stops.map((stop) => this.#held.indexOf(stop)).filter((index) => index >= 0);
    if (at.length > 0) {
      this.#isStopped = true;
      return this.#take(Math.min(...at));
    }
    let held = 0;
    for (const stop of this.#stops) {
      for (let length = Math.min(stop.length - 1, this.#held.length); length > held; length--) {
        if (this.#held.endsWith(stop.slice(0, length))) held = length;
      }
    }
    return this.#take(this.#held.length - held);
  }

  /** Generation ended by itself: what was held back is part of the answer after all. */
  flush(): string {
    return this.#isStopped ? '' : this.#take(this.#held.length);
  }

  #take(length: number): string {
    const taken = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    return taken;
  }
}

function nearestLast(request: DialogueRequest, style: PromptStyle): DialogueRequest['cards'] {
  return request.cards.slice(0, style.maxCards).reverse();
}

function lastLine(request: DialogueRequest, style: PromptStyle): { before: readonly Turn[]; line: string } {
  const last = request.history.at(-1);
  if (last?.who !== 'caller') return { before: [], line: '' };
  const before = style.maxHistoryTurns > 0 ? request.history.slice(0, -1).slice(-style.maxHistoryTurns) : [];
  return { before: before[0]?.who === 'agent' ? before.slice(1) : before, line: last.text };
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
