/** What an operator's import sees of its node: typed inputs, attributes, constants, and a way to refuse. */
import { ZkinferError } from '../errors.js';
import type { ErrorCode } from '../errors.js';
import { elementCount } from '../ir/types.js';
import type { Attribute, DType, Shape, Tensor } from '../ir/types.js';
import { isTensor } from './model.js';
import type { ModelNode, ValueType } from './model.js';
import { OUTSIDE_HINT, explainOperand } from './refusals.js';

/** Values larger than this are refused: no circuit could hold them. */
export const MAX_VALUE_ELEMENTS = 2 ** 26;

export interface OpResult {
  /** One per output of the operator that zkinfer knows. */
  readonly outputs: readonly ValueType[];
  /** Attributes in normal form (defaults filled in, geometry resolved); the file's own where left out. */
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** Import rule of one operator. */
export interface OpImport {
  /** Names of the attributes it understands; any other refuses the node. */
  readonly attributes: readonly string[];
  /** Least and greatest number of inputs. */
  readonly inputs: readonly [number, number];
  readonly infer: (context: OpContext) => OpResult;
}

export type OpTable = Readonly<Record<string, OpImport>>;

export class OpContext {
  constructor(
    readonly node: ModelNode,
    /** Version of the operator set of the node's domain. */
    readonly opset: number,
    private readonly types: ReadonlyMap<string, ValueType>,
    private readonly constants: ReadonlyMap<string, Tensor>,
  ) {}

  /** Refuses the node: MODEL_UNSUPPORTED unless another code is given. */
  refuse(message: string, hint: string = OUTSIDE_HINT, code: ErrorCode = 'MODEL_UNSUPPORTED'): never {
    throw new ZkinferError(code, `${this.node.op} ${this.node.name}: ${message}`, {
      hint,
      location: { node: this.node.name, op: this.node.op },
    });
  }

  /** Refuses the node as one that breaks the ONNX specification. */
  invalid(message: string): never {
    return this.refuse(message, 'the model breaks the ONNX specification; check it with onnx.checker', 'MODEL_FORMAT');
  }

  has(index: number): boolean {
    return (this.node.inputs[index] ?? '') !== '';
  }

  type(index: number): ValueType {
    const type = this.types.get(this.node.inputs[index] ?? '');
    return type ?? this.invalid(`input ${index} is missing`);
  }

  dtype(index: number, ...allowed: DType[]): DType {
    const { dtype } = this.type(index);
    if (!allowed.includes(dtype)) {
      this.refuse(`input ${index} is ${dtype}; supported: ${allowed.join(', ')}`, explainOperand(dtype, allowed));
    }
    return dtype;
  }

  /** The contents of an input that is known statically. */
  constant(index: number): Tensor | undefined {
    return this.constants.get(this.node.inputs[index] ?? '');
  }

  /** Elements of a constant input of integers, such as a shape or axes. */
  integers(index: number): number[] {
    const tensor = this.constant(index);
    if (!tensor)
      return this.refuse(`input ${index} (${this.node.inputs[index]}) is computed from data`, 'make it a constant');
    if (tensor.dtype !== 'int64' && tensor.dtype !== 'int32') this.invalid(`input ${index} is ${tensor.dtype}`);
    return Array.from(tensor.data, Number);
  }

  /** Axes as a constant input (newer opsets) or as attribute `axes`, as given; undefined where there are none. */
  axes(index: number): number[] | undefined {
    return this.has(index) ? this.integers(index) : this.ints('axes');
  }

  /** Whether the first input is known statically, so that its node is evaluated here and empty results are fine. */
  get folds(): boolean {
    return this.constant(0) !== undefined;
  }

  int(name: string, fallback: number): number {
    const value = this.node.attributes[name];
    if (value === undefined) return fallback;
    return typeof value === 'number' && Number.isInteger(value)
      ? value
      : this.invalid(`attribute ${name} is no integer`);
  }

  float(name: string, fallback: number): number {
    const value = this.node.attributes[name];
    if (value === undefined) return fallback;
    return typeof value === 'number' ? value : this.invalid(`attribute ${name} is no number`);
  }

  text(name: string, fallback: string): string {
    const value = this.node.attributes[name];
    if (value === undefined) return fallback;
    return typeof value === 'string' ? value : this.invalid(`attribute ${name} is no string`);
  }

  ints(name: string): number[] | undefined {
    const value = this.node.attributes[name];
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || !value.every((item) => Number.isInteger(item))) {
      return this.invalid(`attribute ${name} is no list of integers`);
    }
    return value as number[];
  }

  tensor(name: string): Tensor | undefined {
    const value = this.node.attributes[name];
    if (value === undefined) return undefined;
    return isTensor(value) ? value : this.refuse(`attribute ${name} cannot be read`);
  }

  /** An axis counted from the front. `rank` itself is allowed where `inclusive`. */
  axis(axis: number, rank: number, inclusive = false): number {
    const resolved = axis < 0 ? axis + rank : axis;
    const last = inclusive ? rank : rank - 1;
    return resolved >= 0 && resolved <= last
      ? resolved
      : this.invalid(`axis ${axis} is outside a tensor of rank ${rank}`);
  }

  /** The shape that shapes broadcast to by numpy's rule. */
  broadcast(shapes: readonly Shape[]): number[] {
    const rank = Math.max(0, ...shapes.map((shape) => shape.length));
    return Array.from({ length: rank }, (_, axis) => {
      const sizes = new Set(shapes.map((shape) => shape[axis - rank + shape.length] ?? 1));
      sizes.delete(1);
      if (sizes.size > 1)
        this.invalid(`shapes ${shapes.map((shape) => `[${shape.join(', ')}]`).join(', ')} do not fit`);
      return [...sizes][0] ?? 1;
    });
  }

  /** A value type whose size has been checked. */
  value(dtype: DType, shape: Shape): ValueType {
    if (!shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0))
      this.invalid(`its output has the shape [${shape.join(', ')}]`);
    if (elementCount(shape) > MAX_VALUE_ELEMENTS) this.refuse(`its output has ${elementCount(shape)} elements`);
    if (elementCount(shape) === 0 && !this.folds) this.refuse('its output is empty');
    return { dtype, shape };
  }
}
