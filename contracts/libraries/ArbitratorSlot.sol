// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IArbitratorPool} from "../interfaces/IArbitratorPool.sol";

/// @notice An arbitrator in its slot. From the lowest bit: stake 96, registeredAt 32, exitAt 32, leaf 16, openCases 16,
/// reputation 8, status 8. See `IArbitratorPool.Arbitrator`.
/// @dev By hand, as `CaseSlot`.
type ArbitratorSlot is uint256;

using {
    stake,
    registeredAt,
    exitAt,
    leaf,
    openCases,
    reputation,
    status,
    isIn,
    withStake,
    withExit,
    withLeaf,
    withCase,
    withoutCase,
    withReputation,
    withStatus,
    unpacked
} for ArbitratorSlot global;

uint256 constant REGISTERED_AT = 96;
uint256 constant EXIT_AT = 128;
uint256 constant LEAF = 160;
uint256 constant OPEN_CASES = 176;
uint256 constant REPUTATION = 192;
uint256 constant STATUS = 200;

// Sets of statuses: bit n stands for status n.
uint256 constant UNKNOWN = 1 << uint256(IArbitratorPool.ArbitratorStatus.None);
uint256 constant REGISTERED = 1 << uint256(IArbitratorPool.ArbitratorStatus.Registered);
uint256 constant ACTIVE = 1 << uint256(IArbitratorPool.ArbitratorStatus.Active);
uint256 constant EXITING = 1 << uint256(IArbitratorPool.ArbitratorStatus.Exiting);
uint256 constant LEFT = 1 << uint256(IArbitratorPool.ArbitratorStatus.Left);

/// @notice Who registers now. `leaf_`: the one kept from an earlier time, or zero.
function registeredArbitrator(uint256 stake_, uint256 registeredAt_, uint256 leaf_, uint256 reputation_)
    pure
    returns (ArbitratorSlot)
{
    return ArbitratorSlot.wrap(
        stake_ | registeredAt_ << REGISTERED_AT | leaf_ << LEAF | reputation_ << REPUTATION
            | uint256(IArbitratorPool.ArbitratorStatus.Registered) << STATUS
    );
}

function stake(ArbitratorSlot self) pure returns (uint256) {
    return uint96(ArbitratorSlot.unwrap(self));
}

function registeredAt(ArbitratorSlot self) pure returns (uint256) {
    return uint32(ArbitratorSlot.unwrap(self) >> REGISTERED_AT);
}

function exitAt(ArbitratorSlot self) pure returns (uint256) {
    return uint32(ArbitratorSlot.unwrap(self) >> EXIT_AT);
}

function leaf(ArbitratorSlot self) pure returns (uint16) {
    return uint16(ArbitratorSlot.unwrap(self) >> LEAF);
}

function openCases(ArbitratorSlot self) pure returns (uint256) {
    return uint16(ArbitratorSlot.unwrap(self) >> OPEN_CASES);
}

function reputation(ArbitratorSlot self) pure returns (uint256) {
    return uint8(ArbitratorSlot.unwrap(self) >> REPUTATION);
}

function status(ArbitratorSlot self) pure returns (IArbitratorPool.ArbitratorStatus) {
    return IArbitratorPool.ArbitratorStatus(uint8(ArbitratorSlot.unwrap(self) >> STATUS));
}

/// @notice Whether the status is in a set of statuses.
function isIn(ArbitratorSlot self, uint256 set) pure returns (bool) {
    return (set >> uint8(ArbitratorSlot.unwrap(self) >> STATUS)) & 1 != 0;
}

/// @param stake_ below 2^96
function withStake(ArbitratorSlot self, uint256 stake_) pure returns (ArbitratorSlot) {
    return ArbitratorSlot.wrap((ArbitratorSlot.unwrap(self) >> REGISTERED_AT << REGISTERED_AT) | stake_);
}

/// @notice The request to exit of who made none yet.
function withExit(ArbitratorSlot self, uint256 exitAt_) pure returns (ArbitratorSlot) {
    return ArbitratorSlot.wrap(ArbitratorSlot.unwrap(self) | exitAt_ << EXIT_AT);
}

function withLeaf(ArbitratorSlot self, uint256 leaf_) pure returns (ArbitratorSlot) {
    return ArbitratorSlot.wrap(
        ArbitratorSlot.unwrap(self) & ~(uint256(type(uint16).max) << LEAF) | leaf_ << LEAF
    );
}

/// @notice One more open case. The caller makes sure that there are fewer than 65,535.
function withCase(ArbitratorSlot self) pure returns (ArbitratorSlot) {
    return ArbitratorSlot.wrap(ArbitratorSlot.unwrap(self) + (1 << OPEN_CASES));
}

/// @notice One open case less. The caller makes sure that there is one.
function withoutCase(ArbitratorSlot self) pure returns (ArbitratorSlot) {
    return ArbitratorSlot.wrap(ArbitratorSlot.unwrap(self) - (1 << OPEN_CASES));
}

function withReputation(ArbitratorSlot self, uint256 reputation_) pure returns (ArbitratorSlot) {
    return ArbitratorSlot.wrap(
        ArbitratorSlot.unwrap(self) & ~(uint256(type(uint8).max) << REPUTATION) | reputation_ << REPUTATION
    );
}

function withStatus(ArbitratorSlot self, IArbitratorPool.ArbitratorStatus status_) pure returns (ArbitratorSlot) {
    return ArbitratorSlot.wrap(
        ArbitratorSlot.unwrap(self) & ~(uint256(type(uint8).max) << STATUS) | uint256(status_) << STATUS
    );
}

function unpacked(ArbitratorSlot self) pure returns (IArbitratorPool.Arbitrator memory) {
    return IArbitratorPool.Arbitrator({
        stake: uint96(self.stake()),
        registeredAt: uint32(self.registeredAt()),
        exitAt: uint32(self.exitAt()),
        leaf: self.leaf(),
        openCases: uint16(self.openCases()),
        reputation: uint8(self.reputation()),
        status: self.status()
    });
}
