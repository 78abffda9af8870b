// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {Ruling} from "../../../contracts/interfaces/Ruling.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

/// @notice Every payment of every function, with a little less gas than it asks for and with a little more.
contract TooLittleGasTest is EscrowTest {
    /// From where the first payment is refused to where the last is made, in steps smaller than what lies between two
    /// payments: each of them is the one that refuses at some step.
    function refusesThenPays(address caller, address callee, bytes memory data) private {
        uint256 refused;
        uint256 paid;
        for (uint256 gas_ = 300_000; gas_ < 560_000; gas_ += 2_500) {
            uint256 snapshot = vm.snapshotState();
            vm.prank(caller);
            (bool ok, bytes memory answer) = callee.call{gas: gas_}(data);
            if (ok) ++paid;
            else ++refused;
            if (!ok) assertTooLittle(answer, gas_);
            // Refused once it was paid with less: never.
            vm.assertTrue(ok || paid == 0, "refused with more");
            vm.assertEq(escrow.withdrawable(address(token), buyer), 0, "buyer deferred");
            vm.assertEq(escrow.withdrawable(address(token), seller), 0, "seller deferred");
            vm.revertToState(snapshot);
        }
        vm.assertGt(refused, 0, "never refused");
        vm.assertGt(paid, 0, "never paid");
    }

    /// `TooLittleGas(available, required)`: less than was given, and less than is needed, which is always the same.
    function assertTooLittle(bytes memory answer, uint256 given) private pure {
        vm.assertEq(bytes32(bytes4(answer)), bytes32(IP2PEscrow.TooLittleGas.selector), "another reason");
        (uint256 available, uint256 required) = abi.decode(argumentsOf(answer), (uint256, uint256));
        vm.assertEq(required, 300_000, "required");
        vm.assertTrue(available < given && available < required, "available and required");
    }

    /// An error's arguments, without its selector.
    function argumentsOf(bytes memory answer) private pure returns (bytes memory arguments) {
        arguments = new bytes(answer.length - 4);
        for (uint256 i; i < arguments.length; ++i) {
            arguments[i] = answer[i + 4];
        }
    }

    function refusesThenPays(address caller, bytes memory data) private {
        refusesThenPays(caller, address(escrow), data);
    }

    function test_gas_cancelOrder() public {
        refusesThenPays(buyer, abi.encodeCall(escrow.cancelOrder, (aCreated())));
    }

    function test_gas_expireOrder() public {
        bytes32 id = aCreated();
        vm.warp(NOW + 25 hours);
        refusesThenPays(stranger, abi.encodeCall(escrow.expireOrder, (id)));
    }

    function test_gas_releaseOrder() public {
        bytes32 id = aConfirmed();
        vm.warp(NOW + 73 hours);
        refusesThenPays(stranger, abi.encodeCall(escrow.releaseOrder, (id)));
    }

    function test_gas_buyerConfirmReceived() public {
        refusesThenPays(buyer, abi.encodeCall(escrow.buyerConfirmReceived, (aConfirmed())));
    }

    function test_gas_refundBuyer() public {
        refusesThenPays(seller, abi.encodeCall(escrow.refundBuyer, (aConfirmed())));
    }

    /// Two payments.
    function test_gas_settle() public {
        bytes32 id = aConfirmed();
        bytes memory signature = sign(sellerKey, escrow.settlementDigest(id, AMOUNT / 3, 0, NOW));
        refusesThenPays(buyer, abi.encodeCall(escrow.settle, (id, AMOUNT / 3, 0, NOW, signature)));
    }

    /// The fee that goes back to the opener, then the price.
    function test_gas_closeCase() public {
        refusesThenPays(seller, abi.encodeCall(escrow.refundBuyer, (aDisputed())));
    }

    function test_gas_rule() public {
        bytes32 id = aDisputed();
        refusesThenPays(address(pool), abi.encodeCall(escrow.rule, (id, Ruling.Buyer, arbitrator)));
    }

    /// Three payments.
    function test_gas_forceStalemate() public {
        bytes32 id = aDisputed();
        vm.warp(NOW + 91 days);
        refusesThenPays(stranger, abi.encodeCall(escrow.forceStalemate, (id)));
    }
}
