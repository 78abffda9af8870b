// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {StandardToken} from "../../../contracts/mocks/StandardToken.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

contract RefundTest is EscrowTest {
    function test_refund_revertsUnlessLive() public {
        bytes32[2] memory ids = [bytes32(0), anEnded()];
        for (uint256 i; i < ids.length; ++i) {
            IP2PEscrow.Status current = statusOf(ids[i]);
            expectWrongStatus(ids[i], current);
            vm.prank(seller);
            escrow.refundBuyer(ids[i]);
        }
    }

    function test_refund_revertsIfNotTheSeller() public {
        bytes32 id = aConfirmed();
        for (uint256 i; i < 2; ++i) {
            address caller = [buyer, stranger][i];
            vm.prank(caller);
            expectNotParty(id, caller);
            escrow.refundBuyer(id);
        }
    }

    function test_refund_paysTheBuyerBeforeAConfirmation() public {
        _pays(aCreated());
    }

    function test_refund_paysTheBuyer() public {
        _pays(aConfirmed());
    }

    /// Who concedes after the draw lets the arbitrator keep the token's minimum fee, from what the opener paid in.
    function test_refund_concedesADisputeAfterTheDraw() public {
        bytes32 id = aDisputed();
        pool.setAnswer(id, arbitrator, false);
        Balances memory before = balances();

        vm.expectEmit(address(escrow));
        emit IP2PEscrow.OrderCancelled(id, buyer, seller, AMOUNT);
        vm.expectEmit(address(escrow));
        emit IP2PEscrow.DisputeClosed(id, buyer, arbitrator, FEE - 5 * UNIT, 5 * UNIT);
        vm.prank(seller);
        escrow.refundBuyer(id);

        assertStatus(id, IP2PEscrow.Status.Cancelled);
        assertMoved(
            before, -int96(AMOUNT) - int256(FEE - 5 * UNIT), int96(AMOUNT) + int256(FEE - 5 * UNIT), 0
        );
        vm.assertEq(escrow.withdrawable(address(token), arbitrator), 5 * UNIT, "kept");
    }

    function test_refund_concedesADisputeAfterTheRuling() public {
        bytes32 id = aDisputed();
        pool.setAnswer(id, arbitrator, true);
        Balances memory before = balances();

        vm.expectEmit(address(escrow));
        emit IP2PEscrow.DisputeClosed(id, buyer, arbitrator, 0, FEE);
        vm.prank(seller);
        escrow.refundBuyer(id);

        assertMoved(before, -int96(AMOUNT), int96(AMOUNT), 0);
        vm.assertEq(escrow.withdrawable(address(token), arbitrator), FEE, "kept");
    }

    /// Of a token without decimals the minimum fee may be a single unit.
    function test_refund_leavesTheArbitratorASingleUnit() public {
        StandardToken whole = new StandardToken(0);
        vm.prank(owner);
        uint16 wholeId = escrow.listToken(address(whole), 1, 5, 10_000);
        whole.mint(buyer, 100);
        vm.prank(buyer);
        whole.approve(address(escrow), 100);
        IP2PEscrow.OrderParams memory p = params();
        (p.tokenId, p.token, p.amount) = (wholeId, address(whole), 60);
        bytes32 id = create(p);
        vm.prank(buyer);
        escrow.openDispute(id, 0);
        pool.setAnswer(id, arbitrator, false);

        vm.prank(seller);
        escrow.refundBuyer(id);
        vm.assertEq(escrow.withdrawable(address(whole), arbitrator), 1, "kept");
        vm.assertEq(whole.balanceOf(buyer), 99, "of 60 and a fee of 3");
        vm.assertEq(whole.balanceOf(address(escrow)), 1);
    }

    function test_refund_returnsTheFeeWhereNobodyEarnedIt() public {
        bytes32 id = aDisputed();
        pool.setAnswer(id, address(0), true);
        Balances memory before = balances();
        vm.prank(seller);
        escrow.refundBuyer(id);
        assertMoved(before, -int96(AMOUNT) - int256(FEE), int96(AMOUNT) + int256(FEE), 0);
    }

    function test_refund_revertsIfThePoolDoes() public {
        bytes32 id = aDisputed();
        vm.mockCallRevert(address(pool), abi.encodeCall(pool.closeCase, (id)), "no");
        vm.prank(seller);
        vm.expectRevert(bytes("no"));
        escrow.refundBuyer(id);
        assertStatus(id, IP2PEscrow.Status.Disputed);
    }

    function _pays(bytes32 id) private {
        IP2PEscrow.Order memory order = escrow.orders(id);
        Balances memory before = balances();

        vm.expectEmit(address(escrow));
        emit IP2PEscrow.OrderCancelled(id, buyer, seller, AMOUNT);
        vm.prank(seller);
        escrow.refundBuyer(id);

        assertStatus(id, IP2PEscrow.Status.Cancelled);
        assertSameTerms(order, id);
        assertMoved(before, -int96(AMOUNT), int96(AMOUNT), 0);
    }
}
