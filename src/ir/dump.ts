/** Stable text form of a graph, for people and for `--stop-after`. The same graph always gives the same text. */
import type { Attribute, FloatStep, Graph, GraphEdge, Node, Quantization, Tensor, Value, Window } from './types.js';

/** Writes a graph as text: one line per edge, constant and node, in the graph's order. Large arrays appear as a length and a checksum. */
export function dumpGraph(graph: Graph): string {
  const lines = [`graph ${JSON.stringify(graph.name)}`];
  for (const edge of graph.inputs) lines.push(`input ${dumpEdge(edge, graph)}`);
  for (const [name, tensor] of graph.constants) lines.push(`constant ${name} = ${dumpTensor(tensor)}`);
  for (const node of graph.nodes) {
    const results = node.outputs.map((name) => dumpValue(name, graph)).join(', ');
    lines.push(`${results} = ${dumpOperator(node)}(${node.inputs.join(', ')})${dumpDetails(node)}  # ${node.name}`);
  }
  for (const edge of graph.outputs) lines.push(`output ${dumpEdge(edge, graph)}`);
  return lines.join('\n') + '\n';
}

function dumpEdge(edge: GraphEdge, graph: Graph): string {
  return `${edge.name} [${edge.shape.join(', ')}] ${edge.kind} -> ${dumpValue(edge.value, graph)}`;
}

function dumpValue(name: string, graph: Graph): string {
  const value = graph.values.get(name);
  if (!value) return name === '' ? '_' : `${name}: ?`;
  const quantization = value.quantization ? ` ${dumpQuantization(value.quantization)}` : '';
  return `${name}: ${value.dtype}[${value.shape.join(', ')}]${quantization}${dumpRanges(value)}`;
}

function dumpQuantization(quantization: Quantization): string {
  return `scale=${quantization.scale} zeroPoint=${quantization.zeroPoint}`;
}

function dumpRanges(value: Value): string {
  const ranges = value.ranges;
  if (!ranges || ranges.length === 0) return '';
  const min = Math.min(...ranges.map((range) => range.min));
  const max = Math.max(...ranges.map((range) => range.max));
  const channels = ranges.length > 1 ? ` over ${ranges.length} channels of axis ${value.channelAxis}` : '';
  return ` in [${min}, ${max}]${channels}`;
}

function dumpOperator(node: Node): string {
  if (node.kind !== 'onnx') return node.kind;
  return node.domain === '' ? node.op : `${node.domain}.${node.op}`;
}

function dumpDetails(node: Node): string {
  switch (node.kind) {
    case 'onnx': {
      const entries = Object.entries(node.attributes).sort(([a], [b]) => (a < b ? -1 : 1));
      return entries.length === 0 ? '' : ` {${entries.map(([k, v]) => `${k}=${dumpAttribute(v)}`).join(', ')}}`;
    }
    case 'conv':
      return ` {${dumpWindow(node.window)}, group=${node.group}, weights=${dumpArray(node.weights)}, bias=${dumpArray(node.bias)}}`;
    case 'matmul':
      return ` {weights=${dumpArray(node.weights)}, bias=${dumpArray(node.bias)}}`;
    case 'requantize':
      return ` {multipliers=${dumpArray(node.multipliers)}, clamp=[${node.clamp.min}, ${node.clamp.max}]${dumpSteps(node.steps)}}`;
    case 'table': {
      const rows = node.rows ? `, rows=${dumpArray(node.rows)}` : '';
      return ` {${node.label}, tables=${dumpArray(node.tables)}${rows}}`;
    }
    case 'binary': {
      const { rule } = node;
      const details =
        rule.kind === 'linear'
          ? `slopes=${dumpArray(rule.slopes)}, terms=${rule.terms.map(dumpArray).join(' + ')}`
          : `zeroPoints=${dumpArray(rule.zeroPoints)} slope=${rule.slope}`;
      return ` {${node.label}, ${rule.kind} ${details}, table=${dumpArray(node.table)}}`;
    }
    case 'average': {
      const groups = `sources=${dumpArray(node.sources)}, counts=${dumpArray(node.counts)}`;
      return ` {${node.label}, ${node.sum} sum, floats=${dumpArray(node.floats)}, ${groups}}`;
    }
    case 'argmax':
      return ` {${node.last ? 'last' : 'first'}, sources=${dumpArray(node.sources)}}`;
    case 'softmax': {
      const { factor, size } = node;
      return ` {factor=${factor}, size=${size}, exponentials=${dumpArray(node.exponentials)}, sources=${dumpArray(node.sources)}}`;
    }
    case 'logsoftmax': {
      const { sumBits, tailBits, doubling, slope, size } = node;
      const tables = `exponentials=${dumpArray(node.exponentials)}, coefficients=${node.coefficients.map(dumpArray).join(' ')}`;
      const numbers = `sumBits=${sumBits}, tailBits=${tailBits}, doubling=${doubling}, slope=${slope}`;
      return ` {size=${size}, ${numbers}, ${tables}, sources=${dumpArray(node.sources)}}`;
    }
    case 'maxpool':
      return ` {${dumpWindow(node.window)}}`;
    case 'move': {
      const fill = node.sources.includes(-1) ? `, fill=${node.fill}` : '';
      return ` {${node.label}, sources=${dumpArray(node.sources)}${fill}}`;
    }
    case 'reshape':
      return '';
  }
}

function dumpSteps(steps: readonly FloatStep[] = []): string {
  return steps.map(({ op, values }) => `, ${op} ${dumpArray(values)}`).join('');
}

function dumpWindow(window: Window): string {
  const list = (values: readonly number[]): string => `[${values.join(', ')}]`;
  return `kernel=${list(window.kernel)}, strides=${list(window.strides)}, dilations=${list(window.dilations)}, pads=${list([...window.padsBegin, ...window.padsEnd])}`;
}

function dumpAttribute(attribute: Attribute): string {
  if (typeof attribute === 'number') return String(attribute);
  if (typeof attribute === 'string') return JSON.stringify(attribute);
  if ('dtype' in attribute) return dumpTensor(attribute);
  return `[${attribute.join(', ')}]`;
}

function dumpTensor(tensor: Tensor): string {
  return `${tensor.dtype}[${tensor.shape.join(', ')}] ${dumpArray(tensor.data)}`;
}

type Elements = { readonly length: number; readonly [index: number]: number | bigint };

/** Up to eight elements in full, longer arrays as `<length>#<FNV-1a of the decimal text>`. */
function dumpArray(data: Elements): string {
  const elements = Array.from(data, String);
  if (elements.length <= 8) return `[${elements.join(', ')}]`;
  let hash = 0x811c9dc5;
  for (const element of elements) {
    for (let i = 0; i <= element.length; i++) {
      hash ^= i === element.length ? 44 : element.charCodeAt(i);
      hash = Math.imul(hash, 0x01000193) >>> 0;
    }
  }
  return `<${elements.length}>#${hash.toString(16).padStart(8, '0')}`;
}
