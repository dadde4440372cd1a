/** The graphs that are not downloaded but built here from a model's weights; kept with their own recorded hashes. */
import { mkdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InzwaError } from '#kernel/errors.ts';
import { builtFrom, expectedBuilt, expectedFiles, toPin } from './expected.ts';
import { layout, moveAtomically } from './folder.ts';
import { importWhisper } from './import/import-whisper.ts';
import { writePins, type ModelPins, type Pin } from './pins.ts';
import type { BuildGraphs, PullContext } from './pull-context.ts';
import type { ModelEntry } from './schema.ts';
import { isRight, sha256File } from './verify.ts';

export const buildWhisper: BuildGraphs = async ({ format, weights, outDir, signal, onProgress }) => {
  const built = await importWhisper({
    source: format === 'ctranslate2' ? { format, modelBin: weights } : { format, files: [weights] },
    outDir,
    signal,
    onProgress,
  });
  return { encoder: built.encoder, decoder: built.decoder, scorer: built.scorer, facts: built.facts };
};

/** The pins with the built graphs in them; builds only when they are missing, changed, or of other weights. */
export async function buildGraphs(entry: ModelEntry, pins: ModelPins, context: PullContext): Promise<ModelPins> {
  const { folder, build, signal, report, clock } = context;
  if (entry.import === undefined) return pins;
  const present = expectedBuilt(folder, entry, pins);
  if (present.length > 0) {
    const checks = await Promise.all(present.map((file) => isRight(entry.id, file, { signal })));
    if (checks.every(Boolean)) return pins;
  }
  const weights = expectedFiles(folder, entry, pins).find((file) => file.role === 'weights');
  if (weights === undefined) {
    throw new InzwaError(
      'INZWA_MODEL_CATALOGUE',
      `model ${entry.id} is to be imported but has no file of role "weights"`,
    );
  }
  const outDir = join(layout.parts(folder), `${entry.id}--build`);
  await rm(outDir, { recursive: true, force: true });
  await mkdir(outDir, { recursive: true });
  try {
    const paths = await build({
      format: entry.import.format,
      weights: weights.path,
      outDir,
      signal,
      onProgress: (doneBytes, totalBytes) =>
        report({ kind: 'progress', id: entry.id, phase: 'build', doneBytes, totalBytes }),
    });
    const built: Record<string, Pin> = {};
    for (const [role, path] of Object.entries(paths)) {
      const { size } = await stat(path);
      const received = { bytes: size, sha256: await sha256File(path, { signal }), identity: undefined };
      built[role] = toPin(basename(path), received, builtFrom(weights.sha256), clock);
      await moveAtomically(path, layout.file(folder, entry.id, basename(path)));
    }
    const complete = { files: pins.files, built };
    await writePins(folder, entry.id, complete);
    return complete;
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}
