// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IModelRegistry} from "./IModelRegistry.sol";
import {IPullPayments} from "./IPullPayments.sol";

/// @title Inferences for ether, paid against proofs
/// @notice A consumer posts a request with a bounty. Whoever delivers a valid proof for it is paid in the same transaction. A
/// prover may first claim the request with a stake, which keeps others from delivering for a while.
/// @dev While a claim is live only its prover may deliver. Where there is none, because nobody claimed or the claim lapsed, everyone may
/// deliver or claim, the late claimant too. The stake is given back on delivery and otherwise lost: at the next claim, at somebody else's
/// delivery or at the refund. Nothing is ever cancelled: a consumer could otherwise read the output of a delivery that is not yet mined
/// and take the bounty back. Ether only, so that there is no token whose transfers take a fee or call back.
interface IInferenceMarket is IPullPayments {
    enum Status {
        None,
        Open,
        Fulfilled,
        Refunded
    }

    /// @notice A request. All amounts are in wei, all times in seconds.
    struct Request {
        address consumer;
        /// For the prover.
        uint88 bounty;
        Status status;
        /// Who claimed last; who delivered, once fulfilled.
        address prover;
        /// What a claim costs until it is fulfilled.
        uint88 stake;
        /// Token of the registry.
        uint64 modelToken;
        /// For the owner of the model, as it was when the request was made.
        uint88 licenseFee;
        /// Last second of delivery.
        uint40 deadline;
        /// Last second of the latest claim; zero where there is none.
        uint40 claimExpiry;
        /// How long a claim lives, but never beyond the deadline.
        uint24 claimWindow;
        /// keccak256(input) while open; keccak256(abi.encode(keccak256(input), keccak256(output))) once fulfilled.
        bytes32 digest;
    }

    /// @notice What a prover did here. Anyone can serve requests of their own, so this shows activity, not merit.
    struct Reputation {
        uint64 claimed;
        uint64 delivered;
        /// Claims whose stake was lost.
        uint64 slashed;
    }

    event Requested(
        bytes32 indexed requestId,
        uint256 indexed modelToken,
        address indexed consumer,
        uint256 bounty,
        uint256 licenseFee,
        uint256 stake,
        uint256 deadline,
        uint256 claimWindow,
        bytes input
    );

    event Claimed(bytes32 indexed requestId, address indexed prover, uint256 claimExpiry);

    event Slashed(bytes32 indexed requestId, address indexed prover, uint256 toConsumer, uint256 burnt);

    event Fulfilled(
        bytes32 indexed requestId,
        address indexed prover,
        address indexed modelOwner,
        uint256 bounty,
        uint256 licenseFee,
        bytes output
    );

    event Refunded(bytes32 indexed requestId, address indexed consumer, uint256 amount);

    /// @notice Thrown when a contract is given for a registry that is none.
    error NotARegistry(address registry);

    /// @notice Thrown when the ether sent is not exactly what the call costs.
    error WrongPayment(uint256 expected, uint256 actual);

    /// @notice Thrown when the input of a request is not as long as the model's.
    error WrongInputLength(uint256 expected, uint256 actual);

    /// @notice Thrown when a request's deadline is not in the future.
    error DeadlineNotInFuture(uint256 deadline);

    /// @notice Thrown when the claims of a request would have no time.
    error NoClaimWindow();

    /// @notice Thrown when there is no such request, or it is fulfilled or refunded.
    error RequestNotOpen(bytes32 requestId, Status status);

    /// @notice Thrown by claim and submit when the time is over.
    error DeadlinePassed(bytes32 requestId, uint256 deadline);

    /// @notice Thrown by refund when there is still time.
    error DeadlineNotPassed(bytes32 requestId, uint256 deadline);

    /// @notice Thrown by claim while a claim lives, and by submit while that of another prover does.
    error ClaimLive(bytes32 requestId, address prover, uint256 claimExpiry);

    /// @notice Thrown when an input is delivered for that is not the request's.
    error WrongInput(bytes32 requestId);

    /// @notice Thrown when the proof does not show the inference for this request, by this prover, here.
    error InvalidProof(bytes32 requestId, address prover);

    /// @notice Posts a request and pays for it: bounty and the model's license fee, exactly.
    /// @param modelToken token of the registry. Check its verifier first, and whether it is of a development key.
    /// @param input bytes of the input, which everyone can read; or its commitment, and the input goes to provers off chain
    /// @param bounty for whoever delivers
    /// @param stake what a claim costs until it is fulfilled. Zero lets anyone block the request for nothing.
    /// @param deadline last second of delivery; the bounty is locked until then
    /// @param claimWindow seconds that a claim lives; long enough to prove and be mined
    /// @return requestId hash of the terms, the consumer and the consumer's nonce: it names the same request after a reorganization too
    function request(
        uint256 modelToken,
        bytes calldata input,
        uint88 bounty,
        uint88 stake,
        uint40 deadline,
        uint24 claimWindow
    ) external payable returns (bytes32 requestId);

    /// @notice Reserves a request for the caller, who pays the stake, exactly. A lapsed claim, the caller's own too, is slashed.
    function claim(bytes32 requestId) external payable;

    /// @notice Delivers. Anyone may send it: the proof says who is paid.
    /// @param prover whom the proof names in its context, `contextOf(requestId, prover)`
    /// @param input as requested
    /// @param output what the model gives for it, or its commitment
    /// @param proof as IVerifiableModel takes it
    function submit(
        bytes32 requestId,
        address prover,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external;

    /// @notice Gives the consumer back what an undelivered request cost, after its deadline. Anyone may send it.
    function refund(bytes32 requestId) external;

    /// @notice Where models are tokens.
    function registry() external view returns (IModelRegistry);

    /// @notice A request; all zero where there is none.
    function getRequest(bytes32 requestId) external view returns (Request memory);

    /// @notice What a proof must be bound to: this chain, this market, this request and the prover who is paid.
    function contextOf(bytes32 requestId, address prover) external view returns (bytes32);

    /// @notice Whether a proven delivery said this.
    function isResult(bytes32 requestId, bytes calldata input, bytes calldata output) external view returns (bool);

    function reputationOf(address prover) external view returns (Reputation memory);
}
