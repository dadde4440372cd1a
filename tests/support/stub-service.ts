/** The whole service, records and campaigns included, with engines that cost nothing: a process that a test may kill. */
import { openLocalModels } from '#models/catalogue.ts';
import { stubEngines } from '#src/cli/bench/stub/stub-engines.ts';
import { listenForInterrupt } from '#src/cli/interrupt.ts';
import { readConfig } from '#src/config.ts';
import { serve } from '#src/main.ts';

using interrupt = listenForInterrupt();
await serve({
  config: readConfig(process.env),
  models: await openLocalModels(process.env),
  signal: interrupt.signal,
  keepsRecords: true,
  startEngines: ({ hotline }) => Promise.resolve(stubEngines(hotline)),
});
