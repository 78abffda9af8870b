// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IArbitratorPool} from "../../../contracts/interfaces/IArbitratorPool.sol";
import {Ruling} from "../../../contracts/interfaces/Ruling.sol";
import {PoolTest} from "../support/PoolTest.sol";

/// @notice Stakes, reputations, seats and the tree where there is nothing left of them.
contract LimitsTest is PoolTest {
    /// One who holds twelve cases and is silent in all of them: a tenth of the minimum stake for each, as long as there is
    /// any; ten points for each, as long as there are any.
    function test_silence_takesNoMoreThanThereIs() public {
        arbitrators(1);
        address silent = arbitrator(0);
        bytes32[] memory ids = new bytes32[](12);
        for (uint256 i; i < ids.length; ++i) {
            ids[i] = openCase();
        }
        draw();
        pass(72 hours + 1);

        for (uint256 i; i < ids.length; ++i) {
            pool.replaceArbitrator(ids[i]);
            IArbitratorPool.Arbitrator memory left = pool.arbitrators(silent);
            vm.assertEq(left.stake, i < 10 ? STAKE - (i + 1) * STAKE / 10 : 0, "stake");
            vm.assertEq(left.reputation, i < 5 ? 50 - 10 * (i + 1) : 0, "reputation");
            vm.assertEq(pool.bounties(ids[i]), i < 10 ? STAKE / 10 : 0, "bounty");
        }
        vm.assertEq(pool.totalWeight(), 0);
        vm.assertEq(pool.arbitrators(silent).openCases, 0);
        vm.assertEq(stakeToken.balanceOf(address(pool)), STAKE);
    }

    function test_sync_ofWhoLeftAndHasNoLeaf() public {
        address brief = arbitrator(0);
        register(brief);
        vm.prank(brief);
        pool.requestExit();
        pass(14 days);
        vm.prank(brief);
        pool.withdrawStake(brief);

        vm.recordLogs();
        pool.sync(brief);
        vm.assertEq(vm.getRecordedLogs().length, 0);
        vm.assertEq(pool.arbitrators(brief).leaf, 0);
    }

    /// All have gone before the panel is drawn: it is bound to another round, until its time is over.
    function test_panel_isBoundAgainIfNobodyIsThere() public {
        arbitrators(4);
        bytes32 id = openAppealedCase(Ruling.Seller);
        for (uint256 i; i < 4; ++i) {
            vm.prank(arbitrator(i));
            pool.requestExit();
        }
        vm.assertEq(pool.totalWeight(), 0);
        (,, uint64 round,,) = pool.nextDraw();
        draw();
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.PanelWaiting));
        (bytes32 next,, uint64 later,,) = pool.nextDraw();
        vm.assertEq(next, id);
        vm.assertTrue(later > round);
    }

    /// Who recused from a panel is neither paid nor judged with it.
    function test_finalise_doesNotJudgeAnExcusedPanelist() public {
        arbitrators(10);
        bytes32 id = openSeatedCase(Ruling.Seller);
        address excused = panelist(id, 1);
        vm.prank(excused);
        pool.recuse(id);
        commit(id, 0, Ruling.Seller);
        commit(id, 2, Ruling.Seller);
        pass(48 hours + 1);
        reveal(id, 0, Ruling.Seller);
        reveal(id, 2, Ruling.Seller);
        pass(24 hours);

        pool.finalise(id);
        vm.assertEq(pool.arbitrators(excused).reputation, 50);
        vm.assertEq(pool.arbitrators(excused).stake, STAKE);
        vm.assertEq(pool.arbitrators(excused).openCases, 0);
        vm.assertEq(pool.balances(address(token), excused), 0);
        vm.assertEq(pool.arbitrators(panelist(id, 0)).reputation, 52);
    }
}
