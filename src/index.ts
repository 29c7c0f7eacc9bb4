/** The library: what `import ... from 'zkinfer'` gives. Nothing here prints, reads the environment or exits. */
export { ERROR_CODES, ExitCode, ProblemsError, ZkinferError } from './errors.js';
export type { ErrorCode, ErrorLocation } from './errors.js';
export type { ProgressCallback, ProgressEvent, WorkOptions } from './progress.js';

export { readFileBytes, writeFileAtomic } from './artifacts/files.js';
export { readJsonFile, readManifest } from './artifacts/manifest.js';
export { ArtifactName, artifactPath, openingPath } from './artifacts/names.js';
export { parseOpening, parseProofDocument, parseVerificationKey } from './artifacts/proof-document.js';
export type { OpeningDocument, PartOpening } from './artifacts/proof-document.js';
export type * from './artifacts/architecture.js';
export type * from './artifacts/types.js';
export { parseWeightsFile } from './artifacts/weights-file.js';
export type { CommittedNumbers, WeightsFile } from './artifacts/weights-file.js';
export { ZKINFER_VERSION } from './artifacts/version.js';

export { readInput, readInputEntries, readInputs } from './inputs/read.js';
export type { InputEntry, InputOptions, Sample, SampleTensor } from './inputs/types.js';

export { compileModel } from './api/compile.js';
export type { CompileOptions, CompileResult } from './api/compile.js';
export { inspectModel } from './api/inspect.js';
export type { InspectReport } from './api/inspect.js';
export { commitModel, readWeightsFile } from './api/commit.js';
export type { CommitOptions } from './api/commit.js';
export { dumpStage, STAGES } from './api/stages.js';
export { loadModel, modelFromBytes } from './api/load-model.js';
export type { LoadedModel } from './api/load-model.js';
export { runModel } from './api/run.js';
export type { OutputTensor } from './api/run.js';
export { compareWithOrt } from './api/compare-ort.js';
export type { OrtComparison, OutputDifference } from './api/compare-ort.js';
export { setupDevelopment, setupWithPtau } from './api/setup.js';
export type { SetupOptions } from './api/setup.js';
export { contributeToSetup, contributeToZkey, inspectCeremonyFile, verifySetup, verifyZkey } from './api/ceremony.js';
export type { CeremonyFile } from './api/ceremony.js';
export { makeDevelopmentPtau, verifyPowers } from './setup/key-ceremony.js';
export type { KeyContribution, KeyVerdict, PtauVerdict } from './setup/key-ceremony.js';
export type { CeremonyOptions, ContributionDetails } from './setup/ceremony.js';
export type { Beacon, CeremonyContribution } from './setup/contributions.js';
export type { PtauIdentity } from './setup/ptau-origin.js';
export { loadProver, proveInference } from './api/prove.js';
export type { LoadOptions, ProvenInference, ProveOptions, Prover } from './api/prove.js';
export { proveBatch } from './api/batch.js';
export type { BatchEvent, BatchOptions, BatchReport } from './api/batch.js';
export type { BatchRun, BatchSummary, Latency } from './batch/summary.js';
export { openProverPool } from './api/prover-pool.js';
export type { PoolResult, ProverPool, ProverPoolOptions } from './api/prover-pool.js';
export type { WorkerPlan } from './batch/sizing.js';
export type { WorkerProof } from './api/prove-task.js';
export { enqueueBatch } from './api/enqueue.js';
export type { EnqueueEvent, EnqueueOptions, EnqueueReport } from './api/enqueue.js';
export { runQueueWorker } from './api/queue-worker.js';
export type { QueueWorkerEvent, QueueWorkerOptions, QueueWorkerReport } from './api/queue-worker.js';
export { collectResults } from './api/collect.js';
export type { CollectOptions, CollectReport } from './api/collect.js';
export { inspectQueue, purgeQueue, retryQueue } from './api/queue-admin.js';
export type { QueueReport, QueueTarget } from './api/queue-admin.js';
export type { ModelStatus, Purged, QueueStatus, WorkerStatus } from './queue/admin.js';
export type { EntryCounts } from './queue/runs.js';
export { findInvalidProofs, loadVerifier, verifyProof } from './api/verify.js';
export type { InvalidProof, Verifier } from './api/verify.js';
export type { Verdict } from './prover/verify.js';
export { auditCircuit } from './api/audit.js';
export type { AuditCircuitOptions, AuditReport, KeyFindings, OpenSignal, OpenSignals } from './api/audit.js';
export { exportVerifier } from './api/export-verifier.js';
export type { ExportedVerifier, ExportOptions } from './api/export-verifier.js';
export { exportKey } from './api/export-key.js';
export type { ExportedKey, KeyOptions } from './api/export-key.js';
export { encodeBatchCalldata, encodeCalldata } from './api/calldata.js';
export type { BatchCalldata, CalldataOptions, ProofCalldata } from './solidity/calldata.js';
export { BACKEND_NAMES } from './prover/backends.js';
export type { BackendName } from './prover/backends.js';
export type { BackendOptions, LoadedKey } from './prover/backend.js';
export { NATIVE_VARIANTS, nativeChoice, nativeState, selectNativeVariant } from './native/load.js';
export type { NativeChoice, NativeState, NativeVariant } from './native/load.js';
export { inspectMachine } from './api/doctor.js';
export type { DoctorCheck, DoctorReport } from './api/doctor.js';
/** Ends the worker threads that proving and verifying keep; call it when done, or the process stays alive. */
export { terminateCurves } from './setup/curve.js';

