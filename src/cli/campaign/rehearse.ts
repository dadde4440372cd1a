/** `inzwa campaign rehearse`: a whole campaign against telephones in software; nobody's telephone rings. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { systemClock as clock } from '#kernel/clock.ts';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import { loadInterview, readScript } from '#prompts/campaign.ts';
import { readConfig } from '#src/config.ts';
import { seededRandom } from '#telephony/phone/random.ts';
import { speakTexts } from '../demo/caller-voice.ts';
import { openStage } from '../demo/stage.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { ensureModels } from '../models.ts';
import { createTerminal, duration } from '../terminal.ts';
import { parseCommand, usage } from './office.ts';
import type { CallNotes } from './rehearse/call-notes.ts';
import { compare, type Comparison } from './rehearse/compare.ts';
import { holdCampaign, RULES, type HeldCampaign } from './rehearse/held-campaign.ts';
import { inventPeople, KINDS, MOST_PEOPLE, type InventedPerson, type Kind } from './rehearse/people.ts';
import { callLine, figuresOf, report, statusLine, type RehearsalFigures } from './rehearse/rehearsal-report.ts';
import type { VoiceOf } from './rehearse/telephone.ts';
import { WIRES, type WireName } from './rehearse/wire.ts';
import { textsOf } from './rehearse/words.ts';

const HELP = `Usage: npm run inzwa -- campaign rehearse SCRIPT [options]

Holds a whole campaign: invented people are imported and called by the real service with the real models, over a real wire;
telephones in software answer in the script's language or by keys, say no, are busy, are machines, ask to be called later,
interrupt. At the end the exported results are compared with what every telephone experienced. Nobody's telephone rings and
nothing is kept, so it runs at any hour; its database is its own.

  --over WIRE       twilio (default): a carrier in software that speaks Twilio's wire; asterisk: a private Asterisk, SIP
  --people N        how many; every kind of person occurs from ${KINDS.length} on (default: 30)
  --at-once N       calls at once (default: 2, for two cores)
  --kinds A,B       only these: ${KINDS.slice(0, 7).join(', ')},
                    ${KINDS.slice(7).join(', ')}
  --seed N          who means and does what (default: 1)
  --out FOLDER      an empty folder for the list, the exported files, the service's log and what each telephone experienced
  --help            shows this

Thirty people take 20 to 30 minutes. Exit code 0: the export is what the telephones experienced; 1: it is not, every
difference is listed. What the line misunderstood and wrote down as understood is listed apart, and is no difference.`;

interface Asked {
  readonly script: string;
  readonly over: WireName;
  readonly people: number;
  readonly atOnce: number;
  readonly kinds: readonly Kind[] | undefined;
  readonly seed: number;
  readonly out: string | undefined;
}

export async function run(args: readonly string[]): Promise<number> {
  const asked = parse(args);
  if (asked === undefined) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  using interrupt = listenForInterrupt();
  try {
    return await rehearse(asked, interrupt.signal);
  } catch (error) {
    if (interrupt.exitCode !== undefined || isInzwaError(error, 'INZWA_CANCELLED')) return interrupt.exitCode ?? 130;
    throw error;
  }
}

async function rehearse(asked: Asked, signal: AbortSignal): Promise<number> {
  const terminal = createTerminal();
  const script = readScript(asked.script);
  const interview = loadInterview(script.id, script.text);
  await using folder = await openFolder(asked.out);
  const env = ownSettings(process.env);
  const config = readConfig(env);
  const stage = await openStage(config, signal);
  if (stage.hotline.pack.code !== interview.pack.code) {
    const why = `the script speaks ${interview.pack.code}: set INZWA_HOTLINE to a hotline of it`;
    throw new InzwaError('INZWA_CONFIG_INVALID', why);
  }
  const random = seededRandom(asked.seed);
  const beganAtMs = clock.nowMs();
  const people = inventPeople({
    ...{ interview, kinds: asked.kinds, count: asked.people, random, nowMs: clock.wallMs() },
  });
  terminal.line(
    `A rehearsal of ${script.id} with ${people.length} invented people over ${asked.over}: no telephone rings.`,
  );
  terminal.line('Their voices are rendered.');
  const texts = textsOf(people, interview);
  const speakable = (text: string): string => interview.pack.language.speakable(text);
  const spoken = await speakTexts(texts, { vits: stage.vits, speakable, signal });
  const voices = new Map(texts.map((text, n) => [text, spoken[n] ?? new Int16Array(0)]));
  const voiceOf: VoiceOf = (text) => {
    const pcm = voices.get(text);
    if (pcm === undefined) throw new Error('a telephone says what was not rendered');
    return pcm;
  };
  const { catalogue: models } = await ensureModels(config.profile, { signal });
  const held = await holdCampaign({
    ...{ script, interview, people, over: asked.over, atOnce: asked.atOnce, folder: folder.path, env, rules: RULES },
    ...{ voiceOf, models, clock, signal },
    onStep: (what) => terminal.line(what),
    // In a log the lines of the calls say as much.
    onProgress: (now) => {
      if (terminal.isInteractive) terminal.status(statusLine(now));
    },
    onCall: (person, notes) => terminal.line(callLine(person, notes, clock.wallMs())),
  });
  terminal.status();
  const { household, exported, state } = held;
  const callsTo = (number: string): readonly CallNotes[] => household.callsTo(number);
  const sides = { people, interview, rules: RULES, callsTo, numbersRung: household.numbersRung };
  const compared = withState(compare({ ...sides, hasCarrierIds: asked.over === 'twilio' }, exported), state);
  const figures = figuresOf(people, callsTo, compared);
  report(terminal, people, figures, compared);
  terminal.line(`Seed ${asked.seed}, ${duration((clock.nowMs() - beganAtMs) / 1_000)}.`);
  await writeExperience(folder.path, people, callsTo, { figures, ...compared });
  if (asked.out !== undefined) terminal.line(`Written to ${folder.path}`);
  return compared.faults.length === 0 ? 0 : 1;
}

/** A campaign that paused by itself, or that hangs, has failed whatever its rows say. */
function withState(compared: Comparison, { state, stateReason, open }: HeldCampaign['state']): Comparison {
  if (state === 'completed' || (state === 'running' && open === 0)) return compared;
  const what = `the campaign is ${state} (${stateReason ?? 'no reason'}), with ${open} calls open`;
  return { ...compared, faults: [{ row: 0, what }, ...compared.faults] };
}

