/**
 * A fast path for small integers in circom's witness generators.
 *
 * A field element of circom's runtime (https://github.com/iden3/ffiasm) is 40 bytes: a signed integer of 32 bits, flags, and four words. By the
 * flags it is short (the integer), long (the words, canonical) or long in Montgomery form (the words). What is long once, such as a quotient,
 * stays long, even the constants that it was compared with; so circuits of integers compute with long numbers nearly everywhere. The functions
 * made here do the same with integers of 64 bits where the operands are small, and make every small result short; all else is left to circom's
 * own functions. Values are the same, only their representation differs.
 */

import { SNARK_FIELD } from '../hash/field.js';
import { signedLeb, unsignedLeb, WasmModule } from './wasm-module.js';

const I32 = 0x7f;
const I64 = 0x7e;

type Code = readonly number[];

const i32Const = (value: number): Code => [0x41, ...signedLeb(BigInt(value))];
const i64Const = (value: bigint): Code => [0x42, ...signedLeb(BigInt.asIntN(64, value))];
const get = (local: number): Code => [0x20, local];
const set = (local: number): Code => [0x21, local];
const call = (index: number): Code => [0x10, ...unsignedLeb(index)];
/** Memory at the address in a local. */
const loadI32 = (local: number, offset: number): Code => [...get(local), 0x28, 2, offset];
const loadI64 = (local: number, offset: number): Code => [...get(local), 0x29, 3, offset];
const loadShort = (local: number): Code => [...get(local), 0x34, 2, 0];
const storeI32 = (local: number, offset: number, value: Code): Code => [...get(local), ...value, 0x36, 2, offset];
const storeI64 = (local: number, offset: number, value: Code): Code => [...get(local), ...value, 0x37, 3, offset];
/** if (condition) { then }, with nothing on the stack before and after. */
const when = (condition: Code, then: Code): Code => [...condition, 0x04, 0x40, ...then, END];
const otherwise = (condition: Code, then: Code, not: Code): Code => [
  ...condition,
  0x04,
  0x40,
  ...then,
  0x05,
  ...not,
  END,
];

const END = 0x0b;
const RETURN = 0x0f;
const I32_EQ = 0x46;
const I32_GE_S = 0x4e;
const I32_AND = 0x71;
const I32_OR = 0x72;
const I32_WRAP = 0xa7;
const I64_EQ = 0x51;
const I64_NE = 0x52;
const I64_LT_S = 0x53;
const I64_LT_U = 0x54;
const I64_GT_S = 0x55;
const I64_GE_S = 0x59;
const I64_GE_U = 0x5a;
const I64_CLZ = 0x79;
const I64_ADD = 0x7c;
const I64_SUB = 0x7d;
const I64_MUL = 0x7e;
const I64_DIV_U = 0x80;
const I64_REM_U = 0x82;
const I64_AND = 0x83;
const I64_OR = 0x84;
const I64_XOR = 0x85;
const I64_SHL = 0x86;
const I64_SHR_S = 0x87;
const I64_SHR_U = 0x88;

/** Flags of a long canonical number; the sign bit alone says long. */
const LONG = -0x80000000;
/** Small: of less magnitude than this. The sum of two is less than 2^62, which is less than the lowest word of p. */
const SMALL = 1n << 61n;
/** Not small. */
const NONE = -(1n << 63n);

const prime = (word: number): bigint => (SNARK_FIELD >> BigInt(64 * word)) & 0xffffffffffffffffn;
const fitsShort = (local: number): Code => [
  ...get(local),
  ...[...get(local), ...i64Const(32n), I64_SHL, ...i64Const(32n), I64_SHR_S],
  I64_EQ,
];

/** (address) -> the value, or NONE. */
function smallBody(): Code {
  const words = (relation: number, expected: (word: number) => bigint): Code[] =>
    [1, 2, 3].map((word) => [...loadI64(0, 8 + 8 * word), ...i64Const(expected(word)), relation]);
  const equal = (expected: (word: number) => bigint): Code => {
    const [first, second, third] = words(I64_EQ, expected) as [Code, Code, Code];
    return [...first, ...second, I32_AND, ...third, I32_AND];
  };
  const result = (value: Code): Code => [...value, RETURN];
  return [
    ...[1, 1, I64],
    ...when([...loadI32(0, 4), ...i32Const(0), I32_GE_S], result(loadShort(0))),
    ...when(
      [...loadI32(0, 4), ...i32Const(LONG), I32_EQ],
      [
        ...[...loadI64(0, 8), ...set(1)],
        ...when(
          equal(() => 0n),
          when([...get(1), ...i64Const(SMALL), I64_LT_U], result(get(1))),
        ),
        ...when(equal(prime), [
          ...[...get(1), ...i64Const(prime(0)), I64_SUB, ...set(1)],
          ...when(
            [...get(1), ...i64Const(-SMALL), I64_GT_S, ...get(1), ...i64Const(0n), I64_LT_S, I32_AND],
            result(get(1)),
          ),
        ]),
      ],
    ),
    ...i64Const(NONE),
    END,
  ];
}

