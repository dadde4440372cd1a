/** The only place that says `new`: from a configuration and models to a service that answers calls. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { LocalModels } from '#models/catalogue.ts';
import { narrowband } from '#pipeline/audio/narrowband-leg.ts';
import { converse } from '#pipeline/conversation.ts';
import { Answerer } from '#pipeline/dialogue/answerer.ts';
import { measureBaseline } from '#pipeline/dialogue/answerer-baseline.ts';
import { baselineStore } from '#pipeline/dialogue/baseline-store.ts';
import { HotlineAnswers, type HotlineEngines } from '#pipeline/dialogue/hotline-answers.ts';
import { decodeResumePoint, encodeResumePoint } from '#pipeline/dialogue/resume-point.ts';
import { fixedTexts, phrase, unreviewedUrgent, welcomeAt, type Hotline } from '#pipeline/dialogue/hotline.ts';
import type { CallEvent, CallEventSink } from '#pipeline/events.ts';
import type { EndCause } from '#pipeline/ports.ts';
import { announce } from '#pipeline/speech/announcement.ts';
import { SentenceCache, type SampleCodec } from '#pipeline/speech/sentence-cache.ts';
import { Speaker } from '#pipeline/speech/speaker.ts';
import { loadHotline } from '#prompts/load.ts';
import { muLaw } from '#telephony/codec/g711.ts';
import { twilioEndCall, type EndCall } from '#telephony/twilio/rest.ts';
import { Admission } from './admission.ts';
import { buildApp, SPARE_SOCKETS } from './app.ts';
import { asteriskCalls } from './asterisk.ts';
import { audioSocketDoor, type AudioSocketDoor, type AudioSocketOptions } from './audiosocket.ts';
import { CallDesk } from './call-desk.ts';
import { CampaignParts } from './campaign-parts.ts';
import { twilioAccount } from './carriers.ts';
import type { Config } from './config.ts';
import { startEngines, type Engines } from './engines.ts';
import { Interviews, ownScripts } from './interviews.ts';
import { HurriedDialogue, hurriedRecognizer, hurriedSynthesizer, type LadderStep } from './ladder.ts';
import { lineFillerOf } from './line-filler.ts';
import { meteredDialogue, meteredRecognizer, meteredSynthesizer } from './metered-engines.ts';
import type { Logger } from './observability/logger.ts';
import { createMetrics } from './observability/metrics.ts';
import { measureTurnWork } from './self-test.ts';

export interface ComposeOptions {
  readonly config: Config;
  readonly models: LocalModels;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hears everything that happens in every call, callers' words included: for the demo and tests, never for a log. */
  readonly onCallEvent?: CallEventSink;
  /** True: a database is opened, calls are written down, and campaigns are called. @defaultValue false */
  readonly keepsRecords?: boolean;
  /** @defaultValue the real engines, in worker threads */
  readonly startEngines?: typeof startEngines;
}

export interface Service extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly desk: CallDesk;
  /** Opens the ports of the configuration; rejects with INZWA_CONFIG_INVALID or INZWA_AUDIOSOCKET_LISTEN. */
  listen(): Promise<void>;
  /** Nobody is called any more, who rings is waited for, then no call is taken and those in conversation are waited for. */
  drain(opts: { readonly patienceMs: number }): Promise<void>;
  /** Resolves when calls are taken: models loaded, the sentences every call begins with rendered. */
  readonly ready: Promise<void>;
}

