// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IArbitratorPool} from "../../../contracts/interfaces/IArbitratorPool.sol";
import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {Ruling} from "../../../contracts/interfaces/Ruling.sol";
import {PoolTest} from "../support/PoolTest.sol";

/// @notice finalise too early, breakStalemate, closeCase, withdraw; linking and the constants.
contract EndTest is PoolTest {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        arbitrators(10);
    }

    function expectStatus(IArbitratorPool.CaseStatus current) private {
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.WrongStatus.selector, id, current));
    }

    function expectTooEarly(uint256 opensAt) private {
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.TooEarly.selector, id, opensAt));
    }

    // --------------------------------------------------------------------------------------------------- finalise

    function test_finalise_revertsIfNotRuled() public {
        id = openDrawnCase();
        expectStatus(IArbitratorPool.CaseStatus.Drawn);
        pool.finalise(id);
    }

    function test_finalise_revertsInTheAppealWindow() public {
        id = openRuledCase(Ruling.Buyer);
        uint256 opensAt = vm.getBlockTimestamp() + 48 hours + 1;
        vm.warp(opensAt - 1);
        expectTooEarly(opensAt);
        pool.finalise(id);
        vm.warp(opensAt);
        pool.finalise(id);
        expectStatus(IArbitratorPool.CaseStatus.Finalised);
        pool.finalise(id);
    }

    /// Payments never wait: the weight is left to `sync` while a draw is due.
    function test_finalise_paysWhileADrawIsDue() public {
        id = openRuledCase(Ruling.Buyer);
        pass(47 hours);
        openCase();
        pass(2 hours);
        uint256 before = token.balanceOf(buyer);
        pool.finalise(id);
        vm.assertEq(token.balanceOf(buyer), before + AMOUNT);
        vm.assertEq(pool.weightOf(holderOf(id)), 10);
        vm.assertEq(pool.targetWeightOf(holderOf(id)), 11);
        draw();
        pool.sync(holderOf(id));
        vm.assertEq(pool.weightOf(holderOf(id)), 11);
    }

    // --------------------------------------------------------------------------------------------- breakStalemate

    function test_breakStalemate_revertsWithin30Days() public {
        id = openCase();
        uint256 openedAt = vm.getBlockTimestamp();
        vm.warp(openedAt + 30 days);
        expectTooEarly(openedAt + 30 days + 1);
        pool.breakStalemate(id);
    }

    function test_breakStalemate_revertsOnceThereIsARuling() public {
        id = openRuledCase(Ruling.Buyer);
        pass(31 days);
        expectStatus(IArbitratorPool.CaseStatus.Ruled);
        pool.breakStalemate(id);
    }

    function breaks() private {
        uint256[2] memory before = [token.balanceOf(buyer), token.balanceOf(seller)];
        vm.warp(uint256(pool.cases(id).openedAt) + 30 days + 1);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.StalemateBroken(id, pool.bounties(id));
        pool.breakStalemate(id);
        // The buyer opened, and so gets F back.
        vm.assertEq(token.balanceOf(buyer), before[0] + AMOUNT / 2 + FEE);
        vm.assertEq(token.balanceOf(seller), before[1] + AMOUNT / 2);
        vm.assertEq(uint256(escrow.orders(id).status), uint256(IP2PEscrow.Status.Stalemate));
        vm.assertEq(pool.bounties(id), 0);
        expectStatus(IArbitratorPool.CaseStatus.Stalemate);
        pool.breakStalemate(id);
    }

    function test_breakStalemate_ofAWaitingCase() public {
        id = openCase();
        breaks();
        vm.assertEq(pool.balances(address(stakeToken), buyer), 0);
        vm.assertEq(pool.balances(address(stakeToken), seller), 0);
    }

    function test_breakStalemate_ofAVoidCase() public {
        id = openCase();
        pass(4 days);
        pool.skip(1);
        breaks();
    }

    function test_breakStalemate_freesASilentArbitrator() public {
        id = openDrawnCase();
        address holder = holderOf(id);
        breaks();
        vm.assertEq(pool.arbitrators(holder).openCases, 0);
        vm.assertEq(pool.arbitrators(holder).reputation, 50);
    }

    function test_breakStalemate_halvesTheBounty() public {
        id = openDrawnCase();
        pass(72 hours + 1);
        pool.replaceArbitrator(id);
        breaks();
        vm.assertEq(pool.balances(address(stakeToken), buyer), 25e18);
        vm.assertEq(pool.balances(address(stakeToken), seller), 25e18);
    }

    // -------------------------------------------------------------------------------------------------- closeCase

    function test_closeCase_revertsIfThereIsNone() public {
        expectStatus(IArbitratorPool.CaseStatus.None);
        pool.closeCase(id);
    }

    function test_closeCase_revertsWhileTheOrderIsDisputed() public {
        id = openCase();
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.OrderDisputed.selector, id));
        vm.prank(buyer);
        pool.closeCase(id);
    }

    /// It is the escrow that says when a dispute is over.
    function test_closeCase_isTheEscrowsAtAnyTime() public {
        id = openDrawnCase();
        vm.prank(address(escrow));
        (address feePayee, bool ruled) = pool.closeCase(id);
        vm.assertEq(feePayee, holderOf(id));
        vm.assertFalse(ruled);
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.Closed));
    }

    /// The seller concedes.
    function concede(address feePayee, uint256 feeKept, bool ruled) private {
        uint256 before = token.balanceOf(buyer);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.CaseClosed(id, feePayee, ruled, pool.bounties(id));
        vm.prank(seller);
        escrow.refundBuyer(id);
        vm.assertEq(token.balanceOf(buyer), before + AMOUNT + FEE - feeKept);
        if (feePayee != address(0)) {
            vm.assertEq(escrow.withdrawable(address(token), feePayee), feeKept);
            vm.assertEq(pool.arbitrators(feePayee).openCases, 0);
            vm.assertEq(pool.arbitrators(feePayee).reputation, feePayee == buyer ? 0 : 50);
            vm.assertFalse(pool.isArbitratorOf(id, feePayee));
        }
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.Closed));
        // Nothing happens the second time.
        (address again, bool ruledAgain) = pool.closeCase(id);
        vm.assertEq(again, address(0));
        vm.assertFalse(ruledAgain);
    }

    function expectNothingToClose(address holder) private {
        IArbitratorPool.CaseStatus status = statusOf(id);
        vm.assertFalse(pool.isArbitratorOf(id, holder));
        vm.recordLogs();
        (address feePayee, bool ruled) = pool.closeCase(id);
        vm.assertEq(vm.getRecordedLogs().length, 0);
        vm.assertEq(feePayee, address(0));
        vm.assertFalse(ruled);
        vm.assertEq(uint256(statusOf(id)), uint256(status));
    }

    function test_closeCase_doesNothingOnceFinal() public {
        id = openRuledCase(Ruling.Buyer);
        pass(48 hours + 1);
        pool.finalise(id);
        expectNothingToClose(holderOf(id));
    }

    function test_closeCase_doesNothingAfterAStalemate() public {
        id = openDrawnCase();
        pass(31 days);
        pool.breakStalemate(id);
        expectNothingToClose(holderOf(id));
    }

    function test_isArbitratorOf_isNobodyWhileACaseWaits() public {
        id = openCase();
        vm.assertFalse(pool.isArbitratorOf(id, address(0)));
    }

    function test_closeCase_beforeTheDrawNobodyEarned() public {
        id = openCase();
        concede(address(0), 0, false);
        vm.assertEq(pool.balances(address(stakeToken), buyer), 0);
        vm.assertEq(pool.balances(address(stakeToken), seller), 0);
    }

    function test_closeCase_afterTheDrawTheMinimumFee() public {
        id = openDrawnCase();
        concede(holderOf(id), 5e6, false);
    }

    function test_closeCase_whileAReplacementWaitsNobody() public {
        id = openDrawnCase();
        address silent = holderOf(id);
        pass(72 hours + 1);
        pool.replaceArbitrator(id);
        concede(address(0), 0, false);
        vm.assertEq(pool.balances(address(stakeToken), buyer), 25e18);
        vm.assertEq(pool.balances(address(stakeToken), seller), 25e18);
        vm.assertEq(escrow.withdrawable(address(token), silent), 0);
    }

    function test_closeCase_afterARulingAllOfF() public {
        id = openRuledCase(Ruling.Seller);
        concede(holderOf(id), FEE, true);
    }

    /// The winner gave in to an appeal: the ruling was worth nothing, F is the appellant's.
    function test_closeCase_beforeThePanelTheDepositGoesBack() public {
        id = openAppealedCase(Ruling.Seller);
        address holder = holderOf(id);
        concede(buyer, FEE, true);
        vm.assertEq(pool.arbitrators(holder).openCases, 0);
        vm.assertEq(escrow.withdrawable(address(token), holder), 0);
        vm.assertEq(pool.balances(address(token), buyer), 3 * FEE);
    }

    function test_closeCase_ofAnAppellantWhoGivesInTheArbitratorKeepsF() public {
        id = openAppealedCase(Ruling.Buyer);
        concede(holderOf(id), FEE, true);
        vm.assertEq(pool.balances(address(token), seller), 3 * FEE);
    }

    function test_closeCase_ofABuyerWhoGivesInToAnAppealFIsTheSellers() public {
        id = openSeatedCase(Ruling.Buyer);
        address holder = holderOf(id);
        vm.prank(buyer);
        escrow.buyerConfirmReceived(id);
        vm.assertEq(escrow.withdrawable(address(token), seller), FEE);
        vm.assertEq(escrow.withdrawable(address(token), holder), 0);
        vm.assertEq(pool.balances(address(token), seller), 3 * FEE);
        vm.assertEq(pool.arbitrators(holder).openCases, 0);
    }

    /// What both sign is no giving in.
    function test_closeCase_ofASettlementTheArbitratorKeepsF() public {
        (address signer, uint256 key) = makeAddrAndKey("a seller who signs");
        id = createOrder(buyer, signer);
        vm.prank(buyer);
        escrow.openDispute(id, 0);
        draw();
        pass(24 hours);
        rule(id, Ruling.Seller);
        vm.prank(buyer);
        pool.appeal(id);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, escrow.settlementDigest(id, AMOUNT, 0, type(uint256).max));
        vm.prank(buyer);
        escrow.settle(id, AMOUNT, 0, type(uint256).max, abi.encodePacked(r, s, v));
        vm.assertEq(escrow.withdrawable(address(token), holderOf(id)), FEE);
    }

    function test_closeCase_whoCommittedSharesOneFee() public {
        id = openSeatedCase(Ruling.Seller);
        commit(id, 0, Ruling.Buyer);
        commit(id, 2, Ruling.Seller);
        vm.prank(panelist(id, 1));
        pool.recuse(id);
        concede(buyer, FEE, true);
        vm.assertEq(pool.balances(address(token), buyer), 2 * FEE);
        vm.assertEq(pool.balances(address(token), panelist(id, 0)), FEE / 2);
        vm.assertEq(pool.balances(address(token), panelist(id, 2)), FEE / 2);
        for (uint256 i; i < 3; ++i) {
            vm.assertEq(pool.arbitrators(panelist(id, i)).openCases, 0);
            vm.assertEq(pool.arbitrators(panelist(id, i)).reputation, 50);
        }
    }

    function test_closeCase_nobodyCommittedAllGoesBack() public {
        id = openSeatedCase(Ruling.Seller);
        concede(buyer, FEE, true);
        vm.assertEq(pool.balances(address(token), buyer), 3 * FEE);
    }

    function test_closeCase_isOpenToAnyoneAfterForceStalemate() public {
        id = openSeatedCase(Ruling.Seller);
        address holder = holderOf(id);
        pass(90 days);
        escrow.forceStalemate(id);
        vm.assertEq(pool.arbitrators(holder).openCases, 1);
        vm.prank(keeper);
        (address feePayee, bool ruled) = pool.closeCase(id);
        vm.assertEq(feePayee, holder);
        vm.assertTrue(ruled);
        vm.assertEq(pool.arbitrators(holder).openCases, 0);
        vm.assertEq(pool.balances(address(token), buyer), 3 * FEE);
    }

    // --------------------------------------------------------------------------------------------------- withdraw

    function test_withdraw_revertsToNobodyThePoolAndTheEscrow() public {
        address[3] memory refused = [address(0), address(pool), address(escrow)];
        for (uint256 i; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.InvalidRecipient.selector, refused[i]));
            pool.withdraw(address(token), refused[i]);
        }
    }

    function test_withdraw_revertsWithoutABalance() public {
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.NothingToWithdraw.selector, token, keeper));
        vm.prank(keeper);
        pool.withdraw(address(token), keeper);
    }

    function test_withdraw_paysOnce() public {
        id = openAppealedCase(Ruling.Seller);
        pass(7 days + 1);
        pool.finalise(id);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.Withdrawn(buyer, address(token), keeper, 3 * FEE);
        vm.prank(buyer);
        vm.assertEq(pool.withdraw(address(token), keeper), 3 * FEE);
        vm.assertEq(token.balanceOf(keeper), 3 * FEE);
        vm.assertEq(pool.balances(address(token), buyer), 0);
        vm.assertEq(token.balanceOf(address(pool)), 0);
    }

    function test_withdraw_paysTheSmallestUnit() public {
        vm.record();
        pool.balances(address(token), keeper);
        (bytes32[] memory reads,) = vm.accesses(address(pool));
        vm.store(address(pool), reads[reads.length - 1], bytes32(uint256(1)));
        token.mint(address(pool), 1);
        vm.prank(keeper);
        vm.assertEq(pool.withdraw(address(token), buyer), 1);
    }

    // ------------------------------------------------------------------------------------------ link, constructor

    function test_link_reverts() public {
        IArbitratorPool fresh = deployPool(defaults());
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.NotDeployer.selector, keeper));
        vm.prank(keeper);
        fresh.link(address(escrow));
        vm.expectRevert(
            abi.encodeWithSelector(IArbitratorPool.WrongPool.selector, address(escrow), address(pool))
        );
        fresh.link(address(escrow));
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.AlreadyLinked.selector, address(escrow)));
        pool.link(address(escrow));
    }

    function test_link_isForEver() public {
        IArbitratorPool fresh = deployPool(defaults());
        address other = deploy("P2PEscrow.sol:P2PEscrow", abi.encode(fresh, address(this)));
        vm.expectEmit(address(fresh));
        emit IArbitratorPool.Linked(other);
        fresh.link(other);
        vm.assertEq(fresh.escrow(), other);
    }

    function test_constructor_saysAllParameters() public {
        vm.expectEmit();
        emit IArbitratorPool.PoolCreated(defaults());
        deployPool(defaults());
    }

    function test_parameters_areKept() public view {
        vm.assertEq(abi.encode(pool.parameters()), abi.encode(defaults()));
    }

    function createOutside(IArbitratorPool.Parameters calldata parameters) external returns (IArbitratorPool) {
        return deployPool(parameters);
    }

    function expectBounds(
        IArbitratorPool.Parameters memory parameters,
        string memory name,
        uint256 value,
        uint256 minimum,
        uint256 maximum
    ) private {
        vm.expectRevert(
            abi.encodeWithSelector(IArbitratorPool.OutOfBounds.selector, name, value, minimum, maximum)
        );
        this.createOutside(parameters);
    }

    function test_constructor_refusesConstantsOutOfBounds() public {
        IArbitratorPool.Parameters memory p = defaults();
        p.minimumStake = 1e18 - 1;
        expectBounds(p, "minimumStake", 1e18 - 1, 1e18, 1_000_000e18);
        p = defaults();
        p.activationDelay = 59;
        expectBounds(p, "activationDelay", 59, 60, 30 days);
        p = defaults();
        p.unbondingDelay = 4 days - 1;
        expectBounds(p, "unbondingDelay", 4 days - 1, 4 days, 60 days);
        p = defaults();
        p.rulingEarliest = 3 days + 1;
        expectBounds(p, "rulingEarliest", 3 days + 1, 0, 3 days);
        p = defaults();
        p.rulingLatest = 25 hours - 1;
        expectBounds(p, "rulingLatest", 25 hours - 1, 25 hours, 7 days);
        p = defaults();
        p.appealWindow = 1 hours - 1;
        expectBounds(p, "appealWindow", 1 hours - 1, 1 hours, 8 days);
        p = defaults();
        p.commitWindow = 1 hours - 1;
        expectBounds(p, "commitWindow", 1 hours - 1, 1 hours, 8 days);
        p = defaults();
        p.revealWindow = 1 hours - 1;
        expectBounds(p, "revealWindow", 1 hours - 1, 1 hours, 8 days);
        p = defaults();
        p.revealWindow = 4 days + 1;
        expectBounds(p, "appeal, commit and reveal", 8 days + 1, 3 hours, 8 days);
        p = defaults();
        p.margin = 0;
        expectBounds(p, "margin", 0, 1, 2 hours);
        p = defaults();
        p.roundStep = 0;
        expectBounds(p, "roundStep", 0, 1, 1 hours);
        p = defaults();
        p.freezeLead = 61;
        expectBounds(p, "freezeLead", 61, 0, 60);
        p = defaults();
        p.roundStep = 1 hours;
        p.freezeLead = 601;
        expectBounds(p, "freezeLead", 601, 0, 600);
        p = defaults();
        p.caseLimit = 101;
        expectBounds(p, "caseLimit", 101, 1, 100);
    }

    function test_constructor_takesTheSmallestConstants() public {
        IArbitratorPool.Parameters memory p = defaults();
        p.minimumStake = 1e18;
        p.activationDelay = 1 minutes;
        p.unbondingDelay = 4 days;
        p.rulingEarliest = 0;
        p.rulingLatest = 1 hours;
        (p.appealWindow, p.commitWindow, p.revealWindow) = (1 hours, 1 hours, 1 hours);
        (p.margin, p.roundStep, p.freezeLead, p.caseLimit) = (1, 1, 0, 1);
        vm.assertEq(abi.encode(deployPool(p).parameters()), abi.encode(p));
    }

    function test_constructor_takesTheLargestConstants() public {
        IArbitratorPool.Parameters memory p = defaults();
        p.minimumStake = 1_000_000e18;
        p.activationDelay = 30 days;
        p.unbondingDelay = 60 days;
        p.rulingEarliest = 3 days;
        p.rulingLatest = 7 days;
        (p.appealWindow, p.commitWindow, p.revealWindow) = (8 days - 2 hours, 1 hours, 1 hours);
        (p.margin, p.roundStep, p.freezeLead, p.caseLimit) = (2 hours, 1 hours, 30 minutes, 100);
        vm.assertEq(abi.encode(deployPool(p).parameters()), abi.encode(p));
    }
}
