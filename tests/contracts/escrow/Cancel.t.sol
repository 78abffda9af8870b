// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

contract CancelTest is EscrowTest {
    function test_cancel_revertsUnlessCreated() public {
        bytes32[4] memory ids = [bytes32(0), aConfirmed(), aDisputed(), anEnded()];
        for (uint256 i; i < ids.length; ++i) {
            IP2PEscrow.Status current = statusOf(ids[i]);
            expectWrongStatus(ids[i], current);
            vm.prank(buyer);
            escrow.cancelOrder(ids[i]);
        }
    }

    function test_cancel_revertsIfNotParty() public {
        bytes32 id = aCreated();
        vm.prank(stranger);
        expectNotParty(id, stranger);
        escrow.cancelOrder(id);
    }

    function test_cancel_byTheBuyerPaysTheBuyerBack() public {
        _cancels(buyer);
    }

    function test_cancel_byTheSellerPaysTheBuyerBack() public {
        _cancels(seller);
    }

    function test_cancel_staysOpenAfterTheDeadline() public {
        bytes32 id = aCreated();
        vm.warp(NOW + 24 hours + 1);
        vm.prank(seller);
        escrow.cancelOrder(id);
        assertStatus(id, IP2PEscrow.Status.Cancelled);
    }

    function _cancels(address by) private {
        bytes32 id = aCreated();
        IP2PEscrow.Order memory order = escrow.orders(id);
        Balances memory before = balances();

        vm.expectEmit(address(escrow));
        emit IP2PEscrow.OrderCancelled(id, buyer, by, AMOUNT);
        vm.prank(by);
        escrow.cancelOrder(id);

        assertStatus(id, IP2PEscrow.Status.Cancelled);
        assertSameTerms(order, id);
        assertMoved(before, -int96(AMOUNT), int96(AMOUNT), 0);
    }
}