/** Builds the service; it listens to nothing yet. Throws on prompts that cannot be used. */
export async function compose(options: ComposeOptions): Promise<Service> {
  const { config, clock, logger } = options;
  const hotline = loadHotline(config.hotline);
  const unreviewed = unreviewedUrgent(hotline);
  if (unreviewed.length > 0) {
    logger.warn(
      { hotline: hotline.id, unreviewed },
      'no native speaker has reviewed what is said in an emergency or to somebody in distress: see inzwa pack checklist',
    );
  }
  const admission = new Admission({ clock, isEarElsewhere: config.recognizer.kind === 'openai' });
  const metrics = createMetrics({
    version: ownVersion(),
    busyShares: () => ({ ear: admission.ear.share(), mouth: admission.mouth.share() }),
    onTurn: ({ callId, turn, source, totalMs, stages, discarded }) => {
      admission.heard({ source, totalMs });
      const stagesMs = Object.fromEntries(stages.map(({ stage, ms }) => [stage, Math.round(ms)]));
      logger.debug({ callId, turn, source, totalMs: Math.round(totalMs), stagesMs, discarded }, 'an answer is heard');
    },
  });
  let engines: (Engines & { readonly shared: HotlineEngines }) | undefined;
  const emit = (event: CallEvent): void => {
    metrics.observeCallEvent(event);
    admission.observe(event);
    if (event.kind === 'stage-failed') {
      logger.warn({ callId: event.callId, stage: event.stage, code: event.code }, 'a stage of a turn failed');
    }
    parts?.observe(event);
    options.onCallEvent?.(event);
  };
  const asterisk = asteriskCalls({ config, hotline, clock, logger });
  const desk = new CallDesk({
    clock,
    maxCalls: config.maxCalls,
    admission,
    logger,
    metrics,
    turnAway: async (leg, { signal }) => {
      const pieces = engines?.shared.speaker.say(phrase(hotline, 'busy'), { signal });
      return (pieces && (await announce(narrowband(leg), pieces, { clock, signal }))) ?? 'heard';
    },
    startConversation: async (leg, { signal, callFacts }): Promise<EndCause> => {
      if (!engines) return { result: 'ours', reason: 'not-ready' };
      const { callId, carrierCallId, resumption, arrival } = callFacts;
      const { shared } = engines;
      using _call = parts?.begin(callFacts);
      if (arrival?.interview) {
        const { interview: brief } = arrival;
        if (!interviews || !parts) return { result: 'ours', reason: 'not-ready' };
        const canTransfer = callFacts.carrier === 'asterisk' && asterisk.canTransfer;
        const onConsent = (): void => parts.consented(callId);
        const interview = { leg: parts.tap(narrowband(leg)), scorer: engines.scorerFor(callId), brief, canTransfer };
        return await interviews.converse({ ...interview, emit, onConsent, signal });
      }
      const from = resumption?.state === undefined ? undefined : decodeResumePoint(resumption.state);
      return await converse({
        leg: narrowband(leg),
        scorer: engines.scorerFor(callId),
        answersFor: (tell) =>
          new HotlineAnswers(shared, callId, tell, {
            canTransfer: callFacts.carrier === 'asterisk' && asterisk.canTransfer,
            resumption: resumption && { why: resumption.why, from },
          }),
        resumeFrom: from,
        ...(carrierCallId !== undefined && {
          onProgress: (point) => asterisk.noteState(carrierCallId, encodeResumePoint(point)),
        }),
        clock,
        hotline: hotline.id,
        language: hotline.pack.code,
        emit,
        signal,
      });
    },
  });
  let isClosing = false;
  const parts: CampaignParts | undefined = options.keepsRecords
    ? new CampaignParts({
        ...{ config, clock, logger },
        room: (): number =>
          !isClosing && engines?.isUp === true && !desk.isDraining && !admission.refusal()
            ? config.maxCalls - desk.liveCalls
            : 0,
        onState: (state) => metrics.recordsKept(state === 'kept'),
        onLost: (rows) => metrics.recordsLost(rows),
        scripts: ownScripts,
      })
    : undefined;
  let interviews: Interviews | undefined;
  const background = new AbortController();
  const chores: Promise<unknown>[] = [];
  const loading = loadHotlineEngines({
    ...{ config, models: options.models, hotline, clock, logger, admission, chores },
    onStep: ({ stage, step }) => metrics.degraded(stage, step),
    startEngines: options.startEngines ?? startEngines,
    signal: background.signal,
  }).then((loaded) => {
    engines = loaded;
    if (parts) {
      interviews = new Interviews({ engines: loaded.shared, books: parts.books, clock, logger });
      parts.prepareWith((script, opts) => interviews?.prepare(script, opts) ?? Promise.resolve());
    }
    const recognizer = loaded.recognizer.name;
    logger.info({ hotline: hotline.id, profile: config.profile, recognizer }, 'ready: calls are taken');
  });
  // Whoever awaits `ready` hears of it; without that a failed start must not be an unhandled rejection.
  loading.catch(() => undefined);
  const endCall = endCallWith(config);
  if (config.twilioAuthToken !== undefined && !endCall) {
    logger.warn(
      'TWILIO_ACCOUNT_SID is missing or is not AC and 32 hexadecimal digits: calls cannot be ended at Twilio, which says goodbye once more in a voice of its own',
    );
  }
  const door = audioSocketFor(config, {
    desk,
    metrics,
    clock,
    logger,
    calls: asterisk,
    filler: () => lineFillerOf(config.lineNoise),
  });
  const app = await buildApp({
    config,
    desk,
    clock,
    logger,
    metrics,
    filler: () => lineFillerOf(config.lineNoise),
    isReady: () => engines?.isUp === true,
    isStopping: () => isClosing,
    ...(endCall && { endCall }),
    ...(parts && { campaigns: parts.line, recordsState: () => parts.state, more: parts.routes }),
    ...(config.asterisk && {
      asterisk: { credentials: config.asterisk, calls: asterisk, door },
    }),
    notices: {
      // Without endCall it is heard after every goodbye as well, where an apology would be a lie.
      fallback: { kind: 'say', text: phrase(hotline, endCall ? 'error' : 'goodbye') },
      busy: { kind: 'say', text: phrase(hotline, 'busy') },
    },
  });
  const ready = Promise.all([loading, parts?.opened]).then(() => undefined);
  ready.catch(() => undefined);
  return {
    app,
    desk,
    async drain(patience) {
      isClosing = true;
      logger.info('stopping: nobody new is called, and whoever may still answer is waited for');
      await parts?.quiet();
      await desk.drain(patience);
    },
    ready,
    async listen() {
      await app.listen({ host: config.host, port: config.port }).catch((error: unknown) => {
        throw new InzwaError(
          'INZWA_CONFIG_INVALID',
          `cannot listen on ${config.host}:${config.port}; is another program there? Choose another INZWA_PORT.`,
          { cause: error },
        );
      });
      await door?.listen();
    },
    async [Symbol.asyncDispose]() {
      background.abort();
      // The last first; one that cannot be closed leaves none of the others open.
      await using closing = new AsyncDisposableStack();
      closing.use(metrics);
      closing.defer(() => engines?.[Symbol.asyncDispose]());
      closing.use(admission);
      closing.use(parts);
      closing.defer(() => Promise.allSettled([loading, ...chores]).then(() => undefined));
      closing.use(door);
      closing.defer(() => closeApp(app, clock));
    },
  };
}

