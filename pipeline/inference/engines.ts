/** Loads and warms the engines of one worker. Each thread imports only its own, so that one that died is back the sooner. */
import type { LoadedEngines } from './engine-handlers.ts';
import type { EngineNews, EngineSpec } from './protocol.ts';

/** Resolves when calls can be taken; `tell` hears later of the engine that calls do not wait for. */
export async function loadEngines(spec: EngineSpec, tell: (news: EngineNews) => void): Promise<LoadedEngines> {
  switch (spec.role) {
    case 'ear':
      return (await import('./engines-ear.ts')).loadEar(spec);
    case 'recognizer':
      return (await import('./engines-recognizer.ts')).loadRecognizer(spec.recognizer);
    case 'mouth':
      return (await import('./engines-mouth.ts')).loadMouth(spec, tell);
  }
}
