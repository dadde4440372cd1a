/**
 * Text to the character ids of an MMS VITS voice (facebook/mms-tts-*). The blank that training put between all characters
 * is id 0, and MMS vocabularies have no character of its own for it: in the Shona voice id 0 is also the letter w. Both
 * stay 0; telling them apart would feed the model ids it never saw.
 */
import { readFileSync } from 'node:fs';
import { InzwaError, messageOf } from '#kernel/errors.ts';

/** Character -> id. */
export type MmsVocabulary = ReadonlyMap<string, number>;

const BLANK_ID = 0;

/** Reads `vocab.json` (an object) or `tokens.txt` (a character, a space and an id per line); throws INZWA_VOICE_CONFIG. */
export function readMmsVocabulary(path: string): MmsVocabulary {
  try {
    const text = readFileSync(path, 'utf8');
    return text.trimStart().startsWith('{') ? parseVocabJson(text) : parseTokensTxt(text);
  } catch (error) {
    throw new InzwaError(
      'INZWA_VOICE_CONFIG',
      `${path} is neither the vocab.json nor the tokens.txt of an MMS voice (${messageOf(error)}); pull the voice again`,
      { cause: error },
    );
  }
}

function parseVocabJson(text: string): MmsVocabulary {
  const entries = Object.entries(JSON.parse(text) as Record<string, unknown>);
  return checked(new Map(entries.map(([character, id]) => [character, Number(id)])));
}

function parseTokensTxt(text: string): MmsVocabulary {
  const vocabulary = new Map<string, number>();
  for (const line of text.split('\n')) {
    // The character itself may be a space, so the id is what follows the last one.
    const cut = line.trimEnd().lastIndexOf(' ');
    if (cut >= 0) vocabulary.set(cut === 0 ? ' ' : line.slice(0, cut), Number(line.slice(cut + 1)));
  }
  return checked(vocabulary);
}

function checked(vocabulary: Map<string, number>): MmsVocabulary {
  for (const [character, id] of vocabulary) {
    if (!Number.isInteger(id) || id < 0) throw new Error(`id of "${character}" is not a whole number`);
  }
  if (!vocabulary.has('a')) throw new Error('there is no letter a');
  return vocabulary;
}

/** Ids of a text: lower case, characters outside the vocabulary left out, the blank before, between and after all. */
export function mmsIds(text: string, vocabulary: MmsVocabulary): number[] {
  const ids: number[] = [BLANK_ID];
  const plain = text
    .normalize('NFC')
    .replace(/[\u2019\u02bc\u2018]/gu, "'")
    .toLowerCase()
    .replace(/\s+/gu, ' ')
    .trim();
  for (const character of plain) {
    const id = vocabulary.get(character);
    if (id !== undefined) ids.push(id, BLANK_ID);
  }
  return ids;
}
