// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IArbitratorPool} from "../../../contracts/interfaces/IArbitratorPool.sol";
import {Ruling} from "../../../contracts/interfaces/Ruling.sol";
import {PoolTest} from "../support/PoolTest.sol";

/// @notice recuse, challengeConflict, resolveDispute, replaceArbitrator.
contract DecideTest is PoolTest {
    bytes32 private id;
    address private holder;
    uint256 private drawnAt;

    function setUp() public override {
        super.setUp();
        arbitrators(5);
        // Never the day of an earlier order.
        pass(1 days);
        id = openDrawnCase();
        holder = holderOf(id);
        drawnAt = vm.getBlockTimestamp();
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

    // ----------------------------------------------------------------------------------------------------- recuse

    function test_recuse_revertsIfNotDrawn() public {
        pass(24 hours);
        rule(id, Ruling.Buyer);
        expectStatus(IArbitratorPool.CaseStatus.Ruled);
        vm.prank(holder);
        pool.recuse(id);
    }

    function test_recuse_revertsIfNotArbitrator() public {
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.NotArbitrator.selector, id, keeper));
        vm.prank(keeper);
        pool.recuse(id);
    }

    function test_recuse_revertsAfter12Hours() public {
        vm.warp(drawnAt + 12 hours + 1);
        expectTooLate(drawnAt + 12 hours);
        vm.prank(holder);
        pool.recuse(id);
    }

    function test_recuse_costsOnePointAndFindsAnother() public {
        vm.warp(drawnAt + 12 hours);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.Recused(id, holder);
        vm.prank(holder);
        pool.recuse(id);

        vm.assertEq(pool.arbitrators(holder).reputation, 49);
        vm.assertEq(pool.arbitrators(holder).openCases, 0);
        vm.assertEq(pool.arbitrators(holder).stake, STAKE);
        vm.assertEq(pool.weightOf(holder), 9);
        vm.assertEq(holderOf(id), address(0));
        vm.assertFalse(pool.isArbitratorOf(id, holder));
        for (uint256 i; i < 3; ++i) {
            draw();
            address next = holderOf(id);
            vm.assertTrue(next != address(0) && next != holder);
            vm.prank(next);
            pool.recuse(id);
        }
        vm.assertEq(pool.caseStage(id), 4);
    }

    // -------------------------------------------------------------------------------------------------- conflicts

    /// Another case, a day later, of people who dealt with `holder` in the meantime.
    function reopen(bytes32 proof) private returns (bytes32) {
        vm.prank(holder);
        pool.recuse(id);
        draw();
        pass(1 days);
        for (uint256 i; i < 40; ++i) {
            id = openDrawnCase();
            if (holderOf(id) == holder) break;
        }
        vm.assertEq(holderOf(id), holder);
        drawnAt = vm.getBlockTimestamp();
        return proof;
    }

    function expectNoConflict(bytes32 proof) private {
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.NoConflict.selector, id, proof));
        pool.challengeConflict(id, proof);
    }

    function test_challengeConflict_revertsIfNotDrawn() public {
        vm.prank(holder);
        pool.recuse(id);
        expectStatus(IArbitratorPool.CaseStatus.Waiting);
        pool.challengeConflict(id, id);
    }

    function test_challengeConflict_revertsAfter24Hours() public {
        vm.warp(drawnAt + 24 hours + 1);
        expectTooLate(drawnAt + 24 hours);
        pool.challengeConflict(id, id);
    }

    function test_challengeConflict_revertsForNoOrder() public {
        expectNoConflict(keccak256("no such order"));
    }

    function test_challengeConflict_revertsForTheCaseItself() public {
        expectNoConflict(id);
    }

    function test_challengeConflict_revertsForAnOrderOfTheSameDay() public {
        fund(holder);
        expectNoConflict(createOrder(holder, seller));
    }

    /// Orders of every arbitrator with the seller at one moment, a case opened at another: of whoever holds it, the proof.
    function caseAfterOrders(uint256 orderedAt, uint256 openedAt) private returns (bytes32 proof) {
        bytes32[5] memory proofs;
        vm.warp(orderedAt);
        for (uint256 i; i < 5; ++i) {
            fund(arbitrator(i));
            proofs[i] = createOrder(arbitrator(i), seller);
        }
        vm.warp(openedAt);
        id = openDrawnCase();
        for (uint256 i; i < 5; ++i) {
            if (arbitrator(i) == holderOf(id)) proof = proofs[i];
        }
    }

    function nextMidnight() private view returns (uint256) {
        return (vm.getBlockTimestamp() / 1 days + 1) * 1 days;
    }

    function test_challengeConflict_revertsForTheFirstAndTheLastSecondOfOneDay() public {
        uint256 midnight = nextMidnight();
        expectNoConflict(caseAfterOrders(midnight, midnight + 1 days - 1));
    }

    function test_challengeConflict_takesAnOrderOfTheSecondBeforeMidnight() public {
        uint256 midnight = nextMidnight();
        bytes32 proof = caseAfterOrders(midnight - 1, midnight);
        pool.challengeConflict(id, proof);
        vm.assertEq(holderOf(id), address(0));
    }

    function test_challengeConflict_revertsIfTheArbitratorWasOnlyNamed() public {
        expectNoConflict(reopen(createOrder(buyer, holder)));
    }

    function test_challengeConflict_revertsForAnOrderWithAThird() public {
        fund(holder);
        expectNoConflict(reopen(createOrder(holder, keeper)));
    }

    /// The arbitrator sold and confirmed, but to somebody else.
    function test_challengeConflict_revertsForASaleToAThird() public {
        fund(keeper);
        bytes32 proof = createOrder(keeper, holder);
        vm.prank(holder);
        escrow.sellerConfirmDelivery(proof, 0);
        expectNoConflict(reopen(proof));
    }

    /// A party bought from somebody else, who confirmed.
    function test_challengeConflict_revertsForAnOrderWithoutTheArbitrator() public {
        bytes32 proof = createOrder(buyer, keeper);
        vm.prank(keeper);
        escrow.sellerConfirmDelivery(proof, 0);
        expectNoConflict(reopen(proof));
    }

    function replacesByConflict(bytes32 proof) private {
        reopen(proof);
        uint8 reputation = pool.arbitrators(holder).reputation;
        vm.expectEmit(address(pool));
        emit IArbitratorPool.ConflictProven(id, holder, proof);
        vm.prank(keeper);
        pool.challengeConflict(id, proof);
        vm.assertEq(holderOf(id), address(0));
        vm.assertEq(pool.arbitrators(holder).reputation, reputation);
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.Waiting));
        draw();
        vm.assertTrue(holderOf(id) != holder);
    }

    function test_challengeConflict_replacesABuyerOfTheSeller() public {
        fund(holder);
        replacesByConflict(createOrder(holder, seller));
    }

    function test_challengeConflict_replacesABuyerOfTheBuyer() public {
        fund(holder);
        replacesByConflict(createOrder(holder, buyer));
    }

    function test_challengeConflict_replacesASellerWhoConfirmed() public {
        bytes32 proof = createOrder(buyer, holder);
        vm.prank(holder);
        escrow.sellerConfirmDelivery(proof, 0);
        replacesByConflict(proof);
    }

    /// The seller of the case bought from the arbitrator, as the buyer did above.
    function test_challengeConflict_replacesWhoSoldToTheSeller() public {
        bytes32 proof = createOrder(seller, holder);
        vm.prank(holder);
        escrow.sellerConfirmDelivery(proof, 0);
        replacesByConflict(proof);
    }

    // -------------------------------------------------------------------------------------------- resolveDispute

    function test_resolveDispute_revertsIfNotDrawn() public {
        pass(24 hours);
        rule(id, Ruling.Buyer);
        expectStatus(IArbitratorPool.CaseStatus.Ruled);
        vm.prank(holder);
        pool.resolveDispute(id, Ruling.Seller, REASON);
    }

    function test_resolveDispute_revertsIfNotArbitrator() public {
        pass(24 hours);
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.NotArbitrator.selector, id, buyer));
        vm.prank(buyer);
        pool.resolveDispute(id, Ruling.Buyer, REASON);
    }

    function test_resolveDispute_revertsForAnythingBetween() public {
        pass(24 hours);
        Ruling[2] memory refused = [Ruling.None, Ruling.Stalemate];
        for (uint256 i; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.InvalidRuling.selector, id, refused[i]));
            vm.prank(holder);
            pool.resolveDispute(id, refused[i], REASON);
        }
    }

    function test_resolveDispute_revertsBefore24Hours() public {
        vm.warp(drawnAt + 24 hours - 1);
        expectTooEarly(drawnAt + 24 hours);
        vm.prank(holder);
        pool.resolveDispute(id, Ruling.Buyer, REASON);
    }

    function test_resolveDispute_revertsAfter72Hours() public {
        vm.warp(drawnAt + 72 hours + 1);
        expectTooLate(drawnAt + 72 hours);
        vm.prank(holder);
        pool.resolveDispute(id, Ruling.Buyer, REASON);
    }

    function rulesAt(uint256 time) private {
        vm.warp(time);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.Ruled(id, holder, Ruling.Seller, REASON, 2, time + 48 hours);
        rule(id, Ruling.Seller);
        IArbitratorPool.Case memory stored = pool.cases(id);
        vm.assertEq(stored.since, time);
        vm.assertEq(stored.stage, 2);
        vm.assertEq(uint256(stored.ruling), uint256(Ruling.Seller));
        vm.assertEq(uint256(stored.status), uint256(IArbitratorPool.CaseStatus.Ruled));
    }

    function test_resolveDispute_rulesInTheFirstSecond() public {
        rulesAt(drawnAt + 24 hours);
    }

    function test_resolveDispute_rulesInTheLastSecond() public {
        rulesAt(drawnAt + 72 hours);
    }

    // ----------------------------------------------------------------------------------------- replaceArbitrator

    function test_replaceArbitrator_revertsIfNotDrawn() public {
        pass(24 hours);
        rule(id, Ruling.Buyer);
        pass(10 days);
        expectStatus(IArbitratorPool.CaseStatus.Ruled);
        pool.replaceArbitrator(id);
    }

    function test_replaceArbitrator_revertsInTheLastSecond() public {
        vm.warp(drawnAt + 72 hours);
        expectTooEarly(drawnAt + 72 hours + 1);
        pool.replaceArbitrator(id);
    }

    function test_replaceArbitrator_punishesSilence() public {
        vm.warp(drawnAt + 72 hours + 1);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.Replaced(id, holder);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.Slashed(id, holder, address(0), 50e18, 450e18);
        vm.prank(keeper);
        pool.replaceArbitrator(id);

        vm.assertEq(pool.bounties(id), 50e18);
        IArbitratorPool.Arbitrator memory stored = pool.arbitrators(holder);
        vm.assertEq(stored.stake, 450e18);
        vm.assertEq(stored.reputation, 40);
        vm.assertEq(stored.openCases, 0);
        vm.assertEq(pool.weightOf(holder), 0);

        // The bounty goes to who rules in the end.
        draw();
        address next = holderOf(id);
        pass(24 hours);
        rule(id, Ruling.Buyer);
        pass(48 hours + 1);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.ReputationChanged(id, next, 51);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.WeightChanged(next, pool.arbitrators(next).leaf, 11);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.Finalised(id, next, Ruling.Buyer, 50e18);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.Credited(id, next, address(stakeToken), 50e18);
        pool.finalise(id);
        vm.assertEq(pool.bounties(id), 0);
        vm.assertEq(pool.balances(address(stakeToken), next), 50e18);
    }

    /// An arbitrator drawn on day 28 had no whole window: no ruling after day 30, and no penalty either.
    function test_after30Days_neitherRulingNorPenalty() public {
        uint256 openedAt = pool.cases(id).openedAt;
        vm.prank(holder);
        pool.recuse(id);
        vm.warp(openedAt + 28 days);
        pool.skip(1);
        pool.recommit(id);
        draw();
        address late = holderOf(id);
        uint256 limit = openedAt + 30 days;
        vm.warp(limit + 1);
        expectTooLate(limit);
        vm.prank(late);
        pool.resolveDispute(id, Ruling.Buyer, REASON);
        vm.warp(limit + 5 days);
        expectTooLate(limit);
        pool.replaceArbitrator(id);
    }
}
