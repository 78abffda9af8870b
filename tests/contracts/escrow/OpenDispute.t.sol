// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

contract OpenDisputeTest is EscrowTest {
    function test_openDispute_revertsUnlessAPartyWaits() public {
        bytes32[3] memory ids = [bytes32(0), aDisputed(), anEnded()];
        for (uint256 i; i < ids.length; ++i) {
            IP2PEscrow.Status current = statusOf(ids[i]);
            expectWrongStatus(ids[i], current);
            vm.prank(buyer);
            escrow.openDispute(ids[i], 0);
        }
    }

    function test_openDispute_revertsIfNotParty() public {
        bytes32 id = aConfirmed();
        fund(stranger);
        vm.prank(stranger);
        expectNotParty(id, stranger);
        escrow.openDispute(id, 0);
    }

    function test_openDispute_revertsIfTheFeeIsNotAllowed() public {
        bytes32 id = aConfirmed();
        vm.prank(buyer);
        token.approve(address(escrow), FEE - 1);
        vm.prank(buyer);
        vm.expectRevert();
        escrow.openDispute(id, 0);
        assertStatus(id, IP2PEscrow.Status.SellerConfirmed);
    }

    function test_openDispute_revertsIfThePoolDoes() public {
        bytes32 id = aConfirmed();
        vm.mockCallRevert(address(pool), abi.encodeWithSelector(pool.openCase.selector), "no");
        vm.prank(buyer);
        vm.expectRevert(bytes("no"));
        escrow.openDispute(id, 0);
    }

    function test_openDispute_byTheBuyer() public {
        _opens(aConfirmed(), buyer, 1);
    }

    function test_openDispute_byTheBuyerBeforeAConfirmation() public {
        _opens(aCreated(), buyer, 0);
    }

    function test_openDispute_byTheSeller() public {
        _opens(aConfirmed(), seller, 3);
    }

    function test_openDispute_byTheSellerBeforeAConfirmation() public {
        _opens(aCreated(), seller, 2);
    }

    function test_openDispute_staysOpenAfterTheDeadline() public {
        bytes32 id = aConfirmed();
        vm.warp(NOW + 100 days);
        vm.prank(buyer);
        escrow.openDispute(id, 0);
        vm.assertEq(escrow.orders(id).deadline, NOW + 190 days, "deadline");
        expectWrongStatus(id, IP2PEscrow.Status.Disputed);
        escrow.releaseOrder(id);
    }

    function test_openDispute_takesTheMinimumFeeOfASmallOrder() public {
        IP2PEscrow.OrderParams memory p = params();
        p.amount = uint96(99 * UNIT);
        bytes32 id = create(p);
        Balances memory before = balances();
        vm.prank(buyer);
        escrow.openDispute(id, 0);
        assertMoved(before, int256(5 * UNIT), -int256(5 * UNIT), 0);
    }

    function _opens(bytes32 id, address by, uint8 flags) private {
        IP2PEscrow.Order memory order = escrow.orders(id);
        Balances memory before = balances();
        vm.warp(NOW + 1000);

        vm.expectEmit(address(escrow));
        emit IP2PEscrow.DisputeOpened(id, by, FEE, uint32(NOW + 1000 + 90 days), keccak256("evidence"));
        vm.expectCall(address(pool), abi.encodeCall(pool.openCase, (id, buyer, seller, address(token), FEE)), 1);
        vm.prank(by);
        escrow.openDispute(id, keccak256("evidence"));

        assertStatus(id, IP2PEscrow.Status.Disputed);
        assertSameTerms(order, id);
        vm.assertEq(escrow.orders(id).deadline, NOW + 1000 + 90 days, "deadline");
        vm.assertEq(escrow.orders(id).flags, flags, "flags");
        assertMoved(before, int256(FEE), by == buyer ? -int256(FEE) : int256(0), by == seller ? -int256(FEE) : int256(0));
        vm.assertEq(token.balanceOf(address(pool)), 0, "no money visits the pool");
    }
}
