// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {Ruling} from "../../../contracts/interfaces/Ruling.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

contract RuleTest is EscrowTest {
    function test_rule_revertsForAnyoneButThePool() public {
        bytes32 id = aDisputed();
        for (uint256 i; i < 4; ++i) {
            address caller = [buyer, seller, owner, arbitrator][i];
            vm.prank(caller);
            vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.NotPool.selector, caller));
            escrow.rule(id, Ruling.Buyer, arbitrator);
        }
    }

    function test_rule_revertsUnlessDisputed() public {
        bytes32[4] memory ids = [bytes32(0), aCreated(), aConfirmed(), anEnded()];
        for (uint256 i; i < ids.length; ++i) {
            IP2PEscrow.Status current = statusOf(ids[i]);
            expectWrongStatus(ids[i], current);
            pool.rule(escrow, ids[i], Ruling.Buyer, arbitrator);
        }
    }

    function test_rule_revertsWithoutARuling() public {
        bytes32 id = aDisputed();
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InvalidRuling.selector, id));
        pool.rule(escrow, id, Ruling.None, arbitrator);
    }

    function test_rule_revertsWithoutAPayee() public {
        bytes32 id = aDisputed();
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InvalidFeePayee.selector, id));
        pool.rule(escrow, id, Ruling.Seller, address(0));
    }

    function test_rule_forTheBuyer() public {
        _rules(Ruling.Buyer);
    }

    function test_rule_forTheSeller() public {
        _rules(Ruling.Seller);
    }

    function test_rule_stalemateSplitsAndReturnsTheFeeToItsPayer() public {
        uint256 half = AMOUNT / 2;
        for (uint256 i; i < 2; ++i) {
            address opener = [buyer, seller][i];
            bytes32 id = aDisputed(opener);
            IP2PEscrow.Order memory order = escrow.orders(id);
            Balances memory before = balances();

            vm.expectEmit(address(escrow));
            emit IP2PEscrow.OrderStalemated(id, opener, half + 1, half, FEE, false);
            pool.rule(escrow, id, Ruling.Stalemate, arbitrator);

            assertStatus(id, IP2PEscrow.Status.Stalemate);
            assertSameTerms(order, id);
            assertMoved(
                before,
                -int256(AMOUNT + FEE),
                int256(half + 1 + (i == 0 ? FEE : 0)),
                int256(half + (i == 1 ? FEE : 0))
            );
            vm.assertEq(escrow.withdrawable(address(token), arbitrator), 0, "ignored");
        }
    }

    function test_rule_staysOpenAfterNinetyDays() public {
        bytes32 id = aDisputed();
        vm.warp(NOW + 91 days);
        pool.rule(escrow, id, Ruling.Buyer, arbitrator);
        assertStatus(id, IP2PEscrow.Status.ResolvedBuyer);
    }

    function test_rule_isFinal() public {
        bytes32 id = aDisputed();
        pool.rule(escrow, id, Ruling.Buyer, arbitrator);
        expectWrongStatus(id, IP2PEscrow.Status.ResolvedBuyer);
        pool.rule(escrow, id, Ruling.Seller, arbitrator);
    }

    function test_rule_addsUpWhatAPayeeEarned() public {
        pool.rule(escrow, aDisputed(), Ruling.Buyer, arbitrator);
        pool.rule(escrow, aDisputed(), Ruling.Seller, arbitrator);
        vm.assertEq(escrow.withdrawable(address(token), arbitrator), 2 * FEE);
    }

    function _rules(Ruling ruling) private {
        bool forBuyer = ruling == Ruling.Buyer;
        bytes32 id = aDisputed();
        IP2PEscrow.Order memory order = escrow.orders(id);
        Balances memory before = balances();

        vm.expectEmit(address(escrow));
        emit IP2PEscrow.OrderRuled(id, forBuyer ? buyer : seller, arbitrator, ruling, AMOUNT, FEE);
        pool.rule(escrow, id, ruling, arbitrator);

        assertStatus(id, forBuyer ? IP2PEscrow.Status.ResolvedBuyer : IP2PEscrow.Status.ResolvedSeller);
        assertSameTerms(order, id);
        assertMoved(
            before, -int96(AMOUNT), forBuyer ? int96(AMOUNT) : int96(0), forBuyer ? int96(0) : int96(AMOUNT)
        );
        vm.assertEq(escrow.withdrawable(address(token), arbitrator), FEE, "the fee is credited, not pushed");
        vm.assertEq(token.balanceOf(arbitrator), 0);
    }
}
