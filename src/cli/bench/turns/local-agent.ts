/** Our own service as the agent under test: all of it but its ports, in this process, on a clock that skips idle time. */
import type { InzwaError } from '#kernel/errors.ts';
import { openLocalModels } from '#models/catalogue.ts';
import type { CallEvent } from '#pipeline/events.ts';
import { compose } from '#src/compose.ts';
import { readConfig } from '#src/config.ts';
import { startEngines, type Engines } from '#src/engines.ts';
import { createLogger } from '#src/observability/logger.ts';
import type { Agent, ConnectedCall, ConnectOptions } from './agent.ts';
import { busyEngines } from './busy-engines.ts';
import { LapseClock } from './lapse-clock.ts';
import { DIAL } from './local-wires.ts';
import { OwnTime } from './own-time.ts';

export interface LocalAgentOptions {
  readonly signal: AbortSignal;
  /** INZWA_* settings over those of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** True: the time that other programs' load takes from the engines does not count. @defaultValue false */
  readonly isMachineShared?: boolean;
  /** @defaultValue the real engines, in worker threads */
  readonly startEngines?: typeof startEngines;
}

/** Longest wait for the language model and for what the service prepares behind its start. */
const PREPARED_WITHIN_MS = 90_000;
const CHECK_EVERY_MS = 50;
/** Calls come as to a line that is not busy: what the service remembers of its load is over by then. Costs nothing. */
const BETWEEN_CALLS_MS = 25_000;
/** Nothing has been computed for this long: the preparations are over. */
const QUIET_MS = 400;

/**
 * Resolves when the service is ready and has prepared what it prepares beside its first calls, so that every call is
 * measured in the same state. Rejects with what `compose` and the start of the engines reject with.
 */
export async function openLocalAgent(options: LocalAgentOptions): Promise<Agent> {
  await using unlessOpen = new AsyncDisposableStack();
  const ownTime = options.isMachineShared === true ? unlessOpen.use(new OwnTime()) : undefined;
  const clock = new LapseClock(ownTime && { real: ownTime });
  const started = options.startEngines ?? startEngines;
  const listeners = new Set<(event: CallEvent) => void>();
  const errors: string[] = [];
  let engines: Engines | undefined;
  const env = { ...process.env, INZWA_LOG_LEVEL: 'error', ...options.env };
  const service = await compose({
    config: readConfig(env),
    models: await openLocalModels(env),
    clock,
    logger: createLogger('error', { write: (line: string) => void errors.push(line) }),
    onCallEvent: (event) => {
      for (const listener of listeners) listener(event);
    },
    startEngines: async (asked) => {
      engines = busyEngines(await started(asked), clock);
      return engines;
    },
  });
  unlessOpen.use(service);
  await service.ready;
  await untilPrepared(clock, () => options.startEngines !== undefined || engines?.dialogue !== undefined, options);
  const opened = unlessOpen.move();

  const connect = async ({ wire, callNumber, line, signal }: ConnectOptions): Promise<ConnectedCall> => {
    using unlessConnected = new DisposableStack();
    unlessConnected.use(clock.lapse());
    await clock.sleep(BETWEEN_CALLS_MS, { signal });
    const admit = (callId: string): InzwaError | undefined => service.desk.mayOpen(callId);
    const { phone, leg, facts } = DIAL[wire]({ clock, callNumber, line, admit });
    const events: CallEvent[] = [];
    const listen = (event: CallEvent): void => {
      if (event.callId === facts.callId) events.push(event);
    };
    unlessConnected.adopt(listeners.add(listen), (all) => void all.delete(listen));
    unlessConnected.defer(() => phone.hangUp());
    const talking = service.desk.openCall(await leg, facts);
    const connected = unlessConnected.move();
    const over = talking.then((cause) => {
      connected.dispose();
      const logged = errors.splice(0).at(-1) ?? '';
      return cause.reason === 'conversation-failed' ? `the conversation failed: ${logged}` : undefined;
    });
    return { phone, events, over };
  };
  return {
    name: 'this service',
    clock,
    wires: ['twilio', 'asterisk'],
    connect,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function untilPrepared(
  clock: LapseClock,
  isLoaded: () => boolean,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const deadlineMs = clock.nowMs() + PREPARED_WITHIN_MS;
  for (let quietMs = 0; quietMs < QUIET_MS && clock.nowMs() < deadlineMs; quietMs += CHECK_EVERY_MS) {
    await clock.sleep(CHECK_EVERY_MS, { signal });
    if (clock.works > 0 || !isLoaded()) quietMs = -CHECK_EVERY_MS;
  }
}
