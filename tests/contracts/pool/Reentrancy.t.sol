// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IArbitratorPool} from "../../../contracts/interfaces/IArbitratorPool.sol";
import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {Ruling} from "../../../contracts/interfaces/Ruling.sol";
import {StandardToken} from "../../../contracts/mocks/StandardToken.sol";
import {PoolTest} from "../support/PoolTest.sol";
import {ReentrantParty, ReentrantToken} from "../support/Tokens.sol";

/// @notice Somebody who calls while their tokens move, into every function that could take something twice. Stakes and
/// orders are in the same token, so that one could be paid with the other.
contract ReentrancyTest is PoolTest {
    ReentrantToken private hooked;
    ReentrantParty private evil;

    uint256 private constant FUNDS = 100_000e6;
    uint256 private constant SMALL_STAKE = 500e6;

    function setUp() public override {
        super.setUp();
        hooked = new ReentrantToken();
        IArbitratorPool.Parameters memory p = defaults();
        p.stakeToken = address(hooked);
        p.minimumStake = uint96(SMALL_STAKE);
        pool = deployPool(p);
        escrow = IP2PEscrow(deploy("P2PEscrow.sol:P2PEscrow", abi.encode(pool, address(this))));
        pool.link(address(escrow));
        escrow.listToken(address(hooked), 5, 5, 10_000);
        token = StandardToken(address(hooked));
        stakeToken = StandardToken(address(hooked));
        fund(buyer);
        fund(seller);
        for (uint256 i; i < 5; ++i) {
            fund(arbitrator(i));
            vm.prank(arbitrator(i));
            pool.register(SMALL_STAKE);
        }
        pass(7 days);
        for (uint256 i; i < 5; ++i) {
            pool.activate(arbitrator(i));
        }
        evil = new ReentrantParty(hooked, address(pool));
        evil.act(address(hooked), abi.encodeCall(hooked.approve, (address(escrow), type(uint256).max)));
        hooked.mint(address(evil), FUNDS);
        buyer = address(evil);
    }

    /// Plans the same calls for before and after the tokens move: all that the lock guards.
    function planAll() private {
        bytes[5] memory guarded = [
            abi.encodeCall(pool.register, (SMALL_STAKE)),
            abi.encodeCall(pool.addStake, (1)),
            abi.encodeCall(pool.withdrawStake, (keeper)),
            abi.encodeCall(pool.withdraw, (address(hooked), keeper)),
            abi.encodeCall(pool.appeal, (bytes32(uint256(1))))
        ];
        for (uint256 i; i < 5; ++i) {
            evil.onMoving(address(pool), guarded[i]);
            evil.onMoved(address(pool), guarded[i]);
        }
    }

    function assertAllFailed() private view {
        vm.assertEq(evil.succeeded(), 0, "a nested call got through");
        vm.assertEq(evil.failed(), 10, "nested calls");
    }

    function test_reentrancy_ofARegistration() public {
        planAll();
        uint256 before = hooked.balanceOf(address(pool));
        evil.act(address(pool), abi.encodeCall(pool.register, (SMALL_STAKE)));
        assertAllFailed();
        vm.assertEq(hooked.balanceOf(address(pool)), before + SMALL_STAKE);
        vm.assertEq(pool.arbitrators(address(evil)).stake, SMALL_STAKE);
    }

    function test_reentrancy_ofAnAddition() public {
        evil.act(address(pool), abi.encodeCall(pool.register, (SMALL_STAKE)));
        planAll();
        evil.act(address(pool), abi.encodeCall(pool.addStake, (7)));
        assertAllFailed();
        vm.assertEq(pool.arbitrators(address(evil)).stake, SMALL_STAKE + 7);
    }

    function test_reentrancy_ofAStakesWithdrawal() public {
        evil.act(address(pool), abi.encodeCall(pool.register, (SMALL_STAKE)));
        evil.act(address(pool), abi.encodeCall(pool.requestExit, ()));
        pass(14 days);
        planAll();
        evil.act(address(pool), abi.encodeCall(pool.withdrawStake, (address(evil))));
        assertAllFailed();
        vm.assertEq(hooked.balanceOf(address(evil)), FUNDS);
        vm.assertEq(hooked.balanceOf(address(pool)), 5 * SMALL_STAKE);
    }

    function test_reentrancy_ofABalancesWithdrawal() public {
        bytes32 id = openAppealedCase(Ruling.Seller);
        pass(7 days + 1);
        pool.finalise(id);
        vm.assertEq(pool.balances(address(hooked), address(evil)), 3 * FEE);
        planAll();
        uint256 before = hooked.balanceOf(address(evil));
        evil.act(address(pool), abi.encodeCall(pool.withdraw, (address(hooked), address(evil))));
        assertAllFailed();
        vm.assertEq(hooked.balanceOf(address(evil)), before + 3 * FEE);
        vm.assertEq(hooked.balanceOf(address(pool)), 5 * SMALL_STAKE);
    }

    function test_reentrancy_ofAnAppeal() public {
        bytes32 id = openRuledCase(Ruling.Seller);
        planAll();
        evil.act(address(pool), abi.encodeCall(pool.appeal, (id)));
        assertAllFailed();
        vm.assertEq(hooked.balanceOf(address(pool)), 5 * SMALL_STAKE + 3 * FEE);
    }

    /// What each nested call is answered from within: it is the lock that refuses.
    function test_reentrancy_isRefusedByTheLock() public {
        evil.onMoving(address(this), abi.encodeCall(this.locked, ()));
        evil.onMoved(address(this), abi.encodeCall(this.locked, ()));
        evil.act(address(pool), abi.encodeCall(pool.register, (SMALL_STAKE)));
        vm.assertEq(evil.succeeded(), 2);
    }

    function locked() external {
        expectLocked();
        pool.register(SMALL_STAKE);
        expectLocked();
        pool.addStake(1);
        expectLocked();
        pool.withdrawStake(keeper);
        expectLocked();
        pool.withdraw(address(hooked), keeper);
        expectLocked();
        pool.appeal(0);
    }

    function expectLocked() private {
        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
    }

    /// `closeCase` has no lock, because the escrow calls it while it pays: the loser gives in while the deposit arrives.
    function test_reentrancy_caseThatClosesWhileTheDepositArrives() public {
        bytes32 id = openRuledCase(Ruling.Seller);
        evil.onMoving(address(escrow), abi.encodeCall(escrow.buyerConfirmReceived, (id)));
        uint256 before = hooked.balanceOf(address(evil));
        evil.act(address(pool), abi.encodeCall(pool.appeal, (id)));

        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.Closed));
        vm.assertEq(uint256(escrow.orders(id).status), uint256(IP2PEscrow.Status.Completed));
        vm.assertEq(hooked.balanceOf(address(evil)), before - 3 * FEE);
        vm.assertEq(pool.balances(address(hooked), address(evil)), 3 * FEE, "the deposit is the payer's");
        vm.assertEq(hooked.balanceOf(address(pool)), 5 * SMALL_STAKE + 3 * FEE, "and it is there");
    }

    /// `finalise` pays the winner last: everything is done when the winner is called.
    function test_reentrancy_ofTheWinnerWhoIsPaid() public {
        bytes32 id = openRuledCase(Ruling.Buyer);
        pass(48 hours + 1);
        evil.onMoved(address(pool), abi.encodeCall(pool.finalise, (id)));
        evil.onMoved(address(pool), abi.encodeCall(pool.closeCase, (id)));
        evil.onMoved(address(escrow), abi.encodeCall(escrow.buyerConfirmReceived, (id)));
        evil.onMoved(address(escrow), abi.encodeCall(escrow.forceStalemate, (id)));
        uint256 before = hooked.balanceOf(address(evil));
        pool.finalise(id);
        // Closing an ended case does nothing, and says so by succeeding.
        vm.assertEq(evil.succeeded(), 1);
        vm.assertEq(evil.failed(), 3);
        vm.assertEq(hooked.balanceOf(address(evil)), before + AMOUNT);
        vm.assertEq(escrow.withdrawable(address(hooked), holderOf(id)), FEE);
    }

    function test_reentrancy_ofAPartyOfAStalemate() public {
        bytes32 id = openCase();
        vm.warp(uint256(pool.cases(id).openedAt) + 30 days + 1);
        evil.onMoved(address(pool), abi.encodeCall(pool.breakStalemate, (id)));
        evil.onMoved(address(pool), abi.encodeCall(pool.recommit, (id)));
        uint256 before = hooked.balanceOf(address(evil));
        pool.breakStalemate(id);
        vm.assertEq(evil.succeeded(), 0);
        vm.assertEq(evil.failed(), 2);
        vm.assertEq(hooked.balanceOf(address(evil)), before + AMOUNT / 2 + FEE);
        vm.assertEq(hooked.balanceOf(address(escrow)), 0);
    }
}
