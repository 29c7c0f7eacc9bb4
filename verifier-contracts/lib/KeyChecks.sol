// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IUniversalVerifier} from "../interfaces/IUniversalVerifier.sol";
import {InferenceProofs} from "./InferenceProofs.sol";

/// @title What can be told of a key before it is used
/// @dev Nothing here shows that a key is that of the model it names, or that nobody knows its trapdoor: who registered it chose it. The checks
/// keep out what cannot be a key, and keys that anyone could forge proofs for.
library KeyChecks {
    /// @dev Order of the scalar field of BN254, and of the field of the coordinates.
    uint256 private constant FIELD = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;
    uint256 private constant BASE_FIELD = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;
    /// @dev Twice what the pairing of three pairs costs (EIP-1108).
    uint256 private constant PAIRING_GAS = 294000;
    /// @dev The bits of a layout that may be set, its version aside.
    uint256 private constant LAYOUT_BITS = (1 << 70) - 1;

    /// @dev Reverts for records that are no keys.
    /// @param data key data, at least as long as a record
    function check(bytes calldata data) internal view {
        _checkLayout(_word(data, 0x280));
        _checkCommitment(_word(data, 0x280), _word(data, 0x0c0));
        _checkG1(data, 0x000);
        _checkG1(data, 0x040);
        _checkG1(data, 0x080);
        _checkG1(data, 0x0e0);
        _checkG1(data, 0x1a0);
        _checkG2(data);
    }

    function _checkLayout(uint256 layoutWord) private pure {
        bool valid = layoutWord >> 248 == 1 && layoutWord & ((1 << 248) - 1) <= LAYOUT_BITS;
        valid = valid && _validLength(layoutWord & 0xffffffff, layoutWord & InferenceProofs.INPUT_COMMITTED != 0);
        valid =
            valid && _validLength((layoutWord >> 32) & 0xffffffff, layoutWord & InferenceProofs.OUTPUT_COMMITTED != 0);
        if (!valid) revert IUniversalVerifier.InvalidLayout(layoutWord);
    }

    /// @dev A commitment takes a word.
    function _validLength(uint256 length, bool committed) private pure returns (bool) {
        return committed ? length == 32 : length != 0;
    }

    function _checkCommitment(uint256 layoutWord, uint256 commitment) private pure {
        bool committed = layoutWord & InferenceProofs.WEIGHTS_COMMITTED != 0;
        if (committed ? commitment >= FIELD : commitment != 0) {
            revert IUniversalVerifier.InvalidWeightsCommitment(commitment);
        }
    }

    /// @dev y^2 = x^3 + 3, a group of prime order. The point at infinity is (0, 0) for the precompiles, and not on it.
    function _checkG1(bytes calldata data, uint256 offset) private pure {
        uint256 x = _word(data, offset);
        uint256 y = _word(data, offset + 0x20);
        uint256 cube = mulmod(mulmod(x, x, BASE_FIELD), x, BASE_FIELD);
        if (x >= BASE_FIELD || y >= BASE_FIELD || mulmod(y, y, BASE_FIELD) != addmod(cube, 3, BASE_FIELD)) {
            revert IUniversalVerifier.InvalidG1Point(offset);
        }
    }

    /// @dev The pairing precompile takes points of the twist's group of prime order only (EIP-197), whatever their pairing gives.
    function _checkG2(bytes calldata data) private view {
        uint256[3] memory offsets = [uint256(0x120), 0x1e0, 0x2a0];
        for (uint256 i = 0; i < 3; ++i) {
            bytes calldata point = data[offsets[i]:offsets[i] + 0x80];
            if (keccak256(point) == keccak256(new bytes(0x80))) {
                revert IUniversalVerifier.G2PointAtInfinity(offsets[i]);
            }
            // Points with the same x agree up to sign.
            bytes calldata next = data[offsets[(i + 1) % 3]:offsets[(i + 1) % 3] + 0x40];
            if (keccak256(point[:0x40]) == keccak256(next)) revert IUniversalVerifier.RelatedG2Points();
        }
        bytes calldata g1 = data[0x0e0:0x120];
        (bool done, ) = address(0x08).staticcall{gas: PAIRING_GAS}(
            abi.encodePacked(g1, data[0x120:0x1a0], g1, data[0x1e0:0x260], g1, data[0x2a0:0x320])
        );
        if (!done) revert IUniversalVerifier.InvalidG2Point();
    }

    function _word(bytes calldata data, uint256 offset) private pure returns (uint256) {
        return uint256(bytes32(data[offset:offset + 32]));
    }
}
