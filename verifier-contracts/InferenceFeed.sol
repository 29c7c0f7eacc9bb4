// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {IInferenceFeed} from "./interfaces/IInferenceFeed.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IVerifiableModel} from "./interfaces/IVerifiableModel.sol";
import {PullPayments} from "./PullPayments.sol";

/// @title Oracle of proven inferences
/// @notice See IInferenceFeed.
contract InferenceFeed is IInferenceFeed, PullPayments {
    bytes32 private constant CONTEXT_DOMAIN = keccak256("zkinfer/feed/1");

    /// @inheritdoc IInferenceFeed
    IModelRegistry public immutable override registry;

    mapping(bytes32 subject => Answer) private _answers;

    constructor(IModelRegistry registry_) {
        if (!ERC165Checker.supportsInterface(address(registry_), type(IModelRegistry).interfaceId)) {
            revert NotARegistry(address(registry_));
        }
        registry = registry_;
    }

    /// @inheritdoc IInferenceFeed
    function update(
        uint256 modelToken,
        bytes32 label,
        uint64 round,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external payable override returns (bytes32 subject) {
        subject = subjectOf(modelToken, msg.sender, label);
        Answer storage answer = _answers[subject];
        if (round != answer.round + 1) revert WrongRound(subject, answer.round + 1, round);
        (uint88 licenseFee, ) = registry.quote(modelToken);
        if (msg.value != licenseFee) revert WrongPayment(licenseFee, msg.value);
        (IVerifiableModel verifier, address modelOwner) = registry.verifierAndOwner(modelToken);
        if (!verifier.verifyInferenceFor(contextOf(subject, round), input, output, proof)) {
            revert InvalidProof(subject, round);
        }

        answer.round = round;
        answer.updatedAt = uint64(block.timestamp);
        answer.inputHash = keccak256(input);
        answer.output = output;
        _credit(modelOwner, licenseFee);
        emit Updated(subject, modelToken, msg.sender, round, input, output);
    }

    /// @inheritdoc IInferenceFeed
    function latest(bytes32 subject, uint256 maxAge) external view override returns (Answer memory answer) {
        answer = _answers[subject];
        if (answer.round == 0) revert NoAnswer(subject);
        if (block.timestamp - answer.updatedAt > maxAge) revert StaleAnswer(subject, answer.updatedAt, maxAge);
    }

    /// @inheritdoc IInferenceFeed
    function roundOf(bytes32 subject) external view override returns (uint64) {
        return _answers[subject].round;
    }

    /// @inheritdoc IInferenceFeed
    function contextOf(bytes32 subject, uint64 round) public view override returns (bytes32) {
        return keccak256(abi.encode(CONTEXT_DOMAIN, block.chainid, address(this), subject, round));
    }

    /// @inheritdoc IInferenceFeed
    function subjectOf(uint256 modelToken, address reporter, bytes32 label) public pure override returns (bytes32) {
        return keccak256(abi.encode(modelToken, reporter, label));
    }
}
