/** Model -> Graph in the imported dialect: every shape static, attributes in normal form, constants gathered, all problems at once. */
import { ZkinferError } from '../errors.js';
import { Problems } from '../ir/problems.js';
import type { Attribute, Graph, GraphEdge, OnnxNode, Shape, Tensor, Value } from '../ir/types.js';
import { verifyGraph } from '../ir/verify.js';
import { OpContext } from './context.js';
import type { OpImport } from './context.js';
import { decodeModel } from './decode.js';
import { isUnreadable } from './model.js';
import type { Model, ModelNode, ModelValue, UnreadableTensor, ValueType } from './model.js';
import { findFold, foldMovement } from './folding/index.js';
import { findOp } from './ops/index.js';
import { FLOAT_MODEL_HINT, explainRefusal, isFloatModel } from './refusals.js';

const LEAST_OPSET = 10;

/**
 * Reads an ONNX file into the imported dialect.
 * @throws MODEL_FORMAT for unreadable bytes; ProblemsError with every unsupported node, input and type otherwise
 */
export function importModel(bytes: Uint8Array): Graph {
  return importDecoded(decodeModel(bytes));
}

/** importModel for a model that is decoded already. */
export function importDecoded(model: Model): Graph {
  const { graph, problems } = importPartly(model);
  problems.throwIfAny();
  verifyGraph(graph);
  return graph;
}

/**
 * Imports what can be imported of a model.
 * @returns the problems found, and the graph without the nodes that have one or whose shapes are unknown because of one; its other nodes may read
 * values that it does not define
 */
export function importPartly(model: Model): { graph: Graph; problems: Problems } {
  const importer = new Importer(model);
  importer.readInputs();
  for (const node of model.nodes) importer.readNode(node);
  return importer.finish();
}

class Importer {
  private readonly problems = new Problems();
  private readonly types = new Map<string, ValueType>();
  private readonly constants = new Map<string, Tensor>();
  private readonly nodes: OnnxNode[] = [];
  private readonly inputs: GraphEdge[] = [];
  /** Values whose shape cannot be known because of a problem that is reported already. */
  private readonly lost = new Set<string>();
  /** Sizes of symbolic dimensions. */
  private sizes: ReadonlyMap<string, number> = new Map();
  private readonly unreadable = new Map<string, UnreadableTensor>();

  /** Values that a node or a graph output reads. */
  private readonly read: ReadonlySet<string>;

  constructor(private readonly model: Model) {
    const outputs = model.outputs.map((output) => output.name);
    this.read = new Set([...outputs, ...model.nodes.flatMap((node) => node.inputs)]);
    for (const [name, tensor] of model.initializers) {
      if (isUnreadable(tensor)) this.unreadable.set(name, tensor);
      else this.addConstant(name, tensor);
    }
    const opset = model.opsets.get('')!;
    if (opset < LEAST_OPSET) {
      this.report(
        new ZkinferError('MODEL_UNSUPPORTED', `opset ${opset} is older than ${LEAST_OPSET}`, {
          hint: 'convert the model, for example with onnx.version_converter',
        }),
      );
    }
    if (isFloatModel(model.nodes)) {
      this.report(
        new ZkinferError('MODEL_NOT_QUANTIZED', 'the model is not quantized: all its operators are float', {
          hint: FLOAT_MODEL_HINT,
        }),
      );
    }
  }

  /** A symbolic first dimension, the batch, is 1, and so is every dimension of its name: `compile --batch` repeats the whole graph. */
  readInputs(): void {
    const names = this.model.inputs.map((input) => input.shape?.[0]).filter((dim) => typeof dim === 'string');
    const sizes = new Map(names.map((name) => [name, 1]));
    this.sizes = sizes;
    for (const input of this.model.inputs) this.readInput(input, sizes);
  }