const CLOSE_IDLE_MS = 250;

/** A connection that was busy when closing began is kept alive for 72 s after its answer, unless it is closed then. */
async function closeApp(app: FastifyInstance, clock: Clock): Promise<void> {
  let cancel: () => void;
  const closeIdle = (): void => {
    app.server.closeIdleConnections();
    cancel = clock.after(CLOSE_IDLE_MS, closeIdle);
  };
  cancel = clock.after(CLOSE_IDLE_MS, closeIdle);
  await app.close();
  cancel();
}

/** Undefined unless its port is set; it shares the credentials of the media route, and does nothing without. */
function audioSocketFor(
  { asterisk, audioSocket, maxCalls }: Config,
  shared: Omit<AudioSocketOptions, 'host' | 'port' | 'maxSockets'>,
): AudioSocketDoor | undefined {
  if (!asterisk || !audioSocket) return undefined;
  return audioSocketDoor({ ...shared, ...audioSocket, maxSockets: maxCalls + SPARE_SOCKETS });
}

/** With both credentials a goodbye also ends the call at Twilio, so that nobody hears the fallback after it. */
function endCallWith(config: Config): EndCall | undefined {
  const account = twilioAccount(config);
  const { twilioApiBase: baseUrl } = config;
  return account && twilioEndCall({ ...account, ...(baseUrl !== undefined && { baseUrl }) });
}

/** Rendered sentences are kept as the wire wants them, in half the bytes of PCM16; mu-law stands more than one coding. */
const MU_LAW_CODEC: SampleCodec = {
  name: 'mulaw',
  encode(pcm) {
    const bytes = new Uint8Array(pcm.length);
    muLaw.encodeInto(bytes, pcm);
    return bytes;
  },
  decode(bytes) {
    const pcm = new Int16Array(bytes.length);
    muLaw.decodeInto(pcm, bytes);
    return pcm;
  },
};

