/**
 * How well an interview understands what people answer, by voice, over a telephone line:
 *   node tests/bench/interview-answers.ts [--half a|b] [--kinds yes-no,number] [--seconds 40] [--misses] [--all] [--cache DIR]
 * The voice model speaks typical answers to the example script in several manners, over mu-law, on a quiet line and with 20 dB of
 * noise; voice activity, endpointing, recogniser and the interview's own reading are the real ones. `--half`: a is the half that
 * numbers may be chosen on, b the other. `--seconds`: of each kind of sound that nobody answers with.
 */
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openLocalModels } from '#models/catalogue.ts';
import { InterviewHearing } from '#pipeline/interview/interview-hearing.ts';
import { beginFlow, type FlowState, type Said } from '#pipeline/interview/flow-state.ts';
import { SileroEngine } from '#pipeline/listening/silero.ts';
import type { Weighed } from '#pipeline/interview/weighed-forms.ts';
import type { Transcript } from '#pipeline/ports.ts';
import { loadInterview, readScript } from '#prompts/campaign.ts';
import { loadHotline } from '#prompts/load.ts';
import type { Manner } from '#src/cli/bench/cards/caller-voice.ts';
import { openSynthetic } from '#src/cli/bench/cards/synthetic-line.ts';
import { BenchVoice } from '#src/cli/bench/non-speech/foreign-speech.ts';
import type { ListeningCall } from '#src/cli/bench/non-speech/listening-call.ts';
import { SOURCES } from '#src/cli/bench/non-speech/sources.ts';
import { seededRandom } from '#src/cli/bench/statistics.ts';
import { interviewSayings, type Asked, type Saying } from './interview-sayings.ts';
import { offWire, onLine, utterancesIn } from './interview-line.ts';

const { values: args } = parseArgs({
  options: {
    half: { type: 'string' },
    kinds: { type: 'string' },
    seconds: { type: 'string', default: '40' },
    misses: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    cache: { type: 'string', default: join(tmpdir(), 'inzwa-interview-answers') },
  },
});

/** As the callers of the other benches, and the one of `campaign try`, who belongs to half b alone. */
const MANNERS: readonly Manner[] = [
  { name: 'plain', speakingRate: 1, pitch: 1 },
  { name: 'low and slow', speakingRate: 0.88, pitch: 0.88 },
  { name: 'high and fast', speakingRate: 1.12, pitch: 1.14 },
  { name: 'rehearsal', speakingRate: 0.95, pitch: 1.088 },
];
const LINES = [undefined, 20] as const;
/** Kinds with many texts are said by one caller on each line. */
const SAID_ONCE: readonly Saying['kind'][] = ['number', 'date', 'wish', 'no answer'];
const SOUNDS = [
  'coughs',
  'breath',
  'noise',
  'street',
  'yard',
  'handling',
  'singing',
  'hold music',
  'babble',
  'English',
  'Swahili and Ndebele',
];

const script = readScript('hutano');
const interview = loadInterview(script.id, script.text);
const hotline = loadHotline('kiriniki');
const { signal } = new AbortController();
const here = { nowMs: Date.UTC(2026, 10, 18, 9), tz: 'Africa/Harare' };

mkdirSync(args.cache, { recursive: true });
await using stack = new AsyncDisposableStack();
const models = await openLocalModels();
const vad = await models.open('silero-vad');
const silero = stack.adopt(await SileroEngine.create(vad.files['model'] ?? ''), (it) => it.dispose());
const line = stack.use(await openSynthetic({ hotline, seed: 6, cacheDir: args.cache, canScore: true }));
const hearing = new InterviewHearing(interview, line.recognizer);
await hearing.prepare({ signal });

function stateAt(asked: Asked): FlowState {
  const begun = beginFlow(interview, { answers: new Map(), leftOut: new Set() });
  if (asked === 'consent') return { ...begun, stage: 'consent' };
  return { ...begun, stage: 'question', question: interview.questions.find(({ id }) => id === asked) };
}

interface Heard {
  readonly said: Said | undefined;
  readonly transcript: Transcript;
  /** Undefined where the words were plain. */
  readonly weighed: Weighed | undefined;
}

