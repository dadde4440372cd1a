/**
 * Cuts a VITS graph where its decoder begins, and where its flow begins: text -> prior frames, prior -> latent frames, latent
 * frames -> samples. Flow and decoder are stacks of convolutions that see only a few frames around each one, so they can be
 * run piece by piece: the first piece is heard while the rest is computed, and the weights stay as they are.
 */
import { OnnxGraph } from './onnx-graph.ts';

export interface SplitGraph {
  /** Inputs as before; output `flow.priorName` or, without a flow of its own, `latentName`; shape [1, channels, frames]. */
  readonly encoder: Uint8Array;
  /** Undefined when the flow cannot be told apart: the encoder then ends with it. */
  readonly flow: SplitFlow | undefined;
  /** Inputs `latentName` and whatever else of the old inputs the decoder reads; output as before. */
  readonly decoder: Uint8Array;
  readonly latentName: string;
}

/** Inputs `priorName` and `maskName`, shape [1, 1, frames], which is 1 wherever one text is all there is; output `latentName`. */
export interface SplitFlow {
  readonly graph: Uint8Array;
  readonly priorName: string;
  /** Undefined when the flow reads no mask. */
  readonly maskName: string | undefined;
}

/** Weight of the decoder's first convolution in Piper's and Transformers' exports of VITS. */
const DECODER_ENTRY = /(?:^|[./])dec(?:oder)?\.conv_pre\.weight/u;
/** The same of each coupling layer of the flow; the first in order is the one that begins it. */
const FLOW_ENTRY = /(?:^|[./])flow\.flows\.\d+\.(?:conv_)?pre\.weight/u;
/** What only takes channels apart and turns them round, before the first coupling layer. */
const REARRANGING: ReadonlySet<string> = new Set(['Split', 'Slice', 'Gather', 'Identity']);

/** Undefined when the graph is not laid out like a VITS with a decoder that can be told apart. */
export function splitAtDecoder(model: Uint8Array): SplitGraph | undefined {
  const graph = OnnxGraph.read(model);
  if (graph?.outputName === undefined) return undefined;
  const latentName = firstReading(graph, DECODER_ENTRY);
  if (latentName === undefined) return undefined;
  const decoder = graph.modelOf(graph.neededFor([graph.outputName], [latentName]), { inputs: [latentName] });
  const flow = flowOf(graph, latentName);
  const encodes = flow?.priorName ?? latentName;
  const encoder = graph.modelOf(graph.neededFor([encodes]), { output: encodes });
  return { encoder, flow, decoder, latentName };
}

function flowOf(graph: OnnxGraph, latentName: string): SplitFlow | undefined {
  const priorName = priorOf(graph);
  if (priorName === undefined) return undefined;
  const inFlow = graph.dependentOn([priorName]);
  const varies = graph.dependentOn(graph.inputNames);
  if (!inFlow.has(latentName)) return undefined;
  const reads = [...graph.neededFor([latentName], [priorName])]
    .filter(({ outputs }) => outputs.some((name) => inFlow.has(name)))
    .flatMap(({ inputs }) => inputs);
  // What the flow knows of the text besides the prior: the mask; a voice of several speakers reads who speaks as well.
  const others = [...new Set(reads.filter((name) => varies.has(name) && !inFlow.has(name)))];
  if (others.length > 1) return undefined;
  const [maskName] = others;
  const boundaries = [priorName, ...others];
  return {
    graph: graph.modelOf(graph.neededFor([latentName], boundaries), { inputs: boundaries, output: latentName }),
    priorName,
    maskName,
  };
}

/** What comes before the first coupling layer, with its channels still in their own order. */
function priorOf(graph: OnnxGraph): string | undefined {
  let name = firstReading(graph, FLOW_ENTRY);
  for (let maker = graph.makerOf(name ?? ''); maker && REARRANGING.has(maker.op); maker = graph.makerOf(name ?? '')) {
    name = maker.inputs[0];
  }
  return name;
}

/** What the first node that reads such a weight reads beside it. */
function firstReading(graph: OnnxGraph, weight: RegExp): string | undefined {
  return graph.nodes.find(({ inputs }) => inputs.some((name) => weight.test(name)))?.inputs[0];
}
