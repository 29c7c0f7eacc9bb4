/** Bytes -> Model. The only place, with tensor.ts, that knows protobuf. Whatever the bytes are, it returns a Model or throws MODEL_FORMAT. */
import onnxProto from 'onnx-proto';
import type { onnx } from 'onnx-proto';
import { ZkinferError } from '../errors.js';
import type { Attribute, Tensor } from '../ir/types.js';
import type { Model, ModelNode, ModelValue, UnreadableTensor } from './model.js';
import { decodeTensor, formatError, toDType, toInteger, typeName } from './tensor.js';

/** Larger files are refused before anything is allocated. */
export const MAX_MODEL_BYTES = 2 ** 29;

/** AttributeProto.AttributeType. */
const AttributeType = { Float: 1, Int: 2, String: 3, Tensor: 4, Floats: 6, Ints: 7, Strings: 8 } as const;

/** Reads an ONNX file. Throws MODEL_FORMAT on damaged, truncated or hostile bytes. */
export function decodeModel(bytes: Uint8Array): Model {
  if (bytes.length === 0) throw formatError('the model file is empty');
  if (bytes.length > MAX_MODEL_BYTES) throw formatError(`the model file is larger than ${MAX_MODEL_BYTES} bytes`);
  try {
    const proto = onnxProto.onnx.ModelProto.decode(bytes);
    return convertModel(proto);
  } catch (error) {
    if (error instanceof ZkinferError) throw error;
    throw new ZkinferError('MODEL_FORMAT', 'the file is not a readable ONNX model', {
      hint: 'the file is damaged, truncated or not an ONNX model; export it again',
      cause: error,
    });
  }
}

function convertModel(proto: onnx.IModelProto): Model {
  const graph = proto.graph;
  if (!graph || (graph.node ?? []).length + (graph.output ?? []).length === 0)
    throw formatError('the model has no graph');
  if ((proto.functions ?? []).length > 0) {
    throw new ZkinferError('MODEL_UNSUPPORTED', 'the model defines functions of its own', {
      hint: 'inline the functions, for example with onnx.inliner.inline_local_functions',
    });
  }
  if ((graph.sparseInitializer ?? []).length > 0) {
    throw new ZkinferError('MODEL_UNSUPPORTED', 'the model has sparse initializers', {
      hint: 'store the weights densely',
    });
  }
  const initializers = new Map<string, Tensor | UnreadableTensor>();
  for (const tensor of graph.initializer ?? []) {
    const name = tensor.name ?? '';
    if (name === '' || initializers.has(name))
      throw formatError(`initializer "${name}" is unnamed or given twice`, name);
    initializers.set(name, decodeTensor(tensor));
  }
  const inputs = (graph.input ?? []).map(convertValue);
  return {
    name: graph.name ?? '',
    opsets: convertOpsets(proto),
    inputs: inputs.filter((input) => !initializers.has(input.name)),
    outputs: (graph.output ?? []).map(convertValue),
    declared: new Map((graph.valueInfo ?? []).map((proto) => [proto.name ?? '', convertValue(proto)])),
    initializers,
    nodes: (graph.node ?? []).map(convertNode),
  };
}

function convertOpsets(proto: onnx.IModelProto): Map<string, number> {
  const opsets = new Map<string, number>();
  for (const entry of proto.opsetImport ?? []) {
    opsets.set(canonicalDomain(entry.domain), toInteger(entry.version ?? 0, 'an opset version'));
  }
  if (!opsets.has('')) throw formatError('the model imports no version of the ONNX operator set');
  return opsets;
}

function canonicalDomain(domain: string | null | undefined): string {
  return !domain || domain === 'ai.onnx' ? '' : domain;
}

function convertValue(proto: onnx.IValueInfoProto): ModelValue {
  const name = proto.name ?? '';
  const type = proto.type?.tensorType;
  if (!type) return { name, typeName: 'not a tensor' };
  const dtype = toDType(type.elemType ?? 0);
  const dims = type.shape?.dim;
  return {
    name,
    typeName: typeName(type.elemType ?? 0),
    ...(dtype === undefined ? {} : { dtype }),
    ...(dims ? { shape: dims.map((dim) => convertDimension(dim, name)) } : {}),
  };
}

function convertDimension(dim: onnx.TensorShapeProto.IDimension, name: string): number | string {
  if (dim.dimParam) return dim.dimParam;
  const hasValue = Object.hasOwn(dim, 'dimValue');
  if (!hasValue) return '?';
  const value = toInteger(dim.dimValue, `a dimension of ${name}`);
  return value < 0 ? '?' : value;
}

function convertNode(proto: onnx.INodeProto, index: number): ModelNode {
  const attributes: Record<string, Attribute | UnreadableTensor> = Object.create(null) as Record<string, Attribute>;
  const otherAttributes: string[] = [];
  const name = proto.name || `#${index}`;
  for (const attribute of proto.attribute ?? []) {
    const key = attribute.name ?? '';
    const value = convertAttribute(attribute, `attribute ${key} of node ${name}`);
    if (value === undefined) otherAttributes.push(key);
    else attributes[key] = value;
  }
  return {
    name,
    domain: canonicalDomain(proto.domain),
    op: proto.opType ?? '',
    inputs: proto.input ?? [],
    outputs: proto.output ?? [],
    attributes,
    otherAttributes,
  };
}

/** The value, or undefined for kinds that no supported operator has (graphs, types, references to function attributes). */
function convertAttribute(proto: onnx.IAttributeProto, what: string): Attribute | UnreadableTensor | undefined {
  if (proto.refAttrName) return undefined;
  switch (proto.type ?? 0) {
    case AttributeType.Float:
      return proto.f ?? 0;
    case AttributeType.Int:
      return toInteger(proto.i ?? 0, what);
    case AttributeType.String:
      return new TextDecoder().decode(proto.s ?? new Uint8Array());
    case AttributeType.Tensor:
      if (!proto.t) throw formatError(`${what} has no tensor`);
      return decodeTensor(proto.t);
    case AttributeType.Floats:
      return [...(proto.floats ?? [])];
    case AttributeType.Ints:
      return ((proto.ints ?? []) as readonly unknown[]).map((value) => toInteger(value, what));
    case AttributeType.Strings:
      return (proto.strings ?? []).map((value) => new TextDecoder().decode(value));
    default:
      return undefined;
  }
}