let utterances = 0;
async function hear(pcm: Int16Array, asked: Asked): Promise<Heard> {
  const utterance = { id: `answer#${(utterances += 1)}`, pcm, sampleRateHz: 8_000 };
  const state = stateAt(asked);
  const opts = { signal, agentTexts: [promptOf(asked)] };
  const transcript = await hearing.transcribe(utterance, state, opts);
  const onFailed = (error: unknown): never => {
    throw error;
  };
  let weighed: Weighed | undefined;
  const onWeighed = (each: Weighed): void => void (weighed = each);
  const asking = { ...opts, ...here, onFailed, onWeighed };
  const said = transcript.doubt === 'echo' ? undefined : await hearing.read(utterance, transcript, state, asking);
  return { said, transcript, weighed };
}

const promptOf = (asked: Asked): string =>
  asked === 'consent' ? interview.consent : (interview.questions.find(({ id }) => id === asked)?.text ?? '');

type Outcome = 'right' | 'read back' | 'asked again' | 'wrong, read back' | 'wrong' | 'not heard';

/** `means` undefined: whatever is taken from it is wrong. A wish that is missed as an answer is wrong as well. */
function outcomeOf({ means }: Saying, said: Said | undefined): Outcome {
  if (said === undefined || said.kind === 'unclear' || said.kind === 'out-of-range') {
    return means === undefined ? 'right' : 'asked again';
  }
  const isReadBack = 'evidence' in said && said.evidence.needsReadBack;
  const isRight =
    means !== undefined &&
    (said.kind === 'wish'
      ? 'wish' in means && means.wish === said.wish
      : said.kind === 'answer' &&
        (('answer' in means && means.answer === said.value) || ('anyDate' in means && typeof said.value === 'string')));
  if (isRight) return isReadBack ? 'read back' : 'right';
  // A request to say it again, taken from words that held none, costs a sentence.
  if (said.kind === 'wish' && (said.wish === 'repeat' || said.wish === 'slower')) return 'asked again';
  return isReadBack ? 'wrong, read back' : 'wrong';
}

interface Row {
  readonly saying: Saying;
  readonly manner: string;
  readonly snrDb: number | undefined;
  readonly outcome: Outcome;
  readonly why: string;
}

const rows: Row[] = [];
const kinds = args.kinds?.split(',');
const sayings = interviewSayings((text) => hotline.pack.language.speakable(text)).filter(
  ({ kind }) => kinds === undefined || kinds.includes(kind),
);
for (const [index, saying] of sayings.entries()) {
  for (const [voice, manner] of MANNERS.entries()) {
    const isHalfA = (index + voice) % 2 === 0 && manner.name !== 'rehearsal';
    if (args.half !== undefined && isHalfA !== (args.half === 'a')) continue;
    for (const [at, snrDb] of LINES.entries()) {
      if (SAID_ONCE.includes(saying.kind) && (index + 2 * at) % MANNERS.length !== voice) continue;
      const spoken = await line.caller.say(saying.text, manner, signal);
      const heard = await utterancesIn(onLine(spoken, snrDb, index + 1), silero);
      const results: Heard[] = [];
      for (const pcm of heard) results.push(await hear(pcm, saying.asked));
      // The last one that says something counts, as in a call.
      const last = results.findLast(({ said }) => said !== undefined && said.kind !== 'unclear') ?? results.at(-1);
      const outcome =
        last === undefined ? (saying.means === undefined ? 'right' : 'not heard') : outcomeOf(saying, last.said);
      rows.push({ saying, manner: manner.name, snrDb, outcome, why: whyOf(last, results.length) });
    }
  }
}

function whyOf(heard: Heard | undefined, count: number): string {
  if (heard === undefined) return 'no utterance';
  const { text, confidence, doubt, audioMs } = heard.transcript;
  const { weighed } = heard;
  const audio = weighed ? `${weighed.form.phrase} ${weighed.worth.toFixed(2)} +${weighed.lead.toFixed(2)}` : 'plain';
  const pieces = count > 1 ? `${count} pieces, ` : '';
  return `${pieces}${doubt ?? 'no doubt'}, ${confidence.toFixed(2)}, ${Math.round(audioMs)} ms, "${text}", ${audio} -> ${meant(heard.said)}`;
}