/** Stores a local of less magnitude than 2^62 as the words of the number at the address in local 0. */
function storeLong(value: number): Code {
  const store = (first: Code, others: (word: number) => bigint): Code => [
    ...storeI64(0, 8, first),
    ...[1, 2, 3].flatMap((word) => storeI64(0, 8 + 8 * word, i64Const(others(word)))),
  ];
  return [
    ...storeI32(0, 4, i32Const(LONG)),
    ...otherwise(
      [...get(value), ...i64Const(0n), I64_GE_S],
      store(get(value), () => 0n),
      store([...get(value), ...i64Const(prime(0)), I64_ADD], prime),
    ),
  ];
}

const storeShort = (value: number): Code => [
  ...storeI32(0, 0, [...get(value), I32_WRAP]),
  ...storeI32(0, 4, i32Const(0)),
];

/** (address, value of less magnitude than 2^62): stores it, short where it can be. */
function putBody(): Code {
  return [0, ...otherwise(fitsShort(1), storeShort(1), storeLong(1)), END];
}

/** What an operation does with small operands x and y, locals of 64 bits. */
interface SmallOperation {
  readonly name: string;
  /** When the value is right and of less magnitude than 2^62; always, if left out. */
  readonly condition?: (x: Code, y: Code) => Code;
  readonly value: (x: Code, y: Code) => Code;
  /** Whether the value is the function's result rather than stored at its first argument. */
  readonly isResult?: true;
  /** Whether an operand in Montgomery form is made canonical for good where the other one is short: constants of more than 32 bits are. */
  readonly normalizes?: true;
}

const magnitude = (x: Code): Code => {
  // (x ^ sign) - sign
  const sign = [...x, ...i64Const(63n), I64_SHR_S];
  return [...x, ...sign, I64_XOR, ...sign, I64_SUB];
};
const natural = (x: Code, y: Code): Code => [...x, ...y, I64_OR, ...i64Const(0n), I64_GE_S];
const below = (x: Code, bound: bigint): Code => [...x, ...i64Const(bound), I64_LT_U];

const OPERATIONS: readonly SmallOperation[] = [
  { name: 'Fr_add', value: (x, y) => [...x, ...y, I64_ADD] },
  { name: 'Fr_sub', value: (x, y) => [...x, ...y, I64_SUB] },
  {
    name: 'Fr_mul',
    // Lengths of at most 62 bits together.
    condition: (x, y) => [
      ...[...magnitude(x), I64_CLZ],
      ...[...magnitude(y), I64_CLZ],
      ...[I64_ADD, ...i64Const(66n), I64_GE_U],
    ],
    value: (x, y) => [...x, ...y, I64_MUL],
    normalizes: true,
  },
  {
    name: 'Fr_idiv',
    condition: (x, y) => [...natural(x, y), ...y, ...i64Const(0n), I64_NE, I32_AND],
    value: (x, y) => [...x, ...y, I64_DIV_U],
  },
  {
    name: 'Fr_mod',
    condition: (x, y) => [...natural(x, y), ...y, ...i64Const(0n), I64_NE, I32_AND],
    value: (x, y) => [...x, ...y, I64_REM_U],
  },
  {
    name: 'Fr_shl',
    condition: (x, y) => [
      ...[...x, ...i64Const(0n), I64_GE_S],
      ...[...below(y, 62n), I32_AND],
      ...[...x, I64_CLZ, ...y, I64_SUB, ...i64Const(2n), I64_GE_S, I32_AND],
    ],
    value: (x, y) => [...x, ...y, I64_SHL],
  },
  {
    name: 'Fr_shr',
    condition: (x, y) => [...x, ...i64Const(0n), I64_GE_S, ...below(y, 64n), I32_AND],
    value: (x, y) => [...x, ...y, I64_SHR_U],
  },
  { name: 'Fr_band', condition: natural, value: (x, y) => [...x, ...y, I64_AND] },
  { name: 'Fr_bor', condition: natural, value: (x, y) => [...x, ...y, I64_OR] },
  { name: 'Fr_bxor', condition: natural, value: (x, y) => [...x, ...y, I64_XOR] },
  { name: 'Fr_eqR', value: (x, y) => [...x, ...y, I64_EQ], isResult: true },
  { name: 'Fr_gtR', value: (x, y) => [...x, ...y, I64_GT_S], isResult: true },
];

