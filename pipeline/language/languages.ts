import { InzwaError } from '#kernel/errors.ts';
import type { LanguageDefinition } from './definition.ts';
import type { Language } from './language.ts';
import { openRuleLanguage } from './rules/rule-language.ts';
import { shona, shonaWith } from './shona/shona.ts';

const BUILT_IN: Readonly<Record<'shona', Language>> = { shona };

/**
 * The language that a pack defines: one whose grammar is built in, or one of tables and rules. Throws INZWA_CONFIG_INVALID
 * for a built-in grammar under another language's code, and for number rules that cannot be read.
 */
export function openLanguage(definition: LanguageDefinition): Language {
  if (definition.grammar === 'rules') return openRuleLanguage(definition);
  const language = BUILT_IN[definition.grammar];
  if (language.code === definition.code) {
    const { reading } = definition;
    return { ...(reading === undefined ? language : shonaWith(reading)), definition };
  }
  throw new InzwaError(
    'INZWA_CONFIG_INVALID',
    `grammar "${definition.grammar}" is that of "${language.code}"; for "${definition.code}" none is built in: write grammar: rules`,
  );
}
