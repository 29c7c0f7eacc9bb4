// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IVerifiableModel} from "../interfaces/IVerifiableModel.sol";

/// @title Example: a vault that opens for a digit
/// @notice Whoever first proves that the model reads a given digit in some image of theirs gets everything in the vault.
/// @dev The image stays private where the model was compiled with `--input committed`. The proof names its sender, so one copied
/// from the mempool opens nothing for the thief. Deploy it with a verifier whose code and key you have checked.
contract DigitVault {
    bytes32 private constant CONTEXT_DOMAIN = keccak256("zkinfer/example/digit-vault/1");

    IVerifiableModel public immutable model;
    uint256 public immutable digit;
    bool public isOpen;

    event Opened(address indexed by, uint256 amount);

    error AlreadyOpen();
    error AnotherDigit(uint256 digit);
    error InvalidProof();
    error OutputNotPublic();

    constructor(IVerifiableModel model_, uint256 digit_) payable {
        // The bytes of a commitment say nothing about the greatest score, and whoever makes it can choose them.
        if (model_.outputVisibility() != IVerifiableModel.Visibility.Public) revert OutputNotPublic();
        (model, digit) = (model_, digit_);
    }

    /// @notice Opens the vault and sends all that is in it to the caller.
    /// @param input bytes of the image, or its commitment
    /// @param output the model's scores of the digits; the greatest must be that of the vault's digit
    /// @param proof bound to `contextOf(caller)`
    function open(bytes calldata input, bytes calldata output, bytes calldata proof) external {
        if (isOpen) revert AlreadyOpen();
        // What the output says is read from its bytes; that it is the model's output, the proof shows.
        uint256 seen = model.argmax(output);
        if (seen != digit) revert AnotherDigit(seen);
        if (!model.verifyInferenceFor(contextOf(msg.sender), input, output, proof)) revert InvalidProof();

        isOpen = true;
        uint256 amount = address(this).balance;
        emit Opened(msg.sender, amount);
        Address.sendValue(payable(msg.sender), amount);
    }

    /// @notice What a proof must be bound to: this chain, this vault and whoever opens it.
    function contextOf(address opener) public view returns (bytes32) {
        return keccak256(abi.encode(CONTEXT_DOMAIN, block.chainid, address(this), opener));
    }
}
