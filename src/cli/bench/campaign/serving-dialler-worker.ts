/** The whole service with engines that cost nothing, and a dialler beside it in the same process, as `inzwa serve` runs both. */
import { openLocalModels } from '#models/catalogue.ts';
import { readConfig } from '../../../config.ts';
import { serve } from '../../../main.ts';
import { listenForInterrupt } from '../../interrupt.ts';
import { stubEngines } from '../stub/stub-engines.ts';
import { runDiallerProcess } from './kill/dialler-process.ts';

using interrupt = listenForInterrupt();
void runDiallerProcess(process.argv[2] ?? '');
await serve({
  config: readConfig(process.env),
  models: await openLocalModels(process.env),
  signal: interrupt.signal,
  startEngines: ({ hotline }) => Promise.resolve(stubEngines(hotline)),
});
