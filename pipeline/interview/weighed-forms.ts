/** Which of all that may have been said the audio and the transcript are likest to, and by how much. Pure. */
import type { Baseline } from '../dialogue/answerer-baseline.ts';
import { lengthError, lifted } from '../dialogue/answerer-evidence.ts';
import { ChoiceMatcher } from '../dialogue/matching.ts';
import type { Language } from '../language/language.ts';
import type { Transcript } from '../ports.ts';
import type { Meaning, SpokenForm } from './spoken-forms.ts';

/** What the likeness of a form to the transcript, 0 to 1, adds to its likelihood. */
const LIKENESS_WEIGHT = 0.7;
/** Silence that an utterance has around it (listener.ts). */
const AROUND_MS = 540;
/** As in answerer-evidence.ts. */
const MS_PER_SOUND = 84;
const LENGTH_WEIGHT = 0.3;
/** Some 3 ms each. */
const MOST_WISHES = 48;

export interface Weighed {
  readonly form: SpokenForm;
  /** Log-likelihood per token of its likeliest form over that in silence, and what the transcript adds. */
  readonly worth: number;
  /** Over the best form of another meaning. */
  readonly lead: number;
  /** What was spoken over what the form takes to say. */
  readonly timesLonger: number;
}

export class FormScales {
  readonly forms: readonly SpokenForm[];
  readonly #matcher: ChoiceMatcher;
  readonly #language: Language;

  constructor(forms: readonly SpokenForm[], language: Language) {
    this.forms = forms;
    this.#language = language;
    // Each form by itself: which meaning it has is asked later.
    this.#matcher = new ChoiceMatcher(
      forms.map(({ phrase }, at) => ({ id: String(at), questions: [phrase] })),
      language,
    );
  }

  /** Indices of the forms worth asking about: every answer, and the wishes nearest to the utterance in words and length. */
  asked(text: string, audioMs: number): readonly number[] {
    const likeness = this.#likeness(text);
    const rankOf = (at: number, phrase: string): number =>
      (likeness[at] ?? 0) - LENGTH_WEIGHT * lengthError(this.#language.fold(phrase).length, audioMs - AROUND_MS);
    const all = this.forms.map(({ phrase, means }, at) => ({ at, means, rank: rankOf(at, phrase) }));
    const wishes = all.filter(({ means }) => means.kind !== 'answer').sort((a, b) => b.rank - a.rank);
    const answers = all.filter(({ means }) => means.kind === 'answer');
    return [...answers, ...wishes.slice(0, MOST_WISHES)].map(({ at }) => at);
  }

  /**
   * `scores`: one for each form (`Recognizer.score`); -Infinity for those that were not asked about. `text`: as transcribed. A
   * short form that the text does not look like is left out, but it competes. Undefined: no form is left, or one is alone.
   */
  weigh(
    scores: readonly number[],
    { text, audioMs }: Pick<Transcript, 'text' | 'audioMs'>,
    baseline: Baseline,
  ): Weighed | undefined {
    const likeness = this.#likeness(text);
    const weighed = this.forms.map((form, at) => {
      const lift = lifted({ choiceId: '', phrase: form.phrase, score: scores[at] ?? -Infinity }, baseline);
      const like = form.isShort ? 0 : (likeness[at] ?? 0);
      return { form, key: keyOf(form.means), worth: lift + LIKENESS_WEIGHT * like };
    });
    const best = maxOf(weighed.filter(({ form }) => !form.isShort || this.#looksLike(form.phrase, text)));
    if (best === undefined || best.worth === -Infinity) return undefined;
    const rival = maxOf(weighed.filter(({ key }) => key !== best.key));
    const sounds = Math.max(1, this.#language.fold(best.form.phrase).length);
    const timesLonger = (audioMs - AROUND_MS) / (sounds * MS_PER_SOUND);
    return rival && { form: best.form, worth: best.worth, lead: best.worth - rival.worth, timesLonger };
  }

  #likeness(text: string): readonly number[] {
    const likeness = this.forms.map(() => 0);
    for (const { choiceId, score } of this.#matcher.match(text).ranked) likeness[Number(choiceId)] = score;
    return likeness;
  }

  /** "Hey", "eh" for "ehe": the same first vowel, nothing longer, and no nasal that the form does not have. */
  #looksLike(form: string, text: string): boolean {
    const [written = ''] = text.toLowerCase().split(/[.!?,]+/u);
    const letters = written.replaceAll(/[^a-z]/gu, '');
    if (letters.length < 2 || letters.length > LONGEST_LOOKALIKE || /\d/u.test(text)) return false;
    const sounds = this.#language.fold(letters);
    const own = this.#language.fold(form);
    return firstVowel(letters) === firstVowel(form) && (/[mn]/u.test(own) || !/[mn]/u.test(sounds));
  }
}

const LONGEST_LOOKALIKE = 9;

const firstVowel = (letters: string): string | undefined => /[aeiou]/u.exec(letters)?.[0];

const keyOf = (means: Meaning): string =>
  means.kind === 'answer' ? `= ${String(means.value)}` : means.kind === 'wish' ? means.wish : 'other';

function maxOf<T extends { readonly worth: number }>(all: readonly T[]): T | undefined {
  let best: T | undefined;
  for (const one of all) if (best === undefined || one.worth > best.worth) best = one;
  return best;
}
