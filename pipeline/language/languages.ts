import { InzwaError } from '#kernel/errors.ts';
import type { Language } from './language.ts';
import { shona } from './shona/shona.ts';

const LANGUAGES: readonly Language[] = [shona];

/** The language a pack names by its code; throws INZWA_CONFIG_INVALID for one that is not built in. */
export function languageByCode(code: string): Language {
  const language = LANGUAGES.find((known) => known.code === code);
  if (language !== undefined) return language;
  const known = LANGUAGES.map(({ code: name }) => name).join(', ');
  throw new InzwaError('INZWA_CONFIG_INVALID', `language "${code}" is not built in; known: ${known}`);
}
