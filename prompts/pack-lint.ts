/** What is wrong or doubtful with a language pack, its hotlines and its interviews, for people: nothing is thrown. Who has reviewed what is not asked. */
import { ChoiceMatcher } from '#pipeline/dialogue/matching.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import type { Language } from '#pipeline/language/language.ts';
import { TimeRanges } from '#pipeline/language/rules/time-ranges.ts';
import { lintInterviews } from './interview-lint.ts';
import { PROMPTS_DIR, hotlineNames, packCodes } from './language.ts';
import { loadDemoCall } from './demo-script.ts';
import { examineHotline, examinePack, type Sentence } from './load.ts';
import { messageOf } from '#kernel/errors.ts';

export interface PackLint {
  /** A hotline with one of these is not started; `folder/file.yaml:line: what`, each once. */
  readonly faults: readonly string[];
  /** Works, but somebody should look at it; begins with the hotline's name where it concerns one. */
  readonly warnings: readonly string[];
}

/** Two questions of different cards are taken for each other from here on: what a badly heard one reaches at most. */
const NEAR_SCORE = 0.8;

/** The pack, every hotline of it, its interviews and every script of a campaign, checked as at a start and further. */
export function lintPack(code: string, promptsDir: string = PROMPTS_DIR): PackLint {
  if (!packCodes(promptsDir).includes(code)) {
    return { faults: [`${code}: there is no such pack; known: ${packCodes(promptsDir).join(', ')}`], warnings: [] };
  }
  const pack = examinePack(code, promptsDir);
  const faults = new Set(pack.faults);
  const warnings = new Set(mixedRanges(pack.spoken, pack.language));
  const names = hotlineNames(code, promptsDir);
  if (names.length === 0) warnings.add(`${code}: the pack has no hotline yet`);
  for (const name of names) {
    const { hotline, faults: found, spoken } = examineHotline(code, name, promptsDir);
    for (const fault of found) faults.add(fault);
    for (const warning of mixedRanges(spoken, pack.language)) warnings.add(warning);
    if (hotline === undefined) continue;
    for (const warning of near(hotline)) warnings.add(warning);
    for (const fault of demoFaults(hotline, promptsDir)) faults.add(fault);
  }
  lintInterviews(
    code,
    promptsDir,
    (at, what) => void faults.add(`${at}: ${what}`),
    (at, what) => void warnings.add(`${at}: ${what}`),
  );
  return { faults: [...faults], warnings: [...warnings] };
}

/** Questions of two cards that sound nearly the same. */
function* near({ id, cards, pack }: Hotline): Generator<string> {
  for (const card of cards) {
    const others = new ChoiceMatcher(
      cards.filter((other) => other !== card),
      pack.language,
    );
    for (const question of card.questions) {
      const [best] = others.match(question).questions;
      if (best === undefined || best.score < NEAR_SCORE) continue;
      yield `${id}: "${question}" (${card.id}) sounds nearly like "${best.question}" (${best.choiceId}): ${best.score.toFixed(2)}`;
    }
  }
}

/** Ranges of times whose ends are told by different clocks: nobody can say which was meant. */
function* mixedRanges(spoken: readonly Sentence[], language: Language | undefined): Generator<string> {
  if (language?.definition.grammar !== 'rules') return;
  const ranges = new TimeRanges(language.definition);
  for (const { text, at } of spoken) {
    for (const range of ranges.mixedIn(text)) {
      const one = `write both with "${ranges.lead}" as people say them, or both by the 24 hours without it`;
      yield `${at}: "${range}" mixes two clocks; ${one}`;
    }
  }
}

function* demoFaults(hotline: Hotline, promptsDir: string): Generator<string> {
  const known = new Set([
    ...hotline.cards.map(({ id }) => `card:${id}`),
    ...[...hotline.phrases.keys()].map((id) => `phrase:${id}`),
  ]);
  try {
    for (const { expected } of loadDemoCall(hotline.pack.code, hotline.id, promptsDir) ?? []) {
      if (!known.has(expected)) yield `${hotline.id}/demo.yaml: "${expected}" is no card and no phrase of the hotline`;
    }
  } catch (error) {
    yield messageOf(error);
  }
}