  private readInput(input: ModelValue, sizes: ReadonlyMap<string, number>): void {
    const location = { tensor: input.name };
    if (this.types.has(input.name) || this.lost.has(input.name)) {
      throw new ZkinferError('MODEL_FORMAT', `graph input ${input.name} is given twice`, { location });
    }
    const shape = this.resolveShape(input, sizes);
    if (input.dtype !== 'float32' && input.dtype !== 'int8' && input.dtype !== 'uint8') {
      this.report(
        new ZkinferError(
          'MODEL_UNSUPPORTED',
          `graph input ${input.name} is ${input.typeName}; supported: float32, int8, uint8`,
          { location, hint: 'convert that input outside the model' },
        ),
      );
      this.lost.add(input.name);
    } else if (!shape) this.lost.add(input.name);
    else {
      this.types.set(input.name, { dtype: input.dtype, shape });
      const kind = input.dtype === 'float32' ? 'float' : 'integer';
      this.inputs.push({ name: input.name, value: input.name, kind, shape });
    }
  }

  /** Its shape with the batch size for symbolic first dimensions, and wherever their name stands. */
  private resolveShape(input: ModelValue, sizes: ReadonlyMap<string, number>): Shape | undefined {
    const fail = (message: string, hint: string): undefined => {
      this.report(new ZkinferError('MODEL_UNSUPPORTED', message, { hint, location: { tensor: input.name } }));
      return undefined;
    };
    if (!input.shape) return fail(`graph input ${input.name} has no shape`, 'export the model with input shapes');
    const isOpen = (dim: number | string): boolean => typeof dim === 'string' && (dim === '?' || !sizes.has(dim));
    const open = input.shape.findIndex((dim, axis) => axis > 0 && isOpen(dim));
    if (open > 0) {
      return fail(
        `dimension ${open} of graph input ${input.name} is not fixed (${input.shape[open]})`,
        'fix it, for example with onnxruntime.tools.make_dynamic_shape_fixed; only the first may be dynamic',
      );
    }
    const shape = input.shape.map((dim) => (typeof dim === 'string' ? sizes.get(dim)! : dim));
    const count = shape.reduce((a, b) => a * b, 1);
    if (count < 1 || count > 2 ** 26) return fail(`graph input ${input.name} has ${count} elements`, 'fix its shape');
    return shape;
  }

  readNode(node: ModelNode): void {
    if (this.problems.attempt(() => this.inferNode(node))) return;
    for (const output of node.outputs) this.recover(output);
  }

  /** A value behind a refused node has the type that the file declares for it, or is lost. */
  private recover(name: string): void {
    if (name === '' || this.types.has(name)) return;
    const declared = this.model.declared.get(name);
    const shape = declared?.shape?.map((dim) => (typeof dim === 'string' ? (this.sizes.get(dim) ?? NaN) : dim));
    if (!declared?.dtype || !shape?.every((size) => size >= 1)) this.lost.add(name);
    else this.types.set(name, { dtype: declared.dtype, shape });
  }

  private inferNode(given: ModelNode): void {
    const node = { ...given, outputs: given.outputs.map((name, i) => (i === 0 || this.read.has(name) ? name : '')) };
    const location = { node: node.name, op: node.op };
    const inputs = trim(node.inputs);
    const known = inputs.length > 0 && inputs.every((input) => input === '' || this.constants.has(input));
    const fold = findFold(node, known);
    const rule = findOp(node.domain, node.op);
    const form = fold ?? rule;
    if (!form) {
      const { message, hint } = explainRefusal(node);
      throw new ZkinferError('MODEL_UNSUPPORTED', message, { hint, location });
    }
    const context = new OpContext(node, this.model.opsets.get(node.domain) ?? 1, this.types, this.constants);
    this.checkForm(node, context, form);
    if (inputs.some((input) => this.lost.has(input))) {
      for (const output of node.outputs) this.recover(output);
      return;
    }
    const constants = fold
      ? [
          fold.evaluate(
            context,
            inputs.map((_, i) => context.constant(i)!),
          ),
        ]
      : known
        ? foldMovement(context, rule!)
        : undefined;
    if (constants) this.addOutputs(context, constants, (name, tensor) => this.addConstant(name, tensor));
    else this.addNode(context, rule!);
  }

