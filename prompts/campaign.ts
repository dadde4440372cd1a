/**
 * Reads a campaign's script (prompts/<language>/campaigns/<name>.yaml) with what all interviews of its language share, and
 * checks everything before anybody is called. A running campaign keeps the text it was created with, so a script is also
 * read from a text.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import type { Pack } from '#pipeline/dialogue/hotline.ts';
import { IntentDetector } from '#pipeline/dialogue/intents.ts';
import {
  INTERVIEW_CLASSES,
  INTERVIEW_HUMAN_PHRASES,
  INTERVIEW_PHRASES,
  textsOf,
  variablesIn,
  type AnswerValue,
  type Interview,
  type InterviewClassName,
  type Question,
} from '#pipeline/interview/script.ts';
import { campaignSchema, interviewSchema, type CampaignFile, type InterviewFile } from './campaign-schema.ts';
import { packCodes, PROMPTS_DIR, readLanguage } from './language.ts';
import { checkSpoken, packOf, type Sentence } from './load.ts';
import { locate, readLocated, type Located, type Report } from './located.ts';
import { packSchema } from './schema.ts';

type QuestionEntry = CampaignFile['questions'][number];

/** A script with everything that is wrong with it; undefined when it cannot be used. */
export interface ExaminedScript {
  readonly interview: Interview | undefined;
  /** `campaigns/file.yaml:line: what`. */
  readonly faults: readonly string[];
  readonly isReviewed: boolean;
}

/** What may be filled into a phrase. */
const GAPS: Readonly<Record<string, readonly string[]>> = {
  'read-back': ['answer'],
  'later-agreed': ['when'],
  'later-read-back': ['when'],
  'out-of-range': ['from', 'to'],
  'human-number': ['number'],
};

/** `sn/hutano` for each script that there is, in alphabetical order. */
export function campaignScripts(promptsDir: string = PROMPTS_DIR): readonly string[] {
  return packCodes(promptsDir).flatMap((code) => {
    const folder = join(promptsDir, code, 'campaigns');
    if (!existsSync(folder)) return [];
    const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
    return files.map((name) => `${code}/${name.slice(0, -'.yaml'.length)}`).sort();
  });
}

/**
 * The text of a script by its id (`sn/hutano`, or `hutano` where one language alone has it). Throws INZWA_PROMPTS_INVALID
 * that names what there is.
 */
export function readScript(
  id: string,
  promptsDir: string = PROMPTS_DIR,
): { readonly id: string; readonly text: string } {
  const known = campaignScripts(promptsDir);
  const found = known.filter((script) => script === id || script.endsWith(`/${id}`));
  const [script] = found;
  if (script === undefined || found.length > 1) {
    const choices = (found.length > 1 ? found : known).join(', ');
    const why = found.length > 1 ? 'more than one language has it; write one of' : 'there is no such script; known:';
    throw invalid(id, [`${id}: ${why} ${choices === '' ? 'none' : choices}`]);
  }
  const [code = '', name = ''] = script.split('/');
  const path = join(promptsDir, code, 'campaigns', `${name}.yaml`);
  try {
    return { id: script, text: readFileSync(path, 'utf8') };
  } catch (error) {
    throw invalid(id, [`campaigns/${name}.yaml:1: cannot be read: ${messageOf(error)}`]);
  }
}

/** Throws INZWA_PROMPTS_INVALID whose message lists every fault. `id` as `readScript` returns it. */
export function loadInterview(id: string, text: string, promptsDir: string = PROMPTS_DIR): Interview {
  const { interview, faults } = examineScript(id, text, promptsDir);
  if (interview !== undefined) return interview;
  throw invalid(id, faults);
}

function invalid(id: string, faults: readonly string[]): InzwaError {
  return new InzwaError('INZWA_PROMPTS_INVALID', `script "${id}" cannot be used:\n  ${faults.join('\n  ')}`, {
    details: { script: id, faults },
  });
}

/** Codes of the packs that say what an interview needs besides its script. */
function interviewLanguages(promptsDir: string): readonly string[] {
  return packCodes(promptsDir).filter((code) => existsSync(join(promptsDir, code, 'interview.yaml')));
}

