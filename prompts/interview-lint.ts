/** What is wrong or doubtful with a pack's interviews: `interview.yaml`, and every script below `campaigns/`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { intentChoices } from '#pipeline/dialogue/intents.ts';
import { ChoiceMatcher } from '#pipeline/dialogue/matching.ts';
import type { Pack } from '#pipeline/dialogue/hotline.ts';
import { momentOf, sayDate, sayMoment, type Here } from '#pipeline/interview/moments.ts';
import { INTERVIEW_HUMAN_PHRASES, INTERVIEW_PHRASES } from '#pipeline/interview/script.ts';
import { campaignSchema, interviewSchema, type CampaignFile, type InterviewFile } from './campaign-schema.ts';
import { campaignScripts, checkPhrases, examineScript, readScript, spokenPhrases } from './campaign.ts';
import { readLanguage } from './language.ts';
import { checkSpoken, packOf } from './load.ts';
import { locate, readLocated, type Located, type Report } from './located.ts';
import { packSchema } from './schema.ts';

/** Two answers are taken for each other from here on, and a word of ours for a wish. */
const NEAR_SCORE = 0.8;
/** Classes of the pack that mean something by themselves; the others only surround an answer. */
const WISHES = ['yes', 'no', 'repeat', 'slower', 'human', 'opt-out', 'emergency', 'goodbye'] as const;

/** Both gather; neither is told twice of the same. Scripts with a fault are not started. */
export function lintInterviews(code: string, promptsDir: string, fault: Report, warning: Report): void {
  const file = join(promptsDir, code, 'interview.yaml');
  const scripts = campaignScripts(promptsDir).filter((id) => id.startsWith(`${code}/`));
  if (!existsSync(file)) {
    const [first] = scripts;
    if (first === undefined) warning(code, 'the pack holds no interviews: it has no interview.yaml');
    else fault(code, `${first} is a script, but the pack has no interview.yaml`);
    return;
  }
  const ignore: Report = () => undefined;
  const shared = readLocated(file, interviewSchema, fault);
  const packFile = readLocated(join(promptsDir, code, 'pack.yaml'), packSchema, ignore);
  const language = readLanguage(code, promptsDir, ignore);
  if (!shared || !packFile || !language) return;
  const pack = packOf(packFile.value, language);
  checkPhrases(shared, fault);
  checkSpoken([...spokenPhrases(shared)], packFile, language, fault);
  checkMissing(shared, warning);
  checkForms(shared, pack, warning);
  checkMoments(shared, pack, warning);
  for (const id of scripts) {
    const { text } = readScript(id, promptsDir);
    for (const found of examineScript(id, text, promptsDir).faults) {
      const [, at = id, what = found] = /^(\S+:\d+): (.*)$/su.exec(found) ?? [];
      fault(at, what);
    }
    const script = locate(text, `campaigns/${id.replace(/^.*\//u, '')}.yaml`, campaignSchema, ignore);
    if (script) checkScript(script, pack, warning);
  }
}

function checkMissing(shared: Located<InterviewFile>, warning: Report): void {
  const here = new Set(shared.value.phrases.map(({ id }) => id));
  for (const id of [...INTERVIEW_PHRASES, ...INTERVIEW_HUMAN_PHRASES]) {
    if (!here.has(id)) warning(shared.at('phrases'), `phrase "${id}" is missing: every script has to bring its own`);
  }
}

/** The same words in two classes: nobody can say which is meant. */
function checkForms(shared: Located<InterviewFile>, { language, classes }: Pack, warning: Report): void {
  const known = new Map<string, string>();
  for (const name of WISHES) {
    for (const form of classes[name].forms) known.set(language.fold(form.replace(/!$/u, '')), name);
  }
  for (const [name, { forms }] of Object.entries(shared.value.classes)) {
    forms.forEach((form, index) => {
      const folded = language.fold(form.replace(/!$/u, ''));
      const other = known.get(folded);
      const at = shared.at('classes', name, 'forms', index);
      if (other !== undefined && other !== name) warning(at, `"${form}" is heard as "${other}" as well as "${name}"`);
      known.set(folded, name);
    });
  }
}

/** A morning in the language's own country, on which no day or hour is said in two ways. */
const MORNING_UTC = Date.UTC(2026, 2, 4, 5, 0);
const NEXT_MORNING_MS = 24 * 3_600_000;

/** What is said of days and times must be heard as the same days and times. */
function checkMoments(shared: Located<InterviewFile>, { language, timeZone: tz }: Pack, warning: Report): void {
  const { moments } = shared.value;
  const dateIn = (text: string) => {
    const found = language.valueOf(language.speakable(text), { expects: 'date' });
    return found?.kind === 'date' ? found.date : undefined;
  };
  moments.months.forEach((_, index) => {
    const said = sayDate(`2026-${String(index + 1).padStart(2, '0')}-03`, moments);
    const { day, month: heard, year } = dateIn(said) ?? {};
    if (day === 3 && heard === index + 1 && year === 2026) return;
    warning(shared.at('moments', 'months', index), `"${said}" is not heard as the 3rd of month ${index + 1}`);
  });
  for (const [name, days] of [
    ['today', 0],
    ['tomorrow', 1],
  ] as const) {
    if (dateIn(moments[name])?.daysFromToday === days) continue;
    warning(shared.at('moments', name), `"${moments[name]}" is not heard as ${name}`);
  }
  const here: Here = { nowMs: MORNING_UTC, tz };
  for (const hours of [0, 8]) {
    const at = MORNING_UTC + NEXT_MORNING_MS + hours * 3_600_000;
    const said = sayMoment(at, moments, here);
    if (momentOf(language.speakable(said), language, moments, here) === at) continue;
    warning(shared.at('moments', 'dayAndTime'), `"${said}" is not heard as that time: "${language.speakable(said)}"`);
  }
}

function checkScript(script: Located<CampaignFile>, pack: Pack, warning: Report): void {
  const { consent, questions } = script.value;
  checkKeys(consent, ['1', '2', '9'], (what) => warning(script.at('consent'), what));
  questions.forEach((question, index) => {
    if (question.kind !== 'choice') return;
    const { choices, text, hint = '' } = question;
    const keys = choices.map(({ key }) => key);
    checkKeys(`${text} ${hint}`, keys, (what) => warning(script.at('questions', index, 'text'), what));
    choices.forEach(({ id, says }, nth) => {
      const others = [
        ...choices.filter((choice) => choice.id !== id).map((choice) => ({ id: choice.id, questions: choice.says })),
        ...intentChoices(pack),
      ];
      const matcher = new ChoiceMatcher(others, pack.language);
      says.forEach((said, at) => {
        const [best] = matcher.match(said).questions;
        if (best === undefined || best.score < NEAR_SCORE) return;
        const what = `"${said}" sounds nearly like "${best.question}" (${best.choiceId}): ${best.score.toFixed(2)}`;
        warning(script.at('questions', index, 'choices', nth, 'says', at), what);
      });
    });
  });
}

/** Keys stand in a text as figures of their own. */
function checkKeys(text: string, keys: readonly string[], report: (what: string) => void): void {
  const named = new Set(text.match(/(?<!\d)\d(?!\d)/gu) ?? []);
  const unnamed = keys.filter((key) => !named.has(key));
  if (unnamed.length > 0) report(`callers are not told of key ${unnamed.join(', ')}`);
}
