/** What the other modules of this room share. */

/** ABI in the JSON form that compilers write. */
export type ContractAbi = readonly unknown[];

/** A contract on a chain. */
export interface ContractReference {
  readonly address: string;
  readonly abi: ContractAbi;
}
