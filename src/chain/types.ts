/** What the other modules of this room share. */

/** ABI in the JSON form that compilers write. */
export type ContractAbi = readonly unknown[];
