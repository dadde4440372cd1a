/** A pack's language: prompts/<code>/language.yaml, read, checked and opened. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import type { Language } from '#pipeline/language/language.ts';
import { openLanguage } from '#pipeline/language/languages.ts';
import { languageSchema } from './language-schema.ts';
import { readLocated, type Report } from './located.ts';

/** The folder that this file stands in: prompts/. */
export const PROMPTS_DIR = import.meta.dirname;

/** Codes of the packs in a folder, in alphabetical order. Throws INZWA_PROMPTS_INVALID when there is no such folder. */
export function packCodes(promptsDir: string = PROMPTS_DIR): readonly string[] {
  if (!existsSync(promptsDir)) {
    throw new InzwaError('INZWA_PROMPTS_INVALID', `there is no folder ${promptsDir}: packs are looked for in it`);
  }
  return readdirSync(promptsDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^[a-z]{2,3}$/u.test(entry.name))
    .map(({ name }) => name)
    .sort();
}

/** Names of a pack's hotlines, in alphabetical order; none when there is no such pack, or no folder of hotlines in it yet. */
export function hotlineNames(code: string, promptsDir: string = PROMPTS_DIR): readonly string[] {
  if (!packCodes(promptsDir).includes(code)) return [];
  const folder = join(promptsDir, code, 'hotlines');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** The language of the pack in `promptsDir`/`code`; undefined when a fault was reported. */
export function readLanguage(code: string, promptsDir: string, report: Report): Language | undefined {
  const file = readLocated(join(promptsDir, code, 'language.yaml'), languageSchema, report);
  if (file === undefined) return undefined;
  if (file.value.code !== code) report(file.at('code'), `code "${file.value.code}" is not the folder's name "${code}"`);
  try {
    return openLanguage(file.value);
  } catch (error) {
    report(file.at('grammar'), messageOf(error));
    return undefined;
  }
}

/** A language by its pack's code. Throws INZWA_PROMPTS_INVALID that lists every fault of its language.yaml. */
export function loadLanguage(code: string, promptsDir: string = PROMPTS_DIR): Language {
  const faults: string[] = [];
  const known = packCodes(promptsDir);
  if (!known.includes(code)) faults.push(`there is no pack "${code}"; known: ${known.join(', ')}`);
  const language =
    faults.length > 0 ? undefined : readLanguage(code, promptsDir, (at, what) => faults.push(`${at}: ${what}`));
  if (language !== undefined && faults.length === 0) return language;
  throw new InzwaError('INZWA_PROMPTS_INVALID', `language "${code}" cannot be used:\n  ${faults.join('\n  ')}`, {
    details: { language: code, faults },
  });
}
