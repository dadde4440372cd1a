/** Which symbols of a Piper voice have a sound, read from its embeddings: a table lists every IPA symbol, training met few. */
import { readFileSync } from 'node:fs';
import { fieldsOf, textOf, type Field } from '#pipeline/speech/protobuf.ts';

/** Fields of an ONNX ModelProto, GraphProto, NodeProto and TensorProto (onnx.proto3). */
const GRAPH = 7;
const NODE = 1;
const INITIALIZER = 5;
const NODE_FIELDS = { input: 1, operator: 4 } as const;
const TENSOR_FIELDS = { dims: 1, name: 8, rawData: 9 } as const;
/** The ids of a text go by this name in Piper's exports. */
const IDS = 'input';
/** Rows that training never touched have decayed alike: 0.34 to 0.44 in en_US-joe-medium, where learnt ones begin at 0.54. */
const ABOVE_UNUSED = 1.1;

/**
 * Ids whose embedding is longer than those that no symbol uses; undefined when the file has no such table or no unused
 * row to compare with.
 */
export function learntIds(modelPath: string, usedIds: ReadonlySet<number>): ReadonlySet<number> | undefined {
  const graph = field(readFileSync(modelPath), GRAPH);
  if (graph === undefined) return undefined;
  const parts = [...fieldsOf(graph)];
  const table = embeddingName(parts);
  const tensor = parts.find(({ number, bytes }) => number === INITIALIZER && nameOf(bytes) === table)?.bytes;
  const raw = tensor && field(tensor, TENSOR_FIELDS.rawData);
  const rows = tensor && firstDimension(tensor);
  if (raw === undefined || rows === undefined || rows === 0) return undefined;
  const norms = rowNorms(raw, rows);
  const unused = norms.filter((_, id) => !usedIds.has(id));
  if (unused.length === 0) return undefined;
  const limit = Math.max(...unused) * ABOVE_UNUSED;
  return new Set(norms.flatMap((norm, id) => (norm > limit ? [id] : [])));
}

/** What the Gather that takes the ids looks up in. */
function embeddingName(graph: readonly Field[]): string | undefined {
  for (const { number, bytes } of graph) {
    if (number !== NODE) continue;
    const fields = [...fieldsOf(bytes)];
    const text = (wanted: number): string[] =>
      fields.filter((each) => each.number === wanted).map((each) => textOf(each.bytes));
    const [table, ids] = text(NODE_FIELDS.input);
    if (text(NODE_FIELDS.operator)[0] === 'Gather' && ids === IDS) return table;
  }
  return undefined;
}

function field(message: Uint8Array, number: number): Uint8Array | undefined {
  for (const each of fieldsOf(message)) if (each.number === number) return each.bytes;
  return undefined;
}

function nameOf(tensor: Uint8Array): string {
  return textOf(field(tensor, TENSOR_FIELDS.name) ?? new Uint8Array(0));
}

/** Dimensions are varints, one field each or packed into one. */
function firstDimension(tensor: Uint8Array): number | undefined {
  for (const { number, wireType, raw, bytes } of fieldsOf(tensor)) {
    if (number !== TENSOR_FIELDS.dims) continue;
    let value = 0;
    let scale = 1;
    for (const byte of wireType === 0 ? raw.subarray(1) : bytes) {
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) break;
    }
    return value;
  }
  return undefined;
}

function rowNorms(raw: Uint8Array, rows: number): number[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const columns = raw.byteLength / 4 / rows;
  return Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let column = 0; column < columns; column += 1) {
      sum += view.getFloat32((row * columns + column) * 4, true) ** 2;
    }
    return Math.sqrt(sum);
  });
}
