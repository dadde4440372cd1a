/** `inzwa pack checklist`: a list for a native speaker, to print or to fill in, the most doubtful first. */
import type { Language } from '#pipeline/language/language.ts';
import { createTerminal } from '../terminal.ts';
import { readPack, type Choice, type Entry, type PackContents } from './entries.ts';
import { packArguments } from './pack-arguments.ts';

const HELP = `Usage: npm run inzwa -- pack checklist [options] > list.md

Prints, as Markdown, everything of a pack, its hotlines and its interviews that no native speaker has reviewed: what is marked C, what is
said in an emergency or to somebody in distress, what the text front end decides without a source (with examples as it
reads them), then B, the hotlines' cards and the scripts of campaigns, and A. Each has a box to tick, a line for a correction, and its place.

  --all             what is reviewed as well
  --language CODE   default: sn
  --prompts FOLDER  other packs than those that come with the program
  --help            shows this`;

const INTRODUCTION = `Checked by: ______________________________    Date: ______________

Tick what is right as it stands. Where it is not, write what people would say. Everything is said on the telephone to
strangers, in the plural of respect. In a word class, strike out what means something else too, and add what is missing.`;

export function run(args: readonly string[]): Promise<number> {
  const { language, promptsDir, isHelp, others } = packArguments(args, HELP, {
    all: { type: 'boolean', default: false },
  });
  const terminal = createTerminal();
  if (isHelp) {
    terminal.line(HELP);
    return Promise.resolve(0);
  }
  const contents = readPack(language, promptsDir);
  const list = checklist(contents, { withReviewed: others['all'] === true });
  if (list === undefined) {
    for (const fault of contents.faults) terminal.line(fault);
    terminal.line(`pack ${language}: no list, because it cannot be used`);
    return Promise.resolve(1);
  }
  terminal.line(list);
  return Promise.resolve(0);
}

/** Undefined for a pack that cannot be used: its figures could not be read out. */
export function checklist(
  { entries, choices, hotlines }: PackContents,
  { withReviewed }: { readonly withReviewed: boolean },
): string | undefined {
  const pack = hotlines[0]?.pack;
  if (pack === undefined) return undefined;
  const { language } = pack;
  const wanted = entries.filter(({ isReviewed }) => withReviewed || !isReviewed);
  const isC = ({ confidence }: Entry): boolean => confidence === 'C';
  const isUrgent = (entry: Entry): boolean => entry.isUrgent && !isC(entry);
  const rest = wanted.filter((entry) => !isC(entry) && !entry.isUrgent);
  const part = (title: string, some: readonly Entry[]): string[] =>
    section(
      title,
      some.map((one) => item(one, language)),
    );
  return [
    `# What to check: ${pack.name} (${pack.code})`,
    INTRODUCTION,
    ...part('Written without a source', wanted.filter(isC)),
    ...part('In an emergency, or to somebody in distress', wanted.filter(isUrgent)),
    ...section(
      'How figures and signs are said',
      choices.map((choice) => choiceItem(choice, language)),
    ),
    ...part(
      'Formed by a rule',
      rest.filter(({ confidence }) => confidence === 'B'),
    ),
    ...part(
      'Answers, ways of asking, greetings',
      rest.filter(({ confidence }) => confidence === undefined),
    ),
    ...part(
      'Found in texts or in use',
      rest.filter(({ confidence }) => confidence === 'A'),
    ),
  ].join('\n\n');
}

function section(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`## ${title} (${items.length})`, items.join('\n')];
}

const CORRECTION = '  correction: ________________________________________________';

function item({ kind, id, at, text, isSpoken, confidence }: Entry, language: Language): string {
  const mark = confidence === undefined ? '' : `, ${confidence}`;
  const lines = [`- [ ] **${kind} ${id}**${mark} (${at})  `, `  ${text}  `];
  const said = language.speakable(text);
  if (isSpoken && /\p{N}|\p{Sc}/u.test(text)) lines.push(`  said: *${said}*  `);
  return [...lines, CORRECTION].join('\n');
}

function choiceItem({ id, at, question, where, examples }: Choice, language: Language): string {
  const rendered = examples.map((example) => `  - [ ] ${example} → *${language.speakable(example)}*`);
  return [`- [ ] **${id}** (${at}; changed in ${where})  `, `  ${question}`, ...rendered, CORRECTION].join('\n');
}
