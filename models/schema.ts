/** The shape of catalogue.json. What a model is and where it comes from is data; nothing here knows how to fetch or run it. */
import { z } from 'zod';
import { InzwaError } from '#kernel/errors.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits');
const bytes = z.number().int().positive();
/** A name that can neither leave its folder nor hide in it. */
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be a plain file name');
const modelId = z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, 'must be lower-case letters, digits, dots and dashes');
const registryName = z.string().regex(/^[@A-Za-z0-9][A-Za-z0-9._/-]*$/, 'must be a package name');
const version = z.string().regex(/^[0-9][A-Za-z0-9.+-]*$/, 'must be one exact version');

const huggingFaceSource = z.strictObject({
  kind: z.literal('huggingface'),
  repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'must be owner/name'),
  revision: z.string().min(1),
  file: z.string().min(1),
});
const packageFields = {
  package: registryName,
  version,
  member: z.string().min(1),
  /** Size of the whole archive, for the progress bar and the check of free disk. */
  packageBytes: bytes,
};
const pypiSource = z.strictObject({ kind: z.literal('pypi'), ...packageFields });
const npmSource = z.strictObject({ kind: z.literal('npm'), ...packageFields });
const singleSource = z.discriminatedUnion('kind', [huggingFaceSource, pypiSource, npmSource]);
const joinedSource = z.strictObject({
  kind: z.literal('joined'),
  parts: z.array(z.strictObject({ bytes, sha256, source: singleSource })).min(2),
});

const modelFile = z
  .strictObject({
    name: fileName,
    /** Absent only for an unverified file, whose size and hash are pinned at its first pull. */
    bytes: bytes.optional(),
    sha256: sha256.optional(),
    /** True when nobody of the project has downloaded this file: what arrives first is trusted, pinned, and said aloud. */
    unverified: z.literal(true).optional(),
    approximateBytes: bytes.optional(),
    sources: z.array(z.discriminatedUnion('kind', [huggingFaceSource, pypiSource, npmSource, joinedSource])).min(1),
  })
  .refine((file) => file.unverified === true || (file.bytes !== undefined && file.sha256 !== undefined), {
    message: 'needs bytes and sha256, or "unverified": true',
  });

const tensor = z.strictObject({
  name: z.string().min(1),
  type: z.enum(['float32', 'int64', 'int32', 'bool']),
  /** A number is a fixed extent, a string names a free one. */
  shape: z.array(z.union([z.number().int().positive(), z.string().min(1)])),
});

const modelEntry = z.strictObject({
  id: modelId,
  task: z.enum(['vad', 'asr', 'tts', 'llm', 'turn']),
  /** BCP 47 tag of the language the weights were trained for; `mul` for many, `und` where language does not matter. */
  language: z.string().min(2),
  sampleRateHz: z.number().int().positive().optional(),
  licence: z.strictObject({ name: z.string().min(1), allows: z.string().min(1) }),
  summary: z.string().min(1),
  files: z.record(z.string(), modelFile),
  /** The ONNX graphs are not downloaded but built here from the weights; see models/import. */
  import: z
    .strictObject({
      as: z.literal('whisper'),
      format: z.enum(['ctranslate2', 'safetensors']),
      approximateBytes: bytes,
    })
    .optional(),
  tensors: z.record(z.string(), z.strictObject({ inputs: z.array(tensor), outputs: z.array(tensor) })).optional(),
  facts: z.record(z.string(), z.unknown()).default({}),
});

const profile = z.strictObject({ vad: modelId, asr: modelId, tts: modelId, llm: modelId, turn: modelId.optional() });

const catalogueSchema = z
  .strictObject({
    version: z.literal(1),
    profiles: z.record(z.string(), profile),
    models: z.array(modelEntry).min(1),
  })
  .superRefine((catalogue, context) => {
    const known = new Set<string>();
    for (const [index, model] of catalogue.models.entries()) {
      if (known.has(model.id)) {
        context.addIssue({ code: 'custom', path: ['models', index, 'id'], message: `"${model.id}" is there twice` });
      }
      known.add(model.id);
    }
    for (const [name, tasks] of Object.entries(catalogue.profiles)) {
      for (const [task, id] of Object.entries(tasks)) {
        if (id === undefined || known.has(id)) continue;
        context.addIssue({ code: 'custom', path: ['profiles', name, task], message: `no model is called "${id}"` });
      }
    }
  });

/** Where one file, or one part of a file, can be had from. */
export type SingleSource = z.infer<typeof singleSource>;
export type HuggingFaceSource = z.infer<typeof huggingFaceSource>;
/** One file inside an archive of a package registry; the archive is fetched whole, the member is cut out of it. */
export type PackageSource = z.infer<typeof pypiSource> | z.infer<typeof npmSource>;
export type JoinedSource = z.infer<typeof joinedSource>;
export type FileSource = SingleSource | JoinedSource;
export type ModelFile = z.infer<typeof modelFile>;
export type ModelEntry = z.infer<typeof modelEntry>;
/** The id of the model for each task. */
export type Profile = z.infer<typeof profile>;
export type Catalogue = z.infer<typeof catalogueSchema>;

/** The ids of a profile, each once, in the order in which the catalogue names the tasks. */
export function idsOf(profile: Profile): readonly string[] {
  return [...new Set(Object.values(profile).filter((id) => id !== undefined))];
}

/** Throws INZWA_MODEL_CATALOGUE with the file and the JSON path of everything that is wrong. */
export function parseCatalogue(json: string, file: string): Catalogue {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new InzwaError('INZWA_MODEL_CATALOGUE', `${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = catalogueSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${jsonPath(issue.path)}: ${issue.message}`);
  throw new InzwaError('INZWA_MODEL_CATALOGUE', `${file} is not a model catalogue:\n  ${problems.join('\n  ')}`, {
    details: { file, problems },
  });
}

function jsonPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) =>
      text +
      (typeof key === 'number' ? `[${key}]` : /^\w+$/.test(String(key)) ? `.${String(key)}` : `["${String(key)}"]`),
    '$',
  );
}
