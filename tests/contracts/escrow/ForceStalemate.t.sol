// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

contract ForceStalemateTest is EscrowTest {
    function test_forceStalemate_revertsUnlessDisputed() public {
        bytes32[4] memory ids = [bytes32(0), aCreated(), aConfirmed(), anEnded()];
        vm.warp(NOW + 365 days);
        for (uint256 i; i < ids.length; ++i) {
            IP2PEscrow.Status current = statusOf(ids[i]);
            expectWrongStatus(ids[i], current);
            escrow.forceStalemate(ids[i]);
        }
    }

    function test_forceStalemate_revertsUpToNinetyDays() public {
        bytes32 id = aDisputed();
        for (uint256 i; i < 2; ++i) {
            vm.warp([NOW + 90 days - 1, NOW + 90 days][i]);
            expectTooEarly(id, NOW + 90 days + 1);
            escrow.forceStalemate(id);
        }
    }

    function test_forceStalemate_byAnyoneASecondLaterSplits() public {
        _splits(buyer);
    }

    function test_forceStalemate_returnsTheFeeToASellerWhoPaidIt() public {
        _splits(seller);
    }

    function _splits(address opener) private {
        bytes32 id = aDisputed(opener);
        IP2PEscrow.Order memory order = escrow.orders(id);
        Balances memory before = balances();
        uint256 half = AMOUNT / 2;
        vm.warp(NOW + 90 days + 1);

        vm.expectEmit(address(escrow));
        emit IP2PEscrow.OrderStalemated(id, opener, half + 1, half, FEE, true);
        vm.expectCall(address(pool), "", 0);
        vm.prank(stranger);
        escrow.forceStalemate(id);

        assertStatus(id, IP2PEscrow.Status.Stalemate);
        assertSameTerms(order, id);
        assertMoved(
            before,
            -int256(AMOUNT + FEE),
            int256(half + 1 + (opener == buyer ? FEE : 0)),
            int256(half + (opener == seller ? FEE : 0))
        );
    }
}
