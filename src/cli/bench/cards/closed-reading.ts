/** One closed question over a line: decoded against its answers, asked of the audio where the words are not plain. */
import { measureBaseline, type Baseline } from '#pipeline/dialogue/answerer-baseline.ts';
import { ClosedQuestionReader, type ClosedAnswer, type ClosedQuestion } from '#pipeline/dialogue/closed-question.ts';
import type { Pack } from '#pipeline/dialogue/hotline.ts';
import type { Language } from '#pipeline/language/language.ts';
import type { Recognizer, Utterance } from '#pipeline/ports.ts';

/** `yes`, `no`, a choice's id or a value as `Language.writeValue` writes it; undefined: unclear. */
export type ClosedMeaning = string | undefined;

export interface ClosedReading {
  readonly meaning: ClosedMeaning;
  readonly needsReadBack: boolean;
  readonly text: string;
}

export interface ClosedLine {
  readonly pack: Pack;
  readonly recognizer: Recognizer;
  readonly signal: AbortSignal;
}

/** One question, put to any number of callers. */
export class ClosedLineReader {
  readonly #line: ClosedLine;
  readonly #reader: ClosedQuestionReader;
  readonly #isScored: boolean;

  private constructor(question: ClosedQuestion, line: ClosedLine, baseline: Baseline) {
    this.#line = line;
    this.#reader = new ClosedQuestionReader(question, line.pack, { baseline });
    this.#isScored = this.#reader.set.kind === 'phrases';
  }

  /** Measures the baseline of what can be answered. */
  static async open(question: ClosedQuestion, line: ClosedLine): Promise<ClosedLineReader> {
    const { set } = new ClosedQuestionReader(question, line.pack);
    const { recognizer, signal } = line;
    const baseline =
      set.kind === 'phrases' ? await measureBaseline(recognizer, set.texts, { signal }) : new Map<string, number>();
    return new ClosedLineReader(question, line, baseline);
  }

  async read(utterance: Utterance): Promise<ClosedReading> {
    const { recognizer, signal, pack } = this.#line;
    const { set, prompt } = this.#reader;
    const isDecoded = !this.#isScored && set.texts.length > 0;
    const told = isDecoded ? { closed: set, ...(prompt !== undefined && { prompt }) } : {};
    const transcript = await recognizer.transcribe(utterance, { signal, ...told });
    let answer = this.#reader.answerTo(transcript);
    if (this.#isScored && (answer.kind === 'unclear' || answer.kind === 'number')) {
      answer = this.#reader.answerTo(transcript, await recognizer.score(utterance.id, set.texts, { signal }));
    }
    const meaning = meaningOf(answer, pack.language);
    return { meaning, text: transcript.text, needsReadBack: 'needsReadBack' in answer && answer.needsReadBack };
  }
}

function meaningOf(answer: ClosedAnswer, language: Language): ClosedMeaning {
  switch (answer.kind) {
    case 'yes':
    case 'no':
      return answer.kind;
    case 'choice':
      return answer.choiceId;
    case 'number':
      return language.writeValue(answer.value);
    case 'intent':
      return `intent:${answer.intent}`;
    case 'unclear':
      return undefined;
  }
}
