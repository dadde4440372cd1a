/** What the line has said, as somebody takes it who knows the script: what is asked now, and what became of the answer before. */
import {
  interviewPhrase,
  withVariables,
  type Interview,
  type InterviewPhraseId,
  type Question,
} from '#pipeline/interview/script.ts';

/** How the line takes its leave. */
export type Farewell =
  | 'closing'
  | 'refused'
  | 'opt-out'
  | 'wrong-person'
  | 'other-language'
  | 'later-agreed'
  | 'later-sometime'
  | 'broken-off';

export type Prompt =
  | { readonly kind: 'identity' | 'consent' | 'when' | 'opt-out-read-back' }
  | { readonly kind: 'question'; readonly question: Question }
  /** `answer`, `when`: as they were said back. */
  | { readonly kind: 'read-back'; readonly answer: string }
  | { readonly kind: 'when-read-back'; readonly when: string }
  | { readonly kind: 'over'; readonly farewell: Farewell; readonly when?: string | undefined };

export interface LineSaid {
  /** The last that was asked or said for good; undefined: nothing that is known. */
  readonly prompt: Prompt | undefined;
  /** The question before was left out. */
  readonly hasLeftOut: boolean;
}

interface Pattern {
  readonly pattern: RegExp;
  readonly prompt: (gap: string) => Prompt;
}

const FAREWELLS = {
  refused: 'refused',
  'opt-out': 'opt-out',
  'wrong-person': 'wrong-person',
  'other-language': 'other-language',
  'later-agreed': 'later-agreed',
  'later-sometime': 'later-sometime',
  'broken-off': 'broken-off',
} as const satisfies Partial<Record<InterviewPhraseId, Farewell>>;

export class LineReader {
  readonly #patterns: readonly Pattern[];
  readonly #leftOut: string;

  /** `vars`: of the person who listens; what is said to somebody else is not understood. */
  constructor(interview: Interview, vars: Readonly<Record<string, string>>) {
    const pattern = (text: string): RegExp => patternOf(withVariables(text, vars));
    const plain = (text: string, prompt: Prompt): Pattern => ({ pattern: pattern(text), prompt: () => prompt });
    const phrase = (id: InterviewPhraseId): string => interview.phrases[id] ?? '';
    this.#leftOut = interviewPhrase(interview, 'left-out');
    this.#patterns = [
      ...(interview.identity === undefined ? [] : [plain(interview.identity, { kind: 'identity' })]),
      plain(interview.consent, { kind: 'consent' }),
      ...interview.questions.flatMap((question) =>
        [question.text, ...(question.hint === undefined ? [] : [question.hint])].map((text) =>
          plain(text, { kind: 'question', question }),
        ),
      ),
      { pattern: pattern(phrase('read-back')), prompt: (answer) => ({ kind: 'read-back', answer }) },
      plain(phrase('later-when'), { kind: 'when' }),
      { pattern: pattern(phrase('later-read-back')), prompt: (when) => ({ kind: 'when-read-back', when }) },
      plain(phrase('opt-out-read-back'), { kind: 'opt-out-read-back' }),
      plain(interview.closing, { kind: 'over', farewell: 'closing' }),
      ...Object.entries(FAREWELLS).map(([id, farewell]) => ({
        pattern: pattern(phrase(id as keyof typeof FAREWELLS)),
        prompt: (when: string): Prompt => ({ kind: 'over', farewell, ...(farewell === 'later-agreed' && { when }) }),
      })),
    ];
  }

  read(heard: string): LineSaid {
    let best: { readonly end: number; readonly known: number; readonly prompt: Prompt } | undefined;
    for (const { pattern, prompt } of this.#patterns) {
      const match = [...heard.matchAll(pattern)].at(-1);
      if (match === undefined) continue;
      const [{ length }, gap = ''] = match;
      const end = match.index + length;
      // Of two that fit the same words, the one that fills its gap with fewer of them is meant.
      const known = length - gap.length;
      if (best === undefined || end > best.end || (end === best.end && known > best.known)) {
        best = { end, known, prompt: prompt(gap) };
      }
    }
    return { prompt: best?.prompt, hasLeftOut: heard.includes(this.#leftOut) };
  }
}

/** A gap holds no end of a sentence, so that it does not reach back into the one before. */
function patternOf(text: string): RegExp {
  const parts = text.split(/\{[a-z]+\}/u).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&'));
  return new RegExp(parts.join('([^.?!]{1,120}?)'), 'gu');
}
