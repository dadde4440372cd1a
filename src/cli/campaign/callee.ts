/** Whoever answers a rehearsal: replies to what the agent asks, by the script's own words, with keys when that is not understood. */
import { interviewPhrase, withVariables, type Interview, type Question } from '#pipeline/interview/script.ts';

/** What is said or pressed. */
export type CalleeTurn =
  { readonly kind: 'says'; readonly text: string } | { readonly kind: 'keys'; readonly keys: string };

/** Both ways of answering one question, and what the answer then is. */
interface Reply {
  readonly says: string;
  readonly keys: string;
}

const SMALL_NUMBER = 3;

/** Turns that were asked for, in order; then nothing. */
export class ScriptedCallee {
  readonly #turns: CalleeTurn[];

  constructor(turns: readonly CalleeTurn[]) {
    this.#turns = [...turns];
  }

  replyTo(): CalleeTurn | undefined {
    return this.#turns.shift();
  }
}

/** Agrees to everything, answers every question by voice, and presses keys when asked the same thing again. */
export class WillingCallee {
  readonly #interview: Interview;
  readonly #vars: Readonly<Record<string, string>>;
  #asked: Question | undefined;

  constructor(interview: Interview, vars: Readonly<Record<string, string>>) {
    this.#interview = interview;
    this.#vars = vars;
  }

  /** `heard`: all that the agent has said since the last reply. */
  replyTo(heard: string): CalleeTurn {
    const isMissed = heard.includes(interviewPhrase(this.#interview, 'not-understood'));
    const question = this.#questionIn(heard) ?? (isMissed ? this.#asked : undefined);
    const isAgain = isMissed || (question !== undefined && question === this.#asked);
    this.#asked = question;
    const { says, keys } = question === undefined ? this.#yes() : replyOf(question, this.#interview);
    return isAgain ? { kind: 'keys', keys } : { kind: 'says', text: says };
  }

  /** All that it may say by voice: to be rendered before the call. */
  get voices(): readonly string[] {
    const all = [this.#yes(), ...this.#interview.questions.map((question) => replyOf(question, this.#interview))];
    return [...new Set(all.map(({ says }) => says))];
  }

  #yes(): Reply {
    return { says: this.#interview.pack.classes.yes.forms[0] ?? '', keys: '1' };
  }

  /** The one that is put last: an answer to the one before may be said back in front of it. */
  #questionIn(heard: string): Question | undefined {
    const written = (text: string): string => withVariables(text, this.#vars);
    const isPut = ({ text, hint }: Question): boolean =>
      heard.endsWith(written(text)) || (hint !== undefined && heard.endsWith(written(hint)));
    return this.#interview.questions.find(isPut);
  }
}

function replyOf(question: Question, { pack }: Interview): Reply {
  switch (question.kind) {
    case 'yes-no':
      return { says: pack.classes.yes.forms[0] ?? '', keys: '1' };
    case 'choice': {
      const [first] = question.choices;
      return { says: first?.says[0] ?? '', keys: first?.key ?? '' };
    }
    case 'number': {
      const { from, to } = question.range;
      const number = String(Math.min(to, Math.max(from, SMALL_NUMBER)));
      return { says: number, keys: `${number}#` };
    }
    // Some day of the month before, or of the month to come: whichever side it lies on, there is one.
    case 'date':
      return { says: '15', keys: question.lies === 'future' ? '15012099' : '15012020' };
    case 'open':
      return { says: pack.baseModel.smallTalk[0]?.caller ?? '', keys: '#' };
  }
}
