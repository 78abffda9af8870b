// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {ReentrantParty, ReentrantToken} from "../support/Tokens.sol";

/// @notice A token calls the parties while it moves, and they call the escrow.
contract ReentrancyTest is EscrowTest {
    ReentrantToken private hooked;
    ReentrantParty private evil;

    function setUp() public override {
        super.setUp();
        hooked = new ReentrantToken();
        evil = new ReentrantParty(hooked, address(escrow));
        vm.prank(owner);
        tokenId = escrow.listToken(address(hooked), 5, 5, 10_000);
        hooked.mint(address(evil), FUNDS);
        hooked.mint(buyer, FUNDS);
        vm.prank(buyer);
        hooked.approve(address(escrow), type(uint256).max);
        // Others' money, that could be taken.
        IP2PEscrow.OrderParams memory p = _params(seller);
        create(p);
        create(_params(seller));
    }

    function test_reentrancy_nothingIsPaidTwice() public {
        bytes[] memory calls = new bytes[](6);
        bytes32 id = create(_params(address(evil)));
        vm.prank(buyer);
        escrow.openDispute(id, 0);
        calls[0] = abi.encodeCall(escrow.refundBuyer, (id));
        calls[1] = abi.encodeCall(escrow.cancelOrder, (id));
        calls[2] = abi.encodeCall(escrow.forceStalemate, (id));
        calls[3] = abi.encodeCall(escrow.releaseOrder, (id));
        calls[4] = abi.encodeCall(escrow.withdraw, (address(hooked), address(evil)));
        calls[5] = abi.encodeCall(escrow.openDispute, (id, 0));
        for (uint256 i; i < calls.length; ++i) {
            evil.onMoving(address(escrow), calls[i]);
            evil.onMoved(address(escrow), calls[i]);
        }
        uint256 before = hooked.balanceOf(address(escrow));
        vm.prank(buyer);
        escrow.buyerConfirmReceived(id);

        vm.assertEq(evil.failed(), 12, "every call was refused");
        vm.assertEq(hooked.balanceOf(address(evil)), FUNDS + AMOUNT, "paid once");
        vm.assertEq(hooked.balanceOf(address(escrow)), before - AMOUNT - FEE, "out once");
    }

    function test_reentrancy_processTimeoutsPaysEachOnce() public {
        bytes32[] memory ids = new bytes32[](2);
        for (uint256 i; i < 2; ++i) {
            ids[i] = create(_params(address(evil)));
            evil.act(address(escrow), abi.encodeCall(escrow.sellerConfirmDelivery, (ids[i], 0)));
        }
        vm.warp(NOW + 73 hours);
        evil.onMoved(address(escrow), abi.encodeCall(escrow.processTimeouts, (ids)));
        vm.assertEq(escrow.processTimeouts(ids), 1, "the outer call found the second order ended");
        vm.assertEq(evil.succeeded(), 1, "by the nested one");
        vm.assertEq(hooked.balanceOf(address(evil)), FUNDS + 2 * uint256(AMOUNT));
    }

    /// Cancelled before its own money came in: paid from others', and so refused as a whole.
    function test_reentrancy_creationThatIsCancelledBeforeItIsPaid() public {
        IP2PEscrow.OrderParams memory p = _params(seller);
        bytes32 id = escrow.orderIdOf(address(evil), p);
        evil.onMoving(address(escrow), abi.encodeCall(escrow.cancelOrder, (id)));
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InexactTransfer.selector, AMOUNT, 0));
        evil.act(address(escrow), abi.encodeCall(escrow.createOrder, (p)));
    }

    /// The same, with the hole filled from the thief's own pocket: nothing is gained, nobody loses.
    function test_reentrancy_creationThatIsCancelledAndPaidForAgain() public {
        IP2PEscrow.OrderParams memory p = _params(seller);
        bytes32 id = escrow.orderIdOf(address(evil), p);
        uint256 before = hooked.balanceOf(address(escrow));
        evil.onMoving(address(hooked), abi.encodeCall(hooked.transfer, (address(escrow), AMOUNT)));
        evil.onMoving(address(escrow), abi.encodeCall(escrow.cancelOrder, (id)));
        evil.act(address(escrow), abi.encodeCall(escrow.createOrder, (p)));

        assertStatus(id, IP2PEscrow.Status.Cancelled);
        vm.assertEq(hooked.balanceOf(address(escrow)), before + AMOUNT, "stray");
        vm.assertEq(hooked.balanceOf(address(evil)), FUNDS - AMOUNT, "lost");
    }

    function test_reentrancy_creationWithinACreation() public {
        IP2PEscrow.OrderParams memory outer = _params(seller);
        IP2PEscrow.OrderParams memory inner = _params(seller);
        evil.onMoving(address(escrow), abi.encodeCall(escrow.createOrder, (inner)));
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InexactTransfer.selector, AMOUNT, 2 * uint256(AMOUNT)));
        evil.act(address(escrow), abi.encodeCall(escrow.createOrder, (outer)));
    }

    function test_reentrancy_disputeThatIsConcededBeforeItIsPaid() public {
        IP2PEscrow.OrderParams memory p = _params(seller);
        bytes32 id = abi.decode(evil.act(address(escrow), abi.encodeCall(escrow.createOrder, (p))), (bytes32));
        evil.onMoving(address(escrow), abi.encodeCall(escrow.buyerConfirmReceived, (id)));
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InexactTransfer.selector, FEE, 0));
        evil.act(address(escrow), abi.encodeCall(escrow.openDispute, (id, 0)));
    }

    function test_reentrancy_withdrawalWithinAWithdrawal() public {
        bytes32 id = create(_params(address(evil)));
        vm.mockCallRevert(address(hooked), abi.encodeCall(hooked.transfer, (address(evil), AMOUNT)), "no");
        vm.prank(buyer);
        escrow.buyerConfirmReceived(id);
        vm.clearMockedCalls();
        bytes memory data = abi.encodeCall(escrow.withdraw, (address(hooked), address(evil)));
        evil.onMoving(address(escrow), data);
        evil.onMoved(address(escrow), data);
        evil.act(address(escrow), data);
        vm.assertEq(evil.failed(), 2);
        vm.assertEq(hooked.balanceOf(address(evil)), FUNDS + AMOUNT);
    }

    function _params(address seller_) private returns (IP2PEscrow.OrderParams memory p) {
        p = params();
        p.token = address(hooked);
        p.seller = seller_;
    }
}
