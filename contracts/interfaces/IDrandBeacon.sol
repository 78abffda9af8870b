// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IRandomness} from "./IRandomness.sol";

/// @title A drand beacon of the scheme bls-unchained-g1-rfc9380, verified on chain
/// @notice `verify` takes the uncompressed signature of a round and returns drand's own `randomness`, the SHA-256 of the
/// compressed signature. Needs the precompiles of EIP-2537 (Ethereum since Pectra, BNB Smart Chain since Pascal,
/// Arbitrum One since ArbOS 51).
/// @dev Warning: a threshold of the beacon's nodes together can compute rounds before their time, though not choose
/// them; a private beacon's operator alone can.
interface IDrandBeacon is IRandomness {
    /// @notice Thrown when the period or the genesis is zero, or the key is the point at infinity.
    error InvalidBeacon();
    /// @notice Thrown when a round is zero: they count from 1.
    error InvalidRound();
    /// @notice Thrown when a coordinate is not below the field's modulus, and so when anything stands in the upper
    /// 16 bytes of a coordinate, and for the point at infinity.
    error NonCanonicalPoint();
    /// @notice Thrown when a precompile refuses its input (no point of the curve, or outside of the subgroup), or is
    /// missing on this chain.
    error PrecompileFailed(address precompile);
    /// @notice Thrown when the point is not the signature of the round.
    error InvalidSignature(uint64 round);

    /// @notice The time of round 1, Unix seconds.
    function genesis() external view returns (uint64);

    /// @notice Seconds from one round to the next.
    function period() external view returns (uint64);

    /// @notice The beacon's public key, a point of G2 as EIP-2537 encodes it: x.c0, x.c1, y.c0, y.c1.
    function publicKey() external view returns (uint256[8] memory);
}
