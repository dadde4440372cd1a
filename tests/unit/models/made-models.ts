/** A whole models folder for a test: one catalogue entry, scripted sources, no real waiting. */
import { LocalModels } from '#models/catalogue.ts';
import type { PullContext, Sources } from '#models/pull-context.ts';
import type { ModelEntry } from '#models/schema.ts';
import { hastyClock, recorded, temporaryFolder } from './tiny-models.ts';

const signal = new AbortController().signal;
const GIGABYTE = 1e9;

export interface MadeModels {
  readonly models: LocalModels;
  readonly folder: string;
  readonly events: ReturnType<typeof recorded>['events'];
  readonly pull: (opts?: { readonly signal?: AbortSignal }) => Promise<void>;
}

/** A catalogue of one model in a temporary folder. */
export async function make(
  entry: ModelEntry,
  sources: Sources,
  more: Partial<Pick<PullContext, 'build' | 'freeBytes'>> & { readonly folder?: string } = {},
): Promise<MadeModels> {
  const folder = more.folder ?? (await temporaryFolder());
  const models = new LocalModels({
    catalogue: { version: 1, profiles: {}, models: [entry] },
    folder,
    clock: hastyClock,
    sources,
    build: more.build ?? (() => Promise.reject(new Error('nothing is built in this test'))),
    freeBytes: more.freeBytes ?? (() => Promise.resolve(GIGABYTE)),
  });
  const { events, report } = recorded();
  return { models, folder, events, pull: (opts) => models.pull([entry.id], { signal, report, ...opts }) };
}
