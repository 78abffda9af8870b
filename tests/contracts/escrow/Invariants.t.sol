// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {EscrowHandler, IToken} from "../support/EscrowHandler.sol";
import {Puppet} from "../support/Puppet.sol";
import {Test} from "../support/Test.sol";

/// @dev Named here, because the runner knows the contracts of this file alone.
contract Handler is EscrowHandler {
    constructor(IP2PEscrow escrow_, Puppet pool_) EscrowHandler(escrow_, pool_) {}
}

/// @notice What holds after any sequence of calls.
contract EscrowInvariants is Test {
    IP2PEscrow private escrow;
    Puppet private pool;
    Handler private handler;

    function setUp() public {
        vm.warp(1_800_000_000);
        pool = new Puppet();
        escrow = IP2PEscrow(deploy("P2PEscrow.sol:P2PEscrow", abi.encode(pool, address(this))));
        handler = new Handler(escrow, pool);
        for (uint256 t = 1; t <= handler.TOKENS(); ++t) {
            escrow.listToken(handler.tokens(t), 5, 5, 10_000);
        }

        bytes4[] memory selectors = new bytes4[](16);
        selectors[0] = handler.createOrder.selector;
        selectors[1] = handler.cancel.selector;
        selectors[2] = handler.confirm.selector;
        selectors[3] = handler.extend.selector;
        selectors[4] = handler.receive_.selector;
        selectors[5] = handler.refund.selector;
        selectors[6] = handler.timeouts.selector;
        selectors[7] = handler.openDispute.selector;
        selectors[8] = handler.settle.selector;
        selectors[9] = handler.rule.selector;
        selectors[10] = handler.revoke.selector;
        selectors[11] = handler.withdraw.selector;
        selectors[12] = handler.pass.selector;
        selectors[13] = handler.setBlackListed.selector;
        selectors[14] = handler.setHostile.selector;
        selectors[15] = handler.donate.selector;
        target(address(handler), selectors);
    }

    /// 1, 2 and 3: see `checkBooks`.
    function invariant_booksAgree() public view {
        handler.checkBooks();
    }

    /// Storage says of every order what happened to it. 4: time and calls that are open to anyone end all of them, also
    /// with a pool that always reverts; all the money has left then.
    function afterInvariant() public {
        uint256 count = handler.count();
        bytes32[] memory ids = new bytes32[](count);
        uint256 live;
        for (uint256 i; i < count; ++i) {
            EscrowHandler.Known memory order = handler.known(i);
            ids[i] = order.id;
            IP2PEscrow.Order memory stored = escrow.orders(order.id);
            vm.assertEq(uint256(stored.status), uint256(order.status), "status");
            vm.assertEq(stored.buyer, order.buyer, "buyer");
            vm.assertEq(stored.seller, order.seller, "seller");
            vm.assertEq(stored.amount, order.amount, "amount");
            vm.assertEq(stored.tokenId, order.tokenId, "tokenId");
            if (order.opener != address(0)) {
                vm.assertEq(stored.flags & 2 != 0, order.opener == order.seller, "who opened");
            }
            if (order.status <= IP2PEscrow.Status.Disputed) ++live;
        }

        pool.setHostile(true);
        vm.warp(block.timestamp + 181 days);
        vm.assertEq(escrow.processTimeouts(ids), live, "ended");
        for (uint256 t = 1; t <= handler.TOKENS(); ++t) {
            address token = handler.tokens(t);
            uint256 left = IToken(token).balanceOf(address(escrow)) - handler.stray(token);
            for (uint256 i; i < handler.EVERYONE(); ++i) {
                left -= escrow.withdrawable(token, handler.people(i));
            }
            vm.assertEq(left, 0, "all the money has left");
        }
    }
}
