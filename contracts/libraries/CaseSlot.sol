// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IArbitratorPool} from "../interfaces/IArbitratorPool.sol";
import {Ruling} from "../interfaces/Ruling.sol";

/// @notice A case in its slot. From the lowest bit: arbitrator 160, openedAt 32, since 32, stage 16, status 8, ruling 7,
/// hasBounty 1 (so that who ends a case need not look for a bounty). See `IArbitratorPool.Case`.
/// @dev By hand, because the compiler unpacks and packs such a struct field by field, at every place that uses it.
type CaseSlot is uint256;

using {
    arbitrator,
    openedAt,
    since,
    stage,
    status,
    ruling,
    hasBounty,
    isIn,
    moved,
    advanced,
    raised,
    withArbitrator,
    withRuling,
    withBounty,
    unpacked
} for CaseSlot global;

uint256 constant OPENED_AT = 160;
uint256 constant SINCE = 192;
uint256 constant STAGE = 224;
uint256 constant STATUS = 240;
uint256 constant RULING = 248;
uint256 constant BOUNTY = 1 << 255;

uint256 constant SINCE_AND_STATUS = uint256(type(uint32).max) << SINCE | uint256(type(uint8).max) << STATUS;

// Sets of statuses: bit n stands for status n.
uint256 constant NONE = 1 << uint256(IArbitratorPool.CaseStatus.None);
uint256 constant WAITING = 1 << uint256(IArbitratorPool.CaseStatus.Waiting);
uint256 constant VOID = 1 << uint256(IArbitratorPool.CaseStatus.Void);
uint256 constant DRAWN = 1 << uint256(IArbitratorPool.CaseStatus.Drawn);
uint256 constant RULED = 1 << uint256(IArbitratorPool.CaseStatus.Ruled);
uint256 constant PANEL_WAITING = 1 << uint256(IArbitratorPool.CaseStatus.PanelWaiting);
uint256 constant PANEL_VOID = 1 << uint256(IArbitratorPool.CaseStatus.PanelVoid);
uint256 constant PANEL_SEATED = 1 << uint256(IArbitratorPool.CaseStatus.PanelSeated);
uint256 constant PANEL_FALLEN = 1 << uint256(IArbitratorPool.CaseStatus.PanelFallen);
uint256 constant ENDED = 1 << uint256(IArbitratorPool.CaseStatus.Finalised)
    | 1 << uint256(IArbitratorPool.CaseStatus.Stalemate) | 1 << uint256(IArbitratorPool.CaseStatus.Closed);

/// @notice A new case that waits for the round of time `roundTime`.
function openedCase(uint256 openedAt_, uint256 roundTime) pure returns (CaseSlot) {
    return CaseSlot.wrap(
        openedAt_ << OPENED_AT | roundTime << SINCE | uint256(IArbitratorPool.CaseStatus.Waiting) << STATUS
    );
}

function arbitrator(CaseSlot self) pure returns (address) {
    return address(uint160(CaseSlot.unwrap(self)));
}

function openedAt(CaseSlot self) pure returns (uint256) {
    return uint32(CaseSlot.unwrap(self) >> OPENED_AT);
}

function since(CaseSlot self) pure returns (uint256) {
    return uint32(CaseSlot.unwrap(self) >> SINCE);
}

function stage(CaseSlot self) pure returns (uint32) {
    return uint16(CaseSlot.unwrap(self) >> STAGE);
}

function status(CaseSlot self) pure returns (IArbitratorPool.CaseStatus) {
    return IArbitratorPool.CaseStatus(uint8(CaseSlot.unwrap(self) >> STATUS));
}

function ruling(CaseSlot self) pure returns (Ruling) {
    return Ruling((CaseSlot.unwrap(self) & ~BOUNTY) >> RULING);
}

function hasBounty(CaseSlot self) pure returns (bool) {
    return CaseSlot.unwrap(self) & BOUNTY != 0;
}

/// @notice Whether the status is in a set of statuses.
function isIn(CaseSlot self, uint256 set) pure returns (bool) {
    return (set >> uint8(CaseSlot.unwrap(self) >> STATUS)) & 1 != 0;
}

/// @notice Another status, whose windows run from `since_`.
function moved(CaseSlot self, IArbitratorPool.CaseStatus status_, uint256 since_) pure returns (CaseSlot) {
    return CaseSlot.wrap(
        CaseSlot.unwrap(self) & ~SINCE_AND_STATUS | since_ << SINCE | uint256(status_) << STATUS
    );
}

/// @notice The stage raised by one. It cannot overflow: only who registered before a case was opened is drawn for it, and
/// each of them once, so 65,535 stages would need tens of thousands of stakes.
function raised(CaseSlot self) pure returns (CaseSlot) {
    unchecked {
        return CaseSlot.wrap(CaseSlot.unwrap(self) + (1 << STAGE));
    }
}

/// @notice `moved` and `raised`.
function advanced(CaseSlot self, IArbitratorPool.CaseStatus status_, uint256 since_) pure returns (CaseSlot) {
    return moved(self, status_, since_).raised();
}

function withArbitrator(CaseSlot self, address arbitrator_) pure returns (CaseSlot) {
    return CaseSlot.wrap((CaseSlot.unwrap(self) >> OPENED_AT << OPENED_AT) | uint256(uint160(arbitrator_)));
}

/// @notice The first ruling of a case that has none.
function withRuling(CaseSlot self, Ruling ruling_) pure returns (CaseSlot) {
    return CaseSlot.wrap(CaseSlot.unwrap(self) | uint256(ruling_) << RULING);
}

function withBounty(CaseSlot self) pure returns (CaseSlot) {
    return CaseSlot.wrap(CaseSlot.unwrap(self) | BOUNTY);
}

function unpacked(CaseSlot self) pure returns (IArbitratorPool.Case memory) {
    return IArbitratorPool.Case({
        arbitrator: self.arbitrator(),
        openedAt: uint32(self.openedAt()),
        since: uint32(self.since()),
        stage: uint16(self.stage()),
        status: self.status(),
        ruling: self.ruling()
    });
}
