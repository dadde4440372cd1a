/** An ONNX file taken apart as far as cutting its graph needs: nodes, what they read and write, and new graphs out of some of them. */
import { delimited, fieldsOf, integer, join, textOf, type Field } from './protobuf.ts';

export interface OnnxNode {
  /** `Conv`, `Split` … */
  readonly op: string;
  /** Names it reads; those that the bodies of its branches and loops mention are among them. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly field: Field;
}

/** Field numbers of onnx.proto3. */
const MODEL_GRAPH = 7;
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, valueInfo: 13 } as const;
const NODE = { input: 1, output: 2, op: 4, attribute: 5 } as const;
const ATTRIBUTE = { graph: 6, graphs: 11 } as const;
const TENSOR_NAME = 8;
const VALUE_NAME = 1;

export class OnnxGraph {
  /** In the file's order, in which every node comes after those that it reads from. */
  readonly nodes: readonly OnnxNode[];
  /** The first output of the graph; undefined when it has none. */
  readonly outputName: string | undefined;
  readonly #modelFields: readonly Field[];
  readonly #parts: readonly Field[];
  readonly #makers: ReadonlyMap<string, OnnxNode>;
  readonly #output: Field | undefined;

  private constructor(modelFields: readonly Field[], graph: Field) {
    this.#modelFields = modelFields.filter((field) => field !== graph);
    this.#parts = [...fieldsOf(graph.bytes)];
    this.nodes = this.#named(GRAPH.node).map(readNode);
    this.#makers = new Map(this.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
    this.#output = this.#named(GRAPH.output)[0];
    this.outputName = this.#output && nameOf(this.#output, VALUE_NAME);
  }

  /** Undefined when the model holds no graph; throws RangeError when the bytes are no protobuf at all. */
  static read(model: Uint8Array): OnnxGraph | undefined {
    const fields = [...fieldsOf(model)];
    const graph = fields.find((field) => field.number === MODEL_GRAPH);
    return graph && new OnnxGraph(fields, graph);
  }

  get inputNames(): readonly string[] {
    return this.#named(GRAPH.input).map((field) => nameOf(field, VALUE_NAME));
  }

  makerOf(value: string): OnnxNode | undefined {
    return this.#makers.get(value);
  }

  /** The nodes that some values rest on, going back to the graph's inputs or to `boundaries`, whichever come first. */
  neededFor(values: readonly string[], boundaries: readonly string[] = []): Set<OnnxNode> {
    const needed = new Set<OnnxNode>();
    const open = [...values];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const maker = boundaries.includes(name) ? undefined : this.#makers.get(name);
      if (maker === undefined || needed.has(maker)) continue;
      needed.add(maker);
      open.push(...maker.inputs);
    }
    return needed;
  }

  /** Every value that changes with any of these. */
  dependentOn(values: readonly string[]): Set<string> {
    const dependent = new Set(values);
    for (const { inputs, outputs } of this.nodes) {
      if (inputs.some((name) => dependent.has(name))) for (const name of outputs) dependent.add(name);
    }
    return dependent;
  }

  /**
   * A model of these nodes and the weights that they read. `inputs` are new ones, beside those of the old ones that are
   * read; `output` is a new one, @defaultValue the old one.
   */
  modelOf(
    kept: ReadonlySet<OnnxNode>,
    { inputs = [], output }: { readonly inputs?: readonly string[]; readonly output?: string },
  ): Uint8Array {
    const used = new Set([...kept].flatMap((node) => node.inputs));
    const isOther = ({ number }: Field): boolean => !Object.values<number>(GRAPH).includes(number);
    const graph = join([
      ...this.nodes.filter((node) => kept.has(node)).map((node) => node.field.raw),
      ...this.#named(GRAPH.initializer)
        .filter((field) => used.has(nameOf(field, TENSOR_NAME)))
        .map((field) => field.raw),
      ...this.#parts.filter(isOther).map((field) => field.raw),
      ...this.#named(GRAPH.input)
        .filter((field) => used.has(nameOf(field, VALUE_NAME)))
        .map((field) => field.raw),
      ...inputs.map((name) => delimited(GRAPH.input, floatValue(name))),
      ...(output === undefined
        ? this.#named(GRAPH.output)
            .slice(0, 1)
            .map((field) => field.raw)
        : []),
      ...(output === undefined ? [] : [delimited(GRAPH.output, floatValue(output))]),
    ]);
    return join([...this.#modelFields.map((field) => field.raw), delimited(MODEL_GRAPH, graph)]);
  }

  #named(number: number): readonly Field[] {
    return this.#parts.filter((field) => field.number === number);
  }
}

function readNode(field: Field): OnnxNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  let op = '';
  for (const part of fieldsOf(field.bytes)) {
    if (part.number === NODE.input) inputs.push(textOf(part.bytes));
    if (part.number === NODE.output) outputs.push(textOf(part.bytes));
    if (part.number === NODE.op) op = textOf(part.bytes);
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
  return { op, inputs, outputs, field };
}

function nameOf(field: Field, nameField: number): string {
  for (const part of fieldsOf(field.bytes)) if (part.number === nameField) return textOf(part.bytes);
  return '';
}

/** ValueInfoProto of a float tensor of rank 3 with free dimensions. */
function floatValue(name: string): Uint8Array {
  const dimension = (label: string): Uint8Array => delimited(1, delimited(2, label));
  const shape = join([dimension('batch'), dimension(`channels of ${name}`), dimension('frames')]);
  const tensor = join([integer(1, 1), delimited(2, shape)]);
  return join([delimited(VALUE_NAME, name), delimited(2, delimited(1, tensor))]);
}
