/** What an invented person says and presses in one call, by what the line says to them and by how they are. */
import type { Interview, Question } from '#pipeline/interview/script.ts';
import type { By, CallNotes } from './call-notes.ts';
import { LineReader, type Prompt } from './line-said.ts';
import type { InventedPerson } from './people.ts';
import { keyed, saidBack, spoken, wordsOf, type Words } from './words.ts';

export type Act =
  | { readonly kind: 'says'; readonly text: string }
  | { readonly kind: 'presses'; readonly keys: string }
  | { readonly kind: 'hangs-up' }
  | { readonly kind: 'waits' };

const WAITS: Act = { kind: 'waits' };
/** Who hangs up in the middle has answered so many questions. */
const ANSWERED_BEFORE_HANG_UP = 2;
/** An appointment further away was misunderstood: two minutes were asked for. */
const MOST_MINUTES_AWAY = 5;

export class Conversation {
  readonly #person: InventedPerson;
  readonly #interview: Interview;
  readonly #notes: CallNotes;
  readonly #reader: LineReader;
  readonly #words: Words;
  readonly #minutesTo: (when: string) => number;
  #prompt: Prompt | undefined;
  #timesAsked = 0;
  /** Questions, with how often they were put so far. */
  readonly #put = new Map<string, number>();
  #question: Question | undefined;
  readonly #interrupted = new Set<string>();

  /** `minutesTo`: from now to a time as the line says it. */
  constructor(
    person: InventedPerson,
    notes: CallNotes,
    { interview, minutesTo }: { readonly interview: Interview; readonly minutesTo: (when: string) => number },
  ) {
    this.#person = person;
    this.#notes = notes;
    this.#interview = interview;
    this.#minutesTo = minutesTo;
    this.#reader = new LineReader(interview, person.vars);
    this.#words = wordsOf(interview);
  }

  /** `heard`: all that the line has said since the last reply. */
  reply(heard: string): Act {
    const said = this.#reader.read(heard);
    this.#notes.hear(said);
    const prompt = said.prompt ?? this.#prompt;
    this.#timesAsked = isSame(prompt, this.#prompt) ? this.#timesAsked + 1 : 0;
    this.#prompt = prompt;
    if (prompt?.kind === 'question') {
      this.#question = prompt.question;
      this.#put.set(prompt.question.id, (this.#put.get(prompt.question.id) ?? 0) + 1);
    }
    const act = prompt === undefined ? WAITS : this.#act(prompt);
    this.#notes.dialogue.push({ heard, did: written(act) });
    return act;
  }

  /** What was said last, to which there is no answer any more. */
  overhear(heard: string): void {
    if (heard === '') return;
    this.#notes.hear(this.#reader.read(heard));
    this.#notes.dialogue.push({ heard, did: 'the call is over' });
  }

