// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

contract ConfirmTest is EscrowTest {
    function test_confirm_revertsUnlessCreated() public {
        bytes32[4] memory ids = [bytes32(0), aConfirmed(), aDisputed(), anEnded()];
        for (uint256 i; i < ids.length; ++i) {
            IP2PEscrow.Status current = statusOf(ids[i]);
            expectWrongStatus(ids[i], current);
            vm.prank(seller);
            escrow.sellerConfirmDelivery(ids[i], 0);
        }
    }

    function test_confirm_revertsIfNotTheSeller() public {
        bytes32 id = aCreated();
        for (uint256 i; i < 2; ++i) {
            address caller = [buyer, stranger][i];
            vm.prank(caller);
            expectNotParty(id, caller);
            escrow.sellerConfirmDelivery(id, 0);
        }
    }

    function test_confirm_startsTheBuyersTime() public {
        bytes32 id = aCreated();
        IP2PEscrow.Order memory order = escrow.orders(id);
        Balances memory before = balances();
        vm.warp(NOW + 1000);

        vm.expectEmit(address(escrow));
        emit IP2PEscrow.DeliveryConfirmed(id, seller, keccak256("delivery"), uint32(NOW + 1000 + 72 hours));
        vm.prank(seller);
        escrow.sellerConfirmDelivery(id, keccak256("delivery"));

        assertStatus(id, IP2PEscrow.Status.SellerConfirmed);
        assertSameTerms(order, id);
        assertMoved(before, 0, 0, 0);
        vm.assertEq(escrow.orders(id).deadline, NOW + 1000 + 72 hours, "deadline");
        vm.assertEq(escrow.orders(id).flags, 1, "flags");
    }

    function test_confirm_readsTheFirstSlotAlone() public {
        bytes32 id = aCreated();
        vm.record();
        vm.prank(seller);
        escrow.sellerConfirmDelivery(id, 0);
        (bytes32[] memory reads, bytes32[] memory writes) = vm.accesses(address(escrow));
        vm.assertEq(writes.length, 1, "writes");
        for (uint256 i; i < reads.length; ++i) {
            vm.assertEq(reads[i], writes[0], "reads");
        }
    }

    function test_confirm_staysOpenUntilTheOrderExpired() public {
        bytes32 id = aCreated();
        bytes32 expired = aCreated();
        vm.warp(NOW + 30 days);
        vm.prank(seller);
        escrow.sellerConfirmDelivery(id, 0);
        vm.assertEq(escrow.orders(id).deadline, NOW + 30 days + 72 hours, "deadline");

        escrow.expireOrder(expired);
        vm.prank(seller);
        expectWrongStatus(expired, IP2PEscrow.Status.Expired);
        escrow.sellerConfirmDelivery(expired, 0);
    }
}