/** Functions that are added. */
interface Helpers {
  readonly small: number;
  readonly put: number;
  /** circom's own: makes what is in Montgomery form canonical. */
  readonly toNormal: number;
}

function operationBody(operation: SmallOperation, { small, put, toNormal }: Helpers, old: number): Code {
  const { condition, value, isResult, normalizes } = operation;
  const addresses = isResult ? [0, 1] : [0, 1, 2];
  const [a, b] = addresses.slice(-2) as [number, number];
  const [x, y] = [addresses.length, addresses.length + 1];
  const [xValue, yValue] = [get(x), get(y)];
  // What circom's functions have made long of a result, and of operands, constants among them.
  const shorten = (address: number): Code =>
    when(
      [...loadI32(address, 4), ...i32Const(LONG), I32_EQ],
      [
        ...[...get(address), ...call(small), ...set(x)],
        ...when(fitsShort(x), [...get(address), ...get(x), ...call(put)]),
      ],
    );
  const normalize = (one: number, other: number): Code =>
    when([...loadI32(other, 4), ...i32Const(0), I32_GE_S], [...get(one), ...call(toNormal)]);
  const finish = isResult
    ? [...value(xValue, yValue), RETURN]
    : [
        ...value(xValue, yValue),
        ...set(x),
        ...otherwise(fitsShort(x), storeShort(x), [...get(0), ...get(x), ...call(put)]),
        RETURN,
      ];
  return [
    ...[1, 2, I64],
    ...otherwise(
      [...loadI32(a, 4), ...loadI32(b, 4), I32_OR, ...i32Const(0), I32_GE_S],
      [...loadShort(a), ...set(x), ...loadShort(b), ...set(y)],
      [
        ...(normalizes ? [...normalize(a, b), ...normalize(b, a)] : []),
        ...[...get(a), ...call(small), ...set(x), ...get(b), ...call(small), ...set(y)],
      ],
    ),
    ...when(
      [...xValue, ...i64Const(NONE), I64_NE, ...yValue, ...i64Const(NONE), I64_NE, I32_AND],
      condition ? when(condition(xValue, yValue), finish) : finish,
    ),
    ...addresses.flatMap(get),
    ...call(old),
    ...addresses.flatMap(shorten),
    END,
  ];
}

/** Fr_toInt of a short number is its integer. */
function toIntBody(old: number): Code {
  return [
    0,
    ...when([...loadI32(0, 4), ...i32Const(0), I32_GE_S], [...loadI32(0, 0), RETURN]),
    ...get(0),
    ...call(old),
    END,
  ];
}

/** Fr_toLongNormal of a short number: its words. */
function toLongBody(old: number): Code {
  return [
    ...[1, 1, I64],
    ...when([...loadI32(0, 4), ...i32Const(0), I32_GE_S], [...[...loadShort(0), ...set(1)], ...storeLong(1), RETURN]),
    ...get(0),
    ...call(old),
    END,
  ];
}

/**
 * A generator's module with the fast path.
 * @throws RangeError, SyntaxError where it is no module of circom's for BN254 as known here
 */
export function withSmallValues(bytes: Uint8Array): Uint8Array {
  const module = new WasmModule(bytes);
  const small = module.add([I32], [I64], smallBody());
  const put = module.add([I32, I64], [], putBody());
  const helpers = { small, put, toNormal: module.find('Fr_toNormal', [I32], []) };
  for (const operation of OPERATIONS) {
    const parameters = operation.isResult ? [I32, I32] : [I32, I32, I32];
    const index = module.find(operation.name, parameters, operation.isResult ? [I32] : []);
    module.replace(index, (old) => operationBody(operation, helpers, old));
  }
  module.replace(module.find('Fr_toInt', [I32], [I32]), toIntBody);
  module.replace(module.find('Fr_toLongNormal', [I32], []), toLongBody);
  return module.encode();
}
