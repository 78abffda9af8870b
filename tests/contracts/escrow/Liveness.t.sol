// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {IDisputeResolver} from "../../../contracts/interfaces/IDisputeResolver.sol";
import {HostilePool} from "../../../contracts/mocks/HostilePool.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

/// @notice Every order ends by a call that is open to anyone, also where the pool turned against everybody.
contract LivenessTest is EscrowTest {
    function test_liveness_withAPoolThatAlwaysReverts() public {
        _everyOrderEnds(new HostilePool(false));
    }

    function test_liveness_withAPoolThatBurnsAllGas() public {
        _everyOrderEnds(new HostilePool(true));
    }

    function test_liveness_withAPoolThatIsGone() public {
        bytes32[] memory ids = _oneOfEach();
        vm.etch(address(pool), "");
        _end(ids);
    }

    function test_liveness_withoutAPoolOrdersStillWorkAndDisputesDoNot() public {
        escrow = deployEscrow(IDisputeResolver(address(new HostilePool(false))), owner);
        vm.prank(owner);
        tokenId = escrow.listToken(address(token), 5, 5, 10_000);
        fund(buyer);
        bytes32 id = aConfirmed();
        vm.prank(buyer);
        vm.expectRevert(HostilePool.Hostile.selector);
        escrow.openDispute(id, 0);
        vm.prank(buyer);
        escrow.buyerConfirmReceived(id);
        assertStatus(id, IP2PEscrow.Status.Completed);
    }

    function _everyOrderEnds(HostilePool hostile) private {
        bytes32[] memory ids = _oneOfEach();
        vm.etch(address(pool), address(hostile).code);

        // An agreement needs the pool's word on who earned what, and waits.
        vm.prank(buyer);
        vm.expectRevert();
        escrow.buyerConfirmReceived{gas: 2_000_000}(ids[2]);
        _end(ids);
    }

    function _oneOfEach() private returns (bytes32[] memory ids) {
        ids = new bytes32[](3);
        (ids[0], ids[1], ids[2]) = (aCreated(), aConfirmed(), aDisputed());
    }

    function _end(bytes32[] memory ids) private {
        vm.warp(NOW + 90 days + 1);
        vm.prank(stranger);
        vm.assertEq(escrow.processTimeouts(ids), 3);
        vm.assertEq(token.balanceOf(address(escrow)), 0, "all the money has left");
        vm.assertEq(token.balanceOf(buyer) + token.balanceOf(seller), 2 * FUNDS, "to the two");
    }
}
