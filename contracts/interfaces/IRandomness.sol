// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title A public beacon: a random value a round, which nobody knows before the round's time
/// @notice Round r becomes public at `timeOf(r)`; who has its proof can show its value to a contract at any later time.
/// @dev Warning: a consumer must fix everything that the value decides, and the round itself, while the round is still
/// to come. Whoever can still change the outcome after `timeOf(round)` chooses between two outcomes.
/// @dev Warning: a value exists once. It may be used by anyone for anything: hash it with the address of the consumer
/// and the purpose.
interface IRandomness {
    /// @notice The first round that becomes public strictly after `time`.
    /// @param time Unix seconds
    function roundAfter(uint256 time) external view returns (uint64 round);

    /// @notice The time (Unix seconds) from which the value of `round` is public. Rounds count from 1.
    function timeOf(uint64 round) external view returns (uint256 time);

    /// @notice Checks the proof of a round and returns the round's value. Reverts for anything but the one true proof.
    /// @param point the round's signature, a point of G1 of BLS12-381 as EIP-2537 encodes it: four words, x and y,
    /// each as 16 bytes of zero and 48 bytes big-endian
    /// @return randomness the same 32 bytes that the beacon itself publishes for the round
    /// @dev Warning: a precompile of EIP-2537 burns all gas it is given when its input is no point of the curve. Simulate
    /// a call before sending it.
    function verify(uint64 round, uint256[4] calldata point) external view returns (bytes32 randomness);
}
