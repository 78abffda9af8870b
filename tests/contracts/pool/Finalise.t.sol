// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IArbitratorPool} from "../../../contracts/interfaces/IArbitratorPool.sol";
import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {Ruling} from "../../../contracts/interfaces/Ruling.sol";
import {PoolTest} from "../support/PoolTest.sol";

contract FinaliseTest is PoolTest {
    function setUp() public override {
        super.setUp();
        arbitrators(10);
    }

    function test_finalise_paysTheWinnerAndTheArbitrator() public {
        bytes32 id = openRuledCase(Ruling.Seller);
        address holder = holderOf(id);
        uint256 before = token.balanceOf(seller);

        pass(48 hours + 1);
        pool.finalise(id);

        vm.assertEq(token.balanceOf(seller), before + AMOUNT);
        vm.assertEq(escrow.withdrawable(address(token), holder), FEE);
        vm.assertEq(pool.arbitrators(holder).reputation, 51);
        vm.assertEq(pool.weightOf(holder), 11);
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.Finalised));
    }

    /// A bounty is somebody's stake: where nobody was slashed, nobody is credited.
    function test_finalise_ofAQuietCaseHasNoBounty() public {
        bytes32 id = openRuledCase(Ruling.Seller);
        address holder = holderOf(id);
        pass(48 hours + 1);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.Finalised(id, holder, Ruling.Seller, 0);
        vm.recordLogs();
        pool.finalise(id);
        vm.assertEq(recorded(IArbitratorPool.Credited.selector), 0);
        vm.assertEq(pool.balances(address(stakeToken), holder), 0);
    }

    function test_finalise_overturned() public {
        bytes32 id = openSeatedCase(Ruling.Seller);
        address holder = holderOf(id);
        commit(id, 0, Ruling.Buyer);
        commit(id, 1, Ruling.Buyer);
        pass(48 hours + 1);
        reveal(id, 0, Ruling.Buyer);
        reveal(id, 1, Ruling.Buyer);
        pass(24 hours);
        pool.finalise(id);

        vm.assertEq(uint256(escrow.orders(id).status), uint256(IP2PEscrow.Status.ResolvedBuyer));
        // The deposit 3 F came from the buyer: 2 F back, F to two panelists.
        vm.assertEq(pool.balances(address(token), buyer), 2 * FEE);
        vm.assertEq(pool.balances(address(token), panelist(id, 0)), FEE / 2);
        vm.assertEq(pool.balances(address(token), panelist(id, 1)), FEE / 2);
        vm.assertEq(escrow.withdrawable(address(token), buyer), FEE);
        // 2 F of the stake in its own decimals, and the absent panelist's tenth.
        vm.assertEq(pool.balances(address(stakeToken), buyer), 100e18 + 50e18);
        vm.assertEq(pool.arbitrators(holder).stake, STAKE - 100e18);
        vm.assertEq(pool.arbitrators(panelist(id, 2)).stake, STAKE - 50e18);
        vm.assertEq(pool.arbitrators(holder).reputation, 45);
    }

    /// 2 F are worth 1,000 of the stake token: more than half of the stake, and so half of it, the odd unit left.
    function test_finalise_overturnedTakesAtMostHalfOfTheStake() public {
        for (uint256 i; i < 10; ++i) {
            vm.prank(arbitrator(i));
            pool.addStake(1);
        }
        bytes32 id = openCase(10_000e6);
        draw();
        pass(24 hours);
        rule(id, Ruling.Seller);
        vm.prank(buyer);
        pool.appeal(id);
        draw();
        commit(id, 0, Ruling.Buyer);
        commit(id, 1, Ruling.Buyer);
        commit(id, 2, Ruling.Buyer);
        pass(48 hours + 1);
        reveal(id, 0, Ruling.Buyer);
        reveal(id, 1, Ruling.Buyer);
        reveal(id, 2, Ruling.Buyer);
        pass(24 hours);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.Slashed(id, holderOf(id), buyer, STAKE / 2, STAKE / 2 + 1);
        pool.finalise(id);

        vm.assertEq(pool.arbitrators(holderOf(id)).stake, STAKE / 2 + 1);
        vm.assertEq(pool.balances(address(stakeToken), buyer), STAKE / 2);
    }
}