/** Gathers every fault instead of throwing. */
export function examineScript(id: string, text: string, promptsDir: string = PROMPTS_DIR): ExaminedScript {
  const faults: string[] = [];
  const report: Report = (at, message) => void faults.push(`${at}: ${message}`);
  const name = id.replace(/^.*\//u, '');
  const script = locate(text, `campaigns/${name}.yaml`, campaignSchema, report);
  if (script === undefined) return { interview: undefined, faults, isReviewed: false };
  const code = script.value.language;
  if (!packCodes(promptsDir).includes(code)) {
    report(script.at('language'), `there is no pack "${code}"; known: ${packCodes(promptsDir).join(', ')}`);
    return { interview: undefined, faults, isReviewed: false };
  }
  if (!interviewLanguages(promptsDir).includes(code)) {
    const known = interviewLanguages(promptsDir).join(', ') || 'none';
    report(
      script.at('language'),
      `the pack "${code}" holds no interviews (it has no interview.yaml); packs that do: ${known}`,
    );
    return { interview: undefined, faults, isReviewed: false };
  }
  const language = readLanguage(code, promptsDir, report);
  const packFile = readLocated(join(promptsDir, code, 'pack.yaml'), packSchema, report);
  const shared = readLocated(join(promptsDir, code, 'interview.yaml'), interviewSchema, report);
  if (!language || !packFile || !shared) return { interview: undefined, faults, isReviewed: false };

  const pack = packOf(packFile.value, language);
  if (script.value.id !== name) report(script.at('id'), `id "${script.value.id}" is not the file's name "${name}"`);
  const phrases = collectPhrases(script, shared, report);
  const questions = collectQuestions(script, pack, report);
  checkSpoken([...spokenBy(script, shared)], packFile, language, report);
  const interview = interviewOf({ script, shared, pack, phrases, questions });
  checkGapsAndVariables(script, interview, report);
  const isReviewed = script.value.reviewed && shared.value.reviewed;
  return { interview: faults.length === 0 ? interview : undefined, faults, isReviewed };
}

interface Parts {
  readonly script: Located<CampaignFile>;
  readonly shared: Located<InterviewFile>;
  readonly pack: Pack;
  readonly phrases: Readonly<Record<string, string>>;
  readonly questions: readonly Question[];
}

function interviewOf({ script, shared, pack, phrases, questions }: Parts): Interview {
  const { id, name, identity, opening, consent, closing, human, machineMessage, optOut, variables } = script.value;
  const formsOf = (each: InterviewClassName): readonly string[] => shared.value.classes[each].forms;
  return {
    id,
    name,
    pack,
    identity,
    opening,
    consent,
    questions,
    closing,
    human,
    machine: machineMessage === undefined ? { kind: 'hang-up' } : { kind: 'message', text: machineMessage },
    optOutScope: optOut,
    phrases,
    classes: Object.fromEntries(INTERVIEW_CLASSES.map((each) => [each, formsOf(each)])) as Interview['classes'],
    heard: heardWords(shared.value.heard),
    moments: shared.value.moments,
    variables,
  };
}

function heardWords({ yes, no, never, numbers }: InterviewFile['heard']): Interview['heard'] {
  return { yes, no, never, numbers: new Map(Object.entries(numbers).map(([value, words]) => [Number(value), words])) };
}

/** Phrases of the script before those of the language; the number is filled in. */
function collectPhrases(
  script: Located<CampaignFile>,
  shared: Located<InterviewFile>,
  report: Report,
): Record<string, string> {
  const phrases: Record<string, string> = {};
  const number = script.value.human?.number ?? '';
  for (const file of [shared, script]) {
    checkPhrases(file, report);
    for (const { id, text } of file.value.phrases) phrases[id] = text.replaceAll('{number}', number);
  }
  const needed = [...INTERVIEW_PHRASES, ...(script.value.human ? INTERVIEW_HUMAN_PHRASES : [])];
  for (const id of needed) {
    if (phrases[id] === undefined) report(script.at('phrases'), `phrase "${id}" is missing here and in interview.yaml`);
  }
  return phrases;
}

/** Each there once, known, and with its gaps and no other. */
export function checkPhrases(file: Located<Pick<InterviewFile, 'phrases'>>, report: Report): void {
  const here = new Set<string>();
  const known: readonly string[] = [...INTERVIEW_PHRASES, ...INTERVIEW_HUMAN_PHRASES];
  file.value.phrases.forEach(({ id, text }, index) => {
    const at = (field: string): string => file.at('phrases', index, field);
    if (here.has(id)) report(at('id'), `phrase "${id}" is there twice`);
    here.add(id);
    if (!known.includes(id)) report(at('id'), `there is no phrase "${id}" in interviews`);
    const gaps = GAPS[id] ?? [];
    for (const gap of gaps) if (!text.includes(`{${gap}}`)) report(at('text'), `phrase "${id}" must hold {${gap}}`);
    for (const gap of gapsIn(text)) if (!gaps.includes(gap)) report(at('text'), `unknown placeholder {${gap}}`);
  });
}

/** Names in single braces. */
function gapsIn(text: string): readonly string[] {
  return [...text.matchAll(/(?<!\{)\{([^{}]*)\}(?!\})/gu)].map(([, name]) => name ?? '');
}

function collectQuestions(script: Located<CampaignFile>, pack: Pack, report: Report): readonly Question[] {
  const before = new Map<string, QuestionEntry>();
  return script.value.questions.map((entry, index) => {
    const at = (...path: PropertyKey[]): string => script.at('questions', index, ...path);
    if (before.has(entry.id)) report(at('id'), `question "${entry.id}" is there twice`);
    const onlyIf = Object.entries(entry.onlyIf ?? {}).map(([question, written]) => {
      const values = Array.isArray(written) ? written : [written];
      checkCondition(before.get(question), question, values, (what) => report(at('onlyIf'), what));
      return { question, values };
    });
    before.set(entry.id, entry);
    const { id, text, hint, optional = false, readBack = 'unsure' } = entry;
    const common = { id, text, hint, isOptional: optional, readBack, onlyIf };
    switch (entry.kind) {
      case 'yes-no':
      case 'open':
        return { kind: entry.kind, ...common };
      case 'date':
        return { kind: 'date', ...common, lies: entry.lies ?? 'anywhere' };
      case 'number':
        if (entry.from > entry.to) report(at('from'), `from ${entry.from} is more than to ${entry.to}`);
        return { kind: 'number', ...common, range: { from: entry.from, to: entry.to }, says: entry.says ?? '{n}' };
      case 'choice':
        checkChoices(entry, pack, (path, what) => report(at('choices', ...path), what));
        return {
          kind: 'choice',
          ...common,
          choices: entry.choices.map(({ id: choice, key, says, name = says[0] ?? '' }) => ({
            id: choice,
            key,
            says,
            name,
          })),
        };
    }
  });
}

function checkCondition(
  asked: QuestionEntry | undefined,
  question: string,
  values: readonly AnswerValue[],
  report: (what: string) => void,
): void {
  if (asked === undefined) {
    report(`onlyIf names "${question}", which is no question before this one`);
    return;
  }
  for (const value of values) {
    if (!canBeAnswered(asked, value)) report(`"${question}" is never answered by ${JSON.stringify(value)}`);
  }
}

function canBeAnswered(asked: QuestionEntry, value: AnswerValue): boolean {
  switch (asked.kind) {
    case 'yes-no':
      return typeof value === 'boolean';
    case 'choice':
      return asked.choices.some(({ id }) => id === value);
    case 'number':
      return typeof value === 'number' && value >= asked.from && value <= asked.to;
    case 'date':
      return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/u.test(value);
    case 'open':
      return typeof value === 'string';
  }
}

/** Told apart by key and by sound, and none of them what means the same everywhere. */
function checkChoices(
  { choices }: Extract<QuestionEntry, { kind: 'choice' }>,
  pack: Pack,
  report: (path: readonly PropertyKey[], what: string) => void,
): void {
  const intents = new IntentDetector(pack);
  const [ids, keys, sounds] = [new Set<string>(), new Set<string>(), new Map<string, string>()];
  choices.forEach(({ id, key, says }, index) => {
    if (ids.has(id)) report([index, 'id'], `choice "${id}" is there twice`);
    if (keys.has(key)) report([index, 'key'], `key ${key} is there twice`);
    ids.add(id);
    keys.add(key);
    says.forEach((said, at) => {
      const folded = pack.language.fold(said);
      const other = sounds.get(folded);
      if (folded === '') report([index, 'says', at], 'no sound of the language in this answer');
      else if (other !== undefined && other !== id) report([index, 'says', at], `sounds the same as "${other}"`);
      sounds.set(folded, id);
      const intent = intents.detect(said, true);
      if (intent !== undefined && EVERYWHERE.includes(intent)) {
        report([index, 'says', at], `callers who say this are understood as "${intent}" everywhere: name it otherwise`);
      }
    });
  });
}

const EVERYWHERE: readonly string[] = ['emergency', 'opt-out', 'human', 'repeat', 'slower', 'goodbye'];

/** A text as it sounds, with something in each gap. */
function plain(text: string): string {
  return text
    .replaceAll(/\{\{[^{}]*\}\}/gu, '')
    .replaceAll(/\{(?:n|from|to|number)\}/gu, '3')
    .replaceAll(/\{[a-z]+\}/gu, '');
}

/** What callers hear of a file's phrases. */
export function* spokenPhrases(file: Located<Pick<InterviewFile, 'phrases'>>): Generator<Sentence> {
  for (const [index, { text }] of file.value.phrases.entries()) {
    yield { text: plain(text), at: file.at('phrases', index, 'text') };
  }
}

function* spokenBy(script: Located<CampaignFile>, shared: Located<InterviewFile>): Generator<Sentence> {
  for (const field of ['identity', 'opening', 'consent', 'closing', 'machineMessage'] as const) {
    const text = script.value[field];
    if (text !== undefined) yield { text: plain(text), at: script.at(field) };
  }
  for (const [index, question] of script.value.questions.entries()) {
    const at = (...path: PropertyKey[]): string => script.at('questions', index, ...path);
    yield { text: plain(question.text), at: at('text') };
    if (question.hint !== undefined) yield { text: plain(question.hint), at: at('hint') };
    if (question.kind === 'number' && question.says !== undefined) yield { text: plain(question.says), at: at('says') };
    if (question.kind !== 'choice') continue;
    for (const [n, { says, name = says[0] ?? '' }] of question.choices.entries()) {
      yield { text: plain(name), at: at('choices', n, 'name') };
    }
  }
  yield* spokenPhrases(script);
  yield* spokenPhrases(shared);
}

/** Whatever stands in braces is known: a greeting where the call begins, and variables that are declared. */
function checkGapsAndVariables(script: Located<CampaignFile>, interview: Interview, report: Report): void {
  const { identity, opening, consent, closing, questions } = script.value;
  for (const [field, text] of Object.entries({
    opening,
    consent,
    closing,
    ...(identity !== undefined && { identity }),
  })) {
    for (const gap of gapsIn(text)) {
      if (gap === 'greeting' && (field === 'identity' || field === 'opening')) continue;
      report(script.at(field), `unknown placeholder {${gap}}; identity and opening may use {greeting}`);
    }
  }
  questions.forEach(({ text, hint = '' }, index) => {
    for (const [field, written] of Object.entries({ text, hint })) {
      for (const gap of gapsIn(written)) report(script.at('questions', index, field), `unknown placeholder {${gap}}`);
    }
  });
  const used = variablesIn(textsOf(interview));
  for (const name of used) {
    if (!interview.variables.includes(name))
      report(script.at('variables'), `{{${name}}} is used, but variables does not list it`);
  }
  for (const name of interview.variables) {
    if (!used.includes(name)) report(script.at('variables'), `variable "${name}" is used nowhere`);
  }
}
