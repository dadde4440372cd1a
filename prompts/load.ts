/** Reads a hotline and its language pack, checks everything once at start, and hands `pipeline/` plain values. */
import { join } from 'node:path';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import {
  HUMAN_PHRASES,
  REQUIRED_PHRASES,
  type Card,
  type Hotline,
  type KeyAction,
  type Pack,
  type Phrase,
} from '#pipeline/dialogue/hotline.ts';
import { languageByCode } from '#pipeline/language/languages.ts';
import type { Language } from '#pipeline/language/language.ts';
import { singularForms, unsayableWords, unspeakableCharacters } from './lint.ts';
import { readLocated, type Located, type Report } from './located.ts';
import { cardsSchema, hotlineSchema, packSchema, type CardsFile, type HotlineFile, type PackFile } from './schema.ts';

const KEY_INTENTS = ['human', 'repeat', 'slower', 'goodbye', 'opt-out'] as const;

/** The folder that this file stands in: prompts/. */
export const PROMPTS_DIR = import.meta.dirname;

interface Files {
  readonly pack: Located<PackFile>;
  readonly hotline: Located<HotlineFile>;
  readonly cards: Located<CardsFile>;
}

function checkGreetings({ pack }: Files, report: Report): void {
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
    file.value.phrases.forEach(({ id, text, confidence }, index) => {
      if (here.has(id)) report(file.at('phrases', index, 'id'), `phrase "${id}" is there twice`);
      here.add(id);
      const isWanted = needed.has(id) || !(HUMAN_PHRASES as readonly string[]).includes(id);
      if (isWanted && !phrases.has(id)) {
        phrases.set(id, { id, confidence, text: text.replaceAll('{number}', human?.number ?? '') });
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

/** Every sentence that a caller can hear, with its place. */
function* spoken({ pack, hotline, cards }: Files): Generator<{ readonly text: string; readonly at: string }> {
  for (const [index, { text }] of pack.value.greetings.entries())
    yield { text, at: pack.at('greetings', index, 'text') };
  for (const file of [pack, hotline]) {
    for (const [index, { text }] of file.value.phrases.entries()) {
      yield { text: text.replaceAll(/\{(?:greeting|number)\}/gu, ''), at: file.at('phrases', index, 'text') };
    }
  }
  for (const [index, { agent }] of pack.value.baseModel.smallTalk.entries()) {
    yield { text: agent, at: pack.at('baseModel', 'smallTalk', index, 'agent') };
  }
  for (const [index, { agent }] of hotline.value.smallTalk.entries()) {
    yield { text: agent, at: hotline.at('smallTalk', index, 'agent') };
  }
  for (const [index, { answer }] of cards.value.cards.entries()) {
    if (answer !== undefined) yield { text: answer, at: cards.at('cards', index, 'answer') };
  }
}

function checkSpoken(files: Files, language: Language, report: Report): void {
  const singular = new Set(files.pack.value.singularForms);
  const foreign = new Set(files.pack.value.foreignWords.map((word) => word.toLowerCase()));
  for (const { text, at } of spoken(files)) {
    for (const word of singularForms(text, singular))
      report(at, `"${word}" speaks to one person; use the plural of respect`);
    for (const character of unspeakableCharacters(text)) report(at, `a voice cannot say ${character}`);
    for (const word of unsayableWords(text, language, foreign)) {
      report(at, `"${word}" is not a word by its syllables; write it as it sounds or list it under foreignWords`);
    }
  }
}

/**
 * `<promptsDir>/<language>/pack.yaml` and `…/hotlines/<name>/{hotline,cards}.yaml` as one checked value.
 * Throws INZWA_PROMPTS_INVALID whose message lists every fault as `folder/file.yaml:line: what`.
 */
export function loadHotline(name: string, promptsDir: string = PROMPTS_DIR, languageCode = 'sn'): Hotline {
  const faults: string[] = [];
  const report: Report = (at, message) => void faults.push(`${at}: ${message}`);
  const refuse = (): never => {
    throw new InzwaError('INZWA_PROMPTS_INVALID', `hotline "${name}" cannot be used:\n  ${faults.join('\n  ')}`, {
      details: { hotline: name, faults },
    });
  };
  if (!/^[a-z0-9-]+$/u.test(name)) {
    report(name, 'a hotline is named by its folder: lower case letters, digits and hyphens');
    return refuse();
  }
  const languageDir = join(promptsDir, languageCode);
  const hotlineDir = join(languageDir, 'hotlines', name);
  const pack = readLocated(join(languageDir, 'pack.yaml'), packSchema, report);
  const hotline = readLocated(join(hotlineDir, 'hotline.yaml'), hotlineSchema, report);
  const cardsFile = readLocated(join(hotlineDir, 'cards.yaml'), cardsSchema, report);
  if (pack === undefined || hotline === undefined || cardsFile === undefined) return refuse();

  const files: Files = { pack, hotline, cards: cardsFile };
  if (hotline.value.id !== name)
    report(hotline.at('id'), `id "${hotline.value.id}" is not the folder's name "${name}"`);
  if (hotline.value.language !== pack.value.code) {
    report(hotline.at('language'), `language "${hotline.value.language}" is not the pack's "${pack.value.code}"`);
  }
  let language: Language;
  try {
    language = languageByCode(pack.value.code);
  } catch (error) {
    report(pack.at('code'), messageOf(error));
    return refuse();
  }
  checkGreetings(files, report);
  const phrases = collectPhrases(files, report);
  const cards = collectCards(files, language, phrases.get('emergency')?.text ?? '', report);
  const keys = collectKeys(files, cards, report);
  checkSpoken(files, language, report);
  if (faults.length > 0) return refuse();

  const { code, name: languageName, timeZone, greetings, classes, baseModel } = pack.value;
  const checkedPack: Pack = { code, name: languageName, timeZone, language, greetings, classes, baseModel };
  const { id, name: title, human, systemPrompt, smallTalk } = hotline.value;
  return { id, name: title, pack: checkedPack, cards, phrases, keys, systemPrompt, smallTalk, ...(human && { human }) };
}
