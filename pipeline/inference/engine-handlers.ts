/** What an engine worker can do, by the names of the protocol. */
import type { EngineFacts, EngineMethod, EngineMethods } from './protocol.ts';

export interface EngineCall {
  readonly signal: AbortSignal;
  readonly onChunk: (chunk: unknown) => void;
}

export type EngineHandler = (args: unknown, call: EngineCall) => Promise<unknown>;

export interface LoadedEngines {
  readonly handlers: Partial<Record<EngineMethod, EngineHandler>>;
  readonly facts: Omit<EngineFacts, 'loadMs'>;
  readonly dispose: () => Promise<void>;
}

/** The protocol's types at the one place where they meet the wire's `unknown`: the sender is EngineWorker, which is typed. */
export function handler<M extends EngineMethod>(
  run: (args: EngineMethods[M]['args'], call: EngineCall) => Promise<EngineMethods[M]['value']>,
): EngineHandler {
  return (args, call) => run(args as EngineMethods[M]['args'], call);
}
