/** `inzwa campaign try`: an interview against a telephone in software, with the real models; nobody is called. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { narrowband } from '#pipeline/audio/narrowband-leg.ts';
import type { CallEvent } from '#pipeline/events.ts';
import type { Interview } from '#pipeline/interview/script.ts';
import { SentenceCache } from '#pipeline/speech/sentence-cache.ts';
import { Speaker } from '#pipeline/speech/speaker.ts';
import { loadInterview, readScript } from '#prompts/campaign.ts';
import type { Answer, AttemptBooks, InterviewBrief, InterviewEnd } from '#src/campaigns/outcome.ts';
import { readConfig } from '#src/config.ts';
import { startEngines } from '#src/engines.ts';
import { Interviews } from '#src/interviews.ts';
import { createLogger } from '#src/observability/logger.ts';
import { busyEngines } from '../bench/turns/busy-engines.ts';
import { LapseClock } from '../bench/turns/lapse-clock.ts';
import { CallLine } from '../bench/turns/lines.ts';
import { DIAL } from '../bench/turns/local-wires.ts';
import { speakTexts } from '../demo/caller-voice.ts';
import { Caller, type Answered } from '../demo/caller.ts';
import { LiveView } from '../demo/live-view.ts';
import { openStage, type Stage } from '../demo/stage.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { ensureModels } from '../models.ts';
import { createTerminal, type Terminal } from '../terminal.ts';
import { ScriptedCallee, WillingCallee, type CalleeTurn } from './callee.ts';

const HELP = `Usage: npm run inzwa -- campaign try SCRIPT [options]

Holds the interview of a script (prompts/<language>/campaigns/) with a telephone in software and the real models, faster than
in real time, and prints it. Nobody is called and nothing is stored. Without --says and --keys whoever answers agrees and
answers every question by voice, and by key when asked again.

  --says "…"        said at the agent's first pause, the next at the next (repeatable, also mixed with --keys)
  --keys 12#        pressed instead
  --var NAME=VALUE  for {{NAME}} in the script (repeatable)
  --file FILE       the script is this file instead of the project's of that name

Exit code 0: the interview came to an end of its own (completed, refused, called later …); 1: it broke off.`;

/** Waits in vain for the agent, one after the other, until the callee hangs up. */
const MOST_SILENCES = 2;
const THINKING_MS = 400;

interface Asked {
  readonly script: string;
  readonly turns: readonly CalleeTurn[];
  readonly vars: Readonly<Record<string, string>>;
  readonly file: string | undefined;
}

export async function run(args: readonly string[]): Promise<number> {
  const asked = parse(args);
  if (asked === undefined) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  using interrupt = listenForInterrupt();
  return await rehearse(asked, createTerminal(), interrupt.signal);
}

/** Resolves to the exit code. */
async function rehearse(asked: Asked, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const script = await scriptOf(asked);
  const interview = loadInterview(script.id, script.text);
  const vars = { ...Object.fromEntries(interview.variables.map((name) => [name, name])), ...asked.vars };
  const config = readConfig(process.env);
  if (interview.pack.code !== config.hotline.split('/')[0] && config.hotline.includes('/')) {
    throw new InzwaError(
      'INZWA_CONFIG_INVALID',
      `the script speaks ${interview.pack.code}: set INZWA_HOTLINE to a hotline of it`,
    );
  }
  const stage = await openStage(config, signal);
  const willing = new WillingCallee(interview, vars);
  const callee = asked.turns.length > 0 ? new ScriptedCallee(asked.turns) : willing;
  const said = asked.turns.flatMap((turn) => (turn.kind === 'says' ? [turn.text] : []));
  const voices = await voicesOf(asked.turns.length > 0 ? said : willing.voices, stage, signal);
  const books = new PaperBooks();
  await using engines = await enginesOf(config, stage, signal);
  const { clock, interviews } = engines.open(books);
  terminal.line('Rendering the script …');
  const text = { script: script.id, scriptText: script.text };
  await interviews.prepare(text, { signal });
  terminal.line();

  using _lapse = clock.lapse();
  const line = new CallLine({ kind: 'clean', seed: 1 });
  const { phone, leg } = DIAL.twilio({ clock, callNumber: 1, line, admit: () => undefined });
  const view = new LiveView({ originMs: clock.nowMs(), terminal });
  let heard: string[] = [];
  const talking = interviews.converse({
    leg: narrowband(await leg),
    scorer: engines.scorerFor('rehearsal'),
    brief: { ...REHEARSAL, ...text, vars, tz: interview.pack.timeZone },
    canTransfer: false,
    emit: (event: CallEvent) => {
      if (event.kind === 'agent-said') heard.push(event.heardText);
      view.event(event);
    },
    signal,
  });
  const caller = new Caller(phone, {
    clock,
    signal,
    onLine: (words, atMs) => view.show({ who: 'caller', text: words }, atMs),
  });
  let silences = 0;
  for (let was: Answered = 'answered'; was !== 'call-over' && silences < MOST_SILENCES;) {
    was = await caller.hearAnswerBegin();
    if (was === 'answered') was = await caller.hearAnswerEnd();
    silences = was === 'silence' ? silences + 1 : 0;
    if (was !== 'answered') continue;
    const turn = callee.replyTo(heard.join(' '));
    heard = [];
    if (turn?.kind === 'keys') {
      await clock.sleep(THINKING_MS, { signal });
      await phone.sendDigits(turn.keys);
    } else if (turn !== undefined) {
      was = await caller.say({ text: turn.text, pcm: voices.get(turn.text) ?? new Int16Array(0) });
    }
  }
  phone.hangUp();
  await talking;
  return report(books, interview, terminal);
}