  private addNode(context: OpContext, rule: OpImport): void {
    const { name, domain, op, inputs, outputs } = context.node;
    const result = rule.infer(context);
    this.addOutputs(context, result.outputs, (output, type) => this.types.set(output, type));
    const attributes = result.attributes ?? (context.node.attributes as Record<string, Attribute>);
    this.nodes.push({ kind: 'onnx', name, domain, op, inputs: trim(inputs), outputs: trim(outputs), attributes });
  }

  private addOutputs<T>(context: OpContext, results: readonly T[], add: (name: string, result: T) => void): void {
    for (const [index, name] of context.node.outputs.entries()) {
      if (name === '') continue;
      const result =
        results[index] ?? context.refuse(`its output ${index} is not supported`, 'leave that output out of the model');
      if (this.types.has(name) || this.lost.has(name)) context.invalid(`its output ${name} is defined twice`);
      add(name, result);
    }
  }

  /** Checks number of inputs, attribute names, and that every input is there and readable. */
  private checkForm(node: ModelNode, context: OpContext, rule: Pick<OpImport, 'attributes' | 'inputs'>): void {
    const unknown = [...Object.keys(node.attributes), ...node.otherAttributes].filter(
      (key) => !rule.attributes.includes(key),
    );
    if (unknown.length > 0)
      context.refuse(
        `it has an attribute that zkinfer does not know: ${unknown.join(', ')}`,
        'leave the attribute out, or use opset 13 to 21',
      );
    const inputs = trim(node.inputs);
    const [least, most] = rule.inputs;
    if (inputs.length < least || inputs.length > most) context.invalid(`it has ${inputs.length} inputs`);
    if (node.outputs.every((output) => output === '')) context.invalid('it has no output');
    for (const input of inputs) {
      if (input === '' || this.types.has(input) || this.lost.has(input)) continue;
      const unreadable = this.unreadable.get(input);
      if (unreadable) context.refuse(`its input ${input} cannot be used: ${unreadable.unreadable}`, unreadable.hint);
      context.invalid(`its input ${input} is not defined before it`);
    }
    for (const [key, value] of Object.entries(node.attributes)) {
      if (isUnreadable(value)) context.refuse(`its attribute ${key} cannot be used: ${value.unreadable}`, value.hint);
    }
  }

  finish(): { graph: Graph; problems: Problems } {
    const outputs: GraphEdge[] = [];
    for (const output of this.model.outputs) {
      const type = this.types.get(output.name);
      if (type) {
        const kind = type.dtype === 'float32' ? 'float' : 'integer';
        outputs.push({ name: output.name, value: output.name, kind, shape: type.shape });
      } else if (!this.lost.has(output.name)) {
        this.report(
          new ZkinferError('MODEL_FORMAT', `graph output ${output.name} is never computed`, {
            location: { tensor: output.name },
          }),
        );
      }
    }
    if (this.model.inputs.length === 0) this.report(new ZkinferError('MODEL_UNSUPPORTED', 'the model has no inputs'));
    if (this.model.outputs.length === 0) this.report(new ZkinferError('MODEL_UNSUPPORTED', 'the model has no outputs'));
    if (new Set(this.model.outputs.map((output) => output.name)).size !== this.model.outputs.length) {
      this.report(new ZkinferError('MODEL_FORMAT', 'two graph outputs have the same name'));
    }
    const values = new Map<string, Value>();
    for (const [name, type] of this.types) values.set(name, { name, ...type });
    const graph = {
      name: this.model.name,
      inputs: this.inputs,
      outputs,
      nodes: this.nodes,
      values,
      constants: this.constants,
    };
    return { graph, problems: this.problems };
  }

  private addConstant(name: string, tensor: Tensor): void {
    this.constants.set(name, tensor);
    this.types.set(name, { dtype: tensor.dtype, shape: tensor.shape });
  }

  private report(problem: ZkinferError): void {
    this.problems.add(problem);
  }
}

function trim(names: readonly string[]): string[] {
  const result = [...names];
  while (result.at(-1) === '') result.pop();
  return result;
}
