/** The ONNX file as typed data: what decode.ts gives and import.ts reads. Free of protobuf types. */
import type { Attribute, DType, Shape, Tensor } from '../ir/types.js';

/** A tensor whose contents zkinfer does not read (float16, external data, ...). Refused only where a node uses it. */
export interface UnreadableTensor {
  readonly unreadable: string;
  readonly hint?: string;
}

export interface ModelNode {
  /** Node name, or `#index` where the file has none. */
  readonly name: string;
  /** '' for the default ONNX domain. */
  readonly domain: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute | UnreadableTensor>>;
  /** Names of attributes of kinds that zkinfer has no use for, such as subgraphs. */
  readonly otherAttributes: readonly string[];
}

/** A graph input or output as declared. */
export interface ModelValue {
  readonly name: string;
  /** Undefined where the file gives no tensor type, or one that zkinfer does not have. */
  readonly dtype?: DType;
  /** The declared element type in ONNX's name, for messages. */
  readonly typeName: string;
  /** Numbers, or symbolic names ('?' where unnamed). Undefined where the file gives no shape. */
  readonly shape?: readonly (number | string)[];
}

export interface Model {
  readonly name: string;
  /** Version of the operator set by domain; '' is the default domain. */
  readonly opsets: ReadonlyMap<string, number>;
  /** Graph inputs that are not initializers. */
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  /** Types that the file declares for values between nodes, by name; may be absent, and are only used behind refused nodes. */
  readonly declared: ReadonlyMap<string, ModelValue>;
  readonly initializers: ReadonlyMap<string, Tensor | UnreadableTensor>;
  readonly nodes: readonly ModelNode[];
}

export function isUnreadable(value: Attribute | UnreadableTensor | undefined): value is UnreadableTensor {
  return typeof value === 'object' && 'unreadable' in value;
}

export function isTensor(value: Attribute | UnreadableTensor | undefined): value is Tensor {
  return typeof value === 'object' && 'dtype' in value;
}

/** dtype and static shape of a value. */
export interface ValueType {
  readonly dtype: DType;
  readonly shape: Shape;
}
