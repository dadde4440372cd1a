/**
 * Cuts a VITS graph in two where its decoder begins: text -> latent frames, and latent frames -> samples. The decoder is a
 * stack of convolutions that sees only a few frames around each one, so it can be run piece by piece: the first
 * piece is heard while the rest is computed, and the weights stay as they are.
 */
import { delimited, fieldsOf, integer, join, textOf, type Field } from './protobuf.ts';

export interface SplitGraph {
  /** Inputs as before; output `latentName`, shape [1, channels, frames]. */
  readonly encoder: Uint8Array;
  /** Inputs `latentName` and whatever else of the old inputs the decoder reads; output as before. */
  readonly decoder: Uint8Array;
  readonly latentName: string;
}

/** Field numbers of onnx.proto3. */
const MODEL_GRAPH = 7;
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, valueInfo: 13 } as const;
const NODE = { input: 1, output: 2, attribute: 5 } as const;
const ATTRIBUTE = { graph: 6, graphs: 11 } as const;
const TENSOR_NAME = 8;
const VALUE_NAME = 1;

/** Weight of the decoder's first convolution in Piper's and Transformers' exports of VITS. */
const DECODER_ENTRY = /(?:^|[./])dec(?:oder)?\.conv_pre\.weight/u;

interface Node {
  readonly field: Field;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Undefined when the graph is not laid out like a VITS with a decoder that can be told apart. */
export function splitAtDecoder(model: Uint8Array): SplitGraph | undefined {
  const modelFields = [...fieldsOf(model)];
  const graph = modelFields.find((field) => field.number === MODEL_GRAPH);
  if (graph === undefined) return undefined;
  const parts = [...fieldsOf(graph.bytes)];
  const nodes = parts.filter((field) => field.number === GRAPH.node).map(readNode);
  const entry = nodes.find((node) => node.inputs.some((name) => DECODER_ENTRY.test(name)));
  const latentName = entry?.inputs[0];
  const output = parts.find((field) => field.number === GRAPH.output);
  if (latentName === undefined || output === undefined) return undefined;

  const decoderNodes = neededFor([nameOf(output, VALUE_NAME)], nodes, latentName);
  const encoderNodes = neededFor([latentName], nodes);
  const latent = floatValue(latentName);
  const rebuild = (
    kept: ReadonlySet<Node>,
    inputs: readonly Uint8Array[],
    outputs: readonly Uint8Array[],
  ): Uint8Array => {
    const used = new Set([...kept].flatMap((node) => node.inputs));
    const body = [
      ...nodes.filter((node) => kept.has(node)).map((node) => node.field.raw),
      ...parts
        .filter((field) => field.number === GRAPH.initializer && used.has(nameOf(field, TENSOR_NAME)))
        .map((field) => field.raw),
      ...parts.filter((field) => !Object.values<number>(GRAPH).includes(field.number)).map((field) => field.raw),
      ...parts
        .filter((field) => field.number === GRAPH.input && used.has(nameOf(field, VALUE_NAME)))
        .map((field) => field.raw),
      ...inputs.map((value) => delimited(GRAPH.input, value)),
      ...outputs,
    ];
    const rest = modelFields.filter((field) => field !== graph).map((field) => field.raw);
    return join([...rest, delimited(MODEL_GRAPH, join(body))]);
  };
  return {
    latentName,
    encoder: rebuild(encoderNodes, [], [delimited(GRAPH.output, latent)]),
    decoder: rebuild(decoderNodes, [latent], [output.raw]),
  };
}

/** The nodes that some values rest on, going back to the graph's inputs or to `boundary`, whichever comes first. */
function neededFor(values: readonly string[], nodes: readonly Node[], boundary?: string): Set<Node> {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const needed = new Set<Node>();
  const open = [...values];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const maker = name === boundary ? undefined : makers.get(name);
    if (maker === undefined || needed.has(maker)) continue;
    needed.add(maker);
    open.push(...maker.inputs);
  }
  return needed;
}

/** Names a node reads: its own inputs and, for branches and loops, whatever their bodies mention. */
function readNode(field: Field): Node {
  const inputs: string[] = [];
  const outputs: string[] = [];
  for (const part of fieldsOf(field.bytes)) {
    if (part.number === NODE.input) inputs.push(textOf(part.bytes));
    if (part.number === NODE.output) outputs.push(textOf(part.bytes));
    if (part.number !== NODE.attribute) continue;
    for (const inner of fieldsOf(part.bytes)) {
      if (inner.number !== ATTRIBUTE.graph && inner.number !== ATTRIBUTE.graphs) continue;
      for (const piece of fieldsOf(inner.bytes)) {
        if (piece.number === GRAPH.node) inputs.push(...readNode(piece).inputs);
        // A branch may hand an outer value straight on.
        if (piece.number === GRAPH.output) inputs.push(nameOf(piece, VALUE_NAME));
      }
    }
  }
  return { field, inputs, outputs };
}

function nameOf(field: Field, nameField: number): string {
  for (const part of fieldsOf(field.bytes)) if (part.number === nameField) return textOf(part.bytes);
  return '';
}

/** ValueInfoProto of a float tensor of rank 3 with free dimensions. */
function floatValue(name: string): Uint8Array {
  const dimension = (label: string): Uint8Array => delimited(1, delimited(2, label));
  const shape = join([dimension('batch'), dimension('channels'), dimension('frames')]);
  const tensor = join([integer(1, 1), delimited(2, shape)]);
  return join([delimited(VALUE_NAME, name), delimited(2, delimited(1, tensor))]);
}
