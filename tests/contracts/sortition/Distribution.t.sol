// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SortitionHarness} from "../support/SortitionHarness.sol";
import {Test} from "../support/Test.sol";

/// @notice 20,000 draws as the pool makes them (a hash modulo the total), beside what the weights promise.
/// @dev Pearson's chi-square: the sum of (seen − expected)² / expected over the leaves. The bounds are the quantiles at
/// one in 1,000 for the degrees of freedom; the draws are fixed, so a test that passes does so for ever.
contract DistributionTest is Test {
    uint256 private constant DRAWS = 20_000;

    SortitionHarness private tree;
    mapping(uint256 leaf => uint256) private seen;

    function setUp() public {
        tree = new SortitionHarness();
    }

    /// The statistic times 1,000, of leaves `spacing` apart.
    function chiSquare(uint256[] memory weights, uint256 spacing, bytes32 seed) private returns (uint256 statistic) {
        for (uint256 i; i < weights.length; ++i) {
            tree.set(1 + i * spacing, weights[i]);
        }
        uint256 total = tree.total();
        for (uint256 i; i < DRAWS; ++i) {
            ++seen[tree.leafAt(uint256(keccak256(abi.encode(seed, i))) % total)];
        }
        uint256 counted;
        for (uint256 i; i < weights.length; ++i) {
            uint256 count = seen[1 + i * spacing];
            counted += count;
            // (seen − expected)² / expected, both times the total so that nothing is rounded before the end.
            uint256 expected = DRAWS * weights[i];
            uint256 difference = count * total > expected ? count * total - expected : expected - count * total;
            statistic += difference * difference * 1_000 / (expected * total);
        }
        // Nobody else was drawn.
        vm.assertEq(counted, DRAWS);
    }

    function mix(uint256 count, uint256[4] memory pattern) private pure returns (uint256[] memory weights) {
        weights = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            weights[i] = pattern[i % 4];
        }
    }

    function test_equalWeights() public {
        // 19 degrees of freedom.
        vm.assertLt(chiSquare(mix(20, [uint256(10), 10, 10, 10]), 1, "equal"), 43_820);
    }

    function test_freshAndProven() public {
        vm.assertLt(chiSquare(mix(20, [uint256(10), 60, 10, 35]), 1, "mixed"), 43_820);
    }

    function test_oneHeavyAmongLightest() public {
        uint256[] memory weights = mix(20, [uint256(1), 1, 1, 1]);
        weights[13] = 60;
        vm.assertLt(chiSquare(weights, 1, "heavy"), 43_820);
    }

    function test_acrossAllLevels() public {
        // 40 leaves, 1,601 apart: another word, group and section each. 39 degrees of freedom.
        vm.assertLt(chiSquare(mix(40, [uint256(10), 11, 60, 1]), 1_601, "far"), 72_055);
    }

    /// The test itself can fail: half of one arbitrator's draws given to a neighbour are noticed.
    function test_aBiasIsNoticed() public {
        uint256[] memory weights = mix(20, [uint256(10), 10, 10, 10]);
        weights[4] = 5;
        weights[5] = 15;
        chiSquare(weights, 1, "bias");
        uint256 statistic;
        for (uint256 i; i < 20; ++i) {
            uint256 count = seen[1 + i];
            uint256 difference = count > 1_000 ? count - 1_000 : 1_000 - count;
            statistic += difference * difference;
        }
        vm.assertGt(statistic, 43_820);
    }
}
