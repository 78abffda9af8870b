// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IArbitratorPool} from "../../../contracts/interfaces/IArbitratorPool.sol";
import {Ruling} from "../../../contracts/interfaces/Ruling.sol";
import {BlsSigner} from "../support/BlsSigner.sol";
import {PoolTest} from "../support/PoolTest.sol";

/// @notice The last seconds in which something is still possible, where the tests of the verbs show the first in which it
/// is not.
contract BoundariesTest is PoolTest {
    function test_challengeConflict_worksInTheLastSecond() public {
        arbitrators(4);
        bytes32[4] memory proofs;
        for (uint256 i; i < 4; ++i) {
            fund(arbitrator(i));
            proofs[i] = createOrder(arbitrator(i), buyer);
        }
        pass(1 days);
        bytes32 id = openDrawnCase();
        pass(24 hours);
        for (uint256 i; i < 4; ++i) {
            if (arbitrator(i) == holderOf(id)) {
                pool.challengeConflict(id, proofs[i]);
                break;
            }
        }
        vm.assertEq(holderOf(id), address(0));
    }

    function test_recommit_worksForAPanelInTheLastSecond() public {
        arbitrators(10);
        bytes32 id = openAppealedCase(Ruling.Seller);
        uint256 appealedAt = vm.getBlockTimestamp();
        pass(4 days);
        pool.skip(1);
        vm.warp(appealedAt + 7 days);
        pool.recommit(id);
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.PanelWaiting));
        // Its round comes too late, and so the panel falls.
        draw();
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.PanelFallen));
    }

    /// A round of day six is still to be used in the last second of day seven, and no second later.
    function test_draw_seatsAPanelInTheLastSecond() public {
        arbitrators(10);
        bytes32 id = openAppealedCase(Ruling.Seller);
        uint256 appealedAt = vm.getBlockTimestamp();
        vm.warp(appealedAt + 6 days);
        pool.skip(1);
        pool.recommit(id);
        (,, uint64 round,,) = pool.nextDraw();
        uint256[4] memory point = BlsSigner.sign(SECRET, round);
        uint256 snapshot = vm.snapshotState();
        vm.warp(appealedAt + 7 days);
        pool.draw(point, 1);
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.PanelSeated));
        vm.revertToState(snapshot);
        vm.warp(appealedAt + 7 days + 1);
        pool.draw(point, 1);
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.PanelFallen));
    }

    function test_draw_usesARoundInTheLastSecondBeforeItIsVoid() public {
        arbitrators(1);
        bytes32 id = openCase();
        (,, uint64 round, uint256 roundTime,) = pool.nextDraw();
        uint256[4] memory point = BlsSigner.sign(SECRET, round);
        uint256 snapshot = vm.snapshotState();
        vm.warp(roundTime + 72 hours);
        pool.draw(point, 1);
        vm.assertEq(holderOf(id), arbitrator(0));
        vm.revertToState(snapshot);
        vm.warp(roundTime + 72 hours + 1);
        pool.draw(point, 1);
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.Void));
    }

    /// Who was drawn 72 hours before the end of day 30 had a whole window, and so pays for silence.
    function test_replaceArbitrator_worksIfTheWindowEndsInTheLastSecondOfDay30() public {
        arbitrators(2);
        bytes32 id = openDrawnCase();
        uint256 openedAt = pool.cases(id).openedAt;
        vm.prank(holderOf(id));
        pool.recuse(id);
        vm.warp(openedAt + 26 days);
        pool.skip(1);
        pool.recommit(id);
        vm.warp(openedAt + 27 days);
        draw();
        address silent = holderOf(id);
        vm.warp(openedAt + 30 days + 1);
        pool.replaceArbitrator(id);
        vm.assertEq(pool.arbitrators(silent).stake, STAKE - STAKE / 10);
    }

    /// A second before the tree stands still an exit counts; in the second in which it does, it comes too late.
    function test_draw_skipsWhoAskedToExitInTheLastSecondBeforeTheTreeStoodStill() public {
        arbitrators(1);
        // Due from then on, this one keeps the weight in the tree.
        openCase();
        pass(11 minutes + 1);
        bytes32 id = openCase();
        uint256 stillFrom = pool.cases(id).since - 60;
        uint256 snapshot = vm.snapshotState();
        vm.warp(stillFrom - 1);
        vm.prank(arbitrator(0));
        pool.requestExit();
        draw();
        draw();
        vm.assertEq(holderOf(id), address(0), "before");
        vm.revertToState(snapshot);
        vm.warp(stillFrom);
        vm.prank(arbitrator(0));
        pool.requestExit();
        draw();
        draw();
        vm.assertEq(holderOf(id), arbitrator(0), "after");
    }

    /// An arbitrator drawn late rules up to the last second of day 30.
    function test_resolveDispute_worksInTheLastSecondOfDay30() public {
        arbitrators(2);
        bytes32 id = openDrawnCase();
        uint256 openedAt = pool.cases(id).openedAt;
        vm.prank(holderOf(id));
        pool.recuse(id);
        vm.warp(openedAt + 28 days);
        pool.skip(1);
        pool.recommit(id);
        draw();
        vm.warp(openedAt + 30 days);
        rule(id, Ruling.Buyer);
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.Ruled));
    }
}