interface LoadOptions {
  readonly config: Config;
  readonly models: LocalModels;
  readonly hotline: Hotline;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whose meters run while the engines work, and who is told what a turn costs. */
  readonly admission: Admission;
  /** Told of each step that calls fall back on. */
  readonly onStep: (step: LadderStep) => void;
  readonly startEngines: typeof startEngines;
  readonly signal: AbortSignal;
  /** What goes on behind it, until the signal aborts, is put here, and never rejects. */
  readonly chores: Promise<unknown>[];
}

/** Ready when the sentences that every call begins with are rendered. Rejects with nothing left running. */
async function loadHotlineEngines(options: LoadOptions): Promise<Engines & { readonly shared: HotlineEngines }> {
  const { config, models, hotline, clock, logger, admission, onStep, startEngines: start, signal, chores } = options;
  const engines = await start({
    models,
    profile: models.profile(config.profile),
    recognizer: config.recognizer,
    hotline,
    clock,
    onDeath: (error) => logger.error({ err: error, code: error.code }, 'engines died and are being started again'),
    onDegraded: (error) => {
      logger.error({ err: error, code: error.code }, 'no language model: cards and phrases answer alone');
    },
  });
  await using unlessLoaded = new AsyncDisposableStack();
  unlessLoaded.use(engines);
  const ladder = { clock, onStep };
  const speaker = new Speaker({
    synthesizer: hurriedSynthesizer(meteredSynthesizer(engines.synthesizer, admission.mouth), ladder),
    language: hotline.pack.language,
    cache: new SentenceCache({ voice: engines.voiceKey, folder: join(models.folder, 'speech'), codec: MU_LAW_CODEC }),
    clock,
    instead: {
      text: phrase(hotline, 'error'),
      onSaid: () => onStep({ stage: 'speech', step: 'cached' }),
    },
  });
  const recognizer = hurriedRecognizer(meteredRecognizer(engines.recognizer, admission.ear), {
    ...ladder,
    isFull: () => admission.isEarFull,
  });
  const dialogue = new HurriedDialogue({ ...ladder, isFull: () => admission.isMouthFull });
  const welcome = welcomeAt(hotline, clock.wallMs());
  const first = (['not-understood', 'busy', 'error', 'hold'] as const).map((id) => phrase(hotline, id));
  await speaker.prerender([welcome, ...first], { signal });
  // The rest is rendered while nobody waits; what is asked for before that is rendered on the spot.
  const answering = { count: 0 };
  const isIdle = (): boolean => answering.count === 0;
  const rendering = speaker.prerender(fixedTexts(hotline), { signal, isIdle });
  chores.push(
    rendering.catch((error: unknown) => {
      if (!signal.aborted) logger.warn({ err: error }, 'fixed sentences could not be rendered beforehand');
    }),
  );
  let answerer = new Answerer(hotline);
  const store = baselineStore(models.folder, engines.recognizer.name, answerer.phrases);
  const known = await store.read();
  if (known) answerer = new Answerer(hotline, { baseline: known });
  else if (engines.recognizer.canScore) {
    // Two seconds of work that only sharpens the audio's evidence: the first callers do without.
    const measuring = measureBaseline(engines.recognizer, answerer.phrases, { signal }).then(async (baseline) => {
      answerer = new Answerer(hotline, { baseline });
      await store.write(baseline);
    });
    chores.push(
      measuring.catch((error: unknown) => {
        if (!signal.aborted) logger.warn({ err: error }, 'the audio baseline could not be measured');
      }),
    );
  }
  const testing = speaker.render(welcome, { signal }).then(async (speech) => {
    admission.turnWorkMs = await measureTurnWork(speech, { recognizer, clock, signal, isIdle });
  });
  chores.push(
    testing.catch((error: unknown) => {
      if (!signal.aborted) logger.warn({ err: error }, 'what a turn costs this machine could not be measured');
    }),
  );
  const shared: HotlineEngines = {
    hotline,
    recognizer,
    get dialogue() {
      return dialogue.over(engines.dialogue && meteredDialogue(engines.dialogue, admission.mouth));
    },
    get answerer() {
      return answerer;
    },
    guard: engines.guard,
    onBusy: (change) => {
      answering.count += change;
    },
    speaker,
    clock,
  };
  unlessLoaded.move();
  return Object.assign(engines, { shared });
}

function ownVersion(): string {
  const file = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}
