/** What to do about the errors of the contracts in verifier-contracts. */
const HINTS: Readonly<Record<string, string>> = {
  ClaimLive: 'wait until the claim of the other prover ends, or take another request',
  DeadlineNotInFuture: 'give a later deadline',
  DeadlineNotPassed: 'wait for the deadline',
  DeadlinePassed: 'nothing can be claimed or delivered after the deadline; `zkinfer market refund` returns the bounty',
  DevelopmentKeyNotAllowed: 'give --allow-development-key where forged proofs are no matter, such as on a test chain',
  InvalidInputLength: 'use the artifact directory that the verifier was made from',
  InvalidOutputLength: 'use the artifact directory that the verifier was made from',
  InvalidProof: 'the proof is of another statement, or was made with other keys than those of the verifier',
  NotARegistry: 'give the address that `zkinfer deploy registry` printed',
  NotAVerifier: 'give the address that `zkinfer deploy verifier` or `deploy model` printed',
  NothingToWithdraw: '`zkinfer market show --account` tells what an account may withdraw',
  RequestNotOpen: '`zkinfer market show --request` tells what became of it',
  UnknownKey: '`zkinfer deploy model` registers the key first',
  WrongInput: 'prove the input of the request: `zkinfer market show --request` tells it',
  WrongPayment: 'the license fee of the model changed: try again',
};

/** @param error name of the custom error, where there is one */
export function contractHint(error: string | undefined): string {
  return HINTS[error ?? ''] ?? 'the contract refused the call: check its address and the statement';
}
