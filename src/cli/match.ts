/** `inzwa match`: which card of a hotline a transcript asks for, decided as in a call but without the audio. */
import { parseArgs } from 'node:util';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { Answerer, type Decision, type DialogueState } from '#pipeline/dialogue/answerer.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import type { Matches } from '#pipeline/dialogue/matching.ts';
import type { Transcript } from '#pipeline/ports.ts';
import { loadHotline, PROMPTS_DIR } from '#prompts/load.ts';
import { filterLines } from './line-filter.ts';
import { createTerminal } from './terminal.ts';

const NEAREST = 5;
/** Two minutes of fast speech; an utterance is cut after 30 s (a call's buffer), so what comes behind was never heard. */
const LONGEST_CHARACTERS = 2000;

const HELP = `Usage: npm run inzwa -- match --hotline NAME [options] < transcripts

One transcript in, one line out, in order, as they come; by the rules and thresholds of a call in which the recogniser
was sure and the audio was not asked.

  cardId<TAB>score<TAB>runnerUpId   the card that answers, its likeness from 0 to 1, the next best choice
  none<TAB>score<TAB>runnerUpId     no card answers; the score is that of the nearest choice, which is named third

A choice that is no card is named intent:human, intent:repeat …; - where there is none. Of a line, the first ${LONGEST_CHARACTERS}
characters count.

  --hotline NAME    a folder below prompts/<language>/hotlines, or sw/zahanati to name the language too
  --json            a JSON object for each line instead: decision, card or intent, score, margin, the five nearest choices
  --language CODE   a folder below prompts/; default: the pack that has the hotline
  --help            shows this`;

const STATE: DialogueState = { expects: 'anything', failuresInRow: 0, isLlmReady: false };

/** What came of one transcript. */
interface Match {
  readonly cardId: string | undefined;
  readonly intent: string | undefined;
  readonly score: number;
  readonly runnerUp: string | undefined;
}

export async function run(args: readonly string[]): Promise<number> {
  const { values } = parse(args);
  if (values.help) {
    createTerminal().line(HELP);
    return 0;
  }
  if (values.hotline === undefined) throw usage('match needs --hotline NAME');
  const hotline = loadHotline(values.hotline, PROMPTS_DIR, values.language);
  const answerer = new Answerer(hotline);
  return filterLines((whole) => {
    const line = whole.slice(0, LONGEST_CHARACTERS);
    const transcript = certain(line);
    const matches = answerer.match(line);
    const decision = answerer.decide({ transcript, matches, audioScores: [], state: STATE });
    const match = matchOf(decision, matches, hotline);
    return values.json ? json(match, decision, matches) : row(match);
  });
}

/** A text as if the recogniser had written it without any doubt. */
function certain(text: string): Transcript {
  return {
    utteranceId: '',
    text: text.trim(),
    avgLogProb: 0,
    confidence: 1,
    noSpeechProb: 0,
    window: 'short',
    audioMs: 0,
    timings: { melMs: 0, encoderMs: 0, decoderMs: 0 },
  };
}

function matchOf(decision: Decision, { ranked }: Matches, hotline: Hotline): Match {
  const best = ranked[0];
  const nearest = best === undefined || best.score === 0 ? undefined : best.choiceId;
  if (decision.kind === 'card') {
    const { cardId, score, runnerUp } = decision;
    return { cardId, score, runnerUp, intent: undefined };
  }
  const intent = decision.kind === 'intent' ? decision.intent : undefined;
  if (intent !== 'emergency') {
    const named = intent === undefined ? nearest : `intent:${intent}`;
    return { cardId: undefined, score: best?.score ?? 0, runnerUp: named, intent };
  }
  // Whatever named the emergency, its card is what answers.
  const urgent = new Set(hotline.cards.filter(({ isEmergency }) => isEmergency).map(({ id }) => id));
  const card = ranked.find(({ choiceId }) => urgent.has(choiceId));
  const other = ranked.find(({ choiceId }) => choiceId !== card?.choiceId);
  return { cardId: card?.choiceId, score: card?.score ?? 0, runnerUp: other?.choiceId, intent };
}

function row({ cardId, score, runnerUp }: Match): string {
  return [cardId ?? 'none', score.toFixed(3), runnerUp ?? '-'].join('\t');
}

function json({ cardId, intent, score, runnerUp }: Match, decision: Decision, { ranked, margin }: Matches): string {
  const nearest = ranked
    .slice(0, NEAREST)
    .map(({ choiceId, question, score: of }) => ({ choiceId, question, score: of }));
  return JSON.stringify({ decision: decision.kind, cardId, intent, score, margin, runnerUp, nearest });
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        hotline: { type: 'string' },
        json: { type: 'boolean', default: false },
        language: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw usage(messageOf(error));
  }
}

function usage(problem: string): InzwaError {
  return new InzwaError('INZWA_CONFIG_INVALID', `${problem}\n\n${HELP}`);
}
