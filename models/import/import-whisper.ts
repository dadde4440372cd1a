/** Turns Whisper weights of any size into the three graphs that the recogniser runs. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { InzwaError } from '#kernel/errors.ts';
import { openCTranslate2 } from './ctranslate2.ts';
import { onnxBytes, writeOnnx } from './onnx-writer.ts';
import { openSafetensors } from './safetensors.ts';
import { decoderGraph, encoderGraph, scorerGraph } from './whisper-graphs.ts';
import { whisperWeights } from './whisper-weights.ts';
import type { OnnxGraph } from './onnx-writer.ts';
import type { WhisperDims } from './whisper-weights.ts';

export type WhisperSource =
  | { readonly format: 'ctranslate2'; readonly modelBin: string }
  /** One or more shards, or one `model.safetensors.index.json` beside its shards. */
  | { readonly format: 'safetensors'; readonly files: readonly string[] };

export interface ImportWhisperOptions {
  readonly source: WhisperSource;
  /** Hugging Face `tokenizer.json` of the same model; copied beside the graphs when given. */
  readonly tokenizerJson?: string;
  /** Created when missing; files of an earlier import in it are replaced. */
  readonly outDir: string;
  /** Bytes of ONNX written so far, and in all. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
  /** Width of one attention head; every published Whisper has the default, test models may be smaller. @defaultValue 64 */
  readonly headWidth?: number;
}

/** Absolute paths of what was written, and the sizes read from the weights. */
export interface ImportedWhisper {
  readonly encoder: string;
  readonly decoder: string;
  readonly scorer: string;
  readonly facts: string;
  readonly tokenizer: string | undefined;
  readonly dims: WhisperDims;
}

const FILES = {
  encoder: 'encoder.onnx',
  decoder: 'decoder.onnx',
  scorer: 'scorer.onnx',
  facts: 'whisper.json',
} as const;

/** ONNX Runtime reads one protobuf message, and those end at 2 GiB. */
const MAX_GRAPH_BYTES = 2 ** 31 - 1;

/**
 * Writes `encoder.onnx`, `decoder.onnx`, `scorer.onnx` and `whisper.json` (the sizes) into `outDir`. Every file is
 * written under another name first and renamed when all are complete, so an error or an abort leaves `outDir` as it was.
 * Throws INZWA_IMPORT_* errors, or the signal's reason.
 */
export async function importWhisper(options: ImportWhisperOptions): Promise<ImportedWhisper> {
  const { source, outDir, signal } = options;
  const file =
    source.format === 'ctranslate2' ? await openCTranslate2(source.modelBin) : await openSafetensors(source.files);
  const weights = whisperWeights(
    file,
    source.format,
    options.headWidth === undefined ? {} : { headWidth: options.headWidth },
  );
  const graphs = {
    encoder: encoderGraph(weights),
    decoder: decoderGraph(weights),
    scorer: scorerGraph(weights),
  };
  const totalBytes = refuseTooLarge(Object.values(graphs));
  const written: { readonly partial: string; readonly final: string }[] = [];
  const place = (name: string): string => {
    const final = join(outDir, name);
    const partial = `${final}.${randomUUID()}.partial`;
    written.push({ partial, final });
    return partial;
  };
  await mkdir(outDir, { recursive: true });
  try {
    let doneBytes = 0;
    for (const role of ['encoder', 'decoder', 'scorer'] as const) {
      const before = doneBytes;
      await writeOnnx(place(FILES[role]), graphs[role], {
        signal,
        onBytes: (bytes) => {
          doneBytes = before + bytes;
          options.onProgress?.(doneBytes, totalBytes);
        },
      });
    }
    await writeFile(place(FILES.facts), `${JSON.stringify({ format: 1, ...weights.dims }, undefined, 2)}\n`);
    if (options.tokenizerJson !== undefined) {
      await writeFile(place('tokenizer.json'), await readTokenizer(options.tokenizerJson));
    }
    signal?.throwIfAborted();
    for (const { partial, final } of written) await rename(partial, final);
  } catch (error) {
    for (const { partial } of written) await rm(partial, { force: true });
    throw error;
  }
  return {
    encoder: join(outDir, FILES.encoder),
    decoder: join(outDir, FILES.decoder),
    scorer: join(outDir, FILES.scorer),
    facts: join(outDir, FILES.facts),
    tokenizer: options.tokenizerJson === undefined ? undefined : join(outDir, 'tokenizer.json'),
    dims: weights.dims,
  };
}

function refuseTooLarge(graphs: readonly OnnxGraph[]): number {
  let total = 0;
  for (const graph of graphs) {
    const bytes = onnxBytes(graph);
    if (bytes > MAX_GRAPH_BYTES) {
      throw new InzwaError(
        'INZWA_IMPORT_TOO_LARGE',
        `${graph.name} would need ${bytes} bytes, but one ONNX file can hold ${MAX_GRAPH_BYTES}: use a smaller Whisper`,
        { details: { graph: graph.name, bytes } },
      );
    }
    total += bytes;
  }
  return total;
}

async function readTokenizer(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new InzwaError('INZWA_IMPORT_UNREADABLE', `cannot read the tokenizer ${path}: pull the model again`, {
      cause,
    });
  }
}
