// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IArbitratorPool} from "../../../contracts/interfaces/IArbitratorPool.sol";
import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {Ruling} from "../../../contracts/interfaces/Ruling.sol";
import {BlsSigner} from "../support/BlsSigner.sol";
import {PoolTest} from "../support/PoolTest.sol";

/// @notice appeal, the panel, commitVote, revealVote, and the money table of finalise.
contract AppealTest is PoolTest {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        arbitrators(10);
        pass(1 days);
    }

    function expectStatus(IArbitratorPool.CaseStatus current) private {
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.WrongStatus.selector, id, current));
    }

    function expectTooEarly(uint256 opensAt) private {
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.TooEarly.selector, id, opensAt));
    }

    function expectTooLate(uint256 closedAt) private {
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.TooLate.selector, id, closedAt));
    }

    // ----------------------------------------------------------------------------------------------------- appeal

    function test_appeal_revertsIfNotRuled() public {
        id = openDrawnCase();
        expectStatus(IArbitratorPool.CaseStatus.Drawn);
        vm.prank(buyer);
        pool.appeal(id);
    }

    function test_appeal_revertsIfWinner() public {
        id = openRuledCase(Ruling.Seller);
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.NotLoser.selector, id, seller));
        vm.prank(seller);
        pool.appeal(id);
    }

    function test_appeal_revertsAfterTheWindow() public {
        id = openRuledCase(Ruling.Seller);
        uint256 ruledAt = vm.getBlockTimestamp();
        vm.warp(ruledAt + 48 hours + 1);
        expectTooLate(ruledAt + 48 hours);
        vm.prank(buyer);
        pool.appeal(id);
    }

    function test_appeal_revertsTheSecondTime() public {
        id = openAppealedCase(Ruling.Seller);
        expectStatus(IArbitratorPool.CaseStatus.PanelWaiting);
        vm.prank(buyer);
        pool.appeal(id);
    }

    function test_appeal_takesThreeFeesInTheLastSecond() public {
        id = openRuledCase(Ruling.Seller);
        pass(48 hours);
        uint256 before = token.balanceOf(buyer);
        uint64 round = beacon.roundAfter((vm.getBlockTimestamp() + 600 + 119) / 120 * 120);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.Appealed(id, buyer, 3 * FEE, 3, round, beacon.timeOf(round));
        vm.prank(buyer);
        pool.appeal(id);
        vm.assertEq(token.balanceOf(buyer), before - 3 * FEE);
        vm.assertEq(token.balanceOf(address(pool)), 3 * FEE);
        vm.assertEq(pool.appeals(id).appealedAt, vm.getBlockTimestamp());
    }

    // ------------------------------------------------------------------------------------------------------ panel

    function test_panel_isThreeOthers() public {
        id = openSeatedCase(Ruling.Seller);
        address first = holderOf(id);
        address[3] memory panel = [panelist(id, 0), panelist(id, 1), panelist(id, 2)];
        for (uint256 i; i < 3; ++i) {
            vm.assertTrue(panel[i] != first && panel[i] != buyer && panel[i] != seller && panel[i] != address(0));
            vm.assertTrue(panel[i] != panel[(i + 1) % 3]);
            vm.assertTrue(pool.isArbitratorOf(id, panel[i]));
            vm.assertEq(pool.arbitrators(panel[i]).openCases, 1);
            vm.assertEq(uint256(pool.appeals(id).seats[i].status), uint256(IArbitratorPool.SeatStatus.Seated));
        }
        vm.assertFalse(pool.isArbitratorOf(id, keeper));
        vm.assertEq(pool.caseStage(id), 4);
        vm.assertEq(pool.cases(id).since, vm.getBlockTimestamp());
    }

    function test_panel_isWhomTheEventExplains() public {
        id = openAppealedCase(Ruling.Seller);
        (,, uint64 round, uint256 roundTime,) = pool.nextDraw();
        vm.warp(roundTime);
        uint256[4] memory point = BlsSigner.sign(SECRET, round);
        bytes32 randomness = beacon.verify(round, point);
        // Raised by the draw, the ruling and the appeal.
        bytes32 seed = keccak256(abi.encode(block.chainid, address(pool), id, uint256(3), randomness));
        address[3] memory expected;
        uint256 found;
        uint256 tries;
        while (found < 3) {
            uint256 candidate = tries == 0 ? uint256(seed) : uint256(keccak256(abi.encode(seed, tries)));
            ++tries;
            // All weigh 10, and arbitrator i has leaf i + 1.
            address who = arbitrator((candidate % 100) / 10);
            if (who != holderOf(id) && who != expected[0] && who != expected[1]) expected[found++] = who;
        }

        vm.expectEmit(address(pool));
        emit IArbitratorPool.PanelDrawn(id, expected, round, randomness, 3, tries, 100);
        vm.assertEq(pool.draw(point, 1), 1);
        vm.assertEq(pool.appeals(id).round, round);
        for (uint256 i; i < 3; ++i) {
            vm.assertEq(panelist(id, i), expected[i]);
        }
    }

    /// All but the case's arbitrator and three others ask to leave while a draw is due: they keep their weights, and
    /// none of them counts for a later draw.
    /// @return staying a set of arbitrators: bit n stands for number n
    function allButThreeLeave(uint256 count) private returns (uint256 staying) {
        bytes32 due = openCase();
        vm.warp(pool.cases(due).since);
        uint256 left = 3;
        for (uint256 i; i < count; ++i) {
            address who = arbitrator(i);
            if (who == holderOf(id)) continue;
            if (left > 0) {
                staying |= 1 << i;
                --left;
            } else {
                vm.prank(who);
                pool.requestExit();
            }
        }
        draw();
        vm.assertEq(pool.totalWeight(), count * 10);
    }

    /// How many candidates a round names until all of `staying` are among them, where all weigh 10.
    function triesUntilSeated(uint64 round, uint256 count, uint256 staying) private view returns (uint256 tries) {
        bytes32 randomness = beacon.verify(round, BlsSigner.sign(SECRET, round));
        bytes32 seed = keccak256(abi.encode(block.chainid, address(pool), id, uint256(3), randomness));
        for (uint256 seated; seated != staying; ++tries) {
            uint256 candidate = tries == 0 ? uint256(seed) : uint256(keccak256(abi.encode(seed, tries)));
            seated |= staying & 1 << candidate % (count * 10) / 10;
        }
    }

    /// The 48th candidate may take the last seat, the 49th may not.
    function test_panel_isSoughtAmong48Candidates() public {
        for (uint256 i = 10; i < 25; ++i) {
            register(arbitrator(i));
        }
        pass(7 days);
        for (uint256 i = 10; i < 25; ++i) {
            pool.activate(arbitrator(i));
        }
        pass(1);
        id = openRuledCase(Ruling.Seller);
        uint256 staying = allButThreeLeave(25);

        // The first rounds that need so many, of those that an appeal can be bound to.
        uint256 earliest = (vm.getBlockTimestamp() + 600 + 119) / 120 * 120;
        bool[2] memory seen;
        for (; !seen[0] || !seen[1]; earliest += 120) {
            uint64 round = beacon.roundAfter(earliest);
            uint256 tries = triesUntilSeated(round, 25, staying);
            if (tries != 48 && tries != 49 || seen[tries - 48]) continue;
            seen[tries - 48] = true;
            uint256 snapshot = vm.snapshotState();
            vm.warp(earliest - 600);
            vm.prank(buyer);
            pool.appeal(id);
            draw();
            vm.assertEq(
                uint256(statusOf(id)),
                uint256(
                    tries == 48 ? IArbitratorPool.CaseStatus.PanelSeated : IArbitratorPool.CaseStatus.PanelFallen
                )
            );
            vm.revertToState(snapshot);
        }
    }

    /// Three remain in the pool besides the first arbitrator, then two.
    function test_panel_fallsIfThereAreTooFew() public {
        id = openRuledCase(Ruling.Seller);
        uint256 left = 10;
        for (uint256 i; i < 10 && left > 3; ++i) {
            if (arbitrator(i) == holderOf(id)) continue;
            vm.prank(arbitrator(i));
            pool.requestExit();
            --left;
        }
        vm.prank(buyer);
        pool.appeal(id);
        uint256 before = pool.balances(address(token), buyer);
        (,,, uint256 roundTime,) = pool.nextDraw();
        vm.warp(roundTime);
        draw();
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.PanelFallen));
        vm.assertEq(pool.balances(address(token), buyer), before + 3 * FEE);

        pool.finalise(id);
        vm.assertEq(uint256(escrow.orders(id).status), uint256(IP2PEscrow.Status.ResolvedSeller));
        vm.assertEq(pool.arbitrators(holderOf(id)).reputation, 51);
    }

    function test_panel_fallsIfNotDrawnWithin7Days() public {
        id = openAppealedCase(Ruling.Seller);
        uint256 appealedAt = vm.getBlockTimestamp();
        vm.warp(appealedAt + 7 days);
        expectTooEarly(appealedAt + 7 days + 1);
        pool.finalise(id);
        vm.warp(appealedAt + 7 days + 1);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.PanelFell(id, buyer, 3 * FEE);
        pool.finalise(id);
        vm.assertEq(pool.balances(address(token), buyer), 3 * FEE);
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.Finalised));
        // Its ticket is passed over.
        vm.assertEq(pool.skip(5), 1);
    }

    function test_panel_fallsInSkipToo() public {
        id = openAppealedCase(Ruling.Seller);
        pass(7 days + 1);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.PanelFell(id, buyer, 3 * FEE);
        pool.skip(1);
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.PanelFallen));
    }

    function test_panel_isBoundAgainAfterAVoidRound() public {
        id = openAppealedCase(Ruling.Seller);
        uint256 appealedAt = vm.getBlockTimestamp();
        pass(4 days);
        pool.skip(1);
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.PanelVoid));
        pool.recommit(id);
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.PanelWaiting));
        draw();
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.PanelSeated));
        vm.assertEq(pool.appeals(id).appealedAt, appealedAt);
    }

    function test_recommit_revertsForAPanelAfter7Days() public {
        id = openAppealedCase(Ruling.Seller);
        uint256 appealedAt = vm.getBlockTimestamp();
        pass(4 days);
        pool.skip(1);
        vm.warp(appealedAt + 7 days + 1);
        expectTooLate(appealedAt + 7 days);
        pool.recommit(id);
    }

    // ----------------------------------------------------------------------------------------- recusal, conflicts

    function test_recuse_excusesAPanelistForFree() public {
        id = openSeatedCase(Ruling.Seller);
        address excused = panelist(id, 1);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.PanelistExcused(id, excused, 0);
        vm.recordLogs();
        vm.prank(excused);
        pool.recuse(id);
        vm.assertEq(recorded(IArbitratorPool.ReputationChanged.selector), 0);
        vm.assertEq(pool.arbitrators(excused).reputation, 50);
        vm.assertEq(pool.arbitrators(excused).openCases, 0);
        vm.assertFalse(pool.isArbitratorOf(id, excused));

        vm.expectRevert(
            abi.encodeWithSelector(
                IArbitratorPool.WrongSeatStatus.selector, id, excused, IArbitratorPool.SeatStatus.Excused
            )
        );
        vm.prank(excused);
        pool.recuse(id);
    }

    function test_recuse_revertsForWhoHasNoSeat() public {
        id = openSeatedCase(Ruling.Seller);
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.NotPanelist.selector, id, keeper));
        vm.prank(keeper);
        pool.recuse(id);
    }

    function test_recuse_revertsAfterACommit() public {
        id = openSeatedCase(Ruling.Seller);
        commit(id, 0, Ruling.Buyer);
        address voter = panelist(id, 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                IArbitratorPool.WrongSeatStatus.selector, id, voter, IArbitratorPool.SeatStatus.Committed
            )
        );
        vm.prank(voter);
        pool.recuse(id);
    }

    function test_challengeConflict_excusesAPanelist() public {
        bytes32[10] memory proofs;
        for (uint256 i; i < 10; ++i) {
            fund(arbitrator(i));
            proofs[i] = createOrder(arbitrator(i), buyer);
        }
        pass(1 days);
        id = openSeatedCase(Ruling.Seller);
        for (uint256 i; i < 10; ++i) {
            if (arbitrator(i) != panelist(id, 2)) continue;
            vm.expectEmit(address(pool));
            emit IArbitratorPool.PanelistExcused(id, panelist(id, 2), proofs[i]);
            pool.challengeConflict(id, proofs[i]);
            // Not twice.
            vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.NoConflict.selector, id, proofs[i]));
            pool.challengeConflict(id, proofs[i]);
        }
        vm.assertEq(uint256(pool.appeals(id).seats[2].status), uint256(IArbitratorPool.SeatStatus.Excused));
    }

    // ------------------------------------------------------------------------------------------------------ votes

    function test_commitVote_reverts() public {
        id = openRuledCase(Ruling.Seller);
        expectStatus(IArbitratorPool.CaseStatus.Ruled);
        pool.commitVote(id, REASON);

        vm.prank(buyer);
        pool.appeal(id);
        draw();
        uint256 drawnAt = vm.getBlockTimestamp();
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.NotPanelist.selector, id, keeper));
        vm.prank(keeper);
        pool.commitVote(id, REASON);

        address voter = panelist(id, 0);
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.EmptyCommitment.selector, id));
        vm.prank(voter);
        pool.commitVote(id, 0);

        vm.warp(drawnAt + 48 hours + 1);
        expectTooLate(drawnAt + 48 hours);
        vm.prank(voter);
        pool.commitVote(id, REASON);

        vm.warp(drawnAt + 48 hours);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.VoteCommitted(id, voter, REASON);
        vm.prank(voter);
        pool.commitVote(id, REASON);

        vm.expectRevert(
            abi.encodeWithSelector(
                IArbitratorPool.WrongSeatStatus.selector, id, voter, IArbitratorPool.SeatStatus.Committed
            )
        );
        vm.prank(voter);
        pool.commitVote(id, REASON);
    }

    function test_revealVote_reverts() public {
        id = openAppealedCase(Ruling.Seller);
        expectStatus(IArbitratorPool.CaseStatus.PanelWaiting);
        pool.revealVote(id, Ruling.Buyer, 0);
        draw();
        uint256 drawnAt = vm.getBlockTimestamp();
        address voter = panelist(id, 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                IArbitratorPool.WrongSeatStatus.selector, id, voter, IArbitratorPool.SeatStatus.Seated
            )
        );
        vm.prank(voter);
        pool.revealVote(id, Ruling.Buyer, 0);
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.NotPanelist.selector, id, keeper));
        vm.prank(keeper);
        pool.revealVote(id, Ruling.Buyer, 0);

        // Not even if all have committed.
        commit(id, 0, Ruling.Buyer);
        commit(id, 1, Ruling.Buyer);
        commit(id, 2, Ruling.Buyer);
        vm.warp(drawnAt + 48 hours);
        expectTooEarly(drawnAt + 48 hours + 1);
        vm.prank(voter);
        pool.revealVote(id, Ruling.Buyer, 0);

        vm.warp(drawnAt + 72 hours + 1);
        expectTooLate(drawnAt + 72 hours);
        vm.prank(voter);
        pool.revealVote(id, Ruling.Buyer, 0);

        vm.warp(drawnAt + 72 hours);
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.InvalidRuling.selector, id, Ruling.Stalemate));
        vm.prank(voter);
        pool.revealVote(id, Ruling.Stalemate, 0);
        bytes32 committed = pool.voteCommitment(id, voter, Ruling.Buyer, 0);
        bytes32 other = pool.voteCommitment(id, voter, Ruling.Seller, 0);
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.WrongReveal.selector, id, committed, other));
        vm.prank(voter);
        pool.revealVote(id, Ruling.Seller, 0);

        vm.expectEmit(address(pool));
        emit IArbitratorPool.VoteRevealed(id, voter, Ruling.Buyer, 5);
        vm.prank(voter);
        pool.revealVote(id, Ruling.Buyer, 0);
        vm.assertEq(pool.caseStage(id), 5);
    }

    /// A panelist who copies another's commitment cannot open it.
    function test_revealVote_copiedCommitmentIsWorthless() public {
        id = openSeatedCase(Ruling.Seller);
        bytes32 copied = pool.voteCommitment(id, panelist(id, 0), Ruling.Buyer, 0);
        commit(id, 0, Ruling.Buyer);
        address copier = panelist(id, 1);
        vm.prank(copier);
        pool.commitVote(id, copied);
        pass(48 hours + 1);
        bytes32 own = pool.voteCommitment(id, copier, Ruling.Buyer, 0);
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.WrongReveal.selector, id, copied, own));
        vm.prank(copier);
        pool.revealVote(id, Ruling.Buyer, 0);
    }

    // ------------------------------------------------------------------------------------------------ money table

    /// Votes of the three seats: the ruling, `None` for a commitment that is not opened, `Stalemate` for no commitment.
    function conclude(Ruling first, Ruling[3] memory votes) private {
        id = openSeatedCase(first);
        for (uint256 i; i < 3; ++i) {
            if (votes[i] != Ruling.Stalemate) commit(id, i, votes[i] == Ruling.None ? Ruling.Buyer : votes[i]);
        }
        pass(48 hours + 1);
        for (uint256 i; i < 3; ++i) {
            if (votes[i] == Ruling.Buyer || votes[i] == Ruling.Seller) reveal(id, i, votes[i]);
        }
        expectTooEarly(uint256(pool.cases(id).since) + 72 hours + 1);
        pool.finalise(id);
        pass(24 hours);
        pool.finalise(id);
        // Nothing of the case is left in the pool but what it owes.
        vm.assertEq(token.balanceOf(address(pool)), owed(address(token)));
        vm.assertEq(pool.bounties(id), 0);
        vm.assertEq(pool.arbitrators(holderOf(id)).openCases, 0);
    }

    function owed(address token_) private returns (uint256 sum) {
        sum = pool.balances(token_, buyer) + pool.balances(token_, seller);
        for (uint256 i; i < 10; ++i) {
            sum += pool.balances(token_, arbitrator(i));
        }
    }

    function test_finalise_upheldUnanimously() public {
        conclude(Ruling.Seller, [Ruling.Seller, Ruling.Seller, Ruling.Seller]);
        vm.assertEq(uint256(escrow.orders(id).status), uint256(IP2PEscrow.Status.ResolvedSeller));
        vm.assertEq(escrow.withdrawable(address(token), holderOf(id)), FEE);
        vm.assertEq(pool.balances(address(token), seller), 2 * FEE);
        vm.assertEq(pool.balances(address(token), buyer), 0);
        // 50 by three: the two units that are left over go to the first.
        vm.assertEq(pool.balances(address(token), panelist(id, 0)), 16_666_668);
        vm.assertEq(pool.balances(address(token), panelist(id, 1)), 16_666_666);
        vm.assertEq(pool.balances(address(token), panelist(id, 2)), 16_666_666);
        vm.assertEq(pool.arbitrators(holderOf(id)).reputation, 52);
        vm.assertEq(pool.arbitrators(panelist(id, 0)).reputation, 52);
    }

    function test_finalise_overturnedByTwoToOne() public {
        conclude(Ruling.Buyer, [Ruling.Buyer, Ruling.Seller, Ruling.Seller]);
        vm.assertEq(uint256(escrow.orders(id).status), uint256(IP2PEscrow.Status.ResolvedSeller));
        vm.assertEq(escrow.withdrawable(address(token), seller), FEE);
        vm.assertEq(pool.balances(address(token), seller), 2 * FEE);
        vm.assertEq(pool.balances(address(token), panelist(id, 0)), 0);
        vm.assertEq(pool.balances(address(token), panelist(id, 1)), FEE / 2);
        vm.assertEq(pool.balances(address(stakeToken), seller), 100e18);
        vm.assertEq(pool.arbitrators(holderOf(id)).reputation, 45);
        vm.assertEq(pool.arbitrators(holderOf(id)).stake, STAKE - 100e18);
        vm.assertEq(pool.arbitrators(panelist(id, 0)).reputation, 48);
        vm.assertEq(pool.arbitrators(panelist(id, 1)).reputation, 52);
    }

    function test_finalise_oneVoteDoesNotOverturn() public {
        conclude(Ruling.Buyer, [Ruling.Seller, Ruling.None, Ruling.Stalemate]);
        vm.assertEq(uint256(escrow.orders(id).status), uint256(IP2PEscrow.Status.ResolvedBuyer));
        // Nobody voted for the outcome: the whole deposit goes back.
        vm.assertEq(pool.balances(address(token), seller), 3 * FEE);
        vm.assertEq(pool.arbitrators(panelist(id, 0)).reputation, 48);
        vm.assertEq(pool.arbitrators(panelist(id, 1)).reputation, 40);
        vm.assertEq(pool.arbitrators(panelist(id, 2)).reputation, 40);
        // Two tenths of the minimum stake: a bounty for the arbitrator.
        vm.assertEq(pool.balances(address(stakeToken), holderOf(id)), 100e18);
        vm.assertEq(pool.arbitrators(panelist(id, 1)).stake, STAKE - 50e18);
    }

    function test_finalise_silentPanelLeavesTheRuling() public {
        conclude(Ruling.Buyer, [Ruling.Stalemate, Ruling.Stalemate, Ruling.Stalemate]);
        vm.assertEq(uint256(escrow.orders(id).status), uint256(IP2PEscrow.Status.ResolvedBuyer));
        vm.assertEq(pool.balances(address(token), seller), 3 * FEE);
        vm.assertEq(pool.balances(address(stakeToken), holderOf(id)), 150e18);
    }

    function test_finalise_oneVoteForTheOutcomeEarnsAllOfF() public {
        conclude(Ruling.Buyer, [Ruling.Stalemate, Ruling.Buyer, Ruling.Seller]);
        vm.assertEq(pool.balances(address(token), panelist(id, 1)), FEE);
        vm.assertEq(pool.balances(address(token), buyer), 2 * FEE);
        vm.assertEq(pool.balances(address(token), seller), 0);
    }
}
