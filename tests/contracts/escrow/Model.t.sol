// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {Ruling} from "../../../contracts/interfaces/Ruling.sol";
import {OrderModel} from "../../prove/OrderModel.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

/// @notice The escrow beside the model of which `npm run test:prove` proves that its money leaves once: whatever is tried in
/// whatever order, by whom it is allowed to, both take it or both refuse it, and agree on the state and the money.
contract ModelTest is EscrowTest {
    uint256 private constant ACTIONS = 12;

    OrderModel private model;
    bytes32 private id;

    function testFuzz_escrowGoesTheModelsWay(uint256 seed) public {
        model = new OrderModel();
        IP2PEscrow.OrderParams memory p = params();
        id = create(p);
        model.create(p.amount);
        compare();

        for (uint256 i; i < 16; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            if (random & 3 == 0) vm.warp(vm.getBlockTimestamp() + (random >> 8) % 4 days + 1);
            if (random & 63 == 1) vm.warp(vm.getBlockTimestamp() + 181 days);
            act(random >> 64, (random >> 16) % ACTIONS);
        }
    }

    function act(uint256 random, uint256 action) private {
        uint256 kept = answer(random);
        bool bySeller = random & 8 != 0;
        bool due = vm.getBlockTimestamp() > escrow.orders(id).deadline;
        uint256 share = (random >> 32) % (AMOUNT + 2);

        (address caller, bytes memory data) = call(action, random, share);
        vm.prank(caller == address(0) ? (bySeller ? seller : buyer) : caller);
        (bool done,) = address(escrow).call(data);
        vm.assertEq(follow(action, share, kept, due), done, "one of the two refused");
        compare();
    }

    /// What the pool will say of a case that is closed: nobody was drawn, an arbitrator was, or has ruled.
    function answer(uint256 random) private returns (uint256 kept) {
        address payee = random % 3 == 0 ? address(0) : arbitrator;
        pool.setAnswer(id, payee, random % 3 == 2);
        return payee == address(0) ? 0 : random % 3 == 2 ? FEE : 5 * UNIT;
    }

    /// @return caller zero for one of the parties
    function call(uint256 action, uint256 random, uint256 share)
        private
        view
        returns (address caller, bytes memory data)
    {
        if (action == 0) return (seller, abi.encodeCall(escrow.sellerConfirmDelivery, (id, 0)));
        if (action == 1) return (address(0), abi.encodeCall(escrow.cancelOrder, (id)));
        if (action == 2) return (stranger, abi.encodeCall(escrow.expireOrder, (id)));
        if (action == 3) return (stranger, abi.encodeCall(escrow.releaseOrder, (id)));
        if (action == 4) return (buyer, abi.encodeCall(escrow.buyerConfirmReceived, (id)));
        if (action == 5) return (seller, abi.encodeCall(escrow.refundBuyer, (id)));
        if (action == 6) return (address(0), abi.encodeCall(escrow.openDispute, (id, 0)));
        if (action == 7) return (address(pool), abi.encodeCall(escrow.rule, (id, Ruling.Buyer, arbitrator)));
        if (action == 8) return (address(pool), abi.encodeCall(escrow.rule, (id, Ruling.Seller, arbitrator)));
        if (action == 9) return (address(pool), abi.encodeCall(escrow.rule, (id, Ruling.Stalemate, address(0))));
        if (action == 10) return (stranger, abi.encodeCall(escrow.forceStalemate, (id)));
        uint256 nonce = escrow.nonces(random & 1 == 0 ? buyer : seller);
        bytes memory signature = share > AMOUNT
            ? bytes("")
            : sign(random & 1 == 0 ? buyerKey : sellerKey, escrow.settlementDigest(id, share, nonce, type(uint256).max));
        return (
            random & 1 == 0 ? seller : buyer,
            abi.encodeCall(escrow.settle, (id, share, nonce, type(uint256).max, signature))
        );
    }

    /// The same of the model; whether it took it.
    function follow(uint256 action, uint256 share, uint256 kept, bool due) private returns (bool done) {
        bytes memory data = abi.encodeCall(model.settle, (share, kept));
        if (action == 0) data = abi.encodeCall(model.confirm, ());
        if (action == 1) data = abi.encodeCall(model.cancel, ());
        if (action == 2) data = abi.encodeCall(model.expire, (due));
        if (action == 3) data = abi.encodeCall(model.release, (due));
        if (action == 4) data = abi.encodeCall(model.receive_, (kept));
        if (action == 5) data = abi.encodeCall(model.refund, (kept));
        if (action == 6) data = abi.encodeCall(model.openDispute, (uint96(FEE)));
        if (action == 7) data = abi.encodeCall(model.rule, (true));
        if (action == 8) data = abi.encodeCall(model.rule, (false));
        if (action == 9) data = abi.encodeCall(model.stalemate, (true, due));
        if (action == 10) data = abi.encodeCall(model.stalemate, (false, due));
        (done,) = address(model).call(data);
    }

    /// The state, and what the escrow holds: for the order, for the dispute, and for who can withdraw.
    function compare() private view {
        vm.assertEq(uint256(statusOf(id)), uint256(model.status()), "status");
        uint256 held = model.amountIn() - model.amountOut() + model.feeIn() - model.feeOut();
        vm.assertEq(token.balanceOf(address(escrow)), held + escrow.withdrawable(address(token), arbitrator), "money");
    }
}
