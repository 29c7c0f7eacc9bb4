/** Tensors in JSON: one tensor, nested or flat, or an object of tensors by name. */
import { ZkinferError } from '../errors.js';
import type { RawRecord, RawTensor } from './types.js';

/**
 * @param where names the document in errors: the file, or the file and line
 * @throws INPUT_FORMAT, INPUT_SHAPE for ragged nesting, INPUT_VALUE for elements that are no numbers. Never quotes the content.
 */
export function readJsonRecord(textOfFile: string, where: string): RawRecord {
  return jsonRecord(parse(textOfFile, where), where);
}

/** The same for JSON that has been parsed. */
export function jsonRecord(json: unknown, where: string): RawRecord {
  if (Array.isArray(json) || typeof json === 'number') {
    return { kind: 'unnamed', tensor: readTensor(json, 'input', where) };
  }
  if (typeof json !== 'object' || json === null) {
    throw new ZkinferError('INPUT_FORMAT', `${where} holds neither a tensor nor tensors by name`, {
      hint: 'write nested or flat lists of numbers, or {"name": [...]}',
    });
  }
  const tensors = Object.entries(json).map(([name, value]) => [name, readTensor(value, name, where)] as const);
  return { kind: 'named', tensors: new Map(tensors), strict: true };
}

/** JSON.parse whose errors hold a position instead of content. NaN and Infinity, as Python writes them, are read as no number. */
function parse(textOfFile: string, where: string): unknown {
  const tokens = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;
  const standard = textOfFile.replace(tokens, (token) => (token.startsWith('"') ? token : 'null'));
  try {
    return JSON.parse(standard) as unknown;
  } catch (error) {
    const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const at = position === undefined ? '' : ` (position ${position})`;
    throw new ZkinferError('INPUT_FORMAT', `${where} is not JSON${at}`);
  }
}

/** Dimensions of a tensor, at most. NumPy's arrays have as many. */
const DEEPEST = 64;

function readTensor(value: unknown, name: string, where: string): RawTensor {
  const shape: number[] = [];
  for (let level = value; Array.isArray(level); level = level[0] as unknown) {
    if (shape.length === DEEPEST) {
      throw new ZkinferError('INPUT_SHAPE', `${where}: tensor ${name} is nested deeper than ${DEEPEST} lists`, {
        location: { tensor: name },
      });
    }
    shape.push(level.length);
  }
  const data: number[] = [];
  collect(value, 0, shape, data, name, where);
  return { source: 'text', shape, data: Float64Array.from(data) };
}

function collect(value: unknown, depth: number, shape: number[], data: number[], name: string, where: string): void {
  const index = data.length;
  if (depth === shape.length) {
    if (Array.isArray(value)) throw ragged(name, index, where);
    if (value === null) data.push(NaN);
    else if (typeof value === 'number') data.push(value);
    else {
      throw new ZkinferError('INPUT_VALUE', `${where}: tensor ${name}, element ${index}: not a number`, {
        location: { tensor: name, index },
      });
    }
    return;
  }
  if (!Array.isArray(value) || value.length !== shape[depth]) throw ragged(name, index, where);
  for (const element of value as unknown[]) collect(element, depth + 1, shape, data, name, where);
}

function ragged(name: string, index: number, where: string): ZkinferError {
  return new ZkinferError(
    'INPUT_SHAPE',
    `${where}: tensor ${name} is ragged: lists differ in length near element ${index}`,
    {
      location: { tensor: name, index },
    },
  );
}
