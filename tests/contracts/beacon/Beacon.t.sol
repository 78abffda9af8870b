// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IDrandBeacon} from "../../../contracts/interfaces/IDrandBeacon.sol";
import {BlsSigner} from "../support/BlsSigner.sol";
import {Test} from "../support/Test.sol";

/// @notice Every way in which a point can be wrong. Real rounds of drand: `beacon/rounds.test.ts`.
contract BeaconTest is Test {
    uint256 private constant SECRET = 0xbeac0;
    uint64 private constant GENESIS = 1_700_000_000;
    uint64 private constant PERIOD = 3;
    uint64 private constant ROUND = 1_234;

    uint256 private constant P_HI = 0x1a0111ea397fe69a4b1ba7b6434bacd7;
    uint256 private constant P_LO = 0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;
    address private constant PAIRING = address(0x0f);

    IDrandBeacon private beacon;
    uint256[4] private signature;

    function setUp() public {
        beacon = create(BlsSigner.keyOf(SECRET), GENESIS, PERIOD, 1, BlsSigner.sign(SECRET, 1));
        signature = BlsSigner.sign(SECRET, ROUND);
    }

    function create(uint256[8] memory key, uint64 genesis, uint64 period, uint64 round, uint256[4] memory known)
        private
        returns (IDrandBeacon)
    {
        return IDrandBeacon(deploy("DrandBeacon.sol:DrandBeacon", abi.encode(key, genesis, period, round, known)));
    }

    // Only so that a revert of the constructor happens in a call.
    function createOutside(
        uint256[8] memory key,
        uint64 genesis,
        uint64 period,
        uint64 round,
        uint256[4] memory known
    ) external returns (IDrandBeacon) {
        return create(key, genesis, period, round, known);
    }

    function expectCreation(bytes memory expected, uint256[8] memory key, uint64 genesis, uint64 period) private {
        uint256[4] memory known = BlsSigner.sign(SECRET, 1);
        vm.expectRevert(expected);
        this.createOutside(key, genesis, period, 1, known);
    }

    /// A wrong point may burn all gas that it is given, so it is given little.
    function refused(uint64 round, uint256[4] memory point) private view returns (bool, bytes memory) {
        (bool success, bytes memory answer) =
            address(beacon).staticcall{gas: 3_000_000}(abi.encodeCall(beacon.verify, (round, point)));
        return (!success, answer);
    }

    function expectRefusal(bytes memory expected, uint64 round, uint256[4] memory point) private view {
        (bool isRefused, bytes memory answer) = refused(round, point);
        vm.assertTrue(isRefused);
        vm.assertEq(answer, expected);
    }

    function nonCanonical() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDrandBeacon.NonCanonicalPoint.selector);
    }

    function failed() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDrandBeacon.PrecompileFailed.selector, PAIRING);
    }

    function invalid(uint64 round) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDrandBeacon.InvalidSignature.selector, round);
    }

    /// A coordinate plus p, which fits into its two words.
    function plusModulus(uint256 hi, uint256 lo) private pure returns (uint256, uint256) {
        unchecked {
            uint256 sum = lo + P_LO;
            return (hi + P_HI + (sum < lo ? 1 : 0), sum);
        }
    }

    function negated(uint256[4] memory point) private pure returns (uint256[4] memory) {
        unchecked {
            uint256 borrow = point[3] > P_LO ? 1 : 0;
            return [point[0], point[1], P_HI - point[2] - borrow, P_LO - point[3]];
        }
    }

    /// SHA-256 of the compressed point, where the larger y is found by subtraction: it is the one above its negation.
    function compressedHash(uint256[4] memory point) private pure returns (bytes32, bool isLarger) {
        uint256[4] memory other = negated(point);
        isLarger = point[2] > other[2] || (point[2] == other[2] && point[3] > other[3]);
        bytes memory compressed = abi.encodePacked(uint128(point[0]), point[1]);
        compressed[0] |= isLarger ? bytes1(0xa0) : bytes1(0x80);
        return (sha256(compressed), isLarger);
    }

    // ------------------------------------------------------------------------------------------------ Construction

    function test_constructor_keepsItsArguments() public view {
        vm.assertEq(beacon.genesis(), GENESIS);
        vm.assertEq(beacon.period(), PERIOD);
        uint256[8] memory key = beacon.publicKey();
        uint256[8] memory expected = BlsSigner.keyOf(SECRET);
        for (uint256 i; i < 8; ++i) {
            vm.assertEq(key[i], expected[i]);
        }
    }

    function test_constructor_revertsIfKeyIsInfinity() public {
        uint256[8] memory infinity;
        expectCreation(abi.encodeWithSelector(IDrandBeacon.InvalidBeacon.selector), infinity, GENESIS, PERIOD);
    }

    /// Only all eight words together are infinity: a key with one that is not zero is refused for what it is.
    function test_constructor_takesNoKeyForInfinityThatHasAWord() public {
        uint256[4] memory known = BlsSigner.sign(SECRET, 1);
        for (uint256 word; word < 8; ++word) {
            uint256[8] memory key;
            key[word] = 1;
            vm.expectRevert(failed());
            // The precompile burns what it is given.
            this.createOutside{gas: 5_000_000}(key, GENESIS, PERIOD, 1, known);
        }
    }

    function test_constructor_revertsIfGenesisIsZero() public {
        expectCreation(
            abi.encodeWithSelector(IDrandBeacon.InvalidBeacon.selector), BlsSigner.keyOf(SECRET), 0, PERIOD
        );
    }

    function test_constructor_revertsIfPeriodIsZero() public {
        expectCreation(
            abi.encodeWithSelector(IDrandBeacon.InvalidBeacon.selector), BlsSigner.keyOf(SECRET), GENESIS, 0
        );
    }

    function test_constructor_revertsIfKeyIsAnothers() public {
        expectCreation(invalid(1), BlsSigner.keyOf(SECRET + 1), GENESIS, PERIOD);
    }

    function test_constructor_revertsIfKnownRoundIsZero() public {
        uint256[8] memory key = BlsSigner.keyOf(SECRET);
        uint256[4] memory known = BlsSigner.sign(SECRET, 1);
        vm.expectRevert(IDrandBeacon.InvalidRound.selector);
        this.createOutside(key, GENESIS, PERIOD, 0, known);
    }

    function test_constructor_revertsWithoutThePrecompiles() public {
        uint256[8] memory key = BlsSigner.keyOf(SECRET);
        uint256[4] memory known = BlsSigner.sign(SECRET, 1);
        // What an address without code answers.
        vm.mockCall(address(0x10), "", "");
        vm.expectRevert(abi.encodeWithSelector(IDrandBeacon.PrecompileFailed.selector, address(0x10)));
        this.createOutside(key, GENESIS, PERIOD, 1, known);
    }

    // ------------------------------------------------------------------------------------------------------ Rounds

    function test_roundAfter_isStrictlyAfter() public view {
        vm.assertEq(beacon.roundAfter(0), 1);
        vm.assertEq(beacon.roundAfter(GENESIS - 1), 1);
        vm.assertEq(beacon.roundAfter(GENESIS), 2);
        vm.assertEq(beacon.roundAfter(GENESIS + 2), 2);
        vm.assertEq(beacon.roundAfter(GENESIS + 3), 3);
    }

    function test_roundAfter_revertsBeyondTheLastRound() public {
        vm.expectRevert();
        beacon.roundAfter(type(uint256).max - 1);
    }

    function test_timeOf_revertsIfRoundIsZero() public {
        vm.expectRevert(IDrandBeacon.InvalidRound.selector);
        beacon.timeOf(0);
    }

    function testFuzz_roundAfter_isTheFirst(uint64 time) public view {
        uint64 round = beacon.roundAfter(time);
        vm.assertGt(beacon.timeOf(round), time);
        if (round > 1) vm.assertLe(beacon.timeOf(round - 1), time);
    }

    // ------------------------------------------------------------------------------------------------------ Proofs

    function testFuzz_verify_acceptsEveryRoundOfItsKey(uint64 round) public view {
        vm.assume(round != 0);
        vm.assertTrue(beacon.verify(round, BlsSigner.sign(SECRET, round)) != 0);
    }

    function test_verify_revertsIfRoundIsZero() public view {
        expectRefusal(abi.encodeWithSelector(IDrandBeacon.InvalidRound.selector), 0, signature);
    }

    function test_verify_revertsIfRoundIsAnother() public view {
        expectRefusal(invalid(ROUND + 1), ROUND + 1, signature);
    }

    function test_verify_revertsIfKeyIsAnothers() public view {
        expectRefusal(invalid(ROUND), ROUND, BlsSigner.sign(SECRET + 1, ROUND));
    }

    function test_verify_revertsIfNegated() public view {
        expectRefusal(invalid(ROUND), ROUND, negated(signature));
    }

    function test_verify_revertsIfOffTheCurve() public view {
        uint256[4] memory point = signature;
        point[3] ^= 1;
        expectRefusal(failed(), ROUND, point);
    }

    function test_verify_revertsIfInfinity() public view {
        uint256[4] memory infinity;
        expectRefusal(nonCanonical(), ROUND, infinity);
    }

    function test_verify_revertsIfXIsNotReduced() public view {
        uint256[4] memory point = signature;
        (point[0], point[1]) = plusModulus(point[0], point[1]);
        expectRefusal(nonCanonical(), ROUND, point);
    }

    function test_verify_revertsIfYIsNotReduced() public view {
        uint256[4] memory point = signature;
        (point[2], point[3]) = plusModulus(point[2], point[3]);
        expectRefusal(nonCanonical(), ROUND, point);
    }

    function test_verify_revertsIfACoordinateIsTheModulus() public view {
        expectRefusal(nonCanonical(), ROUND, [P_HI, P_LO, signature[2], signature[3]]);
        expectRefusal(nonCanonical(), ROUND, [signature[0], signature[1], P_HI, P_LO]);
    }

    function test_verify_takesACoordinateOneBelowTheModulusForCanonical() public view {
        expectRefusal(failed(), ROUND, [P_HI, P_LO - 1, signature[2], signature[3]]);
        expectRefusal(failed(), ROUND, [signature[0], signature[1], P_HI, P_LO - 1]);
    }

    function test_verify_revertsIfTopBytesAreSet() public view {
        for (uint256 word; word < 4; word += 2) {
            uint256[4] memory point = signature;
            point[word] |= 1 << 128;
            expectRefusal(nonCanonical(), ROUND, point);
            point[word] = signature[word] | 1 << 255;
            expectRefusal(nonCanonical(), ROUND, point);
        }
    }

    function test_verify_revertsIfTheCompressionFlagIsLeftIn() public view {
        uint256[4] memory point = signature;
        point[0] |= 0x80 << 120;
        expectRefusal(nonCanonical(), ROUND, point);
    }

    /// (0, 2) is on the curve y² = x³ + 4 and has order 3.
    function test_verify_revertsIfTheOrderIsSmall() public view {
        expectRefusal(failed(), ROUND, [uint256(0), 0, 0, 2]);
    }

    function test_verify_revertsIfTorsionIsAdded() public view {
        expectRefusal(failed(), ROUND, BlsSigner.add(signature, [uint256(0), 0, 0, 2]));
    }

    /// A point of the curve with a small x: one outside of the subgroup, of large order.
    function test_verify_revertsOutsideOfTheSubgroup() public view {
        // x = 4: y² = 68, and y = sqrt(68) mod p.
        expectRefusal(
            failed(),
            ROUND,
            [
                uint256(0),
                4,
                0x0a989badd40d6212b33cffc3f3763e9b,
                0xc760f988c9926b26da9dd85e928483446346b8ed00e1de5d5ea93e354abe706c
            ]
        );
    }

    function test_verify_revertsForEveryFlippedBit() public view {
        for (uint256 word; word < 4; ++word) {
            for (uint256 bit; bit < 256; ++bit) {
                uint256[4] memory point = signature;
                point[word] ^= 1 << bit;
                (bool isRefused,) = refused(ROUND, point);
                vm.assertTrue(isRefused);
            }
        }
    }

    /// A precompile answers with something else than a point: never taken for success.
    function test_verify_revertsIfAPrecompileAnswersShort() public {
        vm.mockCall(PAIRING, "", hex"01");
        expectRefusal(failed(), ROUND, signature);
    }

    /// What a call that failed left behind is no answer, not even a true one.
    function test_verify_revertsIfAPrecompileFailsWithAnAnswer() public {
        vm.mockCallRevert(PAIRING, "", abi.encode(1));
        expectRefusal(failed(), ROUND, signature);
    }

    /// Each of the four, missing alone: modular exponentiation, map to the curve, addition, pairing.
    function test_verify_revertsWithoutEachPrecompile() public {
        address[4] memory precompiles = [address(0x05), address(0x10), address(0x0b), PAIRING];
        for (uint256 i; i < 4; ++i) {
            vm.mockCall(precompiles[i], "", "");
            vm.expectRevert(abi.encodeWithSelector(IDrandBeacon.PrecompileFailed.selector, precompiles[i]));
            beacon.verify(ROUND, signature);
            vm.clearMockedCalls();
        }
        beacon.verify(ROUND, signature);
    }

    // -------------------------------------------------------------------------------------------------- Randomness

    function test_verify_givesTheHashOfTheCompressedPoint() public view {
        uint256 larger;
        uint256 smallerByTheUpperWordAlone;
        uint256 lowerHalf = P_HI << 255 | P_LO >> 1;
        for (uint64 round = 1; round <= 32; ++round) {
            uint256[4] memory point = BlsSigner.sign(SECRET, round);
            (bytes32 expected, bool isLarger) = compressedHash(point);
            vm.assertEq(beacon.verify(round, point), expected);
            if (isLarger) ++larger;
            else if (point[3] > lowerHalf) ++smallerByTheUpperWordAlone;
        }
        vm.assertTrue(larger > 0 && larger < 32, "both signs were seen");
        vm.assertGt(smallerByTheUpperWordAlone, 0, "a lower word was seen that does not decide");
    }

    /// Only all four words together are infinity: a point with one that is not zero is refused for what it is.
    function test_verify_takesNoPointForInfinityThatHasAWord() public view {
        for (uint256 word; word < 4; ++word) {
            uint256[4] memory point;
            point[word] = 1;
            expectRefusal(failed(), ROUND, point);
        }
    }
}
