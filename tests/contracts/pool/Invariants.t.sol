// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IArbitratorPool} from "../../../contracts/interfaces/IArbitratorPool.sol";
import {PoolHandler} from "../support/PoolHandler.sol";
import {Test} from "../support/Test.sol";

/// @dev Named here, because the runner knows the contracts of this file alone.
contract Handler is PoolHandler {
    constructor() {
        setUp();
    }
}

/// @notice What holds after any sequence of calls: see `PoolHandler`.
contract PoolInvariants is Test {
    Handler private handler;

    function setUp() public {
        handler = new Handler();
        bytes4[31] memory all = moves();
        bytes4[] memory selectors = new bytes4[](all.length);
        for (uint256 i; i < all.length; ++i) {
            selectors[i] = all[i];
        }
        target(address(handler), selectors);
    }

    function moves() private view returns (bytes4[31] memory) {
        return [
            handler.registers.selector,
            handler.addsStake.selector,
            handler.activates.selector,
            handler.exits.selector,
            handler.withdrawsStake.selector,
            handler.syncs.selector,
            handler.withdraws.selector,
            handler.opens.selector,
            handler.draws.selector,
            handler.skips.selector,
            handler.recommits.selector,
            handler.recuses.selector,
            handler.challenges.selector,
            handler.rules.selector,
            handler.replaces.selector,
            handler.appeals.selector,
            handler.commits.selector,
            handler.reveals.selector,
            handler.finalises.selector,
            handler.breaks.selector,
            handler.closes.selector,
            handler.concedes.selector,
            handler.forces.selector,
            handler.waits.selector,
            handler.jumps.selector,
            handler.proceeds.selector,
            handler.beaconFails.selector,
            handler.blacklists.selector,
            handler.donates.selector,
            handler.owns.selector,
            handler.intrudes.selector
        ];
    }

    /// The walk goes everywhere: each status of a case is come to, each call that people make of the pool succeeds at times.
    function test_theHandlerReachesEverything() public {
        bytes4[31] memory all = moves();
        for (uint256 i; i < 3_000; ++i) {
            bytes32 dice = keccak256(abi.encode(i));
            (bool success,) = address(handler).call(
                abi.encodePacked(all[uint256(dice) % all.length], dice >> 8, keccak256(abi.encode(dice, 1)), dice, dice)
            );
            vm.assertTrue(success, "a call of the handler reverts");
            if (handler.isMoved()) handler.check();
        }
        for (uint256 status = 1; status <= uint256(IArbitratorPool.CaseStatus.Closed); ++status) {
            vm.assertGt(handler.reached(IArbitratorPool.CaseStatus(status)), 0, vm.toString(status));
        }
        bytes4[17] memory calls = [
            IArbitratorPool.register.selector,
            IArbitratorPool.addStake.selector,
            IArbitratorPool.activate.selector,
            IArbitratorPool.requestExit.selector,
            IArbitratorPool.withdrawStake.selector,
            IArbitratorPool.sync.selector,
            IArbitratorPool.withdraw.selector,
            IArbitratorPool.draw.selector,
            IArbitratorPool.skip.selector,
            IArbitratorPool.recommit.selector,
            IArbitratorPool.recuse.selector,
            IArbitratorPool.resolveDispute.selector,
            IArbitratorPool.replaceArbitrator.selector,
            IArbitratorPool.appeal.selector,
            IArbitratorPool.commitVote.selector,
            IArbitratorPool.revealVote.selector,
            IArbitratorPool.finalise.selector
        ];
        for (uint256 i; i < calls.length; ++i) {
            vm.assertGt(handler.succeeded(calls[i]), 0, vm.toString(uint256(uint32(calls[i]))));
        }
        handler.drain();
    }

    function invariant_booksAgree() public view {
        if (handler.isMoved()) handler.check();
    }

    function afterInvariant() public {
        handler.drain();
    }
}
