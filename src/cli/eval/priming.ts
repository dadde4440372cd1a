/** What the recognisers are told before they hear anything: the words of a hotline, or a list of one's own. */
import { readFile } from 'node:fs/promises';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { lexiconPrompt } from '#pipeline/dialogue/lexicon.ts';
import type { TranscribeOptions } from '#pipeline/ports.ts';
import { cutPrompt } from '#pipeline/recognition/cut-prompt.ts';
import { PROMPTS_DIR } from '#prompts/language.ts';
import { loadHotline } from '#prompts/load.ts';
import { decodeText } from './delimited.ts';

export interface Priming {
  readonly options: Pick<TranscribeOptions, 'prompt' | 'lexicon'>;
  /** For people. */
  readonly description: string;
}

export interface PrimingOptions {
  readonly hotline: string | undefined;
  readonly lexiconFile: string | undefined;
  readonly language: string;
}

/** The prompt of a first pass in a call when a hotline is named; throws INZWA_CONFIG_INVALID for a file that is not there. */
export async function readPriming({ hotline, lexiconFile, language }: PrimingOptions): Promise<Priming> {
  const cards = hotline === undefined ? undefined : loadHotline(hotline, PROMPTS_DIR, language);
  const own = lexiconFile === undefined ? [] : await readLexicon(lexiconFile);
  const lexicon = [...own, ...(cards?.cards.flatMap(({ questions }) => questions) ?? [])];
  if (lexicon.length === 0) return { options: {}, description: 'not primed' };
  // Of a list of one's own the end stands in the prompt; all of it is in the lexicon.
  const prompt = cards === undefined ? cutPrompt(own.join(' ')) : lexiconPrompt(cards);
  const names = [
    ...(hotline === undefined ? [] : [`the hotline ${hotline}`]),
    ...(lexiconFile === undefined ? [] : [`${own.length} words and phrases of ${lexiconFile}`]),
  ];
  return {
    options: { lexicon, ...(prompt !== undefined && { prompt }) },
    description: `primed with ${names.join(' and ')}`,
  };
}

async function readLexicon(file: string): Promise<readonly string[]> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new InzwaError('INZWA_CONFIG_INVALID', `--lexicon ${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  });
  return decodeText(bytes)
    .split(/\r?\n/u)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