function report(books: PaperBooks, interview: Interview, terminal: Terminal): number {
  const { end, answers, optOuts } = books;
  terminal.line();
  for (const { id } of interview.questions) {
    const answer = answers.get(id);
    const how = answer && `${answer.method}, ${answer.confidence.toFixed(2)}${answer.isConfirmed ? ', confirmed' : ''}`;
    const value =
      answer === undefined
        ? terminal.style('dim', '–')
        : `${String(answer.value)}  ${terminal.style('dim', how ?? '')}`;
    terminal.line(`  ${id.padEnd(20)} ${value}`);
  }
  if (optOuts > 0) terminal.line('  not to be called again');
  const at = end?.callbackAt === undefined ? '' : `, at ${new Date(end.callbackAt).toISOString()}`;
  terminal.line(`${end?.result ?? 'no end'}${at}; answered by: ${end?.answeredBy ?? 'unknown'}`);
  return end === undefined || end.result === 'partial' ? 1 : 0;
}

async function scriptOf({ script, file }: Asked): Promise<{ readonly id: string; readonly text: string }> {
  if (file === undefined) return readScript(script);
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new InzwaError('INZWA_CONFIG_INVALID', `--file cannot be read: ${messageOf(error)}`, { cause: error });
  });
  return { id: script, text };
}

async function voicesOf(
  texts: readonly string[],
  { vits, hotline }: Stage,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Int16Array>> {
  const speakable = (text: string): string => hotline.pack.language.speakable(text);
  const spoken = await speakTexts(texts, { vits, speakable, signal });
  return new Map(texts.map((text, n) => [text, spoken[n] ?? new Int16Array(0)]));
}

interface RehearsalEngines extends AsyncDisposable {
  scorerFor(callId: string): ReturnType<Awaited<ReturnType<typeof startEngines>>['scorerFor']>;
  open(books: AttemptBooks): { readonly clock: LapseClock; readonly interviews: Interviews };
}

async function enginesOf(
  config: ReturnType<typeof readConfig>,
  { hotline }: Stage,
  signal: AbortSignal,
): Promise<RehearsalEngines> {
  const clock = new LapseClock();
  const { catalogue, profile } = await ensureModels(config.profile, { signal });
  const started = await startEngines({
    models: catalogue,
    profile,
    recognizer: config.recognizer,
    hotline,
    clock,
    onDeath: () => undefined,
    onDegraded: () => undefined,
  });
  const engines = busyEngines(started, clock);
  const speaker = new Speaker({
    synthesizer: engines.synthesizer,
    language: hotline.pack.language,
    cache: new SentenceCache({ voice: engines.voiceKey, folder: join(catalogue.folder, 'speech') }),
    clock,
  });
  return {
    scorerFor: (callId) => engines.scorerFor(callId),
    open: (books) => ({
      clock,
      interviews: new Interviews({
        engines: { hotline, recognizer: engines.recognizer, speaker },
        ...{ books, clock, logger: createLogger('warn') },
      }),
    }),
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  };
}

/** Of a call that nobody placed. */
const REHEARSAL: Omit<InterviewBrief, 'script' | 'scriptText' | 'vars' | 'tz'> = {
  attemptId: 'rehearsal',
  campaignId: 'rehearsal',
  campaignContactId: 'rehearsal',
  language: undefined,
  resume: undefined,
  answered: {},
};

/** Keeps what is told in memory. */
class PaperBooks implements AttemptBooks {
  readonly answers = new Map<string, Answer>();
  optOuts = 0;
  end: InterviewEnd | undefined;

  answered(): Promise<never> {
    return Promise.reject(new InzwaError('INZWA_CALL_REFUSED', 'a rehearsal has no answer gate'));
  }

  answer(_: string, answer: Answer): Promise<void> {
    this.answers.set(answer.question, answer);
    return Promise.resolve();
  }

  optOut(): Promise<void> {
    this.optOuts += 1;
    return Promise.resolve();
  }

  finished(_: string, end: InterviewEnd): Promise<void> {
    this.end = end;
    return Promise.resolve();
  }
}

/** Undefined: help was asked for. */
function parse(args: readonly string[]): Asked | undefined {
  const refuse = (why: string): never => {
    throw new InzwaError('INZWA_CONFIG_INVALID', `${why}\n\n${HELP}`);
  };
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      tokens: true,
      options: {
        says: { type: 'string', multiple: true },
        keys: { type: 'string', multiple: true },
        var: { type: 'string', multiple: true, default: [] },
        file: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    return refuse(messageOf(error));
  }
  const { values, positionals, tokens } = parsed;
  if (values.help) return undefined;
  const [script, ...more] = positionals;
  if (script === undefined || more.length > 0) return refuse('one SCRIPT is needed');
  const turns = tokens.flatMap((token): CalleeTurn[] => {
    if (token.kind !== 'option' || token.value === undefined) return [];
    if (token.name === 'says') return [{ kind: 'says', text: token.value }];
    if (token.name !== 'keys') return [];
    if (!/^[0-9*#]+$/u.test(token.value)) refuse('--keys takes 0 to 9, * and #');
    return [{ kind: 'keys', keys: token.value }];
  });
  const vars = values.var.map((pair) => {
    const [, name, value] = /^([^=]+)=(.*)$/u.exec(pair) ?? [];
    return name === undefined || value === undefined ? refuse('--var is written NAME=VALUE') : ([name, value] as const);
  });
  return { script, turns, vars: Object.fromEntries(vars), file: values.file };
}
