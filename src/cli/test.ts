/** `inzwa test`: every test. The models of the default profile are pulled first, because some tests run them. */
import { listenForInterrupt } from './interrupt.ts';
import { ensureModels } from './models.ts';
import { runTool } from './tools.ts';

/** Further arguments go to vitest. */
export async function run(args: readonly string[]): Promise<number> {
  {
    using interrupt = listenForInterrupt();
    await ensureModels('default', { signal: interrupt.signal });
  }
  return runTool('vitest', ['run', ...args]);
}
