// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IInferenceFeed} from "../../../verifier-contracts/interfaces/IInferenceFeed.sol";

/// An account that makes any call, and one more from within every payment that it gets.
contract ReentrantReceiver {
    address public target;
    bytes public data;
    uint256 public payments;

    constructor() payable {}

    function onPayment(address target_, bytes calldata data_) external {
        (target, data) = (target_, data_);
    }

    function run(address to, uint256 value, bytes calldata call_) external returns (bytes memory) {
        return _call(to, value, call_);
    }

    receive() external payable {
        ++payments;
        if (target != address(0)) _call(target, 0, data);
    }

    function _call(address to, uint256 value, bytes memory call_) private returns (bytes memory) {
        (bool done, bytes memory result) = to.call{value: value}(call_);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
        return result;
    }
}

/// An account that takes no ether.
contract Refuser {
    error NoThanks();

    function run(address to, bytes calldata call_) external payable {
        (bool done, bytes memory result) = to.call{value: msg.value}(call_);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
    }

    receive() external payable {
        revert NoThanks();
    }
}

/// Ends with its ether forced on another contract.
contract Forcer {
    constructor(address payable on) payable {
        selfdestruct(on);
    }
}

/// A contract that decides by a feed.
contract FeedReader {
    function firstByte(IInferenceFeed feed, bytes32 subject) external view returns (bytes1) {
        return feed.latest(subject, 1 hours).output[0];
    }
}
