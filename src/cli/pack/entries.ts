/** Everything in a pack and its hotlines that a person can check, each with its place and its state of review. */
import { join } from 'node:path';
import type { Confidence, Hotline } from '#pipeline/dialogue/hotline.ts';
import { IntentDetector } from '#pipeline/dialogue/intents.ts';
import { hotlineNames } from '#prompts/language.ts';
import { examineHotline } from '#prompts/load.ts';
import { readLocated, type Located } from '#prompts/located.ts';
import { cardsSchema, hotlineSchema, packSchema, type PackFile } from '#prompts/schema.ts';

export type EntryKind = 'greeting' | 'greeting reply' | 'phrase' | 'word class' | 'small talk' | 'answer' | 'questions';

export interface Entry {
  readonly kind: EntryKind;
  /** Of its kind, with the hotline in front: `kiriniki/welcome`. */
  readonly id: string;
  /** `folder/file.yaml:line`. */
  readonly at: string;
  /** As written; several forms or questions are joined by ` · `. */
  readonly text: string;
  /** Undefined where the files do not say one: facts of a card, which only the hotline's owner knows. */
  readonly confidence: Confidence | undefined;
  readonly isReviewed: boolean;
  /** What is said in an emergency or to somebody in distress, and the words that lead there. */
  readonly isUrgent: boolean;
  /** True for what callers hear, false for what they say. */
  readonly isSpoken: boolean;
}

/** What the text front end decides without a source, with examples as people write them. */
export interface Choice {
  readonly id: string;
  readonly at: string;
  readonly question: string;
  /** Where another choice is made. */
  readonly where: string;
  readonly examples: readonly string[];
}

/** A pack as far as it could be read. */
export interface PackContents {
  readonly entries: readonly Entry[];
  readonly choices: readonly Choice[];
  /** Hotlines that can be used. */
  readonly hotlines: readonly Hotline[];
  /** `folder/file.yaml:line: what`, each once, in the order of the files. */
  readonly faults: readonly string[];
}

const URGENT: ReadonlySet<string> = new Set(['emergency', 'sensitive', 'offer-transfer', 'human-number']);

/** Reads a pack and all hotlines below it. What is wrong is among the faults. */
export function readPack(code: string, promptsDir: string): PackContents {
  const faults = new Set<string>();
  const report = (at: string, message: string): void => void faults.add(`${at}: ${message}`);
  const entries: Entry[] = [];
  const hotlines: Hotline[] = [];
  const dir = join(promptsDir, code);
  const pack = readLocated(join(dir, 'pack.yaml'), packSchema, report);
  if (pack !== undefined) entries.push(...packEntries(pack));
  for (const name of hotlineNames(code, promptsDir)) {
    const { hotline, faults: found } = examineHotline(code, name, promptsDir);
    for (const fault of found) faults.add(fault);
    if (hotline !== undefined) hotlines.push(hotline);
    entries.push(...hotlineEntries(join(dir, 'hotlines', name), name, hotline));
  }
  const choices = (pack?.value.choices ?? []).map((choice, index) => ({
    ...choice,
    at: pack?.at('choices', index) ?? '',
  }));
  return { entries, choices, hotlines, faults: [...faults] };
}

function* packEntries(pack: Located<PackFile>): Generator<Entry> {
  const { value } = pack;
  const at = (...path: PropertyKey[]): string => pack.at(...path);
  const { reviewed: isReviewed } = value;
  const spoken = { isReviewed, isUrgent: false, isSpoken: true } as const;
  for (const [index, { untilHour, text }] of value.greetings.entries()) {
    const place = at('greetings', index, 'text');
    yield { ...spoken, kind: 'greeting', id: `before ${untilHour}:00`, at: place, text, confidence: undefined };
  }
  for (const [index, { id, text, heard, confidence }] of value.greetingReplies.entries()) {
    const words = `${heard.length === 0 ? '(any other greeting)' : heard.join(' · ')} → ${text}`;
    yield { ...spoken, kind: 'greeting reply', id, at: at('greetingReplies', index, 'text'), text: words, confidence };
  }
  yield* phraseEntries(pack);
  for (const [id, { confidence, forms }] of Object.entries(value.classes)) {
    const isUrgent = URGENT.has(id);
    const text = forms.join(' · ');
    yield { kind: 'word class', id, at: at('classes', id), text, confidence, isReviewed, isUrgent, isSpoken: false };
  }
  for (const [index, { caller, agent }] of value.baseModel.smallTalk.entries()) {
    const place = at('baseModel', 'smallTalk', index, 'agent');
    yield {
      ...spoken,
      kind: 'small talk',
      id: String(index + 1),
      at: place,
      text: `${caller} → ${agent}`,
      confidence: 'B',
    };
  }
}

function* phraseEntries(file: Located<Pick<PackFile, 'phrases' | 'reviewed'>>, prefix = ''): Generator<Entry> {
  for (const [index, { id, text, confidence, reviewed = file.value.reviewed }] of file.value.phrases.entries()) {
    const place = file.at('phrases', index, 'text');
    const more = { confidence, isReviewed: reviewed, isUrgent: URGENT.has(id), isSpoken: true } as const;
    yield { kind: 'phrase', id: prefix + id, at: place, text, ...more };
  }
}

function* hotlineEntries(dir: string, name: string, usable: Hotline | undefined): Generator<Entry> {
  const ignore = (): void => undefined;
  const hotline = readLocated(join(dir, 'hotline.yaml'), hotlineSchema, ignore);
  if (hotline !== undefined) {
    yield* phraseEntries(hotline, `${name}/`);
    const { reviewed: isReviewed } = hotline.value;
    for (const [index, { caller, agent }] of hotline.value.smallTalk.entries()) {
      const text = `${caller} → ${agent}`;
      const at = hotline.at('smallTalk', index, 'agent');
      const more = { confidence: 'B', isReviewed, isUrgent: false, isSpoken: true } as const;
      yield { kind: 'small talk', id: `${name}/${index + 1}`, at, text, ...more };
    }
  }
  const cards = readLocated(join(dir, 'cards.yaml'), cardsSchema, ignore);
  if (cards === undefined) return;
  const detector = usable && new IntentDetector(usable.pack);
  for (const [index, card] of cards.value.cards.entries()) {
    const isUrgent = card.emergency === true || card.questions.some((asked) => detector?.isSensitive(asked) === true);
    const common = { id: `${name}/${card.id}`, isReviewed: card.reviewed, isUrgent, confidence: undefined } as const;
    const place = cards.at('cards', index, 'questions');
    yield { ...common, kind: 'questions', at: place, text: card.questions.join(' · '), isSpoken: false };
    if (card.answer === undefined) continue;
    yield { ...common, kind: 'answer', at: cards.at('cards', index, 'answer'), text: card.answer, isSpoken: true };
  }
}
