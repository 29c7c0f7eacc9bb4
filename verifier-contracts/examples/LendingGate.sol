// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IVerifiableModel} from "../interfaces/IVerifiableModel.sol";

/// @title Example: a lender that a model decides for
/// @notice Lends a fixed amount to whoever proves that the model puts them in the accepted class.
/// @dev A proof says what the model makes of an input, not that the input is true. So an attester, who has seen the papers, first
/// puts down the hash of each borrower's input: of its bytes, or of its salted commitment. With a model compiled with `--input committed` the
/// chain then learns the class and nothing else about the borrower. Deploy it with a verifier whose code and key you have checked.
contract LendingGate is Ownable {
    bytes32 private constant CONTEXT_DOMAIN = keccak256("zkinfer/example/lending-gate/1");

    IVerifiableModel public immutable model;
    address public immutable attester;
    uint256 public immutable acceptedClass;
    uint256 public immutable amount;

    /// keccak256 of the input bytes, as attested; zero where there is none. Good for one loan.
    mapping(address borrower => bytes32) public attestedInput;
    mapping(address borrower => uint256) public debtOf;

    event Attested(address indexed borrower, bytes32 inputHash);
    event Lent(address indexed borrower, uint256 amount);
    event Repaid(address indexed borrower, uint256 amount);

    error NotAttester(address caller);
    error InputNotAttested(address borrower);
    error LoanOutstanding(address borrower);
    error OutputNotPublic();
    error WrongClass(uint256 class);
    error InvalidProof();
    error WrongRepayment(uint256 expected, uint256 actual);

    /// @param attester_ trusted with inputs
    /// @param acceptedClass_ index of the output element that must be the greatest
    /// @param amount_ wei of every loan
    constructor(
        IVerifiableModel model_,
        address attester_,
        uint256 acceptedClass_,
        uint256 amount_
    ) payable Ownable(msg.sender) {
        // The bytes of a commitment say nothing about the greatest element, and whoever makes it can choose them.
        if (model_.outputVisibility() != IVerifiableModel.Visibility.Public) revert OutputNotPublic();
        (model, attester, acceptedClass, amount) = (model_, attester_, acceptedClass_, amount_);
    }

    /// @notice Puts down which input is the borrower's. Only for the attester.
    function attest(address borrower, bytes32 inputHash) external {
        if (msg.sender != attester) revert NotAttester(msg.sender);
        attestedInput[borrower] = inputHash;
        emit Attested(borrower, inputHash);
    }

    /// @notice Lends to the caller.
    /// @param proof bound to `contextOf(caller)`, so nobody else can use it
    function borrow(bytes calldata input, bytes calldata output, bytes calldata proof) external {
        if (attestedInput[msg.sender] != keccak256(input)) revert InputNotAttested(msg.sender);
        if (debtOf[msg.sender] != 0) revert LoanOutstanding(msg.sender);
        uint256 class = model.argmax(output);
        if (class != acceptedClass) revert WrongClass(class);
        if (!model.verifyInferenceFor(contextOf(msg.sender), input, output, proof)) revert InvalidProof();

        // All that a second call would find is written before the borrower is called.
        delete attestedInput[msg.sender];
        debtOf[msg.sender] = amount;
        emit Lent(msg.sender, amount);
        Address.sendValue(payable(msg.sender), amount);
    }

    /// @notice Pays the caller's loan back.
    function repay() external payable {
        uint256 debt = debtOf[msg.sender];
        if (debt == 0 || msg.value != debt) revert WrongRepayment(debt, msg.value);
        debtOf[msg.sender] = 0;
        emit Repaid(msg.sender, debt);
    }

    /// @notice Adds ether to lend.
    receive() external payable {}

    /// @notice Takes ether that is not lent. Only for the owner.
    function withdraw(uint256 wei_) external onlyOwner {
        Address.sendValue(payable(msg.sender), wei_);
    }

    function contextOf(address borrower) public view returns (bytes32) {
        return keccak256(abi.encode(CONTEXT_DOMAIN, block.chainid, address(this), borrower));
    }
}