function meant(said: Said | undefined): string {
  if (said?.kind === 'answer') return `${String(said.value)}${said.evidence.needsReadBack ? '?' : ''}`;
  return said?.kind === 'wish'
    ? `wish ${said.wish}${said.evidence.needsReadBack ? '?' : ''}`
    : (said?.kind ?? 'nothing');
}

const OUTCOMES: readonly Outcome[] = ['right', 'read back', 'asked again', 'wrong, read back', 'wrong', 'not heard'];
function table(groupOf: (row: Row) => string): void {
  const groups = Map.groupBy(rows, groupOf);
  console.table(
    Object.fromEntries(
      [...groups].map(([name, all]) => {
        const share = (outcome: Outcome): string => {
          const count = all.filter((row) => row.outcome === outcome).length;
          return count === 0 ? '' : `${count} (${Math.round((count * 100) / all.length)} %)`;
        };
        return [name, { n: all.length, ...Object.fromEntries(OUTCOMES.map((outcome) => [outcome, share(outcome)])) }];
      }),
    ),
  );
}

const lineOf = ({ snrDb }: Row): string => (snrDb === undefined ? 'clean' : `${snrDb} dB`);
const meaningOf = ({ means }: Saying): string =>
  means !== undefined && 'wish' in means
    ? `, ${means.wish}`
    : means !== undefined && 'answer' in means && typeof means.answer === 'boolean'
      ? `, ${means.answer ? 'yes' : 'no'}`
      : '';
table((row) => `${row.saying.kind}, ${lineOf(row)}`);
table((row) => `${row.saying.kind}${meaningOf(row.saying)}`);
table((row) => row.manner);
if (args.misses || args.all) {
  for (const { saying, manner, snrDb, outcome, why } of rows) {
    if (outcome === 'right' && !args.all) continue;
    console.log([saying.asked, saying.text, manner, snrDb ?? 'clean', outcome, why].join(' | '));
  }
}

if (Number(args.seconds) > 0) await measureSounds(Number(args.seconds));

/** Whatever is made of them is a fault: at the question for consent, and at a number. */
async function measureSounds(seconds: number): Promise<void> {
  const voice = stack.use(await BenchVoice.open(await models.open('piper-joe'), hotline.pack.language));
  const taken: Record<string, unknown>[] = [];
  for (const [index, name] of SOUNDS.entries()) {
    const random = seededRandom(Math.imul(index + 7, 0x9e37_79b1));
    const counted: Record<string, number> = { utterances: 0, consent: 0, refused: 0, wishes: 0, number: 0 };
    for (let samples = 0; samples < seconds * 8_000;) {
      // No source but the echo asks for a call.
      const sound = await SOURCES[name]!({
        random,
        voice,
        hotline,
        signal,
        call: undefined as unknown as ListeningCall,
      });
      samples += sound.length;
      const pcm = Int16Array.from(sound, (sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))));
      const padded = new Int16Array(pcm.length + 12_000);
      padded.set(pcm, 2_000);
      for (const utterance of await utterancesIn(offWire(padded), silero)) {
        counted['utterances']! += 1;
        for (const asked of ['consent', 'varwere'] as const) {
          const { said, transcript, weighed } = await hear(utterance, asked);
          const isTaken = said?.kind === 'answer' && (asked === 'varwere' || !said.evidence.needsReadBack);
          const answered =
            said?.kind === 'answer' && (asked === 'varwere' ? 'number' : said.value === true ? 'consent' : 'refused');
          const what = said?.kind === 'wish' ? 'wishes' : isTaken && answered ? answered : undefined;
          if (what === undefined && !args.all) continue;
          if (what) counted[what]! += 1;
          if (args.misses || args.all) console.log([name, asked, whyOf({ said, transcript, weighed }, 1)].join(' | '));
        }
      }
    }
    taken.push({ sound: name, ...counted });
  }
  console.table(taken);
}
