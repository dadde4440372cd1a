/** `npm run demo`: the real service, one telephone call to it in its hotline's language, and the proof that its answers were heard. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import { encodeWav } from '#pipeline/audio/wav.ts';
import { WhisperEngine } from '#pipeline/recognition/whisper-engine.ts';
import { hotlineNames, packCodes } from '#prompts/language.ts';
import { readConfig, type Config } from '../config.ts';
import { describeMachine, summarizeMachine } from './bench/machine.ts';
import { DEMO_HELP, parseDemoArguments, type CallerTurn, type DemoArguments } from './demo/arguments.ts';
import { readRecording, speakTexts } from './demo/caller-voice.ts';
import { judgeCall } from './demo/hearing.ts';
import { recordCall, type HeldCall } from './demo/held-call.ts';
import { asteriskLine, twilioLine } from './demo/line.ts';
import { relativeTo, stringifyRecord, type CallRecord } from './demo/record.ts';
import { isAllHeard, renderLatencies, renderVerdicts } from './demo/report.ts';
import { freeScript, scriptFor, type Script } from './demo/script.ts';
import { fillersOf, knownAnswers, openStage, type Stage } from './demo/stage.ts';
import { renderTimeline } from './demo/timeline.ts';
import type { AnswerVerdict } from './demo/verdict.ts';
import { listenForInterrupt } from './interrupt.ts';
import { createTerminal, type Terminal } from './terminal.ts';

const OUT_DIR = join(import.meta.dirname, '../../out/demo');
const NOT_HEARD = 1;

/** Exit code 0 only when every expected answer was heard at the caller. */
export async function run(args: readonly string[]): Promise<number> {
  const asked = parseDemoArguments(args);
  if (asked.isHelp) {
    process.stdout.write(DEMO_HELP);
    return 0;
  }
  using interrupt = listenForInterrupt();
  try {
    return await demonstrate(asked, interrupt.signal);
  } catch (error) {
    // Stopped by the user: whatever broke on the way out is a consequence of that.
    if (interrupt.exitCode !== undefined || isInzwaError(error, 'INZWA_CANCELLED')) {
      createTerminal().line('Stopped; the service is stopped with it.');
      return interrupt.exitCode ?? 130;
    }
    throw error;
  }
}

async function demonstrate(asked: DemoArguments, signal: AbortSignal): Promise<number> {
  const { turns, viaAsterisk, jsonPath } = asked;
  const terminal = createTerminal();
  const config = readConfig({ ...process.env, ...hotlineOf(asked) });
  const stage = await openStage(config, signal);
  const script = scriptOf(turns, stage);
  const audio = await callerAudio(script, turns, stage, terminal, signal);

  const held = await holdCall(script, audio, stage, viaAsterisk, terminal, signal);
  const verdicts = await verify(held, script, stage, signal);
  const folder = join(OUT_DIR, new Date(held.startedAtWallMs).toISOString().slice(0, 19).replaceAll(':', '-'));
  const recordPath = await writeFiles(folder, held, verdicts, { config, stage, jsonPath });
  summarize(terminal, held, verdicts, folder);
  if (jsonPath !== undefined) terminal.line(`  ${jsonPath}`);
  if (isAllHeard(verdicts)) return 0;
  terminal.line();
  terminal.line(
    `Not every expected answer was heard. The service's events are in ${relative(process.cwd(), recordPath)}.`,
  );
  return NOT_HEARD;
}

/** The first hotline of the language that was asked for, before what the environment names. */
function hotlineOf({ language }: DemoArguments): { readonly INZWA_HOTLINE?: string } {
  if (language === undefined) return {};
  const [hotline] = hotlineNames(language);
  if (hotline !== undefined) return { INZWA_HOTLINE: `${language}/${hotline}` };
  const known = packCodes().join(', ');
  throw new InzwaError('INZWA_CONFIG_INVALID', `there is no hotline in "${language}"; language packs: ${known}`);
}

function scriptOf(turns: readonly CallerTurn[], { hotline }: Stage): Script {
  if (turns.length === 0) return scriptFor(hotline);
  return freeScript(turns.map((turn) => ({ text: turn.kind === 'text' ? turn.text : `(recording ${turn.path})` })));
}

