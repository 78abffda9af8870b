// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

contract ExtendTest is EscrowTest {
    /// Midnight of the day of creation, plus 180 days.
    uint256 private constant LATEST = NOW - NOW % 1 days + 180 days;

    function test_extend_revertsUnlessAPartyWaits() public {
        bytes32[3] memory ids = [bytes32(0), aDisputed(), anEnded()];
        for (uint256 i; i < ids.length; ++i) {
            IP2PEscrow.Status current = statusOf(ids[i]);
            expectWrongStatus(ids[i], current);
            vm.prank(buyer);
            escrow.extend(ids[i], 1);
        }
    }

    function test_extend_revertsForWhomTheTimeWouldBe() public {
        bytes32 created = aCreated();
        bytes32 confirmed = aConfirmed();
        vm.prank(seller);
        expectNotParty(created, seller);
        escrow.extend(created, 1);
        vm.prank(buyer);
        expectNotParty(confirmed, buyer);
        escrow.extend(confirmed, 1);
        vm.prank(stranger);
        expectNotParty(created, stranger);
        escrow.extend(created, 1);
    }

    function test_extend_revertsIfItAddsNothing() public {
        bytes32 id = aCreated();
        _refuses(id, 0, NOW + 24 hours);
    }

    function test_extend_revertsPast180Days() public {
        bytes32 id = aCreated();
        uint256 most = (LATEST - NOW) / 1 hours - 24;
        _refuses(id, most + 1, NOW + 24 hours + (most + 1) * 1 hours);
        _refuses(id, type(uint256).max, type(uint256).max);
        _refuses(id, type(uint256).max / 1 hours, type(uint256).max);

        vm.prank(buyer);
        escrow.extend(id, most);
        vm.assertEq(escrow.orders(id).deadline, LATEST, "to the second");
        _refuses(id, 1, LATEST + 1 hours);
    }

    function test_extend_takesASingleHour() public {
        bytes32 id = aCreated();
        vm.prank(buyer);
        escrow.extend(id, 1);
        vm.assertEq(escrow.orders(id).deadline, NOW + 25 hours);
    }

    function test_extend_byTheBuyerGivesTheSellerTime() public {
        _extends(aCreated(), buyer, NOW + 24 hours);
    }

    function test_extend_byTheSellerGivesTheBuyerTime() public {
        _extends(aConfirmed(), seller, NOW + 72 hours);
    }

    function test_extend_staysOpenAfterTheDeadline() public {
        bytes32 id = aCreated();
        vm.warp(NOW + 25 hours);
        vm.prank(buyer);
        escrow.extend(id, 2);
        expectTooEarly(id, NOW + 26 hours + 1);
        escrow.expireOrder(id);
    }

    function _extends(bytes32 id, address by, uint256 deadline) private {
        IP2PEscrow.Order memory order = escrow.orders(id);
        Balances memory before = balances();

        vm.expectEmit(address(escrow));
        emit IP2PEscrow.DeadlineExtended(id, by, uint32(deadline + 48 hours));
        vm.prank(by);
        escrow.extend(id, 48);

        assertStatus(id, order.status);
        assertSameTerms(order, id);
        assertMoved(before, 0, 0, 0);
        vm.assertEq(escrow.orders(id).deadline, deadline + 48 hours, "deadline");
        vm.assertEq(escrow.orders(id).flags, order.flags, "flags");
    }

    function _refuses(bytes32 id, uint256 extraHours, uint256 deadline) private {
        vm.prank(buyer);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InvalidExtension.selector, id, deadline, LATEST));
        escrow.extend(id, extraHours);
    }
}
