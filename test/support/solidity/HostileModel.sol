// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// A verifier of an attacker's: says of itself what another one does, and does what it is told to where it is asked for a verdict, or by
/// ERC-165.
contract HostileModel {
    enum Deed {
        Accept,
        Refuse,
        BurnGas,
        LongRevert,
        LongAnswer,
        ShortAnswer,
        NoBool,
        CallAndAccept
    }

    address private immutable _front;
    Deed private _verdict;
    Deed private _interfaces;
    address private _target;
    bytes private _data;
    mapping(bytes4 selector => bytes) private _answers;
    mapping(bytes4 selector => Deed) private _deeds;

    constructor(address front) {
        _front = front;
    }

    function onVerdict(Deed deed) external {
        _verdict = deed;
    }

    function onInterfaces(Deed deed) external {
        _interfaces = deed;
    }

    function onCall(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    /// What to answer instead of what the other verifier does, as it is encoded, and what to do instead of answering.
    function onView(bytes4 selector, bytes calldata answer, Deed deed) external {
        (_answers[selector], _deeds[selector]) = (answer, deed);
    }

    function verifyInferenceFor(bytes32, bytes calldata, bytes calldata, bytes calldata) external returns (bool) {
        return _do(_verdict);
    }

    function supportsInterface(bytes4 id) external returns (bool) {
        return _interfaces == Deed.Accept ? id != 0xffffffff : _do(_interfaces);
    }

    fallback() external {
        bytes memory answer = _answers[msg.sig];
        bool done = answer.length != 0;
        if (_deeds[msg.sig] != Deed.Accept) _do(_deeds[msg.sig]);
        if (!done) (done, answer) = _front.staticcall(msg.data);
        assembly ("memory-safe") {
            if done {
                return(add(answer, 0x20), mload(answer))
            }
            revert(add(answer, 0x20), mload(answer))
        }
    }

    function _do(Deed deed) private returns (bool) {
        if (deed == Deed.BurnGas) {
            assembly {
                invalid()
            }
        }
        if (deed == Deed.LongRevert) {
            assembly {
                revert(0, 50000)
            }
        }
        if (deed == Deed.LongAnswer) {
            assembly {
                mstore(0, 1)
                return(0, 50000)
            }
        }
        if (deed == Deed.ShortAnswer) {
            assembly {
                return(0, 31)
            }
        }
        if (deed == Deed.NoBool) {
            assembly {
                mstore(0, 2)
                return(0, 0x20)
            }
        }
        if (deed == Deed.CallAndAccept) {
            (bool done, ) = _target.call{gas: 200000}(_data);
            require(!done, "a change from within a static call");
        }
        return deed != Deed.Refuse;
    }
}
