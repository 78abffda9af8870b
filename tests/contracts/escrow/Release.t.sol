// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

contract ReleaseTest is EscrowTest {
    function test_release_revertsUnlessConfirmed() public {
        bytes32[4] memory ids = [bytes32(0), aCreated(), aDisputed(), anEnded()];
        vm.warp(NOW + 365 days);
        for (uint256 i; i < ids.length; ++i) {
            IP2PEscrow.Status current = statusOf(ids[i]);
            expectWrongStatus(ids[i], current);
            escrow.releaseOrder(ids[i]);
        }
    }

    function test_release_revertsUpToTheDeadline() public {
        bytes32 id = aConfirmed();
        for (uint256 i; i < 2; ++i) {
            vm.warp([NOW + 72 hours - 1, NOW + 72 hours][i]);
            expectTooEarly(id, NOW + 72 hours + 1);
            escrow.releaseOrder(id);
        }
    }

    function test_release_byAnyoneASecondLaterPaysTheSeller() public {
        bytes32 id = aConfirmed();
        IP2PEscrow.Order memory order = escrow.orders(id);
        Balances memory before = balances();
        vm.warp(NOW + 72 hours + 1);

        vm.expectEmit(address(escrow));
        emit IP2PEscrow.OrderCompleted(id, seller, stranger, AMOUNT);
        vm.prank(stranger);
        escrow.releaseOrder(id);

        assertStatus(id, IP2PEscrow.Status.Completed);
        assertSameTerms(order, id);
        assertMoved(before, -int96(AMOUNT), 0, int96(AMOUNT));
    }
}
