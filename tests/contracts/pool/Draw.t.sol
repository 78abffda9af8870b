// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IArbitratorPool} from "../../../contracts/interfaces/IArbitratorPool.sol";
import {IDrandBeacon} from "../../../contracts/interfaces/IDrandBeacon.sol";
import {Ruling} from "../../../contracts/interfaces/Ruling.sol";
import {BlsSigner} from "../support/BlsSigner.sol";
import {PoolTest} from "../support/PoolTest.sol";

/// @notice Draws only while nothing but the one answer suits: what a party that dislikes a draw could try.
contract PickyDrawer {
    IArbitratorPool private immutable _pool;

    constructor(IArbitratorPool pool) {
        _pool = pool;
    }

    function drawOnlyFor(bytes32 caseId, address wanted, uint256[4] calldata signature) external {
        _pool.draw(signature, 1);
        require(_pool.cases(caseId).arbitrator == wanted, "not the one I want");
    }
}

/// @notice openCase, draw, skip, recommit.
contract DrawTest is PoolTest {
    function signed() private view returns (uint256[4] memory) {
        (,, uint64 round,,) = pool.nextDraw();
        return BlsSigner.sign(SECRET, round);
    }

    // -------------------------------------------------------------------------------------------------- openCase

    function test_openCase_revertsIfNotEscrow() public {
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.NotEscrow.selector, keeper));
        vm.prank(keeper);
        pool.openCase(0, buyer, seller, address(token), FEE);
    }

    function test_openCase_revertsIfThereIsOne() public {
        bytes32 id = openCase();
        vm.expectRevert(
            abi.encodeWithSelector(
                IArbitratorPool.WrongStatus.selector, id, IArbitratorPool.CaseStatus.Waiting
            )
        );
        vm.prank(address(escrow));
        pool.openCase(id, buyer, seller, address(token), FEE);
    }

    function test_openCase_bindsToARoundThatIsToCome() public {
        bytes32 id = createOrder(buyer, seller);
        vm.warp(1_800_000_030);
        // 10 minutes later, rounded up to two minutes; the first round strictly after it.
        uint256 earliest = 1_800_000_720;
        uint64 round = beacon.roundAfter(earliest);
        uint256 roundTime = beacon.timeOf(round);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.CaseOpened(id, buyer, seller, address(token), FEE, round, roundTime);
        vm.prank(buyer);
        escrow.openDispute(id, 0);

        IArbitratorPool.Case memory stored = pool.cases(id);
        vm.assertEq(stored.arbitrator, address(0));
        vm.assertEq(stored.openedAt, 1_800_000_030);
        vm.assertEq(stored.since, roundTime);
        vm.assertEq(stored.stage, 0);
        vm.assertEq(uint256(stored.status), uint256(IArbitratorPool.CaseStatus.Waiting));
        vm.assertEq(uint256(stored.ruling), uint256(Ruling.None));
        vm.assertGt(roundTime, 1_800_000_030 + 10 minutes);
    }

    // ------------------------------------------------------------------------------------------------------ draw

    function test_draw_revertsIfNothingWaits() public {
        uint256[4] memory point;
        vm.expectRevert(IArbitratorPool.NothingToDraw.selector);
        pool.draw(point, 1);
    }

    function test_draw_revertsIfMaxIsZero() public {
        arbitrators(1);
        openCase();
        pass(1 hours);
        uint256[4] memory point = signed();
        vm.expectRevert(IArbitratorPool.NothingToDraw.selector);
        pool.draw(point, 0);
    }

    function test_draw_revertsBeforeTheRound() public {
        arbitrators(1);
        bytes32 id = openCase();
        (,,, uint256 roundTime,) = pool.nextDraw();
        uint256[4] memory point = signed();
        vm.warp(roundTime - 1);
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.TooEarly.selector, id, roundTime));
        pool.draw(point, 1);
        vm.warp(roundTime);
        pool.draw(point, 1);
    }

    function test_draw_revertsForAnotherRound() public {
        arbitrators(1);
        openCase();
        (,, uint64 round, uint256 roundTime,) = pool.nextDraw();
        vm.warp(roundTime);
        uint256[4] memory point = BlsSigner.sign(SECRET, round + 1);
        vm.expectRevert(abi.encodeWithSelector(IDrandBeacon.InvalidSignature.selector, round));
        pool.draw(point, 1);
    }

    function test_draw_givesTheCaseToWhomTheEventExplains() public {
        arbitrators(40);
        bytes32 id = openCase();
        (,, uint64 round, uint256 roundTime,) = pool.nextDraw();
        vm.warp(roundTime + 7);
        uint256[4] memory point = BlsSigner.sign(SECRET, round);
        bytes32 randomness = beacon.verify(round, point);
        bytes32 seed = keccak256(abi.encode(block.chainid, address(pool), id, uint256(0), randomness));
        // All weigh 10, and arbitrator i has leaf i + 1.
        address expected = arbitrator((uint256(seed) % 400) / 10);

        vm.expectEmit(address(pool));
        emit IArbitratorPool.Drawn(id, expected, round, randomness, 0, 1, 400);
        vm.assertEq(pool.draw(point, 5), 1);

        vm.assertEq(holderOf(id), expected);
        vm.assertEq(pool.cases(id).since, roundTime + 7);
        vm.assertEq(pool.caseStage(id), 1);
        vm.assertEq(pool.arbitrators(expected).openCases, 1);
        vm.assertEq(pool.totalWeight(), 400);
        vm.assertTrue(pool.isArbitratorOf(id, expected));
        vm.assertFalse(pool.isArbitratorOf(id, keeper));
        vm.assertFalse(pool.isArbitratorOf(id, address(0)));
        (bytes32 next,,,,) = pool.nextDraw();
        vm.assertEq(next, 0);
    }

    /// A case that ended while it waited lets those around it be drawn, and stays as it ended.
    function test_draw_passesOverACaseThatEndedBetweenTwoOthers() public {
        arbitrators(1);
        bytes32[3] memory ids = [openCase(), openCase(), openCase()];
        vm.prank(seller);
        escrow.refundBuyer(ids[1]);
        pass(1 hours);
        vm.assertEq(pool.draw(signed(), 3), 3);
        vm.assertEq(holderOf(ids[0]), arbitrator(0));
        vm.assertEq(uint256(statusOf(ids[1])), uint256(IArbitratorPool.CaseStatus.Closed));
        vm.assertEq(holderOf(ids[2]), arbitrator(0));
        vm.assertEq(pool.arbitrators(arbitrator(0)).openCases, 2);
    }

    function test_draw_takesTheCasesOfOneRoundInOrder() public {
        arbitrators(5);
        bytes32[3] memory ids = [openCase(), openCase(), openCase()];
        pass(1 hours);
        bytes32 later = openCase();
        uint256[4] memory point = signed();

        vm.assertEq(pool.draw(point, 2), 2);
        vm.assertTrue(holderOf(ids[0]) != address(0) && holderOf(ids[1]) != address(0));
        vm.assertEq(holderOf(ids[2]), address(0));
        vm.assertEq(pool.draw(point, 100), 1);
        vm.assertTrue(holderOf(ids[2]) != address(0));
        vm.assertEq(holderOf(later), address(0));
    }

    function test_draw_neverTakesAParty() public {
        arbitrators(1);
        register(buyer);
        register(seller);
        pass(7 days);
        pool.activate(buyer);
        pool.activate(seller);
        for (uint256 i; i < 12; ++i) {
            bytes32 id = openCase();
            draw();
            // 16 tries find the third with near certainty; if not, the case waits.
            if (holderOf(id) != address(0)) vm.assertEq(holderOf(id), arbitrator(0));
        }
    }

    function test_draw_bindsAgainIfNobodyIsThere() public {
        bytes32 id = openCase();
        (,, uint64 round, uint256 roundTime,) = pool.nextDraw();
        vm.warp(roundTime);
        uint256[4] memory point = signed();
        uint64 next = beacon.roundAfter((roundTime + 600 + 119) / 120 * 120);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.DrawFailed(id, round, 0, 0, 0);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.Rebound(id, next, beacon.timeOf(next));
        pool.draw(point, 1);

        (bytes32 head,, uint64 nextRound,,) = pool.nextDraw();
        vm.assertEq(head, id);
        vm.assertEq(nextRound, next);
        vm.assertEq(pool.caseStage(id), 0);
    }

    function test_draw_bindsAgainAfter16Tries() public {
        register(buyer);
        pass(7 days);
        pool.activate(buyer);
        bytes32 id = openCase();
        (,, uint64 round, uint256 roundTime,) = pool.nextDraw();
        vm.warp(roundTime);
        uint256[4] memory point = signed();
        vm.expectEmit(address(pool));
        emit IArbitratorPool.DrawFailed(id, round, 0, 16, 10);
        pool.draw(point, 1);
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.Waiting));
    }

    function test_draw_skipsWhoRegisteredAfterTheOpening() public {
        arbitrators(1);
        pass(1);
        bytes32 id = openCase();
        // An accomplice in the same second and one later; nobody draws for a week, as far as that goes.
        address sameSecond = arbitrator(100);
        register(sameSecond);
        pass(72 hours);
        draw();
        bytes32 second = openCase();
        pass(4 days);
        pool.skip(1);
        pool.activate(sameSecond);
        pool.recommit(second);
        vm.assertEq(pool.totalWeight(), 20);
        draw();
        vm.assertEq(holderOf(id), arbitrator(0));
        vm.assertTrue(holderOf(second) != address(0));
    }

    function test_draw_neverTakesJustInTimeIdentities() public {
        arbitrators(1);
        bytes32 id = openCase();
        for (uint256 i = 100; i < 109; ++i) {
            register(arbitrator(i));
        }
        pass(7 days);
        pool.skip(1);
        for (uint256 i = 100; i < 109; ++i) {
            pool.activate(arbitrator(i));
        }
        pool.recommit(id);
        // Nine tenths of the weight, and none of it counts for this case.
        for (uint256 i; i < 8 && holderOf(id) == address(0); ++i) {
            draw();
        }
        vm.assertEq(holderOf(id), arbitrator(0));
    }

    function test_draw_skipsWhoAskedToExitBeforeTheTreeStoodStill() public {
        arbitrators(2);
        bytes32 first = openCase();
        pass(11 minutes + 1);
        // The head is due, so the exit cannot leave the tree; the second case's round is still to come.
        bytes32 second = openCase();
        vm.prank(arbitrator(0));
        pool.requestExit();
        vm.assertEq(pool.totalWeight(), 20);
        draw();
        draw();
        vm.assertTrue(holderOf(first) != address(0));
        vm.assertEq(holderOf(second), arbitrator(1));
    }

    /// The reverting attempt is undone, but the answer stays what it is: whoever comes next draws the same.
    function test_draw_cannotBeRepeatedByAContractThatReverts() public {
        arbitrators(10);
        bytes32 id = openCase();
        pass(1 hours);
        uint256[4] memory point = signed();
        PickyDrawer picky = new PickyDrawer(pool);
        address drawn;
        for (uint256 i; i < 10; ++i) {
            uint256 snapshot = vm.snapshotState();
            (bool success,) =
                address(picky).call(abi.encodeCall(picky.drawOnlyFor, (id, arbitrator(i), point)));
            if (success) {
                vm.assertEq(drawn, address(0));
                drawn = arbitrator(i);
            }
            vm.revertToState(snapshot);
            // Nothing that a party can do in between changes it.
            pass(1 hours);
            vm.prank(arbitrator(i));
            pool.requestExit();
        }
        pool.draw(point, 1);
        vm.assertTrue(drawn != address(0));
        vm.assertEq(holderOf(id), drawn);
    }

    // -------------------------------------------------------------------------------------------------- nextDraw

    function expectNext(bytes32 id, IArbitratorPool.CaseStatus status, uint256 time, bool isFrozen) private view {
        (bytes32 next, IArbitratorPool.CaseStatus current, uint64 round, uint256 roundTime, bool frozen) =
            pool.nextDraw();
        vm.assertEq(next, id, "case");
        vm.assertEq(uint256(current), uint256(status), "status");
        vm.assertEq(round, time == 0 ? 0 : beacon.roundAfter(time - 1), "round");
        vm.assertEq(roundTime, time, "time");
        vm.assertEq(frozen, isFrozen, "frozen");
    }

    function test_nextDraw_saysWhatTheHeadWaitsFor() public {
        expectNext(0, IArbitratorPool.CaseStatus.None, 0, false);
        bytes32 id = openCase();
        uint256 roundTime = pool.cases(id).since;
        expectNext(id, IArbitratorPool.CaseStatus.Waiting, roundTime, false);
        vm.warp(roundTime - 61);
        expectNext(id, IArbitratorPool.CaseStatus.Waiting, roundTime, false);
        vm.warp(roundTime - 60);
        expectNext(id, IArbitratorPool.CaseStatus.Waiting, roundTime, true);
        vm.prank(seller);
        escrow.refundBuyer(id);
        expectNext(id, IArbitratorPool.CaseStatus.Closed, roundTime, true);
        pool.skip(1);
        expectNext(0, IArbitratorPool.CaseStatus.None, 0, false);
    }

    // ------------------------------------------------------------------------------------------- skip and recommit

    function test_skip_revertsIfTheHeadWaits() public {
        vm.expectRevert(IArbitratorPool.NothingToSkip.selector);
        pool.skip(1);
        openCase();
        vm.expectRevert(IArbitratorPool.NothingToSkip.selector);
        pool.skip(1);
    }

    function test_skip_voidsARoundAfter72Hours() public {
        bytes32 id = openCase();
        (,,, uint256 roundTime,) = pool.nextDraw();
        vm.warp(roundTime + 72 hours);
        vm.expectRevert(IArbitratorPool.NothingToSkip.selector);
        pool.skip(1);
        vm.warp(roundTime + 72 hours + 1);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.RoundVoided(id, roundTime);
        vm.assertEq(pool.skip(1), 1);
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.Void));
    }

    function test_recommit_revertsIfNotVoid() public {
        bytes32 id = openCase();
        vm.expectRevert(
            abi.encodeWithSelector(
                IArbitratorPool.WrongStatus.selector, id, IArbitratorPool.CaseStatus.Waiting
            )
        );
        pool.recommit(id);
    }

    function test_recommit_bindsToANewRound() public {
        arbitrators(1);
        bytes32 id = openCase();
        pass(4 days);
        pool.skip(1);
        uint64 round = beacon.roundAfter((vm.getBlockTimestamp() + 600 + 119) / 120 * 120);
        vm.expectEmit(address(pool));
        emit IArbitratorPool.Rebound(id, round, beacon.timeOf(round));
        pool.recommit(id);
        draw();
        vm.assertEq(holderOf(id), arbitrator(0));
    }

    function test_skip_passesOverEndedCasesInBoundedSteps() public {
        arbitrators(1);
        for (uint256 i; i < 5; ++i) {
            bytes32 ended = openCase();
            vm.prank(seller);
            escrow.refundBuyer(ended);
        }
        bytes32 id = openCase();
        pass(1 hours);
        uint256[4] memory point = signed();
        vm.assertEq(pool.skip(2), 2);
        vm.assertEq(pool.skip(1), 1);
        // Passes over two, and so keeps what it did though it draws nothing.
        vm.assertEq(pool.draw(point, 2), 0);
        vm.assertEq(pool.draw(point, 2), 1);
        vm.assertEq(holderOf(id), arbitrator(0));
    }
}

/// @notice A beacon with a round in every second: the round before has a time of its own, one second earlier.
contract EverySecondTest is PoolTest {
    function period() internal pure override returns (uint64) {
        return 1;
    }

    function test_draw_usesTheRoundOfItsTime() public {
        arbitrators(1);
        bytes32 id = openCase();
        (,, uint64 round, uint256 roundTime,) = pool.nextDraw();
        vm.assertEq(beacon.timeOf(round), roundTime);
        draw();
        vm.assertEq(holderOf(id), arbitrator(0));
    }
}
