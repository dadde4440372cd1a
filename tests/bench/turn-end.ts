/**
 * When has a caller finished? Cut-offs against delay, by silence alone, with Smart Turn, and with what the hotline knows:
 *   node tests/bench/turn-end.ts [--count 20] [--seed 1] [--other sentences.tsv] [--seconds 170] [--evidence 230] [--cache DIR]
 * Synthetic callers over mu-law, real engines. Observations are kept in DIR, so that a run goes on where the last one stopped;
 * with --seconds 0 what is kept is scored. Parameters are fitted on one half of the turns, the figures are of the other.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openLocalModels } from '#models/catalogue.ts';
import { Hearing } from '#pipeline/dialogue/answerer-hearing.ts';
import { SmartTurnEngine } from '#pipeline/listening/smart-turn.ts';
import { openStage } from '#src/cli/bench/non-speech/stage.ts';
import { openTelephoneSpeech } from './telephone-speech.ts';
import { callerTurns } from './turn-end-callers.ts';
import { observe, type TurnObservation } from './turn-end-observations.ts';
import { report } from './turn-end-report.ts';

const { values: args } = parseArgs({
  options: {
    count: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    other: { type: 'string' },
    seconds: { type: 'string', default: '170' },
    evidence: { type: 'string', default: '230' },
    cache: { type: 'string', default: join(tmpdir(), 'inzwa-turn-end') },
  },
});

mkdirSync(args.cache, { recursive: true });
const file = join(args.cache, 'observations.jsonl');
const lines = existsSync(file)
  ? readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  : [];
const observations = lines.map((line) => JSON.parse(line) as TurnObservation);
const known = new Set(observations.map(({ id }) => id));
const { signal } = new AbortController();
const untilMs = performance.now() + Number(args.seconds) * 1000;

if (Number(args.seconds) > 0) await observeMore();
report(observations, Number(args.evidence));

async function observeMore(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const stage = await openStage({ signal }, stack);
  const { hotline, engines, silero } = stage;
  const speech = stack.adopt(await openTelephoneSpeech(join(args.cache, 'speech')), (it) => it.dispose());
  const model = await (await openLocalModels()).open('smart-turn');
  const smartTurn = stack.adopt(await SmartTurnEngine.create(model.files['model']!), (it) => it.dispose());
  const hearing = new Hearing(engines);
  const { answerer, recognizer } = engines;
  const ears = { silero, smartTurn, hearing, answerer, recognizer, language: hotline.pack.language, signal };
  const turns = { hotline, speech, count: Number(args.count), seed: Number(args.seed), other: args.other };
  for await (const turn of callerTurns(turns)) {
    if (performance.now() > untilMs) break;
    if (known.has(turn.id)) continue;
    const observation = await observe(turn, ears);
    observations.push(observation);
    appendFileSync(file, `${JSON.stringify(observation)}\n`);
  }
}