  /** What is said into a question that is not at its end; undefined: they let it be said. `speaking`: all of what is begun. */
  interruption(speaking: string): Act | undefined {
    if (this.#person.kind !== 'interrupts') return undefined;
    const { prompt } = this.#reader.read(speaking);
    if (prompt?.kind !== 'question' || this.#interrupted.has(prompt.question.id)) return undefined;
    if (!speaking.endsWith(prompt.question.text) || prompt.question.kind === 'open') return undefined;
    this.#interrupted.add(prompt.question.id);
    const act = this.reply(speaking);
    return act.kind === 'says' ? act : undefined;
  }

  #act(prompt: Prompt): Act {
    const { kind } = this.#person;
    if (kind === 'silent') return WAITS;
    if (kind === 'hangs-up' && this.#notes.no === 1 && prompt.kind === 'question') {
      if (this.#notes.taken.size >= ANSWERED_BEFORE_HANG_UP) return { kind: 'hangs-up' };
    }
    return this.#wish(prompt) ?? this.#answer(prompt);
  }

  /** What those want who do not want the interview. */
  #wish(prompt: Prompt): Act | undefined {
    const { kind } = this.#person;
    const isAsked = prompt.kind === 'identity' || prompt.kind === 'consent';
    switch (kind) {
      case 'wrong-person':
        return isAsked ? this.#either(this.#words.wrongPerson, '2') : undefined;
      case 'refuses':
        return prompt.kind === 'consent' ? this.#either(this.#words.no, '2') : undefined;
      case 'opts-out-by-key':
      case 'opts-out-by-word':
        return this.#optOut(prompt);
      case 'later':
        if (this.#notes.no > 1) return undefined;
        if (prompt.kind === 'when') return { kind: 'says', text: this.#words.soon };
        return prompt.kind === 'consent' ? this.#either(this.#words.later, '8') : undefined;
      default:
        return undefined;
    }
  }

  #optOut(prompt: Prompt): Act | undefined {
    if (prompt.kind === 'opt-out-read-back') return this.#either(this.#words.yes, '1');
    // One at the first question, the other before any.
    const isMoment = this.#person.kind === 'opts-out-by-key' ? prompt.kind === 'consent' : prompt.kind === 'question';
    if (!isMoment) return undefined;
    const isFigures = prompt.kind === 'question' && ['number', 'date'].includes(prompt.question.kind);
    const act = this.#either(this.#words.optOut, isFigures ? '*9' : '9');
    this.#notes.saidNoBy = act.kind === 'presses' ? 'keys' : 'speech';
    return act;
  }

  #answer(prompt: Prompt): Act {
    const { yes, no } = this.#words;
    switch (prompt.kind) {
      case 'identity':
      case 'consent':
        return this.#either(yes, '1');
      case 'question':
        return this.#given(prompt.question);
      case 'read-back': {
        const isRight = this.#isMeant(prompt.answer);
        if (!isRight && this.#timesAsked === 0) this.#notes.byVoice.saidBackWrong += 1;
        return isRight ? this.#either(yes, '1') : this.#either(no, '2');
      }
      case 'when-read-back': {
        const isMeant = this.#person.kind === 'later' && this.#notes.no === 1;
        const isSoon = isMeant && this.#minutesTo(prompt.when) <= MOST_MINUTES_AWAY;
        return isSoon ? this.#either(yes, '1') : this.#either(no, '2');
      }
      case 'opt-out-read-back':
        return this.#either(no, '2');
      case 'when':
        return this.#either(no, '#');
      case 'over':
        return WAITS;
    }
  }

  #given(question: Question): Act {
    const value = this.#person.means.get(question.id) ?? '';
    const keys = keyed(question, value);
    const by: By = keys !== undefined && this.#isByKeys ? 'keys' : 'speech';
    this.#notes.answer(question, value, by);
    return by === 'keys' && keys !== undefined
      ? { kind: 'presses', keys }
      : { kind: 'says', text: spoken(question, value, this.#interview) };
  }

  #isMeant(answer: string): boolean {
    const question = this.#question;
    if (question === undefined) return false;
    return saidBack(question, this.#person.means.get(question.id) ?? '', this.#interview) === answer;
  }

  #either(text: string, keys: string): Act {
    return this.#isByKeys ? { kind: 'presses', keys } : { kind: 'says', text };
  }

  /** What was asked again was not understood: everybody takes the keys then. */
  get #isByKeys(): boolean {
    const { kind, chance } = this.#person;
    const isPutAgain = this.#prompt?.kind === 'question' && (this.#put.get(this.#prompt.question.id) ?? 0) > 1;
    if (this.#timesAsked > 0 || isPutAgain || kind === 'keys' || kind === 'opts-out-by-key') return true;
    return kind === 'mixed' && chance() < 0.5;
  }
}

function isSame(a: Prompt | undefined, b: Prompt | undefined): boolean {
  if (a?.kind === 'question' && b?.kind === 'question') return a.question.id === b.question.id;
  return a !== undefined && a.kind === b?.kind;
}

function written(act: Act): string {
  switch (act.kind) {
    case 'says':
      return `says: ${act.text}`;
    case 'presses':
      return `presses: ${act.keys}`;
    default:
      return act.kind === 'waits' ? 'waits' : 'hangs up';
  }
}
