// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

contract ReceiveTest is EscrowTest {
    function test_receive_revertsUnlessLive() public {
        bytes32[2] memory ids = [bytes32(0), anEnded()];
        for (uint256 i; i < ids.length; ++i) {
            IP2PEscrow.Status current = statusOf(ids[i]);
            expectWrongStatus(ids[i], current);
            vm.prank(buyer);
            escrow.buyerConfirmReceived(ids[i]);
        }
    }

    function test_receive_revertsIfNotTheBuyer() public {
        bytes32 id = aConfirmed();
        for (uint256 i; i < 2; ++i) {
            address caller = [seller, stranger][i];
            vm.prank(caller);
            expectNotParty(id, caller);
            escrow.buyerConfirmReceived(id);
        }
    }

    function test_receive_paysTheSellerBeforeAConfirmation() public {
        _pays(aCreated());
    }

    function test_receive_paysTheSeller() public {
        _pays(aConfirmed());
    }

    function test_receive_staysOpenAfterTheDeadline() public {
        bytes32 id = aConfirmed();
        vm.warp(NOW + 72 hours + 1);
        _pays(id);
    }

    function test_receive_concedesADispute() public {
        bytes32 id = aDisputed(seller);
        Balances memory before = balances();

        vm.expectEmit(address(escrow));
        emit IP2PEscrow.OrderCompleted(id, seller, buyer, AMOUNT);
        vm.expectEmit(address(escrow));
        emit IP2PEscrow.DisputeClosed(id, seller, address(0), FEE, 0);
        vm.prank(buyer);
        escrow.buyerConfirmReceived(id);

        assertStatus(id, IP2PEscrow.Status.Completed);
        assertMoved(before, -int96(AMOUNT) - int256(FEE), 0, int96(AMOUNT) + int256(FEE));
        (,,,, uint256 opened, uint256 closed) = pool.cases(id);
        vm.assertEq(opened, 1, "opened");
        vm.assertEq(closed, 1, "closed");
    }

    function _pays(bytes32 id) private {
        IP2PEscrow.Order memory order = escrow.orders(id);
        Balances memory before = balances();

        vm.expectEmit(address(escrow));
        emit IP2PEscrow.OrderCompleted(id, seller, buyer, AMOUNT);
        vm.prank(buyer);
        escrow.buyerConfirmReceived(id);

        assertStatus(id, IP2PEscrow.Status.Completed);
        assertSameTerms(order, id);
        assertMoved(before, -int96(AMOUNT), 0, int96(AMOUNT));
        (,,,,, uint256 closed) = pool.cases(id);
        vm.assertEq(closed, 0, "no case was there to close");
    }
}
