// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721URIStorage} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICommittedWeights} from "./interfaces/ICommittedWeights.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IVerifiableModel} from "./interfaces/IVerifiableModel.sol";

/// @title Models as tokens
/// @notice See IModelRegistry.
contract ModelRegistry is ERC721URIStorage, IModelRegistry {
    using SafeCast for uint256;

    /// @inheritdoc IModelRegistry
    uint256 public override modelCount;

    mapping(uint256 tokenId => Model) private _models;

    constructor() ERC721("zkinfer models", "ZKM") {}

    /// @inheritdoc IModelRegistry
    function register(
        IVerifiableModel verifier,
        uint88 licenseFee,
        string calldata metadataURI,
        bool allowDevelopmentKey
    ) external override returns (uint256 tokenId) {
        if (!ERC165Checker.supportsInterface(address(verifier), type(IVerifiableModel).interfaceId)) {
            revert NotAVerifier(address(verifier));
        }
        bool developmentKey = verifier.DEVELOPMENT_KEY();
        if (developmentKey && !allowDevelopmentKey) revert DevelopmentKeyNotAllowed(address(verifier));

        tokenId = ++modelCount;
        Model storage entry = _models[tokenId];
        entry.verifier = verifier;
        entry.licenseFee = licenseFee;
        entry.developmentKey = developmentKey;
        entry.inputVisibility = verifier.inputVisibility();
        entry.outputVisibility = verifier.outputVisibility();
        entry.inputLength = verifier.inputLength().toUint32();
        entry.outputLength = verifier.outputLength().toUint32();
        entry.modelId = verifier.modelId();
        entry.keyId = verifier.keyId();
        entry.weightsCommitment = _weightsCommitment(verifier);

        // Not _safeMint: it would call the registrant, who chose to come.
        _mint(msg.sender, tokenId);
        _setTokenURI(tokenId, metadataURI);
        emit ModelRegistered(
            tokenId,
            entry.modelId,
            msg.sender,
            verifier,
            entry.keyId,
            entry.weightsCommitment,
            entry.developmentKey
        );
        emit LicenseFeeChanged(tokenId, licenseFee);
    }

    /// @inheritdoc IModelRegistry
    function setLicenseFee(uint256 tokenId, uint88 licenseFee) external override {
        _onlyOwner(tokenId);
        _models[tokenId].licenseFee = licenseFee;
        emit LicenseFeeChanged(tokenId, licenseFee);
    }

    /// @inheritdoc IModelRegistry
    function setMetadataURI(uint256 tokenId, string calldata metadataURI) external override {
        _onlyOwner(tokenId);
        _setTokenURI(tokenId, metadataURI);
    }

    /// @inheritdoc IModelRegistry
    function model(uint256 tokenId) external view override returns (Model memory) {
        _requireOwned(tokenId);
        return _models[tokenId];
    }

    /// @inheritdoc IModelRegistry
    function verifierAndOwner(
        uint256 tokenId
    ) external view override returns (IVerifiableModel verifier, address owner) {
        return (_models[tokenId].verifier, _requireOwned(tokenId));
    }

    /// @inheritdoc IModelRegistry
    function quote(uint256 tokenId) external view override returns (uint88 licenseFee, uint32 inputLength) {
        _requireOwned(tokenId);
        return (_models[tokenId].licenseFee, _models[tokenId].inputLength);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) public view override(ERC721URIStorage, IERC165) returns (bool) {
        return interfaceId == type(IModelRegistry).interfaceId || super.supportsInterface(interfaceId);
    }

    function _onlyOwner(uint256 tokenId) private view {
        if (_requireOwned(tokenId) != msg.sender) revert NotModelOwner(tokenId, msg.sender);
    }

    /// @dev Zero for a verifier that has no such function, which is one of fixed weights.
    function _weightsCommitment(IVerifiableModel verifier) private view returns (bytes32) {
        try ICommittedWeights(address(verifier)).weightsCommitment() returns (bytes32 commitment) {
            return commitment;
        } catch {
            return bytes32(0);
        }
    }
}
