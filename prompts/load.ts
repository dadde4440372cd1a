/** Reads a hotline and its language pack, checks everything once at start, and hands `pipeline/` plain values. */
import { join } from 'node:path';
import { InzwaError } from '#kernel/errors.ts';
import {
  HUMAN_PHRASES,
  REQUIRED_PHRASES,
  type Card,
  type Hotline,
  type KeyAction,
  type Pack,
  type Phrase,
} from '#pipeline/dialogue/hotline.ts';
import type { Language } from '#pipeline/language/language.ts';
import { hotlineNames, packCodes, PROMPTS_DIR, readLanguage } from './language.ts';
import { singularForms, unsayableWords, unspeakableCharacters } from './lint.ts';
import { readLocated, type Located, type Report } from './located.ts';
import { cardsSchema, hotlineSchema, packSchema, type CardsFile, type HotlineFile, type PackFile } from './schema.ts';

const KEY_INTENTS = ['human', 'repeat', 'slower', 'goodbye', 'opt-out'] as const;

export { PROMPTS_DIR } from './language.ts';

interface Files {
  readonly pack: Located<PackFile>;
  readonly hotline: Located<HotlineFile>;
  readonly cards: Located<CardsFile>;
}

function checkGreetings(pack: Located<PackFile>, report: Report): void {
  let last = 0;
  pack.value.greetings.forEach(({ untilHour }, index) => {
    if (untilHour <= last) report(pack.at('greetings', index), `untilHour ${untilHour} does not come after ${last}`);
    last = untilHour;
  });
  if (last !== 24) report(pack.at('greetings'), 'the last greeting must have untilHour: 24');
}

/** What may be filled into a phrase; the number stands in its phrase once and for all, the greeting goes by the hour. */
const PLACEHOLDERS: Readonly<Record<string, string>> = { welcome: '{greeting}', 'human-number': '{number}' };

/** Phrases of the hotline before those of the pack; nothing doubled within a file, nothing missing, the number filled in. */
function collectPhrases({ pack, hotline }: Files, report: Report): Map<string, Phrase> {
  const phrases = new Map<string, Phrase>();
  const { human } = hotline.value;
  const needed = new Set<string>([...REQUIRED_PHRASES, ...(human ? HUMAN_PHRASES : [])]);
  for (const file of [hotline, pack]) {
    const here = new Set<string>();
    file.value.phrases.forEach(({ id, text, confidence, reviewed: isReviewed = file.value.reviewed }, index) => {
      if (here.has(id)) report(file.at('phrases', index, 'id'), `phrase "${id}" is there twice`);
      here.add(id);
      const isWanted = needed.has(id) || !(HUMAN_PHRASES as readonly string[]).includes(id);
      if (isWanted && !phrases.has(id)) {
        phrases.set(id, { id, confidence, isReviewed, text: text.replaceAll('{number}', human?.number ?? '') });
      }
      for (const slot of text.match(/\{[^}]*\}?/gu) ?? []) {
        if (slot === PLACEHOLDERS[id]) continue;
        const allowed = 'only welcome may use {greeting}, only human-number {number}';
        report(file.at('phrases', index, 'text'), `unknown placeholder ${slot}; ${allowed}`);
      }
      if (id === 'human-number' && !text.includes('{number}')) {
        report(file.at('phrases', index, 'text'), 'phrase "human-number" must hold {number}');
      }
    });
  }
  for (const id of needed) {
    if (!phrases.has(id)) report(hotline.at('phrases'), `phrase "${id}" is missing here and in the pack`);
  }
  return phrases;
}

function collectCards({ cards }: Files, language: Language, emergencyText: string, report: Report): Card[] {
  const ids = new Set<string>();
  const askedAt = new Map<string, { readonly id: string; readonly at: string }>();
  return cards.value.cards.map((card, index) => {
    const at = (...path: PropertyKey[]): string => cards.at('cards', index, ...path);
    if (ids.has(card.id)) report(at('id'), `card "${card.id}" is there twice`);
    ids.add(card.id);
    const isEmergency = card.emergency ?? false;
    if (isEmergency && card.answer !== undefined) {
      report(at('answer'), 'an emergency card has no answer of its own: phrase "emergency" is said');
    }
    if (!isEmergency && card.answer === undefined) report(at('id'), `card "${card.id}" has no answer`);
    card.questions.forEach((question, asked) => {
      const folded = language.fold(question);
      const before = askedAt.get(folded);
      if (folded === '') report(at('questions', asked), 'no sound of the language in this question');
      else if (before !== undefined) {
        const whose = before.id === card.id ? 'this card' : `card "${before.id}"`;
        report(at('questions', asked), `sounds the same as a question of ${whose} (${before.at})`);
      } else askedAt.set(folded, { id: card.id, at: at('questions', asked) });
    });
    return {
      id: card.id,
      questions: card.questions,
      answer: card.answer ?? emergencyText,
      isReviewed: card.reviewed,
      isEmergency,
    };
  });
}

