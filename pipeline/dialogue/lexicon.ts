import type { Hotline } from './hotline.ts';

/** Counted over Shona transcripts with Whisper's multilingual vocabulary. */
const TOKENS_PER_WORD = 3.3;

export interface LexiconOptions {
  /** Choices that are likely now, likeliest first (`Matches.ranked` of a first pass, or the last card). */
  readonly likely?: readonly string[];
  /** Nothing but those: the second look of two. @defaultValue false */
  readonly onlyLikely?: boolean;
  /** Room in the decoder's prompt; Whisper keeps at most 224 tokens. @defaultValue 180 */
  readonly maxTokens?: number;
}

/**
 * Sentences for the recogniser's prompt: the likely cards' questions first, then, card by card, the question that brings
 * most new words for its length, until the tokens are spent. The likeliest stand last, where the decoder looks most.
 */
export function lexiconPrompt(
  hotline: Hotline,
  { likely = [], onlyLikely = false, maxTokens = 180 }: LexiconOptions = {},
): string {
  const { language } = hotline.pack;
  const chosen: string[] = [];
  const known = new Set<string>();
  let tokens = 0;
  const words = (question: string): string[] => question.split(/\s+/u).filter((word) => word !== '');
  const gain = (question: string): number => {
    const asked = words(question);
    return asked.filter((word) => !known.has(language.fold(word))).length / (asked.length + 1);
  };
  const take = (questions: readonly string[]): void => {
    const rest = questions.filter((question) => !chosen.includes(question));
    const best = rest.reduce<string | undefined>((a, b) => (a === undefined || gain(b) > gain(a) ? b : a), undefined);
    if (best === undefined || gain(best) === 0) return;
    const cost = words(best).length * TOKENS_PER_WORD;
    if (tokens + cost > maxTokens) return;
    tokens += cost;
    chosen.push(best);
    for (const word of words(best)) known.add(language.fold(word));
  };
  const first = likely.flatMap((id) => hotline.cards.filter((card) => card.id === id));
  for (const { questions } of first.slice(0, 4)) {
    take(questions.slice(0, 1));
    take(questions);
  }
  if (onlyLikely) {
    for (const { questions } of first) for (const question of questions) take([question]);
    return sentences(chosen);
  }
  const human = hotline.pack.classes.human.forms.slice(0, 1);
  take(human);
  for (const { id, questions } of hotline.cards) if (!likely.includes(id)) take(questions);
  for (const { questions } of hotline.cards) take(questions);
  return sentences(chosen);
}

/** The likeliest last. Each ends as a sentence does, so that the guard can tell a piece cut out of one from a whole one. */
function sentences(chosen: readonly string[]): string {
  return [...chosen]
    .reverse()
    .map((text) => (/[.!?]$/u.test(text) ? text : `${text}.`))
    .join(' ');
}
