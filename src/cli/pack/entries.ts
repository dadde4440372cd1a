/** Everything in a pack, its hotlines and its interviews that a person can check, each with its place and its state of review. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Confidence, Hotline } from '#pipeline/dialogue/hotline.ts';
import { IntentDetector } from '#pipeline/dialogue/intents.ts';
import type { Interview } from '#pipeline/interview/script.ts';
import { campaignSchema, interviewSchema } from '#prompts/campaign-schema.ts';
import { campaignScripts, examineScript, readScript } from '#prompts/campaign.ts';
import { lintInterviews } from '#prompts/interview-lint.ts';
import { hotlineNames } from '#prompts/language.ts';
import { examineHotline } from '#prompts/load.ts';
import { locate, readLocated, type Located, type Report } from '#prompts/located.ts';
import { cardsSchema, hotlineSchema, packSchema, type PackFile } from '#prompts/schema.ts';

export type EntryKind =
  | 'greeting'
  | 'greeting reply'
  | 'phrase'
  | 'word class'
  | 'small talk'
  | 'answer'
  | 'questions'
  | 'moments'
  | 'script';

export interface Entry {
  readonly kind: EntryKind;
  /** Of its kind, with the hotline or the script in front: `kiriniki/welcome`; `interview` for what all scripts share. */
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
  /** Scripts of campaigns that can be used. */
  readonly interviews: readonly Interview[];
  /** `folder/file.yaml:line: what`, each once, in the order of the files. */
  readonly faults: readonly string[];
}

const URGENT: ReadonlySet<string> = new Set(['emergency', 'sensitive', 'offer-transfer', 'human-number']);

/** Reads a pack, all hotlines below it and all scripts. What is wrong is among the faults. */
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
  lintInterviews(code, promptsDir, report, () => undefined);
  entries.push(...interviewEntries(join(dir, 'interview.yaml')));
  const interviews: Interview[] = [];
  for (const script of campaignScripts(promptsDir).filter((id) => id.startsWith(`${code}/`))) {
    const { text } = readScript(script, promptsDir);
    const { interview } = examineScript(script, text, promptsDir);
    if (interview !== undefined) interviews.push(interview);
    entries.push(...scriptEntries(script.slice(code.length + 1), text));
  }
  const choices = (pack?.value.choices ?? []).map((choice, index) => ({
    ...choice,
    at: pack?.at('choices', index) ?? '',
  }));
  return { entries, choices, hotlines, interviews, faults: [...faults] };
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

const ignore: Report = () => undefined;

function* interviewEntries(path: string): Generator<Entry> {
  if (!existsSync(path)) return;
  const shared = readLocated(path, interviewSchema, ignore);
  if (shared === undefined) return;
  yield* phraseEntries(shared, 'interview/');
  const { reviewed: isReviewed, classes, moments } = shared.value;
  const common = { isReviewed, isUrgent: false, isSpoken: false } as const;
  for (const [name, { confidence, forms }] of Object.entries(classes)) {
    const at = shared.at('classes', name);
    yield { ...common, kind: 'word class', id: `interview/${name}`, at, text: forms.join(' · '), confidence };
  }
  const { months, date, dayOfYear, dayAndTime, today, tomorrow, parts } = moments;
  const written = [...months, date, dayOfYear, dayAndTime, today, tomorrow, ...parts.flatMap(({ words }) => words)];
  const text = written.join(' · ');
  yield { ...common, kind: 'moments', id: 'interview', at: shared.at('moments'), text, confidence: undefined };
}

function* scriptEntries(name: string, source: string): Generator<Entry> {
  const script = locate(source, `campaigns/${name}.yaml`, campaignSchema, ignore);
  if (script === undefined) return;
  yield* phraseEntries(script, `${name}/`);
  const { reviewed: isReviewed, questions, ...texts } = script.value;
  const common = { isReviewed, isUrgent: false, confidence: undefined, kind: 'script' } as const;
  for (const field of ['identity', 'opening', 'consent', 'closing', 'machineMessage'] as const) {
    const text = texts[field];
    if (text !== undefined) yield { ...common, id: `${name}/${field}`, at: script.at(field), text, isSpoken: true };
  }
  for (const [index, question] of questions.entries()) {
    const at = script.at('questions', index, 'text');
    const { text, hint } = question;
    const spoken = [text, ...(hint === undefined ? [] : [hint])].join(' · ');
    yield { ...common, id: `${name}/${question.id}`, at, text: spoken, isSpoken: true };
    if (question.kind !== 'choice') continue;
    const answers = question.choices.map(({ id, says }) => `${id}: ${says.join(', ')}`).join(' · ');
    const place = script.at('questions', index, 'choices');
    yield { ...common, id: `${name}/${question.id}: answers`, at: place, text: answers, isSpoken: false };
  }
}
