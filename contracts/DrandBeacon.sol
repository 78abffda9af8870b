// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IDrandBeacon} from "./interfaces/IDrandBeacon.sol";
import {IRandomness} from "./interfaces/IRandomness.sol";

/// @title DrandBeacon
/// @dev A signature is valid where e(signature, g2) = e(H(sha256(round)), key), checked as
/// e(signature, −g2) · e(H, key) = 1 with one pairing call, which also checks the curve and the subgroup of both points.
contract DrandBeacon is IDrandBeacon {
    address private constant MODEXP = address(0x05);
    address private constant BLS12_G1ADD = address(0x0b);
    address private constant BLS12_PAIRING_CHECK = address(0x0f);
    address private constant BLS12_MAP_FP_TO_G1 = address(0x10);

    /// The field's modulus p: its upper 128 bits, its lower 256.
    uint256 private constant P_HI = 0x1a0111ea397fe69a4b1ba7b6434bacd7;
    uint256 private constant P_LO = 0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;

    /// (p − 1) / 2: a y above it is the larger one of the two that an x has.
    uint256 private constant HALF_HI = 0x0d0088f51cbff34d258dd3db21a5d66b;
    uint256 private constant HALF_LO = 0xb23ba5c279c2895fb39869507b587b120f55ffff58a9ffffdcff7fffffffd555;

    /// The flags of a compressed point in the upper byte of its 48: compressed, and the larger y.
    uint256 private constant FLAG_COMPRESSED = 0x80 << 120;
    uint256 private constant FLAG_LARGER_Y = 0x20 << 120;

    /// −g2, the negated generator of G2.
    bytes private constant NEGATED_GENERATOR =
        hex"00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
        hex"0000000000000000000000000000000013e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
        hex"000000000000000000000000000000000d1b3cc2c7027888be51d9ef691d77bcb679afda66c73f17f9ee3837a55024f78c71363275a75d75d86bab79f74782aa"
        hex"0000000000000000000000000000000013fa4d4a0ad8b1ce186ed5061789213d993923066dddaf1040bc3ff59f825c78df74f2d75467e25e0f55f8a00fa030ed";

    /// DST_prime of RFC 9380: the domain separation tag, then its length.
    bytes private constant DST_PRIME = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_\x2b";

    /// @inheritdoc IDrandBeacon
    uint64 public immutable genesis;
    /// @inheritdoc IDrandBeacon
    uint64 public immutable period;

    uint256 private immutable _key0;
    uint256 private immutable _key1;
    uint256 private immutable _key2;
    uint256 private immutable _key3;
    uint256 private immutable _key4;
    uint256 private immutable _key5;
    uint256 private immutable _key6;
    uint256 private immutable _key7;

    /// @param key the public key, see `publicKey`
    /// @param genesis_ time of round 1
    /// @param period_ seconds from one round to the next
    /// @param knownRound a round whose signature is known: a wrong key and a chain without the precompiles are refused
    /// @param knownSignature its signature, see `verify`
    constructor(
        uint256[8] memory key,
        uint64 genesis_,
        uint64 period_,
        uint64 knownRound,
        uint256[4] memory knownSignature
    ) {
        uint256 bits;
        for (uint256 i; i < 8; ++i) {
            bits |= key[i];
        }
        // With the point at infinity for a key every signature of infinity would do.
        require(bits != 0 && genesis_ != 0 && period_ != 0, InvalidBeacon());

        (genesis, period) = (genesis_, period_);
        (_key0, _key1, _key2, _key3) = (key[0], key[1], key[2], key[3]);
        (_key4, _key5, _key6, _key7) = (key[4], key[5], key[6], key[7]);

        _verify(key, knownRound, knownSignature);
    }

    /// @inheritdoc IRandomness
    function roundAfter(uint256 time) external view returns (uint64) {
        return time < genesis ? 1 : SafeCast.toUint64((time - genesis) / period + 2);
    }

    /// @inheritdoc IRandomness
    function timeOf(uint64 round) external view returns (uint256) {
        require(round != 0, InvalidRound());
        return uint256(genesis) + uint256(period) * (round - 1);
    }

    /// @inheritdoc IRandomness
    function verify(uint64 round, uint256[4] calldata point) external view returns (bytes32 randomness) {
        return _verify(publicKey(), round, point);
    }

    /// @inheritdoc IDrandBeacon
    function publicKey() public view returns (uint256[8] memory) {
        return [_key0, _key1, _key2, _key3, _key4, _key5, _key6, _key7];
    }

    function _verify(uint256[8] memory key, uint64 round, uint256[4] memory point) private view returns (bytes32) {
        require(round != 0, InvalidRound());
        require(_isBelowModulus(point[0], point[1]) && _isBelowModulus(point[2], point[3]), NonCanonicalPoint());
        // The pairing takes infinity for a point of the subgroup.
        require(point[0] | point[1] | point[2] | point[3] != 0, NonCanonicalPoint());

        bytes memory pairs = abi.encodePacked(
            abi.encode(point), NEGATED_GENERATOR, _hashToG1(sha256(abi.encodePacked(round))), abi.encode(key)
        );
        bytes memory isOne = _call(BLS12_PAIRING_CHECK, pairs, 32);
        require(bytes32(isOne) == bytes32(uint256(1)), InvalidSignature(round));

        return _compressedHash(point);
    }

    /// SHA-256 of the 48 bytes of the compressed point: flags and x.
    function _compressedHash(uint256[4] memory point) private pure returns (bytes32) {
        bool isLarger = point[2] > HALF_HI || (point[2] == HALF_HI && point[3] > HALF_LO);
        uint256 flags = isLarger ? FLAG_COMPRESSED | FLAG_LARGER_Y : FLAG_COMPRESSED;
        return sha256(abi.encodePacked(uint128(point[0] | flags), point[1]));
    }

    /// hash_to_curve of RFC 9380, suite BLS12381G1_XMD:SHA-256_SSWU_RO_, of a message of 32 bytes.
    /// expand_message_xmd makes 128 bytes of it, of which each half gives an element of the field.
    function _hashToG1(bytes32 message) private view returns (bytes memory) {
        bytes32 b0 = sha256(abi.encodePacked(bytes32(0), bytes32(0), message, hex"008000", DST_PRIME));
        bytes32 b1 = sha256(abi.encodePacked(b0, uint8(1), DST_PRIME));
        bytes32 b2 = sha256(abi.encodePacked(b0 ^ b1, uint8(2), DST_PRIME));
        bytes32 b3 = sha256(abi.encodePacked(b0 ^ b2, uint8(3), DST_PRIME));
        bytes32 b4 = sha256(abi.encodePacked(b0 ^ b3, uint8(4), DST_PRIME));
        return _call(BLS12_G1ADD, abi.encodePacked(_mapToG1(b1, b2), _mapToG1(b3, b4)), 128);
    }

    /// The point of G1 that belongs to (upper ‖ lower) mod p. The precompile clears the cofactor.
    function _mapToG1(bytes32 upper, bytes32 lower) private view returns (bytes memory) {
        // An exponent of one leaves the reduction.
        bytes memory reduced = _call(
            MODEXP,
            abi.encodePacked(uint256(64), uint256(1), uint256(64), upper, lower, uint8(1), P_HI, P_LO),
            64
        );
        return _call(BLS12_MAP_FP_TO_G1, reduced, 128);
    }

    function _isBelowModulus(uint256 upper, uint256 lower) private pure returns (bool) {
        return upper < P_HI || (upper == P_HI && lower < P_LO);
    }

    /// No gas limit: one that is enough today would brick the contract after a repricing.
    function _call(address precompile, bytes memory input, uint256 length) private view returns (bytes memory output) {
        bool success;
        (success, output) = precompile.staticcall(input);
        // A call to an address without a precompile succeeds and returns nothing.
        require(success && output.length == length, PrecompileFailed(precompile));
    }
}