export { startAnvil } from './chain/anvil.js';
export type { Anvil, AnvilOptions } from './chain/anvil.js';
export { connect } from './chain/connection.js';
export type { ChainConnection, ConnectionOptions } from './chain/connection.js';
export { readContract } from './chain/contract-files.js';
export type { ContractFile } from './chain/contract-files.js';
export { compileSolidity } from './chain/solc.js';
export type { CompiledContract, SolidityOptions } from './chain/solc.js';
export { callVerifyInference, deployVerifier, sendVerifyInference } from './chain/verifier.js';
export type { Deployment, InferenceArguments, VerifierReference } from './chain/verifier.js';
export { callFirstInvalid, callVerifyBatch } from './chain/batch.js';
export type { BatchArguments } from './chain/batch.js';
export { deployModel, registerKey } from './chain/universal.js';
export type { DeployedModel, RegisteredKey } from './chain/universal.js';
export { contractCall, deploymentCall, estimateCall, eventArguments, sendCall } from './chain/calls.js';
export type { CallEstimate, ContractCall, ContractEvent, SendOptions, SentCall } from './chain/calls.js';
export { formatAmount, parseAmount } from './chain/amounts.js';
export { decryptKeystore } from './chain/keystore.js';
export { parseAddress, readBalance, readCode, readHead, readView, signerAddress } from './chain/views.js';
export type { BlockHead } from './chain/views.js';
export type { ContractAbi, ContractReference } from './chain/types.js';
export { readModel, registerCall, registeredToken, registryAt, setLicenseFeeCall } from './chain/registry.js';
export type { RegisteredModel, Registration } from './chain/registry.js';
export {
  claimCall,
  isProvenResult,
  marketAt,
  readCredit,
  readReputation,
  readRequest,
  refundCall,
  registryOf,
  requestCall,
  requestContext,
  requestedId,
  submitCall,
  withdrawCall,
} from './chain/market.js';
export type { MarketDelivery, MarketRequest, Reputation, RequestStatus, RequestTerms } from './chain/market.js';
export { findDelivery, findRequest, findRequests } from './chain/market-events.js';
export type { Delivered, PostedRequest } from './chain/market-events.js';
export { feedAt, feedContext, feedSubject, feedUpdateCall, nextFeedRound, readFeed } from './chain/feed.js';
export type { FeedAnswer, FeedUpdate } from './chain/feed.js';
export { compileVerifier, isModelOf, verifierObjection } from './api/compile-verifier.js';
export type { CompileVerifierOptions, VerifierCheck } from './api/compile-verifier.js';
export {
  assertContext,
  inputCommitment,
  deliveredTensors,
  requestInput,
  requestTensors,
} from './api/market-inference.js';
export type { RequestInput } from './api/market-inference.js';
export { watchMarket } from './api/watch.js';
export type { LeaveReason, NoInputReason, ServedModel, WatchEvent, WatchOptions, WatchReport } from './api/watch.js';
export { serveModels } from './api/serve.js';
export type { RunningServer, ServeOptions } from './api/serve.js';
