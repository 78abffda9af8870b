// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

contract CreateTest is EscrowTest {
    // -------------------------------------------------------------------------------------------------------- Reverts

    function test_create_revertsIfTokenIsUnknown() public {
        IP2PEscrow.OrderParams memory p = params();
        p.tokenId = 2;
        _reverts(p, abi.encodeWithSelector(IP2PEscrow.TokenNotListed.selector, token));
        p.tokenId = 0;
        _reverts(p, abi.encodeWithSelector(IP2PEscrow.TokenNotListed.selector, token));
    }

    function test_create_revertsIfIdStandsForAnotherToken() public {
        IP2PEscrow.OrderParams memory p = params();
        p.token = stranger;
        _reverts(p, abi.encodeWithSelector(IP2PEscrow.TokenNotListed.selector, stranger));
    }

    function test_create_revertsIfTokenIsDelisted() public {
        IP2PEscrow.OrderParams memory p = params();
        vm.prank(owner);
        escrow.delistToken(tokenId);
        _reverts(p, abi.encodeWithSelector(IP2PEscrow.TokenNotListed.selector, token));
    }

    function test_create_revertsIfPaused() public {
        IP2PEscrow.OrderParams memory p = params();
        _pause(true);
        _reverts(p, abi.encodeWithSelector(IP2PEscrow.NewOrdersPaused.selector, tokenId));
        _pause(false);
        create(p);
    }

    function test_create_revertsIfAmountIsOutOfRange() public {
        IP2PEscrow.OrderParams memory p = params();
        for (uint256 i; i < 3; ++i) {
            p.amount = [0, uint96(5 * UNIT - 1), uint96(10_000 * UNIT + 1)][i];
            _reverts(
                p,
                abi.encodeWithSelector(IP2PEscrow.AmountOutOfRange.selector, p.amount, 5 * UNIT, 10_000 * UNIT)
            );
        }
    }

    function test_create_revertsIfWindowIsOutOfRange() public {
        for (uint256 i; i < 4; ++i) {
            uint16 hours_ = [0, 23, 1441, type(uint16).max][i];
            IP2PEscrow.OrderParams memory p = params();
            p.confirmHours = hours_;
            _reverts(p, abi.encodeWithSelector(IP2PEscrow.InvalidWindow.selector, hours_));
            p = params();
            p.releaseHours = hours_;
            _reverts(p, abi.encodeWithSelector(IP2PEscrow.InvalidWindow.selector, hours_));
        }
    }

    function test_create_revertsIfSellerIsRefused() public {
        address[4] memory refused = [address(0), buyer, address(escrow), address(pool)];
        for (uint256 i; i < refused.length; ++i) {
            IP2PEscrow.OrderParams memory p = params();
            p.seller = refused[i];
            _reverts(p, abi.encodeWithSelector(IP2PEscrow.InvalidSeller.selector, refused[i]));
        }
    }

    function test_create_revertsIfOrderExists() public {
        IP2PEscrow.OrderParams memory p = params();
        bytes32 id = create(p);
        _reverts(p, abi.encodeWithSelector(IP2PEscrow.OrderExists.selector, id));
        vm.prank(buyer);
        escrow.cancelOrder(id);
        _reverts(p, abi.encodeWithSelector(IP2PEscrow.OrderExists.selector, id));
    }

    function test_create_revertsWithoutAllowance() public {
        IP2PEscrow.OrderParams memory p = params();
        vm.prank(buyer);
        token.approve(address(escrow), AMOUNT - 1);
        vm.prank(buyer);
        vm.expectRevert();
        escrow.createOrder(p);
    }

    function test_create_revertsIn2106() public {
        IP2PEscrow.OrderParams memory p = params();
        vm.warp(type(uint32).max - 24 hours);
        create(p);
        p = params();
        vm.warp(type(uint32).max - 24 hours + 1);
        vm.prank(buyer);
        vm.expectRevert();
        escrow.createOrder(p);
    }

    // --------------------------------------------------------------------------------------------------------- Effects

    function test_create_emitsAllTerms() public {
        IP2PEscrow.OrderParams memory p = params();
        expectCreated(buyer, p);
        create(p);
    }

    function test_create_storesTheOrder() public {
        bytes32 id = aCreated();
        IP2PEscrow.Order memory order = escrow.orders(id);
        assertStatus(id, IP2PEscrow.Status.Created);
        vm.assertEq(order.seller, seller);
        vm.assertEq(order.buyer, buyer);
        vm.assertEq(order.amount, AMOUNT);
        vm.assertEq(order.deadline, NOW + 24 hours);
        vm.assertEq(order.flags, 0);
        vm.assertEq(order.releaseHours, 72);
        vm.assertEq(order.tokenId, tokenId);
        vm.assertEq(order.createdDay, TODAY);
    }

    function test_create_writesTwoSlotsOfItsOwn() public {
        IP2PEscrow.OrderParams memory p = params();
        vm.record();
        bytes32 id = create(p);
        (, bytes32[] memory writes) = vm.accesses(address(escrow));
        vm.assertEq(writes.length, 2, "slots");
        vm.assertEq(uint256(writes[1]), uint256(writes[0]) + 1, "neighbours");
        vm.assertEq(
            vm.load(address(escrow), writes[0]),
            bytes32(
                uint256(uint160(seller)) | (NOW + 24 hours) << 160 | uint256(1) << 200 | uint256(72) << 208
                    | uint256(tokenId) << 224 | uint256(TODAY) << 240
            )
        );
        vm.assertEq(
            vm.load(address(escrow), writes[1]), bytes32(uint256(uint160(buyer)) | uint256(AMOUNT) << 160)
        );
        assertStatus(id, IP2PEscrow.Status.Created);
    }

    function test_create_pullsExactlyTheAmount() public {
        IP2PEscrow.OrderParams memory p = params();
        Balances memory before = balances();
        create(p);
        assertMoved(before, int96(AMOUNT), -int96(AMOUNT), 0);
    }

    function test_create_takesEveryAmountAndWindowWithinTheBounds(uint256 amount, uint256 confirm, uint256 release)
        public
    {
        IP2PEscrow.OrderParams memory p = params();
        p.amount = uint96(bound(amount, 5 * UNIT, 10_000 * UNIT));
        p.confirmHours = uint16(bound(confirm, 24, 1440));
        p.releaseHours = uint16(bound(release, 24, 1440));
        IP2PEscrow.Order memory order = escrow.orders(create(p));
        vm.assertEq(order.amount, p.amount);
        vm.assertEq(order.deadline, NOW + uint256(p.confirmHours) * 1 hours);
        vm.assertEq(order.releaseHours, p.releaseHours);
    }

    function test_create_takesTheBoundsThemselves() public {
        IP2PEscrow.OrderParams memory p = params();
        (p.amount, p.confirmHours, p.releaseHours) = (uint96(5 * UNIT), 24, 24);
        create(p);
        (p.amount, p.confirmHours, p.releaseHours) = (uint96(10_000 * UNIT), 1440, 1440);
        create(p);
    }

    function test_create_countsDaysFromMidnightToMidnight() public {
        uint256 midnight = NOW - NOW % 1 days;
        vm.warp(midnight - 1);
        vm.assertEq(escrow.orders(aCreated()).createdDay, TODAY - 1);
        vm.warp(midnight);
        vm.assertEq(escrow.orders(aCreated()).createdDay, TODAY);
    }

    function test_create_idCommitsToChainEscrowBuyerAndEveryTerm() public {
        IP2PEscrow.OrderParams memory p = params();
        bytes32 id = escrow.orderIdOf(buyer, p);
        vm.assertEq(id, keccak256(abi.encode(block.chainid, address(escrow), buyer, p)));
        vm.assertEq(create(p), id);

        vm.assertTrue(escrow.orderIdOf(stranger, p) != id, "buyer");
        p.salt = ~p.salt;
        vm.assertTrue(escrow.orderIdOf(buyer, p) != id, "salt");
        p.salt = ~p.salt;
        vm.chainId(block.chainid + 1);
        vm.assertTrue(escrow.orderIdOf(buyer, p) != id, "chain");
    }

    function test_create_sameTermsByAnotherBuyerAreAnotherOrder() public {
        IP2PEscrow.OrderParams memory p = params();
        fund(stranger);
        bytes32 id = create(p);
        vm.prank(stranger);
        vm.assertTrue(escrow.createOrder(p) != id, "ids");
    }

    // --------------------------------------------------------------------------------------------------------- Helpers

    function _reverts(IP2PEscrow.OrderParams memory p, bytes memory data) private {
        vm.prank(buyer);
        vm.expectRevert(data);
        escrow.createOrder(p);
    }

    function _pause(bool paused) private {
        uint16[] memory ids = new uint16[](1);
        ids[0] = tokenId;
        vm.prank(owner);
        escrow.setOrdersPaused(ids, paused);
    }
}
