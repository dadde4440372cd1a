/** The service as a process: configuration, models, listen, and on SIGTERM wait for the calls before going. */
import { systemClock } from '#kernel/clock.ts';
import type { CallEventSink } from '#pipeline/events.ts';
import type { LocalModels } from '#models/catalogue.ts';
import { compose, type ComposeOptions } from './compose.ts';
import type { Config } from './config.ts';
import { createLogger } from './observability/logger.ts';
import { startWatchdog } from './observability/watchdog.ts';

/** Calls in conversation are waited for this long after SIGTERM. */
const DRAIN_MS = 900_000;

export interface ServeOptions {
  readonly config: Config;
  readonly models: LocalModels;
  /** Aborted by SIGTERM or Ctrl-C: no new calls, then the end. */
  readonly signal: AbortSignal;
  readonly onCallEvent?: CallEventSink;
  /** As for `compose`. @defaultValue false */
  readonly keepsRecords?: boolean;
  /** @defaultValue the real engines */
  readonly startEngines?: ComposeOptions['startEngines'];
}

/** Resolves when the service has drained and closed; rejects when it cannot start. */
export async function serve({
  config,
  models,
  signal,
  onCallEvent,
  keepsRecords = false,
  startEngines,
}: ServeOptions): Promise<void> {
  const clock = systemClock;
  const logger = createLogger(config.logLevel);
  logger.info({ config: config.redacted }, 'starting');
  await using service = await compose({
    config,
    models,
    clock,
    logger,
    keepsRecords,
    ...(onCallEvent && { onCallEvent }),
    ...(startEngines && { startEngines }),
  });
  using _watchdog = startWatchdog(clock);
  await service.listen();
  await service.ready;
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await service.drain({ patienceMs: DRAIN_MS });
}
