/** `inzwa test:fast`: the tests that need no weights, no network and no waiting. */
import { runTool } from './tools.ts';

/** Further arguments go to vitest. */
export async function run(args: readonly string[]): Promise<number> {
  return runTool('vitest', ['run', '--project', 'fast', ...args]);
}
