// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IArbitratorPool} from "../../../contracts/interfaces/IArbitratorPool.sol";
import {PoolTest} from "../support/PoolTest.sol";

/// @notice Somebody opens a dispute in every step and concedes it when its round comes, so that it costs nothing but gas,
/// to keep the tree from ever changing: nobody could join the draw, nor be weighed anew.
contract FreezeTest is PoolTest {
    function test_freeze_leavesTimeInEveryStep() public {
        arbitrators(1);
        bytes32[6] memory open;
        uint256 start = vm.getBlockTimestamp();
        for (uint256 i; i < 6; ++i) {
            vm.warp(start + i * 120 + 1);
            open[i] = openCase();
        }
        uint256 before = token.balanceOf(buyer);
        for (uint256 i; i < 30; ++i) {
            bytes32 head = open[i % 6];
            (bytes32 next,,, uint256 roundTime,) = pool.nextDraw();
            vm.assertEq(next, head);
            // The last second in which the fee comes back.
            vm.warp(roundTime);
            vm.prank(seller);
            escrow.refundBuyer(head);
            open[i % 6] = openCase();
            pool.skip(1);

            vm.warp(roundTime + 59);
            pool.sync(arbitrator(0));
            vm.warp(roundTime + 60);
            vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.DrawDue.selector, open[(i + 1) % 6]));
            pool.sync(arbitrator(0));
        }
        // All that time the attacker had the same: five orders and fees more are locked up than on the way out.
        vm.assertEq(token.balanceOf(buyer), before);
    }

    function deployOutside(IArbitratorPool.Parameters calldata parameters) external returns (IArbitratorPool) {
        return deployPool(parameters);
    }

    /// With a lead as long as the step there would be no such time.
    function test_freeze_refusesALeadAsLongAsTheStep() public {
        IArbitratorPool.Parameters memory p = defaults();
        p.roundStep = 60;
        vm.expectRevert(
            abi.encodeWithSelector(IArbitratorPool.OutOfBounds.selector, "freezeLead", uint256(60), uint256(0), uint256(30))
        );
        this.deployOutside(p);
    }
}
