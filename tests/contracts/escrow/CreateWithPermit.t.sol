// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {DemoToken} from "../../../contracts/mocks/DemoToken.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {SilentToken} from "../support/Tokens.sol";

contract CreateWithPermitTest is EscrowTest {
    DemoToken private demo;

    function setUp() public override {
        super.setUp();
        demo = new DemoToken("Demo", "DEMO", 6);
        vm.prank(owner);
        tokenId = escrow.listToken(address(demo), 5, 5, 10_000);
        demo.faucet(buyer, 100_000 * UNIT);
    }

    function test_createWithPermit_needsNoAllowance() public {
        IP2PEscrow.OrderParams memory p = _params();
        (uint8 v, bytes32 r, bytes32 s) = _permit(buyerKey, AMOUNT, NOW);

        expectCreated(buyer, p);
        vm.prank(buyer);
        bytes32 id = escrow.createOrderWithPermit(p, NOW, v, r, s);

        assertStatus(id, IP2PEscrow.Status.Created);
        vm.assertEq(demo.balanceOf(address(escrow)), AMOUNT);
        vm.assertEq(demo.allowance(buyer, address(escrow)), 0, "used up");
    }

    function test_createWithPermit_doesNotMindAFrontRunPermit() public {
        IP2PEscrow.OrderParams memory p = _params();
        (uint8 v, bytes32 r, bytes32 s) = _permit(buyerKey, AMOUNT, NOW);
        vm.prank(stranger);
        demo.permit(buyer, address(escrow), AMOUNT, NOW, v, r, s);

        vm.prank(buyer);
        assertStatus(escrow.createOrderWithPermit(p, NOW, v, r, s), IP2PEscrow.Status.Created);
    }

    function test_createWithPermit_takesAnAllowanceWhereTheTokenHasNoPermits() public {
        SilentToken silent = new SilentToken(6);
        vm.prank(owner);
        tokenId = escrow.listToken(address(silent), 5, 5, 10_000);
        silent.mint(buyer, AMOUNT);
        vm.prank(buyer);
        silent.approve(address(escrow), AMOUNT);
        IP2PEscrow.OrderParams memory p = _params();
        p.token = address(silent);

        vm.prank(buyer);
        assertStatus(escrow.createOrderWithPermit(p, 0, 0, 0, 0), IP2PEscrow.Status.Created);
    }

    function test_createWithPermit_revertsOnAnUselessPermitWithoutAllowance() public {
        IP2PEscrow.OrderParams memory p = _params();
        (uint8 v, bytes32 r, bytes32 s) = _permit(sellerKey, AMOUNT, NOW);
        bytes memory short = abi.encodeWithSelector(DemoToken.InsufficientAllowance.selector, escrow, 0, AMOUNT);
        vm.prank(buyer);
        vm.expectRevert(short);
        escrow.createOrderWithPermit(p, NOW, v, r, s);

        (v, r, s) = _permit(buyerKey, AMOUNT, NOW - 1);
        vm.prank(buyer);
        vm.expectRevert(short);
        escrow.createOrderWithPermit(p, NOW - 1, v, r, s);
    }

    function test_createWithPermit_callsNoTokenThatIsNotListed() public {
        IP2PEscrow.OrderParams memory p = _params();
        p.token = address(token);
        vm.expectCall(address(token), "", 0);
        vm.prank(buyer);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.TokenNotListed.selector, token));
        escrow.createOrderWithPermit(p, 0, 0, 0, 0);
    }

    function test_createWithPermit_revertsIfPaused() public {
        IP2PEscrow.OrderParams memory p = _params();
        uint16[] memory ids = new uint16[](1);
        ids[0] = p.tokenId;
        vm.prank(owner);
        escrow.setOrdersPaused(ids, true);
        vm.prank(buyer);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.NewOrdersPaused.selector, p.tokenId));
        escrow.createOrderWithPermit(p, 0, 0, 0, 0);
    }

    /// The permit is for the caller's money alone: nobody can order with the permit of somebody else.
    function test_createWithPermit_isOfNoUseToAnybodyElse() public {
        IP2PEscrow.OrderParams memory p = _params();
        (uint8 v, bytes32 r, bytes32 s) = _permit(buyerKey, AMOUNT, NOW);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(DemoToken.InsufficientAllowance.selector, escrow, 0, AMOUNT));
        escrow.createOrderWithPermit(p, NOW, v, r, s);
    }

    function _params() private returns (IP2PEscrow.OrderParams memory p) {
        p = params();
        p.token = address(demo);
    }

    function _permit(uint256 key, uint256 value, uint256 deadline) private view returns (uint8, bytes32, bytes32) {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                buyer,
                escrow,
                value,
                demo.nonces(buyer),
                deadline
            )
        );
        return vm.sign(key, keccak256(abi.encodePacked(hex"1901", demo.DOMAIN_SEPARATOR(), structHash)));
    }
}
