/** What the demo can be asked for on the command line. */
import { parseArgs } from 'node:util';
import { InzwaError, messageOf } from '#kernel/errors.ts';

export type CallerTurn =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'wav'; readonly path: string };

export interface DemoArguments {
  readonly isHelp: boolean;
  /** In the order given; empty: the built-in conversation. */
  readonly turns: readonly CallerTurn[];
  /** Over SIP, through a real Asterisk. */
  readonly viaAsterisk: boolean;
  /** Code of a language pack whose example hotline is called; undefined: INZWA_HOTLINE. */
  readonly language: string | undefined;
  /** A second place for the JSON record. */
  readonly jsonPath: string | undefined;
}

export const DEMO_HELP = `npm run demo [-- options]

Starts the service, telephones it in the hotline's language (Shona) over Twilio's wire, shows the conversation, and checks from the caller's
recording that every expected answer was heard.

  --language CODE  calls the example hotline of that language pack: sw
  --text "…"    the caller says this sentence (repeatable; instead of the built-in conversation)
  --wav FILE    the caller plays this recording: any sample rate, 16-bit, float, mu-law or A-law (repeatable)
  --asterisk    over SIP, through a private Asterisk with the shipped configuration, instead of Twilio's wire (the first
                time, Asterisk is fetched from Debian and unpacked, not installed: 80 MB)
  --json FILE   writes the call's record to FILE as well
  --help        shows this

Environment: INZWA_PROFILE (models), INZWA_HOTLINE, INZWA_MODELS_DIR.
Exit code 0: every expected answer was really heard; 1: not, or the service did not start; 2: a wrong option or setting.
`;

/** Throws INZWA_CONFIG_INVALID for an unknown option, a stray word, or an option without its value. */
export function parseDemoArguments(args: readonly string[]): DemoArguments {
  const { values, tokens } = parseOrThrow(args);
  const turns: CallerTurn[] = [];
  for (const token of tokens) {
    if (token.kind !== 'option' || token.value === undefined) continue;
    if (token.name === 'text') turns.push({ kind: 'text', text: token.value });
    if (token.name === 'wav') turns.push({ kind: 'wav', path: token.value });
  }
  for (const turn of turns) {
    if (turn.kind === 'text' && turn.text.trim() === '') {
      throw new InzwaError('INZWA_CONFIG_INVALID', '--text needs a sentence for the caller to say');
    }
  }
  return {
    isHelp: values.help ?? false,
    turns,
    viaAsterisk: values.asterisk ?? false,
    language: values.language,
    jsonPath: values.json,
  };
}

function parseOrThrow(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      tokens: true,
      options: {
        text: { type: 'string', multiple: true },
        wav: { type: 'string', multiple: true },
        asterisk: { type: 'boolean' },
        json: { type: 'string' },
        language: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new InzwaError('INZWA_CONFIG_INVALID', `${messageOf(error)}\n\n${DEMO_HELP}`, { cause: error });
  }
}
