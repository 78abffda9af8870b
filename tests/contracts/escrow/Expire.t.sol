// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

contract ExpireTest is EscrowTest {
    function test_expire_revertsUnlessCreated() public {
        bytes32[4] memory ids = [bytes32(0), aConfirmed(), aDisputed(), anEnded()];
        vm.warp(NOW + 365 days);
        for (uint256 i; i < ids.length; ++i) {
            IP2PEscrow.Status current = statusOf(ids[i]);
            expectWrongStatus(ids[i], current);
            escrow.expireOrder(ids[i]);
        }
    }

    function test_expire_revertsUpToTheDeadline() public {
        bytes32 id = aCreated();
        for (uint256 i; i < 2; ++i) {
            vm.warp([NOW + 24 hours - 1, NOW + 24 hours][i]);
            expectTooEarly(id, NOW + 24 hours + 1);
            escrow.expireOrder(id);
        }
    }

    function test_expire_byAnyoneASecondLaterPaysTheBuyerBack() public {
        bytes32 id = aCreated();
        IP2PEscrow.Order memory order = escrow.orders(id);
        Balances memory before = balances();
        vm.warp(NOW + 24 hours + 1);

        vm.expectEmit(address(escrow));
        emit IP2PEscrow.OrderExpired(id, buyer, stranger, AMOUNT);
        vm.prank(stranger);
        escrow.expireOrder(id);

        assertStatus(id, IP2PEscrow.Status.Expired);
        assertSameTerms(order, id);
        assertMoved(before, -int96(AMOUNT), int96(AMOUNT), 0);
    }
}
