// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {TetherLike} from "../../../contracts/mocks/TetherLike.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

contract WithdrawTest is EscrowTest {
    TetherLike private tether;

    function setUp() public override {
        super.setUp();
        tether = new TetherLike(6);
        vm.prank(owner);
        tokenId = escrow.listToken(address(tether), 5, 5, 10_000);
        tether.mint(buyer, FUNDS);
        vm.prank(buyer);
        tether.approve(address(escrow), type(uint256).max);
    }

    function test_withdraw_revertsWithNothingToWithdraw() public {
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.NothingToWithdraw.selector, tether, stranger));
        vm.prank(stranger);
        escrow.withdraw(address(tether), stranger);
    }

    function test_withdraw_revertsToRefusedRecipients() public {
        _aDeferred();
        address[3] memory refused = [address(0), address(escrow), address(pool)];
        for (uint256 i; i < refused.length; ++i) {
            vm.prank(seller);
            vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InvalidRecipient.selector, refused[i]));
            escrow.withdraw(address(tether), refused[i]);
        }
    }

    function test_withdraw_revertsWhileTheTokenRefuses() public {
        _aDeferred();
        vm.prank(seller);
        vm.expectRevert(abi.encodeWithSelector(TetherLike.BlackListed.selector, seller));
        escrow.withdraw(address(tether), seller);
        vm.assertEq(escrow.withdrawable(address(tether), seller), AMOUNT, "still there");
    }

    function test_withdraw_paysWhereThePayeeWants() public {
        _aDeferred();
        vm.expectEmit(address(escrow));
        emit IP2PEscrow.Withdrawn(address(tether), seller, stranger, AMOUNT);
        vm.prank(seller);
        vm.assertEq(escrow.withdraw(address(tether), stranger), AMOUNT);

        vm.assertEq(tether.balanceOf(stranger), AMOUNT);
        vm.assertEq(tether.balanceOf(address(escrow)), 0);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.NothingToWithdraw.selector, tether, seller));
        vm.prank(seller);
        escrow.withdraw(address(tether), stranger);
    }

    function test_withdraw_isOfThePayeesTokenAlone() public {
        _aDeferred();
        vm.prank(seller);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.NothingToWithdraw.selector, token, seller));
        escrow.withdraw(address(token), seller);
    }

    function test_withdraw_paysTheSmallestUnit() public {
        IP2PEscrow.OrderParams memory p = params();
        p.token = address(tether);
        bytes32 id = create(p);
        tether.setBlackListed(seller, true);
        bytes memory signature = sign(sellerKey, escrow.settlementDigest(id, AMOUNT - 1, 0, NOW));
        vm.prank(buyer);
        escrow.settle(id, AMOUNT - 1, 0, NOW, signature);

        vm.prank(seller);
        vm.assertEq(escrow.withdraw(address(tether), stranger), 1);
        vm.assertEq(tether.balanceOf(stranger), 1);
    }

    function _aDeferred() private {
        IP2PEscrow.OrderParams memory p = params();
        p.token = address(tether);
        bytes32 id = create(p);
        tether.setBlackListed(seller, true);

        vm.expectEmit(address(escrow));
        emit IP2PEscrow.OrderCompleted(id, seller, buyer, AMOUNT);
        vm.expectEmit(address(escrow));
        emit IP2PEscrow.PaymentDeferred(id, seller, address(tether), AMOUNT);
        vm.prank(buyer);
        escrow.buyerConfirmReceived(id);

        assertStatus(id, IP2PEscrow.Status.Completed);
        vm.assertEq(escrow.withdrawable(address(tether), seller), AMOUNT);
    }
}
