// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IArbitratorPool} from "../../../contracts/interfaces/IArbitratorPool.sol";
import {Ruling} from "../../../contracts/interfaces/Ruling.sol";
import {PoolTest} from "../support/PoolTest.sol";

/// @notice register, addStake, activate, requestExit, withdrawStake, sync.
contract MembershipTest is PoolTest {
    address private alice = makeAddr("alice");

    function setUp() public override {
        super.setUp();
        fund(alice);
    }

    function expectStatus(IArbitratorPool.ArbitratorStatus current) private {
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.WrongArbitratorStatus.selector, alice, current));
    }

    // -------------------------------------------------------------------------------------------------- register

    function test_register_revertsIfNotLinked() public {
        IArbitratorPool unlinked = deployPool(defaults());
        vm.expectRevert(IArbitratorPool.NotLinked.selector);
        unlinked.register(STAKE);
    }

    function test_register_revertsIfRegistered() public {
        register(alice);
        expectStatus(IArbitratorPool.ArbitratorStatus.Registered);
        vm.prank(alice);
        pool.register(STAKE);
    }

    function test_register_revertsBelowTheMinimum() public {
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.StakeTooLow.selector, STAKE - 1, STAKE));
        vm.prank(alice);
        pool.register(STAKE - 1);
    }

    function test_register_revertsAboveWhatASlotHolds() public {
        uint256 tooMuch = uint256(type(uint96).max) + 1;
        vm.expectRevert(
            abi.encodeWithSelector(IArbitratorPool.StakeTooHigh.selector, tooMuch, type(uint96).max)
        );
        vm.prank(alice);
        pool.register(tooMuch);
    }

    function test_register_takesAllThatASlotHolds() public {
        stakeToken.mint(alice, type(uint96).max);
        vm.prank(alice);
        pool.register(type(uint96).max);
        vm.assertEq(pool.arbitrators(alice).stake, type(uint96).max);
        vm.assertEq(pool.arbitrators(alice).registeredAt, vm.getBlockTimestamp());
    }

    function test_register_takesTheStake() public {
        uint256 before = stakeToken.balanceOf(alice);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.Registered(alice, STAKE, 50, block.timestamp + 7 days);
        vm.prank(alice);
        pool.register(STAKE);

        vm.assertEq(stakeToken.balanceOf(alice), before - STAKE);
        vm.assertEq(stakeToken.balanceOf(address(pool)), STAKE);
        IArbitratorPool.Arbitrator memory stored = pool.arbitrators(alice);
        vm.assertEq(stored.stake, STAKE);
        vm.assertEq(stored.registeredAt, block.timestamp);
        vm.assertEq(stored.exitAt, 0);
        vm.assertEq(stored.leaf, 0);
        vm.assertEq(stored.openCases, 0);
        vm.assertEq(stored.reputation, 50);
        vm.assertEq(uint256(stored.status), uint256(IArbitratorPool.ArbitratorStatus.Registered));
        vm.assertEq(pool.totalWeight(), 0);
    }

    // -------------------------------------------------------------------------------------------------- activate

    function test_activate_revertsIfUnknown() public {
        expectStatus(IArbitratorPool.ArbitratorStatus.None);
        pool.activate(alice);
    }

    function test_activate_revertsIfTooEarly() public {
        register(alice);
        uint256 opensAt = block.timestamp + 7 days;
        vm.warp(opensAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.ArbitratorTooEarly.selector, alice, opensAt));
        pool.activate(alice);
    }

    function test_activate_revertsIfADrawIsDue() public {
        arbitrators(1);
        register(alice);
        pass(7 days);
        bytes32 id = openCase();
        (,,, uint256 roundTime,) = pool.nextDraw();
        // 60 s before the round the tree stands still, one second earlier it does not.
        vm.warp(roundTime - 60);
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.DrawDue.selector, id));
        pool.activate(alice);
        vm.warp(roundTime - 61);
        pool.activate(alice);
    }

    /// The last leaf has an owner: no storage of a test holds 65,535 of them, so that the register says so.
    function test_activate_revertsIfEveryLeafIsTaken() public {
        register(alice);
        pass(7 days);
        bytes32 registers = vm.load(address(pool), 0);
        vm.store(address(pool), 0, registers | bytes32(uint256(type(uint16).max - 1) << 224));
        uint256 snapshot = vm.snapshotState();
        pool.activate(alice);
        vm.assertEq(pool.arbitrators(alice).leaf, 65_535, "the last one is given out");
        vm.revertToState(snapshot);
        vm.store(address(pool), 0, registers | bytes32(uint256(type(uint16).max) << 224));
        vm.expectRevert(IArbitratorPool.PoolFull.selector);
        pool.activate(alice);
    }

    function test_activate_entersTheDraw() public {
        register(alice);
        pass(7 days);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.Activated(alice, 1);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.WeightChanged(alice, 1, 10);
        pool.activate(alice);
        vm.assertEq(pool.weightOf(alice), 10);
        vm.assertEq(pool.totalWeight(), 10);
        vm.assertEq(pool.arbitrators(alice).leaf, 1);
    }

    // -------------------------------------------------------------------------------------------------- addStake

    function test_addStake_revertsIfZero() public {
        register(alice);
        vm.expectRevert(IArbitratorPool.ZeroAmount.selector);
        vm.prank(alice);
        pool.addStake(0);
    }

    function test_addStake_revertsIfUnknown() public {
        expectStatus(IArbitratorPool.ArbitratorStatus.None);
        vm.prank(alice);
        pool.addStake(1);
    }

    function test_addStake_revertsAboveWhatASlotHolds() public {
        register(alice);
        uint256 most = type(uint96).max - STAKE;
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.StakeTooHigh.selector, most + 1, most));
        vm.prank(alice);
        pool.addStake(most + 1);
        stakeToken.mint(alice, most);
        vm.prank(alice);
        pool.addStake(most);
        vm.assertEq(pool.arbitrators(alice).stake, type(uint96).max);
    }

    function test_addStake_revertsIfADrawIsDue() public {
        arbitrators(1);
        bytes32 id = openCase();
        (,,, uint256 roundTime,) = pool.nextDraw();
        vm.warp(roundTime);
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.DrawDue.selector, id));
        vm.prank(arbitrator(0));
        pool.addStake(1);
    }

    function test_addStake_isPossibleBeforeActivationThoughADrawIsDue() public {
        arbitrators(1);
        register(alice);
        openCase();
        pass(1 hours);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.StakeAdded(alice, 7, STAKE + 7);
        vm.prank(alice);
        pool.addStake(7);
        vm.assertEq(pool.arbitrators(alice).stake, STAKE + 7);
    }

    function test_addStake_bringsASlashedArbitratorBack() public {
        arbitrators(1);
        bytes32 id = openDrawnCase();
        pass(72 hours + 1);
        pool.replaceArbitrator(id);
        address slashed = arbitrator(0);
        vm.assertEq(pool.weightOf(slashed), 0);
        vm.assertEq(pool.arbitrators(slashed).stake, STAKE - 50e18);

        vm.expectEmit(address(pool));
        emit IArbitratorPool.WeightChanged(slashed, 1, 1);
        vm.prank(slashed);
        pool.addStake(50e18);
        // Reputation 40 is worth the least weight.
        vm.assertEq(pool.weightOf(slashed), 1);
    }

    // ------------------------------------------------------------------------------------------- exit and withdrawal

    function test_requestExit_revertsIfUnknown() public {
        expectStatus(IArbitratorPool.ArbitratorStatus.None);
        vm.prank(alice);
        pool.requestExit();
    }

    function test_requestExit_leavesTheDraw() public {
        uint32 registeredAt = uint32(vm.getBlockTimestamp());
        arbitrators(1);
        // An odd second: no bit of the new field reaches into the one below.
        vm.warp(vm.getBlockTimestamp() | 1);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.ExitRequested(arbitrator(0), block.timestamp + 14 days);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.WeightChanged(arbitrator(0), 1, 0);
        vm.prank(arbitrator(0));
        pool.requestExit();
        vm.assertEq(pool.totalWeight(), 0);
        vm.assertEq(pool.arbitrators(arbitrator(0)).exitAt, block.timestamp);
        vm.assertEq(pool.arbitrators(arbitrator(0)).registeredAt, registeredAt);
    }

    function test_requestExit_leavesTheTreeAloneWhileADrawIsDue() public {
        arbitrators(1);
        openCase();
        pass(1 hours);
        vm.prank(arbitrator(0));
        pool.requestExit();
        vm.assertEq(pool.totalWeight(), 10);

        // Asked for after the round was known: drawn all the same.
        draw();
        vm.assertEq(pool.arbitrators(arbitrator(0)).openCases, 1);
        pool.sync(arbitrator(0));
        vm.assertEq(pool.totalWeight(), 0);
    }

    function test_withdrawStake_revertsIfNotExiting() public {
        register(alice);
        expectStatus(IArbitratorPool.ArbitratorStatus.Registered);
        vm.prank(alice);
        pool.withdrawStake(alice);
    }

    function test_withdrawStake_revertsIfTooEarly() public {
        register(alice);
        vm.prank(alice);
        pool.requestExit();
        uint256 opensAt = block.timestamp + 14 days;
        vm.warp(opensAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.ArbitratorTooEarly.selector, alice, opensAt));
        vm.prank(alice);
        pool.withdrawStake(alice);
    }

    function test_withdrawStake_revertsWithOpenCases() public {
        arbitrators(1);
        openDrawnCase();
        vm.prank(arbitrator(0));
        pool.requestExit();
        pass(14 days);
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.CasesOpen.selector, arbitrator(0), 1));
        vm.prank(arbitrator(0));
        pool.withdrawStake(alice);
    }

    function test_withdrawStake_revertsToNobodyThePoolAndTheEscrow() public {
        address[3] memory refused = [address(0), address(pool), address(escrow)];
        for (uint256 i; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.InvalidRecipient.selector, refused[i]));
            pool.withdrawStake(refused[i]);
        }
    }

    function test_withdrawStake_paysAndFreesTheLeaf() public {
        arbitrators(1);
        vm.prank(arbitrator(0));
        pool.requestExit();
        pass(14 days);
        uint256 before = stakeToken.balanceOf(keeper);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.StakeWithdrawn(arbitrator(0), keeper, STAKE);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.LeafFreed(arbitrator(0), 1);
        vm.prank(arbitrator(0));
        pool.withdrawStake(keeper);

        vm.assertEq(stakeToken.balanceOf(keeper), before + STAKE);
        vm.assertEq(stakeToken.balanceOf(address(pool)), 0);
        vm.assertEq(pool.arbitrators(arbitrator(0)).leaf, 0);

        // The next one gets the freed leaf.
        register(alice);
        pass(7 days);
        pool.activate(alice);
        vm.assertEq(pool.arbitrators(alice).leaf, 1);
    }

    function test_freedLeaves_areReusedLastFirst() public {
        arbitrators(3);
        for (uint256 i; i < 3; ++i) {
            vm.prank(arbitrator(i));
            pool.requestExit();
        }
        pass(14 days);
        for (uint256 i; i < 3; ++i) {
            vm.prank(arbitrator(i));
            pool.withdrawStake(arbitrator(i));
        }
        for (uint256 i = 10; i < 14; ++i) {
            register(arbitrator(i));
        }
        pass(7 days);
        uint16[4] memory expected = [uint16(3), 2, 1, 4];
        for (uint256 i; i < 4; ++i) {
            pool.activate(arbitrator(10 + i));
            vm.assertEq(pool.arbitrators(arbitrator(10 + i)).leaf, expected[i]);
        }
        vm.assertEq(pool.totalWeight(), 40);
    }

    function test_withdrawStake_neverWaitsForADraw() public {
        arbitrators(2);
        vm.prank(arbitrator(0));
        pool.requestExit();
        pass(14 days);
        openCase();
        pass(1 hours);
        vm.prank(arbitrator(0));
        pool.withdrawStake(keeper);
        vm.assertEq(stakeToken.balanceOf(keeper), STAKE);
        vm.assertEq(pool.arbitrators(arbitrator(0)).leaf, 1);

        draw();
        vm.expectEmit(address(pool));
        emit IArbitratorPool.LeafFreed(arbitrator(0), 1);
        pool.sync(arbitrator(0));
    }

    // ---------------------------------------------------------------------------------------- coming back, sync

    function test_comingBack_keepsTheLowerReputation() public {
        arbitrators(1);
        address silent = arbitrator(0);
        bytes32 id = openDrawnCase();
        pass(72 hours + 1);
        pool.replaceArbitrator(id);
        vm.startPrank(silent);
        pool.requestExit();
        pass(14 days);
        pool.skip(1);
        pool.withdrawStake(silent);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.Registered(silent, STAKE, 40, vm.getBlockTimestamp() + 7 days);
        pool.register(STAKE);
        vm.stopPrank();
        vm.assertEq(pool.arbitrators(silent).reputation, 40);
        vm.assertEq(pool.arbitrators(silent).exitAt, 0);
    }

    function test_comingBack_losesWhatWasAbove50() public {
        arbitrators(1);
        address good = arbitrator(0);
        bytes32 id = openRuledCase(Ruling.Buyer);
        pass(48 hours + 1);
        pool.finalise(id);
        vm.assertEq(pool.arbitrators(good).reputation, 51);
        vm.startPrank(good);
        pool.requestExit();
        pass(14 days);
        pool.withdrawStake(good);
        pool.register(STAKE);
        vm.stopPrank();
        vm.assertEq(pool.arbitrators(good).reputation, 50);
    }

    /// Who comes back while the old leaf still weighs (a draw was due) is not drawn before the activation.
    function test_comingBack_isNotDrawnBeforeActivation() public {
        arbitrators(2);
        openCase();
        pass(1 hours);
        vm.prank(arbitrator(0));
        pool.requestExit();
        pass(14 days);
        vm.startPrank(arbitrator(0));
        pool.withdrawStake(keeper);
        pool.register(STAKE);
        // The draw is due still: what it draws from must not change.
        pool.addStake(1);
        vm.stopPrank();
        vm.assertEq(pool.weightOf(arbitrator(0)), 10);
        pool.skip(1);
        for (uint256 i; i < 10; ++i) {
            bytes32 id = openCase();
            draw();
            vm.assertEq(holderOf(id), arbitrator(1));
        }
    }

    function test_comingBack_keepsALeafThatWasNotFreed() public {
        arbitrators(2);
        openCase();
        pass(1 hours);
        vm.prank(arbitrator(0));
        pool.requestExit();
        pass(14 days);
        vm.startPrank(arbitrator(0));
        pool.withdrawStake(keeper);
        pool.register(STAKE);
        vm.stopPrank();
        pool.skip(1);
        pass(7 days);
        pool.activate(arbitrator(0));
        vm.assertEq(pool.arbitrators(arbitrator(0)).leaf, 1);
        vm.assertEq(pool.totalWeight(), 20);
    }

    function test_sync_revertsIfUnknown() public {
        expectStatus(IArbitratorPool.ArbitratorStatus.None);
        pool.sync(alice);
    }

    function test_sync_revertsIfADrawIsDue() public {
        arbitrators(1);
        bytes32 id = openCase();
        pass(1 hours);
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.DrawDue.selector, id));
        pool.sync(arbitrator(0));
    }

    function test_sync_appliesTheCaseLimit() public {
        arbitrators(1);
        for (uint256 i; i < 15; ++i) {
            openDrawnCase();
        }
        vm.assertEq(pool.weightOf(arbitrator(0)), 10);
        vm.assertEq(pool.targetWeightOf(arbitrator(0)), 0);
        pool.sync(arbitrator(0));
        vm.assertEq(pool.weightOf(arbitrator(0)), 0);
    }
}