function collectKeys({ hotline }: Files, cards: readonly Card[], report: Report): Map<string, KeyAction> {
  const keys = new Map<string, KeyAction>();
  for (const [key, action] of Object.entries(hotline.value.keys)) {
    const cardId = /^card:(.+)$/u.exec(action)?.[1];
    const intent = KEY_INTENTS.find((known) => known === action);
    if (intent !== undefined) keys.set(key, { kind: 'intent', intent });
    else if (cardId !== undefined && cards.some(({ id }) => id === cardId)) keys.set(key, { kind: 'card', cardId });
    else {
      const known = `${KEY_INTENTS.join(', ')} or card:<id>`;
      report(hotline.at('keys', key), `key ${key} does "${action}", which is not ${known}`);
    }
  }
  return keys;
}

/** A sentence that a caller can hear, with its place: `folder/file.yaml:line`. */
export interface Sentence {
  readonly text: string;
  readonly at: string;
}

function* phrasesIn(file: Located<PackFile> | Located<HotlineFile>): Generator<Sentence> {
  for (const [index, { text }] of file.value.phrases.entries()) {
    yield { text: text.replaceAll(/\{(?:greeting|number)\}/gu, ''), at: file.at('phrases', index, 'text') };
  }
}

function* spokenByPack(pack: Located<PackFile>): Generator<Sentence> {
  for (const [index, { text }] of pack.value.greetings.entries())
    yield { text, at: pack.at('greetings', index, 'text') };
  for (const [index, { text }] of pack.value.greetingReplies.entries())
    yield { text: text.replaceAll('{greeting}', ''), at: pack.at('greetingReplies', index, 'text') };
  yield* phrasesIn(pack);
  for (const [index, { agent }] of pack.value.baseModel.smallTalk.entries()) {
    yield { text: agent, at: pack.at('baseModel', 'smallTalk', index, 'agent') };
  }
}

function* spokenByHotline({ hotline, cards }: Files): Generator<Sentence> {
  yield* phrasesIn(hotline);
  for (const [index, { agent }] of hotline.value.smallTalk.entries()) {
    yield { text: agent, at: hotline.at('smallTalk', index, 'agent') };
  }
  for (const [index, { answer }] of cards.value.cards.entries()) {
    if (answer !== undefined) yield { text: answer, at: cards.at('cards', index, 'answer') };
  }
}

/** Reports every word of a sentence that is rude, that a voice cannot say or that is no word by its syllables. */
export function checkSpoken(
  spoken: readonly Sentence[],
  pack: Located<PackFile>,
  language: Language,
  report: Report,
): void {
  const singular = new Set(pack.value.singularForms);
  const foreign = new Set(pack.value.foreignWords.map((word) => word.toLowerCase()));
  for (const { text, at } of spoken) {
    for (const word of singularForms(text, singular, language))
      report(at, `"${word}" speaks to one person; use the plural of respect`);
    for (const character of unspeakableCharacters(text, language)) report(at, `a voice cannot say ${character}`);
    for (const word of unsayableWords(text, language, foreign)) {
      report(at, `"${word}" is not a word by its syllables; write it as it sounds or list it under foreignWords`);
    }
  }
}

/** A hotline with everything that is wrong with it; undefined when it cannot be used. */
export interface Examined {
  readonly hotline: Hotline | undefined;
  /** `folder/file.yaml:line: what`. */
  readonly faults: readonly string[];
  /** What callers can hear of it, as far as its files could be read. */
  readonly spoken: readonly Sentence[];
}

/** A pack without any of its hotlines. */
export interface ExaminedPack {
  readonly faults: readonly string[];
  readonly spoken: readonly Sentence[];
  /** Undefined when its language.yaml cannot be used. */
  readonly language: Language | undefined;
}

/**
 * `<promptsDir>/<language>/{language,pack}.yaml` and `…/hotlines/<name>/{hotline,cards}.yaml` as one checked value. Throws
 * INZWA_PROMPTS_INVALID whose message lists every fault. `name` may say the language too: `sw/zahanati`; without it the one
 * pack is taken that has such a hotline.
 */
export function loadHotline(name: string, promptsDir: string = PROMPTS_DIR, languageCode?: string): Hotline {
  const { code, folder, fault } = locateHotline(name, promptsDir, languageCode);
  const { hotline, faults } =
    fault === undefined ? examineHotline(code, folder, promptsDir) : { hotline: undefined, faults: [fault] };
  if (hotline !== undefined) return hotline;
  throw new InzwaError('INZWA_PROMPTS_INVALID', `hotline "${name}" cannot be used:\n  ${faults.join('\n  ')}`, {
    details: { hotline: name, faults },
  });
}

interface Place {
  readonly code: string;
  readonly folder: string;
  readonly fault?: string;
}