/** What concerns models and language; carriers, ports and data are the rehearsal's own. */
function ownSettings(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = /^INZWA_(?:PROFILE|HOTLINE|RECOGNIZER\w*|MODELS_DIR|MODEL_MIRROR|ASTERISK_DIR)$/u;
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value !== undefined && names.test(name) ? [[name, value]] : [])),
  );
}

async function openFolder(out: string | undefined): Promise<AsyncDisposable & { readonly path: string }> {
  if (out === undefined) {
    const path = await mkdtemp(join(tmpdir(), 'inzwa-rehearsal-'));
    return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
  }
  const path = resolve(out);
  await mkdir(path, { recursive: true });
  if ((await readdir(path)).length > 0) throw usage(`--out ${out} is not empty`, HELP);
  return { path, [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** Calls as JSON lines, and the figures. */
async function writeExperience(
  folder: string,
  people: readonly InventedPerson[],
  callsTo: (number: string) => readonly CallNotes[],
  found: Comparison & { readonly figures: RehearsalFigures },
): Promise<void> {
  const lines = people.flatMap(({ row, kind, number, means }) =>
    callsTo(number).map((call) => {
      const { heardQuestions, leftOut, taken, ...rest } = call;
      const sets = { heardQuestions: [...heardQuestions], leftOut: [...leftOut], taken: [...taken.values()] };
      return JSON.stringify({ row, kind, means: Object.fromEntries(means), ...rest, ...sets });
    }),
  );
  await writeFile(join(folder, 'telephones.jsonl'), lines.map((line) => `${line}\n`).join(''));
  await writeFile(join(folder, 'rehearsal.json'), `${JSON.stringify(found, undefined, 2)}\n`);
}

function parse(args: readonly string[]): Asked | undefined {
  const { values, positionals } = parseCommand(
    args,
    {
      over: { type: 'string', default: 'twilio' },
      people: { type: 'string', default: '30' },
      'at-once': { type: 'string', default: '2' },
      kinds: { type: 'string' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string' },
    },
    HELP,
  );
  if (values.help) return undefined;
  const [script, ...more] = positionals;
  if (script === undefined || more.length > 0) throw usage('one SCRIPT is needed', HELP);
  const whole = (option: string, text: string, most: number): number => {
    const value = /^\d{1,9}$/u.test(text) ? Number(text) : Number.NaN;
    if (!(value >= 1 && value <= most)) throw usage(`--${option} takes a number from 1 to ${most}`, HELP);
    return value;
  };
  const over = WIRES.find((wire) => wire === values.over);
  if (over === undefined) throw usage(`--over ${values.over} is neither twilio nor asterisk`, HELP);
  return {
    ...{ script, over, out: values.out },
    people: whole('people', values.people, MOST_PEOPLE),
    atOnce: whole('at-once', values['at-once'], 20),
    seed: whole('seed', values.seed, 999_999_999),
    kinds: values.kinds?.split(',').map((name) => {
      const kind = KINDS.find((each) => each === name.trim());
      if (kind === undefined) throw usage(`--kinds: nobody is "${name}"`, HELP);
      return kind;
    }),
  };
}
