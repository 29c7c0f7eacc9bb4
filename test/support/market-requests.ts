/** Requests to a market with a mock model, in short form. */
import type { Contract, ContractTransactionReceipt } from 'ethers';
import { eventOf, type MarketChain, mined, mockProof, startMarketChain } from './market-chain.js';

export const INPUT = '0x01020304';
export const OUTPUT = '0x0a0b0c';

export interface Terms {
  readonly token?: bigint;
  readonly input?: string;
  readonly bounty?: bigint;
  readonly fee?: bigint;
  readonly stake?: bigint;
  /** Seconds from now. */
  readonly time?: number;
  readonly window?: number;
  readonly by?: number;
}

/** Terms of requests where a test does not say otherwise. */
export const TERMS = {
  token: 1n,
  input: INPUT,
  bounty: 1_000n,
  fee: 70n,
  stake: 401n,
  time: 1_000,
  window: 100,
  by: 1,
};

export interface MarketUser {
  /** Posts a request and gives its id. */
  request(terms?: Terms): Promise<string>;
  claim(id: string, by: number, stake?: bigint): Promise<ContractTransactionReceipt>;
  /** Delivers what the prover has proven; sent by the prover itself where nobody else is named. */
  submit(id: string, prover: number, delivery?: Delivery): Promise<ContractTransactionReceipt>;
  as(account: number): Contract;
  address(account: number): string;
  /** Credit by account number. */
  credit(account: number): Promise<bigint>;
}

export interface Delivery {
  readonly by?: number;
  readonly input?: string;
  readonly output?: string;
  readonly proof?: string;
}

/** A market for one model, whose token is 1, and its users. */
export async function startModelMarket(): Promise<{ m: MarketChain; user: MarketUser }> {
  const m = await startMarketChain();
  await mined(m.registry.register!(m.model.target, TERMS.fee, '', false));
  return { m, user: marketUser(m) };
}

export function marketUser(m: MarketChain): MarketUser {
  const as = (account: number): Contract => m.market.connect(m.accounts[account]!) as Contract;
  const address = (account: number): string => m.accounts[account]!.address;
  return {
    as,
    address,
    request: async (terms = {}) => {
      const { token, input, bounty, fee, stake, time, window, by } = { ...TERMS, ...terms };
      const deadline = (await m.now()) + time;
      const value = bounty + fee;
      const receipt = await mined(as(by).request!(token, input, bounty, stake, deadline, window, { value }));
      return eventOf(receipt, m.market, 'Requested').requestId as string;
    },
    claim: (id, by, stake = TERMS.stake) => mined(as(by).claim!(id, { value: stake })),
    submit: async (id, prover, { by = prover, input = INPUT, output = OUTPUT, proof } = {}) => {
      const context = (await m.market.contextOf!(id, address(prover))) as string;
      return mined(as(by).submit!(id, address(prover), input, output, proof ?? mockProof(context, input, output)));
    },
    credit: (account) => m.market.creditOf!(address(account)) as Promise<bigint>,
  };
}