function locateHotline(name: string, promptsDir: string, languageCode: string | undefined): Place {
  const [, written, folder = name] = /^(?:([a-z]{2,3})\/)?([a-z0-9-]+)$/u.exec(name) ?? [];
  const code = languageCode ?? written;
  if (folder.includes('/')) {
    const fault = `${name}: a hotline is named by its folder: lower case letters, digits and hyphens`;
    return { code: '', folder, fault };
  }
  if (code !== undefined) {
    const packs = packCodes(promptsDir);
    if (!packs.includes(code)) return { code, folder, fault: notFound(folder, `there is no pack ${code}`, packs) };
    const names = hotlineNames(code, promptsDir);
    if (names.includes(folder)) return { code, folder };
    return { code, folder, fault: notFound(folder, `pack ${code} has no such hotline`, names) };
  }
  const codes = packCodes(promptsDir);
  const [first, ...others] = codes.filter((known) => hotlineNames(known, promptsDir).includes(folder));
  if (first !== undefined && others.length === 0) return { code: first, folder };
  if (first !== undefined) {
    const choices = [first, ...others].map((known) => `${known}/${folder}`).join(' or ');
    return { code: first, folder, fault: `${name}: more than one pack has it; write ${choices}` };
  }
  const known = codes.flatMap((pack) => hotlineNames(pack, promptsDir).map((hotline) => `${pack}/${hotline}`));
  return { code: '', folder, fault: notFound(folder, 'no pack has such a hotline', known) };
}

function notFound(folder: string, why: string, known: readonly string[]): string {
  return `${folder}/hotline.yaml:1: cannot be read: ${why}; known: ${known.join(', ')}`;
}

/** Reads what all hotlines of a pack share and gathers every fault; what a hotline may still add is not asked for. */
export function examinePack(code: string, promptsDir: string = PROMPTS_DIR): ExaminedPack {
  const faults: string[] = [];
  const report: Report = (at, message) => void faults.push(`${at}: ${message}`);
  const pack = readLocated(join(promptsDir, code, 'pack.yaml'), packSchema, report);
  const language = readLanguage(code, promptsDir, report);
  if (pack === undefined) return { faults, spoken: [], language };
  const spoken = [...spokenByPack(pack)];
  checkCode(pack, code, report);
  checkGreetings(pack, report);
  if (language !== undefined) checkSpoken(spoken, pack, language, report);
  return { faults, spoken, language };
}

/** Reads one hotline of one pack and gathers every fault instead of throwing. */
export function examineHotline(code: string, name: string, promptsDir: string = PROMPTS_DIR): Examined {
  const faults: string[] = [];
  const report: Report = (at, message) => void faults.push(`${at}: ${message}`);
  const languageDir = join(promptsDir, code);
  const hotlineDir = join(languageDir, 'hotlines', name);
  const pack = readLocated(join(languageDir, 'pack.yaml'), packSchema, report);
  const language = readLanguage(code, promptsDir, report);
  const hotline = readLocated(join(hotlineDir, 'hotline.yaml'), hotlineSchema, report);
  const cardsFile = readLocated(join(hotlineDir, 'cards.yaml'), cardsSchema, report);
  if (!pack || !language || !hotline || !cardsFile) return { hotline: undefined, faults, spoken: [] };

  const files: Files = { pack, hotline, cards: cardsFile };
  checkNames(files, code, name, report);
  checkGreetings(pack, report);
  const phrases = collectPhrases(files, report);
  const cards = collectCards(files, language, phrases.get('emergency')?.text ?? '', report);
  const keys = collectKeys(files, cards, report);
  const spoken = [...spokenByPack(pack), ...spokenByHotline(files)];
  checkSpoken(spoken, pack, language, report);
  if (faults.length > 0) return { hotline: undefined, faults, spoken };

  const checkedPack = packOf(pack.value, language);
  const { id, name: title, human, systemPrompt, smallTalk } = hotline.value;
  const checked = { id, name: title, pack: checkedPack, cards, phrases, keys, systemPrompt, smallTalk };
  return { hotline: { ...checked, ...(human && { human }) }, faults, spoken };
}

/** What hotlines and interviews of a language share. */
export function packOf({ name, timeZone, ...rest }: PackFile, language: Language): Pack {
  const { code, greetings, greetingReplies, classes, baseModel } = rest;
  return { code, name, timeZone, language, greetings, greetingReplies, classes, baseModel };
}

function checkCode(pack: Located<PackFile>, code: string, report: Report): void {
  if (pack.value.code === code) return;
  const why = `the language of the folder "${code}" is not built in under another code`;
  report(pack.at('code'), `code "${pack.value.code}": ${why}`);
}

function checkNames({ pack, hotline }: Files, code: string, name: string, report: Report): void {
  checkCode(pack, code, report);
  if (hotline.value.id !== name) {
    report(hotline.at('id'), `id "${hotline.value.id}" is not the folder's name "${name}"`);
  }
  if (hotline.value.language !== code) {
    report(hotline.at('language'), `language "${hotline.value.language}" is not the pack's "${code}"`);
  }
}
