// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {StandardToken} from "../../../contracts/mocks/StandardToken.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

contract ListingTest is EscrowTest {
    // ------------------------------------------------------------------------------------------------------- Who may

    function test_listing_isTheOwnersAlone() public {
        bytes memory refusal = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(refusal);
        escrow.listToken(address(token), 5, 5, 10);
        vm.expectRevert(refusal);
        escrow.delistToken(tokenId);
        vm.expectRevert(refusal);
        escrow.setOrdersPaused(new uint16[](0), true);
        vm.expectRevert(refusal);
        escrow.rescue(address(token), stranger, 1);
        vm.stopPrank();
    }

    function test_ownership_takesTwoSteps() public {
        vm.prank(owner);
        escrow.transferOwnership(stranger);
        vm.assertEq(escrow.owner(), owner);
        vm.prank(stranger);
        escrow.acceptOwnership();
        vm.assertEq(escrow.owner(), stranger);
    }

    // ---------------------------------------------------------------------------------------------------------- List

    function test_listToken_revertsOnTermsThatMakeNoSense() public {
        vm.startPrank(owner);
        bytes memory refusal = abi.encodeWithSelector(IP2PEscrow.InvalidTokenTerms.selector, token);
        vm.expectRevert(refusal);
        escrow.listToken(address(token), 0, 5, 10);
        vm.expectRevert(refusal);
        escrow.listToken(address(token), 5, 0, 10);
        vm.expectRevert(refusal);
        escrow.listToken(address(token), 5, 11, 10);
        escrow.listToken(address(token), 1, 10, 10);
        vm.stopPrank();
    }

    function test_listToken_revertsIfAnOrderCouldNotHoldTheMaximum() public {
        StandardToken fine = new StandardToken(27);
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InvalidTokenTerms.selector, fine));
        escrow.listToken(address(fine), 1, 1, 80);
        escrow.listToken(address(fine), 1, 1, 79);

        for (uint256 i; i < 3; ++i) {
            fine = new StandardToken([29, 77, 255][i]);
            vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InvalidTokenTerms.selector, fine));
            escrow.listToken(address(fine), 1, 1, 1);
        }
        fine = new StandardToken(28);
        escrow.listToken(address(fine), 1, 1, 7);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InvalidTokenTerms.selector, fine));
        escrow.listToken(address(fine), 1, 1, 8);
        vm.stopPrank();
    }

    function test_listToken_revertsIfItIsNoToken() public {
        vm.prank(owner);
        vm.expectRevert();
        escrow.listToken(stranger, 5, 5, 10);
    }

    function test_listToken_revertsWhenTheIdsAreUsedUp() public {
        // The counter shares its slot with nothing.
        bytes32 slot = _slotOf(abi.encodeCall(escrow.tokenCount, ()));
        vm.store(address(escrow), slot, bytes32(uint256(65_534)));
        vm.startPrank(owner);
        vm.assertEq(escrow.listToken(address(token), 5, 5, 10), 65_535);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.TooManyTokens.selector));
        escrow.listToken(address(token), 5, 5, 10);
        vm.stopPrank();
    }

    function test_listToken_fixesTermsUnderANewId() public {
        StandardToken other = new StandardToken(18);
        vm.assertFalse(escrow.wasListed(address(other)));

        vm.expectEmit(address(escrow));
        emit IP2PEscrow.TokenListed(2, address(other), 18, 1e18, 2e18, 3e18);
        vm.prank(owner);
        vm.assertEq(escrow.listToken(address(other), 1, 2, 3), 2, "id");

        IP2PEscrow.Token memory terms = escrow.token(2);
        vm.assertEq(terms.token, address(other));
        vm.assertEq(terms.decimals, 18);
        vm.assertTrue(terms.listed);
        vm.assertFalse(terms.paused);
        vm.assertEq(terms.minFeeWhole, 1);
        vm.assertEq(terms.minAmountWhole, 2);
        vm.assertEq(terms.maxAmountWhole, 3);
        vm.assertEq(escrow.tokenCount(), 2);
        vm.assertTrue(escrow.wasListed(address(other)));
    }

    function test_listToken_isOneSlot() public {
        vm.record();
        escrow.token(tokenId);
        (bytes32[] memory reads,) = vm.accesses(address(escrow));
        for (uint256 i = 1; i < reads.length; ++i) {
            vm.assertEq(reads[i], reads[0]);
        }
    }

    function test_listToken_againLeavesOldOrdersTheirTerms() public {
        bytes32 id = aConfirmed();
        vm.startPrank(owner);
        escrow.delistToken(tokenId);
        escrow.listToken(address(token), 1000, 5, 10_000);
        vm.stopPrank();
        Balances memory before = balances();
        vm.prank(buyer);
        escrow.openDispute(id, 0);
        assertMoved(before, int256(FEE), -int256(FEE), 0);
    }

    // -------------------------------------------------------------------------------------------------------- Delist

    function test_delistToken_revertsUnlessListed() public {
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.TokenNotListed.selector, address(0)));
        escrow.delistToken(9);
        escrow.delistToken(tokenId);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.TokenNotListed.selector, token));
        escrow.delistToken(tokenId);
        vm.stopPrank();
    }

    function test_delistToken_endsNewOrdersAlone() public {
        bytes32 created = aCreated();
        bytes32 confirmed = aConfirmed();
        bytes32 disputed = aDisputed();

        vm.expectEmit(address(escrow));
        emit IP2PEscrow.TokenDelisted(tokenId, address(token));
        vm.prank(owner);
        escrow.delistToken(tokenId);

        vm.assertFalse(escrow.token(tokenId).listed);
        vm.assertTrue(escrow.wasListed(address(token)));
        _endsAll(created, confirmed, disputed);
    }

    // --------------------------------------------------------------------------------------------------------- Pause

    function test_setOrdersPaused_revertsForAnUnknownToken() public {
        uint16[] memory ids = new uint16[](1);
        ids[0] = 9;
        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.UnknownToken.selector, 9));
        escrow.setOrdersPaused(ids, true);
    }

    function test_setOrdersPaused_stopsNewOrdersAlone() public {
        bytes32 created = aCreated();
        bytes32 confirmed = aConfirmed();
        bytes32 disputed = aDisputed();
        vm.prank(owner);
        uint16 second = escrow.listToken(address(token), 5, 5, 10_000);
        uint16[] memory ids = new uint16[](2);
        (ids[0], ids[1]) = (tokenId, second);

        vm.expectEmit(address(escrow));
        emit IP2PEscrow.OrdersPaused(tokenId, address(token), true);
        vm.expectEmit(address(escrow));
        emit IP2PEscrow.OrdersPaused(second, address(token), true);
        vm.prank(owner);
        escrow.setOrdersPaused(ids, true);

        vm.assertTrue(escrow.token(tokenId).paused);
        vm.assertTrue(escrow.token(second).paused);
        _endsAll(created, confirmed, disputed);
    }

    // -------------------------------------------------------------------------------------------------------- Rescue

    function test_rescue_refusesEveryTokenThatWasEverListed() public {
        aCreated();
        vm.startPrank(owner);
        escrow.delistToken(tokenId);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.TokenWasListed.selector, token));
        escrow.rescue(address(token), owner, 1);
        vm.stopPrank();
    }

    function test_rescue_sendsStrayTokensAway() public {
        StandardToken stray = new StandardToken(18);
        stray.mint(address(escrow), 100);
        vm.expectEmit(address(escrow));
        emit IP2PEscrow.StrayTokensRescued(address(stray), stranger, 60);
        vm.prank(owner);
        escrow.rescue(address(stray), stranger, 60);
        vm.assertEq(stray.balanceOf(stranger), 60);
        vm.assertEq(stray.balanceOf(address(escrow)), 40);
    }

    // ----------------------------------------------------------------------------------------------------------- Fee

    function test_arbitrationFee_revertsForAnUnknownToken() public {
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.UnknownToken.selector, 9));
        escrow.arbitrationFee(9, 1);
    }

    function test_arbitrationFee_isFivePercentRoundedUpAndNoLessThanTheMinimum() public view {
        vm.assertEq(escrow.arbitrationFee(tokenId, 0), 5 * UNIT);
        vm.assertEq(escrow.arbitrationFee(tokenId, 100 * UNIT), 5 * UNIT);
        vm.assertEq(escrow.arbitrationFee(tokenId, 100 * UNIT + 1), 5 * UNIT + 1);
        vm.assertEq(escrow.arbitrationFee(tokenId, 100 * UNIT + 20), 5 * UNIT + 1);
        vm.assertEq(escrow.arbitrationFee(tokenId, 100 * UNIT + 21), 5 * UNIT + 2);
        vm.assertEq(escrow.arbitrationFee(tokenId, AMOUNT), FEE);
        vm.assertEq(escrow.arbitrationFee(tokenId, type(uint256).max), type(uint256).max / 20 + 1);
    }

    // -------------------------------------------------------------------------------------------------------- Helpers

    function _endsAll(bytes32 created, bytes32 confirmed, bytes32 disputed) private {
        Balances memory before = balances();
        vm.prank(seller);
        escrow.refundBuyer(created);
        vm.prank(buyer);
        escrow.buyerConfirmReceived(confirmed);
        vm.warp(NOW + 91 days);
        escrow.forceStalemate(disputed);
        uint256 half = AMOUNT / 2;
        assertMoved(
            before, -int256(3 * uint256(AMOUNT) + FEE), int256(AMOUNT + half + 1 + FEE), int256(AMOUNT + half)
        );
    }

    /// The one slot that a view reads.
    function _slotOf(bytes memory data) private returns (bytes32) {
        vm.record();
        (bool ok,) = address(escrow).call(data);
        vm.assertTrue(ok);
        (bytes32[] memory reads,) = vm.accesses(address(escrow));
        vm.assertEq(reads.length, 1);
        return reads[0];
    }
}
