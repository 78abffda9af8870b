// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
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
