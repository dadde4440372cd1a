/** The options that all of `inzwa pack` share. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { PROMPTS_DIR } from '#prompts/language.ts';

const SHARED = {
  language: { type: 'string', default: 'sn' },
  prompts: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export interface PackArguments {
  readonly language: string;
  readonly promptsDir: string;
  readonly isHelp: boolean;
  /** Options of one command, by name: true for a flag. */
  readonly others: Readonly<Record<string, string | boolean | undefined>>;
}

/** Throws INZWA_CONFIG_INVALID, with the help behind it, for an option that there is not. */
export function packArguments(
  args: readonly string[],
  help: string,
  own: NonNullable<ParseArgsConfig['options']> = {},
): PackArguments {
  try {
    const { values } = parseArgs({ args: [...args], options: { ...own, ...SHARED } });
    const { language, prompts = PROMPTS_DIR, help: isHelp, ...others } = values;
    return { language, promptsDir: prompts, isHelp, others };
  } catch (error) {
    throw new InzwaError('INZWA_CONFIG_INVALID', `${messageOf(error)}\n\n${help}`);
  }
}