/** The caller's lines as PCM16 at 8000 Hz, in the order of the script. */
async function callerAudio(
  script: Script,
  turns: readonly CallerTurn[],
  stage: Stage,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<readonly Int16Array[]> {
  const recordings = turns.map((turn) => (turn.kind === 'wav' ? readRecording(turn.path) : undefined));
  const texts = script.lines.filter((_, index) => turns[index]?.kind !== 'wav').map(({ text }) => text);
  if (texts.length > 0)
    terminal.line(`Making the caller's voice: ${texts.length} lines in ${stage.hotline.pack.name} …`);
  const spoken = await speakTexts(texts, {
    vits: stage.vits,
    speakable: (text) => stage.hotline.pack.language.speakable(text),
    signal,
  });
  const next = spoken[Symbol.iterator]();
  return Promise.all(
    script.lines.map(async (_, index) => (await recordings[index]) ?? next.next().value ?? new Int16Array(0)),
  );
}

async function holdCall(
  script: Script,
  audio: readonly Int16Array[],
  stage: Stage,
  viaAsterisk: boolean,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<HeldCall> {
  const { id, pack } = stage.hotline;
  const options = { hotline: `${pack.code}/${id}`, clock: systemClock, signal };
  terminal.line(viaAsterisk ? 'Starting Asterisk and the service …' : 'Starting the service …');
  await using line = await (viaAsterisk ? asteriskLine(stage, terminal, options) : twilioLine(options));
  terminal.line(`Ready after ${(line.service.readyAfterMs / 1000).toFixed(1)} s. Calling ${line.address}`);
  terminal.line();
  const fillers = fillersOf(stage.hotline);
  const held = await recordCall({ line, script, audio, fillers, terminal, clock: systemClock, signal });
  terminal.line(`Heard by ${line.service.recognizer ?? 'a recogniser that did not say its name'}.`);
  return held;
}

/** After the service has gone: recognition needs the processor, and must not change what it measures. */
async function verify(
  held: HeldCall,
  script: Script,
  stage: Stage,
  signal: AbortSignal,
): Promise<readonly AnswerVerdict[]> {
  const recognizer = await WhisperEngine.create(stage.whisper);
  return judgeCall({
    recording: held.recording,
    lines: held.lines,
    turns: held.turns,
    welcome: script.welcome,
    expected: script.lines.map(({ expected }) => expected),
    answers: knownAnswers(stage.hotline),
    recognizer,
    sounds: stage.hotline.pack.language,
    signal,
  });
}

/** Resolves with the record's path. */
async function writeFiles(
  folder: string,
  held: HeldCall,
  verdicts: readonly AnswerVerdict[],
  about: { readonly config: Config; readonly stage: Stage; readonly jsonPath: string | undefined },
): Promise<string> {
  const { recording } = held;
  const machine = describeMachine(about.stage.modelIds);
  const shifted = relativeTo(recording.startedAtMs, held);
  const record: CallRecord = {
    format: 'inzwa-call-record',
    formatVersion: 1,
    startedAt: new Date(held.startedAtWallMs).toISOString(),
    callSid: held.callSid,
    hotline: about.stage.hotline.id,
    profile: about.config.profile,
    machine,
    clockOriginMs: recording.startedAtMs,
    durationMs: (recording.heard.length * 1000) / recording.sampleRateHz,
    serviceReadyMs: held.serviceReadyMs,
    phonePacing: held.phonePacing,
    ...shifted,
    verdicts,
    audible: held.audible,
    files: { wav: 'call.wav', timeline: 'timeline.svg' },
  };
  const json = stringifyRecord(record);
  const svg = renderTimeline({
    title: `A call to ${about.stage.hotline.name}`,
    subtitle: `${record.startedAt} · ${Math.round(record.durationMs / 1000)} s · ${summarizeMachine(machine)}`,
    sampleRateHz: recording.sampleRateHz,
    caller: recording.caller,
    heard: recording.heard,
    ...shifted,
  });
  await mkdir(folder, { recursive: true });
  const recordPath = join(folder, 'call.json');
  const { caller, heard, sampleRateHz } = recording;
  await Promise.all([
    writeFile(join(folder, 'call.wav'), encodeWav({ sampleRateHz, channels: [caller, heard] })),
    writeFile(recordPath, json),
    writeFile(join(folder, 'timeline.svg'), svg),
    ...(about.jsonPath === undefined ? [] : [writeFile(about.jsonPath, json)]),
  ]);
  return recordPath;
}

function summarize(terminal: Terminal, held: HeldCall, verdicts: readonly AnswerVerdict[], folder: string): void {
  const shown = relative(process.cwd(), folder);
  terminal.line();
  terminal.line(renderLatencies(held.turns));
  terminal.line();
  for (const line of renderVerdicts(verdicts).split('\n')) {
    terminal.line(`${terminal.style(line.startsWith('✓') ? 'green' : 'red', line.slice(0, 1))}${line.slice(1)}`);
  }
  terminal.line();
  terminal.line('Left behind:');
  terminal.line(`  ${join(shown, 'call.wav')}      stereo: the caller left, what the caller heard right`);
  terminal.line(`  ${join(shown, 'call.json')}     every event with its time`);
  terminal.line(`  ${join(shown, 'timeline.svg')}  the call as a picture`);
}
