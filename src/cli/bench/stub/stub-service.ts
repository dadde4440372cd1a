/** The whole service but for its engines, as a process: `node src/cli/bench/stub/stub-service.ts --events-fd 3`. */
import { createWriteStream } from 'node:fs';
import { openLocalModels } from '#models/catalogue.ts';
import { readConfig } from '../../../config.ts';
import { serve } from '../../../main.ts';
import { listenForInterrupt } from '../../interrupt.ts';
import { stubEngines } from './stub-engines.ts';

using interrupt = listenForInterrupt();
const config = readConfig(process.env);
const events = process.argv.includes('--events-fd') ? createWriteStream('', { fd: 3, autoClose: false }) : undefined;
events?.on('error', () => undefined);
await serve({
  config,
  models: await openLocalModels(process.env),
  signal: interrupt.signal,
  startEngines: ({ hotline }) => Promise.resolve(stubEngines(hotline)),
  ...(events && { onCallEvent: (event) => void events.write(`${JSON.stringify(event)}\n`) }),
});
