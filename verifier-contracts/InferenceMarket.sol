// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IInferenceMarket} from "./interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IVerifiableModel} from "./interfaces/IVerifiableModel.sol";
import {PullPayments} from "./PullPayments.sol";

/// @title Inferences for ether, paid against proofs
/// @notice See IInferenceMarket.
/// @dev The contract's balance is at least the credits plus, for every open request, bounty and fee, and the stake where it is claimed.
contract InferenceMarket is IInferenceMarket, PullPayments, Nonces {
    using SafeCast for uint256;

    bytes32 private constant CONTEXT_DOMAIN = keccak256("zkinfer/market/1");

    /// @notice Credited with the burnt half of lost stakes. Nobody has its key.
    address public constant BURN = address(0xdEaD);

    /// @inheritdoc IInferenceMarket
    IModelRegistry public immutable override registry;

    mapping(bytes32 requestId => Request) private _requests;
    mapping(address prover => Reputation) private _reputations;

    constructor(IModelRegistry registry_) {
        if (!ERC165Checker.supportsInterface(address(registry_), type(IModelRegistry).interfaceId)) {
            revert NotARegistry(address(registry_));
        }
        registry = registry_;
    }

    /// @inheritdoc IInferenceMarket
    function request(
        uint256 modelToken,
        bytes calldata input,
        uint88 bounty,
        uint88 stake,
        uint40 deadline,
        uint24 claimWindow
    ) external payable override returns (bytes32 requestId) {
        (uint88 licenseFee, uint32 inputLength) = registry.quote(modelToken);
        if (input.length != inputLength) revert WrongInputLength(inputLength, input.length);
        if (deadline <= block.timestamp) revert DeadlineNotInFuture(deadline);
        if (claimWindow == 0) revert NoClaimWindow();
        _requirePayment(uint256(bounty) + licenseFee);

        Request memory terms = Request({
            consumer: msg.sender,
            bounty: bounty,
            status: Status.Open,
            prover: address(0),
            stake: stake,
            modelToken: modelToken.toUint64(),
            licenseFee: licenseFee,
            deadline: deadline,
            claimExpiry: 0,
            claimWindow: claimWindow,
            digest: keccak256(input)
        });
        requestId = keccak256(abi.encode(_useNonce(msg.sender), terms));
        _requests[requestId] = terms;
        emit Requested(requestId, modelToken, msg.sender, bounty, licenseFee, stake, deadline, claimWindow, input);
    }

    /// @inheritdoc IInferenceMarket
    function claim(bytes32 requestId) external payable override {
        Request storage entry = _open(requestId);
        if (block.timestamp > entry.deadline) revert DeadlinePassed(requestId, entry.deadline);
        if (_isClaimLive(entry)) revert ClaimLive(requestId, entry.prover, entry.claimExpiry);
        _requirePayment(entry.stake);
        _slash(requestId, entry);

        uint40 claimExpiry = Math.min(block.timestamp + entry.claimWindow, entry.deadline).toUint40();
        entry.prover = msg.sender;
        entry.claimExpiry = claimExpiry;
        ++_reputations[msg.sender].claimed;
        emit Claimed(requestId, msg.sender, claimExpiry);
    }

    /// @inheritdoc IInferenceMarket
    function submit(
        bytes32 requestId,
        address prover,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external override {
        Request storage entry = _open(requestId);
        if (block.timestamp > entry.deadline) revert DeadlinePassed(requestId, entry.deadline);
        if (entry.prover != prover && _isClaimLive(entry)) {
            revert ClaimLive(requestId, entry.prover, entry.claimExpiry);
        }
        bytes32 inputHash = keccak256(input);
        if (inputHash != entry.digest) revert WrongInput(requestId);
        (IVerifiableModel verifier, address modelOwner) = registry.verifierAndOwner(entry.modelToken);
        // A static call: the verifier changes nothing, here or elsewhere.
        if (!verifier.verifyInferenceFor(contextOf(requestId, prover), input, output, proof)) {
            revert InvalidProof(requestId, prover);
        }

        (uint256 bounty, uint256 licenseFee) = (entry.bounty, entry.licenseFee);
        uint256 earned = bounty;
        if (entry.claimExpiry != 0 && entry.prover == prover) earned += entry.stake;
        else _slash(requestId, entry);
        entry.status = Status.Fulfilled;
        entry.prover = prover;
        entry.digest = _resultDigest(inputHash, output);
        ++_reputations[prover].delivered;
        _credit(prover, earned);
        _credit(modelOwner, licenseFee);
        emit Fulfilled(requestId, prover, modelOwner, bounty, licenseFee, output);
    }

    /// @inheritdoc IInferenceMarket
    function refund(bytes32 requestId) external override {
        Request storage entry = _open(requestId);
        if (block.timestamp <= entry.deadline) revert DeadlineNotPassed(requestId, entry.deadline);
        entry.status = Status.Refunded;
        _slash(requestId, entry);
        address consumer = entry.consumer;
        uint256 amount = uint256(entry.bounty) + entry.licenseFee;
        _credit(consumer, amount);
        emit Refunded(requestId, consumer, amount);
    }

    /// @inheritdoc IInferenceMarket
    function getRequest(bytes32 requestId) external view override returns (Request memory) {
        return _requests[requestId];
    }

    /// @inheritdoc IInferenceMarket
    function contextOf(bytes32 requestId, address prover) public view override returns (bytes32) {
        return keccak256(abi.encode(CONTEXT_DOMAIN, block.chainid, address(this), requestId, prover));
    }

    /// @inheritdoc IInferenceMarket
    function isResult(
        bytes32 requestId,
        bytes calldata input,
        bytes calldata output
    ) external view override returns (bool) {
        Request storage entry = _requests[requestId];
        return entry.status == Status.Fulfilled && entry.digest == _resultDigest(keccak256(input), output);
    }

    /// @inheritdoc IInferenceMarket
    function reputationOf(address prover) external view override returns (Reputation memory) {
        return _reputations[prover];
    }

    function _open(bytes32 requestId) private view returns (Request storage entry) {
        entry = _requests[requestId];
        if (entry.status != Status.Open) revert RequestNotOpen(requestId, entry.status);
    }

    function _isClaimLive(Request storage entry) private view returns (bool) {
        return block.timestamp <= entry.claimExpiry;
    }

    function _requirePayment(uint256 expected) private view {
        if (msg.value != expected) revert WrongPayment(expected, msg.value);
    }

    /// @dev Takes the stake of the latest claim, if there is one: half to the consumer for the lost time, half burnt, so that nobody
    /// gains as much by making a prover fail as the prover loses. The caller replaces the claim or ends the request.
    function _slash(bytes32 requestId, Request storage entry) private {
        if (entry.claimExpiry == 0) return;
        address prover = entry.prover;
        uint256 toConsumer = entry.stake / 2;
        uint256 burnt = entry.stake - toConsumer;
        ++_reputations[prover].slashed;
        _credit(entry.consumer, toConsumer);
        _credit(BURN, burnt);
        emit Slashed(requestId, prover, toConsumer, burnt);
    }

    function _resultDigest(bytes32 inputHash, bytes calldata output) private pure returns (bytes32) {
        return keccak256(abi.encode(inputHash, keccak256(output)));
    }
}
