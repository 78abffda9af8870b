// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

contract ProcessTimeoutsTest is EscrowTest {
    function test_processTimeouts_endsWhatIsDueAndSkipsTheRest() public {
        bytes32[] memory ids = new bytes32[](8);
        ids[0] = aDisputed();
        vm.warp(NOW + 80 days);
        ids[1] = anEnded();
        ids[2] = aCreated();
        ids[3] = bytes32(0);
        ids[4] = aConfirmed();
        vm.warp(NOW + 90 days + 1);
        ids[5] = aCreated();
        ids[6] = aConfirmed();
        ids[7] = ids[2];
        Balances memory before = balances();
        uint256 half = AMOUNT / 2;

        vm.expectEmit(address(escrow));
        emit IP2PEscrow.OrderStalemated(ids[0], buyer, half + 1, half, FEE, true);
        vm.expectEmit(address(escrow));
        emit IP2PEscrow.OrderExpired(ids[2], buyer, stranger, AMOUNT);
        vm.expectEmit(address(escrow));
        emit IP2PEscrow.OrderCompleted(ids[4], seller, stranger, AMOUNT);
        vm.prank(stranger);
        vm.assertEq(escrow.processTimeouts(ids), 3, "ended");

        assertStatus(ids[0], IP2PEscrow.Status.Stalemate);
        assertStatus(ids[1], IP2PEscrow.Status.Cancelled);
        assertStatus(ids[2], IP2PEscrow.Status.Expired);
        assertStatus(ids[4], IP2PEscrow.Status.Completed);
        assertStatus(ids[5], IP2PEscrow.Status.Created);
        assertStatus(ids[6], IP2PEscrow.Status.SellerConfirmed);
        assertMoved(
            before,
            -int256(3 * uint256(AMOUNT) + FEE),
            int256(half + 1 + AMOUNT + FEE),
            int256(half + AMOUNT)
        );
    }

    function test_processTimeouts_doesNothingAtTheDeadline() public {
        bytes32[] memory ids = new bytes32[](2);
        ids[0] = aCreated();
        ids[1] = aConfirmed();
        vm.warp(NOW + 24 hours);
        vm.assertEq(escrow.processTimeouts(ids), 0);
        vm.warp(NOW + 24 hours + 1);
        vm.assertEq(escrow.processTimeouts(ids), 1);
        vm.warp(NOW + 72 hours);
        vm.assertEq(escrow.processTimeouts(ids), 0);
        vm.warp(NOW + 72 hours + 1);
        vm.assertEq(escrow.processTimeouts(ids), 1);
        vm.assertEq(escrow.processTimeouts(ids), 0);
    }

    function test_processTimeouts_takesNone() public {
        vm.assertEq(escrow.processTimeouts(new bytes32[](0)), 0);
    }

    function test_isDue_agreesWithProcessTimeouts(uint256 kind, uint256 elapsed) public {
        bytes32[] memory ids = new bytes32[](1);
        kind = bound(kind, 0, 4);
        ids[0] = kind == 0 ? aCreated() : kind == 1 ? aConfirmed() : kind == 2 ? aDisputed() : kind == 3 ? anEnded() : bytes32(0);
        uint256 deadline = [NOW + 24 hours, NOW + 72 hours, NOW + 90 days, type(uint256).max, type(uint256).max][kind];
        vm.warp(NOW + bound(elapsed, 0, 100 days));

        bool due = escrow.isDue(ids[0]);
        vm.assertEq(due, block.timestamp > deadline, "due");
        vm.assertEq(escrow.processTimeouts(ids), due ? 1 : 0, "ended");
        vm.assertFalse(escrow.isDue(ids[0]), "still due");
    }
}
