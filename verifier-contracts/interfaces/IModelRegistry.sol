// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IVerifiableModel} from "./IVerifiableModel.sol";

/// @title Models as tokens
/// @notice A token names one verifier for ever, and with it one model. Its owner earns the license fee of every paid inference.
/// @dev Registration is open to everyone, proves no authorship and says nothing about the verifier's code: whoever relies on a
/// token checks the verifier behind it first, once: what it tells about itself, such as its model id, need not be true. Model ids are not
/// unique, or a squatter could keep the maker out.
interface IModelRegistry is IERC721 {
    /// @notice What is known of a model. All but the fee is as the verifier said at registration and never changes.
    struct Model {
        IVerifiableModel verifier;
        /// Wei per inference, for requests made from now on.
        uint88 licenseFee;
        /// Whether whoever ran the setup may forge proofs: not for production.
        bool developmentKey;
        IVerifiableModel.Visibility inputVisibility;
        IVerifiableModel.Visibility outputVisibility;
        /// Bytes that the verifier takes.
        uint32 inputLength;
        uint32 outputLength;
        bytes32 modelId;
        /// The verification key together with everything about the model, as the universal verifier names it.
        bytes32 keyId;
        /// Commitment to private weights; zero where they are fixed by the model id.
        bytes32 weightsCommitment;
    }

    event ModelRegistered(
        uint256 indexed tokenId,
        bytes32 indexed modelId,
        address indexed owner,
        IVerifiableModel verifier,
        bytes32 keyId,
        bytes32 weightsCommitment,
        bool developmentKey
    );

    event LicenseFeeChanged(uint256 indexed tokenId, uint88 licenseFee);

    /// @notice Thrown at registration of an address that does not claim, by ERC-165, to be an IVerifiableModel.
    error NotAVerifier(address verifier);

    /// @notice Thrown at registration of a verifier with a development key that the registrant did not expect.
    error DevelopmentKeyNotAllowed(address verifier);

    /// @notice Thrown when somebody else than the owner changes a model's fee or metadata.
    error NotModelOwner(uint256 tokenId, address caller);

    /// @notice Makes a token of a model and gives it to the caller.
    /// @param verifier accepts the model's proofs; asked once for what `model` tells
    /// @param licenseFee wei per inference to the owner of the token
    /// @param metadataURI of a document about the model (ERC-721 metadata)
    /// @param allowDevelopmentKey accept a verifier that says that its proofs can be forged by whoever made its key
    function register(
        IVerifiableModel verifier,
        uint88 licenseFee,
        string calldata metadataURI,
        bool allowDevelopmentKey
    ) external returns (uint256 tokenId);

    /// @notice Sets the fee of later requests. Only for the owner.
    function setLicenseFee(uint256 tokenId, uint88 licenseFee) external;

    /// @notice Points to another document about the same model. Only for the owner.
    function setMetadataURI(uint256 tokenId, string calldata metadataURI) external;

    /// @notice Everything about a model. Reverts with ERC721NonexistentToken.
    function model(uint256 tokenId) external view returns (Model memory);

    /// @notice Who accepts the proofs, and who earns the fee now. Reverts with ERC721NonexistentToken.
    function verifierAndOwner(uint256 tokenId) external view returns (IVerifiableModel verifier, address owner);

    /// @notice What a consumer must pay and give. Reverts with ERC721NonexistentToken.
    function quote(uint256 tokenId) external view returns (uint88 licenseFee, uint32 inputLength);

    /// @notice Number of models; tokens are numbered from 1.
    function modelCount() external view returns (uint256);
}
