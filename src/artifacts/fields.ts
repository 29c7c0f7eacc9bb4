/**
 * Strict readers of JSON documents. Each field both checks a value and gives its JSON schema, so that the documented schema and what
 * is accepted cannot differ. Unknown fields are refused.
 */
import { ZkinferError } from '../errors.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Field<T> {
  /** @throws ARTIFACT_FORMAT naming the field */
  readonly parse: (value: unknown, path: string) => T;
  readonly schema: JsonSchema;
}

export interface OptionalField<T> extends Field<T> {
  readonly optional: true;
}

export type ObjectFields<T> = {
  readonly [K in keyof T]-?: undefined extends T[K] ? OptionalField<Exclude<T[K], undefined>> : Field<T[K]>;
};

function fail(path: string, expected: string): never {
  throw new ZkinferError('ARTIFACT_FORMAT', `${path === '' ? 'the document' : path} must be ${expected}`, {
    location: { tensor: path },
  });
}

/** Text that matches a pattern; `expected` describes it in errors. */
export function text<T extends string = string>(pattern: RegExp, expected: string): Field<T> {
  return {
    parse: (value, path) => (typeof value === 'string' && pattern.test(value) ? (value as T) : fail(path, expected)),
    schema: { type: 'string', pattern: pattern.source },
  };
}

/** One of a few literal values. */
export function oneOf<const T extends string | number>(...options: readonly T[]): Field<T> {
  const expected = options.map((option) => JSON.stringify(option)).join(' or ');
  return {
    parse: (value, path) => (options.includes(value as T) ? (value as T) : fail(path, expected)),
    schema: options.length === 1 ? { const: options[0] } : { enum: options },
  };
}

/** An integer within inclusive bounds. */
export function integer(minimum: number, maximum = Number.MAX_SAFE_INTEGER): Field<number> {
  return {
    parse: (value, path) =>
      Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum
        ? (value as number)
        : fail(path, `an integer from ${minimum} to ${maximum}`),
    schema: { type: 'integer', minimum, maximum },
  };
}

/** A finite number above zero. */
export const positiveNumber: Field<number> = {
  parse: (value, path) =>
    typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : fail(path, 'a number above 0'),
  schema: { type: 'number', exclusiveMinimum: 0 },
};

/** A canonical decimal integer below `bound`, as text. */
export function decimalBelow(bound: bigint, expected: string): Field<string> {
  const pattern = /^(0|[1-9][0-9]{0,77})$/;
  return {
    parse: (value, path) =>
      typeof value === 'string' && pattern.test(value) && BigInt(value) < bound ? value : fail(path, expected),
    schema: { type: 'string', pattern: pattern.source },
  };
}

export function list<T>(item: Field<T>, minimumLength = 0): Field<readonly T[]> {
  return {
    parse: (value, path) => {
      if (!Array.isArray(value) || value.length < minimumLength) {
        return fail(path, minimumLength === 0 ? 'a list' : `a list of at least ${minimumLength}`);
      }
      return value.map((element, i) => item.parse(element, `${path}[${i}]`));
    },
    schema: { type: 'array', items: item.schema, ...(minimumLength > 0 ? { minItems: minimumLength } : {}) },
  };
}

/** A list of fixed length, each place with its own field. */
export function tuple<const T extends readonly unknown[]>(
  ...items: { readonly [K in keyof T]: Field<T[K]> }
): Field<T> {
  return {
    parse: (value, path) => {
      if (!Array.isArray(value) || value.length !== items.length) return fail(path, `a list of ${items.length}`);
      return items.map((item, i) => item.parse(value[i], `${path}[${i}]`)) as unknown as T;
    },
    schema: {
      type: 'array',
      prefixItems: items.map((item) => item.schema),
      minItems: items.length,
      maxItems: items.length,
    },
  };
}

/** Names given by the document to values of one kind. */
export function dictionary<T>(name: RegExp, item: Field<T>): Field<Readonly<Record<string, T>>> {
  return {
    parse: (value, path) => {
      if (!isPlainObject(value)) return fail(path, 'an object');
      const entries = Object.entries(value).map(([key, element]) => {
        if (!name.test(key)) fail(`${path}.${key}`, 'a name of letters, digits, dots, dashes and underscores');
        return [key, item.parse(element, `${path}.${key}`)] as const;
      });
      return Object.fromEntries(entries);
    },
    schema: { type: 'object', propertyNames: { pattern: name.source }, additionalProperties: item.schema },
  };
}

export function optional<T>(field: Field<T>): OptionalField<T> {
  return { ...field, optional: true };
}

/** An object with exactly these fields; `check` may refuse combinations. */
export function object<T extends object>(
  fields: ObjectFields<T>,
  check: (value: T, path: string) => void = () => undefined,
): Field<T> {
  const entries = Object.entries(fields) as [string, Field<unknown> | OptionalField<unknown>][];
  const required = entries.filter(([, field]) => !('optional' in field)).map(([name]) => name);
  return {
    parse: (value, path) => {
      if (!isPlainObject(value)) return fail(path, 'an object');
      const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
      for (const name of Object.keys(value))
        if (!Object.hasOwn(fields, name)) fail(at(name), 'left out: it is not known');
      const result: Record<string, unknown> = {};
      for (const [name, field] of entries) {
        if (value[name] !== undefined) result[name] = field.parse(value[name], at(name));
        else if (!('optional' in field)) fail(at(name), 'present');
      }
      check(result as T, path);
      return result as T;
    },
    schema: {
      type: 'object',
      properties: Object.fromEntries(entries.map(([name, field]) => [name, field.schema])),
      required,
      additionalProperties: false,
    },
  };
}

/** Refuses a document for a reason that spans fields. */
export function refuse(path: string, expected: string): never {
  return fail(path, expected);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
