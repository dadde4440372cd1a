/** A program of its own, so that it can be killed. */
import { runDiallerProcess } from './dialler-process.ts';

await runDiallerProcess(process.argv[2] ?? '');
