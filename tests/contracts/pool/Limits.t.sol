// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IArbitratorPool} from "../../../contracts/interfaces/IArbitratorPool.sol";
import {Ruling} from "../../../contracts/interfaces/Ruling.sol";
import {PoolTest} from "../support/PoolTest.sol";

/// @notice Stakes, reputations, seats and the tree where there is nothing left of them.
contract LimitsTest is PoolTest {
    /// The only arbitrator holds so many cases and is silent in all of them.
    function silentIn(uint256 count) private returns (bytes32[] memory ids) {
        ids = new bytes32[](count);
        for (uint256 i; i < count; ++i) {
            ids[i] = openCase();
        }
        draw();
        pass(72 hours + 1);
    }

    /// A tenth of the minimum stake for each of twelve cases, as long as there is any: for the eleventh the one unit
    /// above it, for the last nothing. Ten points for each, as long as there are any.
    function test_silence_takesNoMoreThanThereIs() public {
        arbitrators(1);
        address silent = arbitrator(0);
        vm.prank(silent);
        pool.addStake(1);
        bytes32[] memory ids = silentIn(12);

        vm.recordLogs();
        for (uint256 i; i < ids.length; ++i) {
            pool.replaceArbitrator(ids[i]);
            IArbitratorPool.Arbitrator memory left = pool.arbitrators(silent);
            vm.assertEq(left.stake, i < 10 ? STAKE + 1 - (i + 1) * STAKE / 10 : 0, "stake");
            vm.assertEq(left.reputation, i < 5 ? 50 - 10 * (i + 1) : 0, "reputation");
            vm.assertEq(pool.bounties(ids[i]), i < 10 ? STAKE / 10 : 11 - i, "bounty");
        }
        vm.assertEq(recorded(IArbitratorPool.Slashed.selector), 11, "of nothing there is nothing to say");
        vm.assertEq(pool.totalWeight(), 0);
        vm.assertEq(pool.arbitrators(silent).openCases, 0);
        vm.assertEq(stakeToken.balanceOf(address(pool)), STAKE + 1);

        // A bounty of one unit is the buyer's.
        vm.prank(seller);
        escrow.refundBuyer(ids[10]);
        vm.assertEq(pool.bounties(ids[10]), 0);
        vm.assertEq(pool.balances(address(stakeToken), buyer), 1);
        vm.assertEq(pool.balances(address(stakeToken), seller), 0);
    }

    /// However much is staked, who has no reputation left is not drawn.
    function test_silence_takesTheWeightWithTheReputation() public {
        arbitrators(1);
        vm.prank(arbitrator(0));
        pool.addStake(10 * STAKE);
        bytes32[] memory ids = silentIn(5);
        uint256[5] memory weights = [uint256(1), 1, 1, 1, 0];
        for (uint256 i; i < 5; ++i) {
            pool.replaceArbitrator(ids[i]);
            vm.assertEq(pool.targetWeightOf(arbitrator(0)), weights[i]);
        }
    }

    function withdrawsAfterSilence() private {
        address silent = arbitrator(0);
        bytes32[] memory ids = silentIn(10);
        for (uint256 i; i < 10; ++i) {
            pool.replaceArbitrator(ids[i]);
        }
        vm.prank(silent);
        pool.requestExit();
        pass(14 days);
        vm.prank(silent);
        pool.withdrawStake(keeper);
    }

    function test_withdrawStake_paysTheLastUnit() public {
        arbitrators(1);
        vm.prank(arbitrator(0));
        pool.addStake(1);
        withdrawsAfterSilence();
        vm.assertEq(stakeToken.balanceOf(keeper), 1);
    }

    /// Some tokens refuse to move nothing: who lost everything could never leave.
    function test_withdrawStake_asksTheTokenForNoEmptyTransfer() public {
        arbitrators(1);
        vm.expectCall(address(stakeToken), abi.encodeCall(stakeToken.transfer, (keeper, 0)), 0);
        withdrawsAfterSilence();
        vm.assertEq(uint256(pool.arbitrators(arbitrator(0)).status), uint256(IArbitratorPool.ArbitratorStatus.Left));
    }

    /// 50 rulings that stand make the best reputation, and no further one a better.
    function test_reputation_endsAt100() public {
        arbitrators(1);
        bytes32[] memory ids = new bytes32[](51);
        for (uint256 i; i < ids.length; ++i) {
            ids[i] = openCase();
        }
        draw();
        pass(24 hours);
        for (uint256 i; i < ids.length; ++i) {
            rule(ids[i], Ruling.Buyer);
        }
        pass(48 hours + 1);
        for (uint256 i; i < ids.length; ++i) {
            vm.assertEq(pool.arbitrators(arbitrator(0)).reputation, 50 + i);
            pool.finalise(ids[i]);
        }
        vm.assertEq(pool.arbitrators(arbitrator(0)).reputation, 100);
        vm.assertEq(pool.weightOf(arbitrator(0)), 60);
    }

    /// No test holds as many cases as an arbitrator can count, so that the register says so.
    function test_draw_skipsWhoCanCountNoMoreCases() public {
        arbitrators(1);
        bytes32 id = openCase();
        vm.record();
        pool.arbitrators(arbitrator(0));
        (bytes32[] memory reads,) = vm.accesses(address(pool));
        bytes32 stored = vm.load(address(pool), reads[0]);
        uint256 snapshot = vm.snapshotState();
        vm.store(address(pool), reads[0], stored | bytes32(uint256(type(uint16).max - 1) << 176));
        draw();
        vm.assertEq(holderOf(id), arbitrator(0));
        vm.assertEq(pool.arbitrators(arbitrator(0)).openCases, type(uint16).max, "the last one");
        vm.revertToState(snapshot);
        vm.store(address(pool), reads[0], stored | bytes32(uint256(type(uint16).max) << 176));
        draw();
        vm.assertEq(holderOf(id), address(0));
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
