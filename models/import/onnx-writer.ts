/**
 * Writes ONNX models: just the parts of the protobuf schema that our graphs use. Tensor data is asked for while the file
 * is being written, one tensor at a time, so a model never stands in memory whole.
 */
import { open } from 'node:fs/promises';

/** Element types with their number in `TensorProto.DataType`. */
const ELEMENT_TYPES = { float32: 1, uint8: 2, int8: 3, int64: 7 } as const;
const ELEMENT_BYTES = { float32: 4, uint8: 1, int8: 1, int64: 8 } as const;

export type OnnxElement = keyof typeof ELEMENT_TYPES;

/** A dimension: a number, or the name of a size that is only known when the graph runs. */
export type OnnxDim = number | string;

export interface OnnxValueInfo {
  readonly name: string;
  readonly element: OnnxElement;
  readonly dims: readonly OnnxDim[];
}

/** A constant of the graph; `bytes` is called exactly once, while writing, and its result is not kept. */
export interface OnnxInitializer {
  readonly name: string;
  readonly element: OnnxElement;
  readonly dims: readonly number[];
  readonly bytes: () => Uint8Array;
}

export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly string: string };

export interface OnnxNode {
  readonly op: string;
  /** '' is ONNX itself, 'com.microsoft' the operators that ONNX Runtime adds. */
  readonly domain: '' | 'com.microsoft';
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Opset of the standard operators: LayerNormalization is there from 17 on. */
const OPSET = 17;
const IR_VERSION = 8;

/** Bytes that exist already, or bytes of a known number that are made when their turn to be written has come. */
type Piece = Uint8Array | { readonly length: number; readonly bytes: () => Uint8Array };

const text = new TextEncoder();

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}

function intField(field: number, value: number): Piece {
  return Uint8Array.from([...varint(field * 8), ...varint(value)]);
}

function floatField(field: number, value: number): Piece {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return Uint8Array.from([...varint(field * 8 + 5), ...bytes]);
}

function lengthOf(pieces: readonly Piece[]): number {
  let total = 0;
  for (const piece of pieces) total += piece.length;
  return total;
}

/** A length-delimited field: a nested message, a string or raw data. */
function nested(field: number, pieces: readonly Piece[]): Piece[] {
  return [Uint8Array.from([...varint(field * 8 + 2), ...varint(lengthOf(pieces))]), ...pieces];
}

function stringField(field: number, value: string): Piece[] {
  return nested(field, [text.encode(value)]);
}

function attributePieces(name: string, attribute: OnnxAttribute): Piece[] {
  const head = stringField(1, name);
  if ('int' in attribute) return [...head, intField(3, attribute.int), intField(20, 2)];
  if ('float' in attribute) return [...head, floatField(2, attribute.float), intField(20, 1)];
  if ('string' in attribute) return [...head, ...stringField(4, attribute.string), intField(20, 3)];
  return [...head, ...attribute.ints.map((value) => intField(8, value)), intField(20, 7)];
}

function nodePieces(node: OnnxNode): Piece[] {
  const attributes = Object.entries(node.attributes);
  return [
    ...node.inputs.flatMap((name) => stringField(1, name)),
    ...node.outputs.flatMap((name) => stringField(2, name)),
    ...stringField(3, node.outputs[0] ?? node.op),
    ...stringField(4, node.op),
    ...attributes.flatMap(([name, attribute]) => nested(5, attributePieces(name, attribute))),
    ...stringField(7, node.domain),
  ];
}

function valuePieces(value: OnnxValueInfo): Piece[] {
  const dims = value.dims.flatMap((dim) =>
    nested(1, typeof dim === 'number' ? [intField(1, dim)] : stringField(2, dim)),
  );
  const tensor = [intField(1, ELEMENT_TYPES[value.element]), ...nested(2, dims)];
  return [...stringField(1, value.name), ...nested(2, nested(1, tensor))];
}

function initializerPieces(tensor: OnnxInitializer): Piece[] {
  const length = tensor.dims.reduce((product, dim) => product * dim, ELEMENT_BYTES[tensor.element]);
  return [
    ...tensor.dims.map((dim) => intField(1, dim)),
    intField(2, ELEMENT_TYPES[tensor.element]),
    ...stringField(8, tensor.name),
    ...nested(9, [{ length, bytes: tensor.bytes }]),
  ];
}

function opset(domain: string, version: number): Piece[] {
  return nested(8, [...stringField(1, domain), intField(2, version)]);
}

function modelPieces(graph: OnnxGraph): Piece[] {
  const graphPieces = [
    ...graph.nodes.flatMap((node) => nested(1, nodePieces(node))),
    ...stringField(2, graph.name),
    ...graph.initializers.flatMap((tensor) => nested(5, initializerPieces(tensor))),
    ...graph.inputs.flatMap((value) => nested(11, valuePieces(value))),
    ...graph.outputs.flatMap((value) => nested(12, valuePieces(value))),
  ];
  return [
    intField(1, IR_VERSION),
    ...stringField(2, 'inzwa'),
    ...nested(7, graphPieces),
    ...opset('', OPSET),
    ...opset('com.microsoft', 1),
    ...Object.entries(graph.metadata).flatMap(([key, value]) =>
      nested(14, [...stringField(1, key), ...stringField(2, value)]),
    ),
  ];
}

/** Size of the file that `writeOnnx` would write; no tensor is asked for its data. ONNX Runtime refuses 2 GiB and more. */
export function onnxBytes(graph: OnnxGraph): number {
  return lengthOf(modelPieces(graph));
}

/**
 * Writes the model to `path`, replacing what is there. `onBytes` gets the number of bytes written so far; an abort is
 * noticed between tensors and leaves a partial file to the caller.
 */
export async function writeOnnx(
  path: string,
  graph: OnnxGraph,
  opts: { readonly signal?: AbortSignal | undefined; readonly onBytes?: ((written: number) => void) | undefined } = {},
): Promise<void> {
  await using file = await open(path, 'w');
  let written = 0;
  let small: Uint8Array[] = [];
  const flush = async (): Promise<void> => {
    if (small.length > 0) await file.writeFile(Buffer.concat(small));
    small = [];
  };
  for (const piece of modelPieces(graph)) {
    written += piece.length;
    if (piece instanceof Uint8Array) {
      small.push(piece);
      continue;
    }
    opts.signal?.throwIfAborted();
    await flush();
    const bytes = piece.bytes();
    if (bytes.length !== piece.length) {
      throw new RangeError(`a tensor of ${graph.name} has ${bytes.length} bytes where ${piece.length} were announced`);
    }
    await file.writeFile(bytes);
    opts.onBytes?.(written);
  }
  await flush();
  await file.sync();
  opts.onBytes?.(written);
}
