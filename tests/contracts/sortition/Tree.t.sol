// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SortitionHarness} from "../support/SortitionHarness.sol";
import {Test} from "../support/Test.sol";

/// @notice The packed tree beside a list of weights.
contract TreeTest is Test {
    uint256 private constant CAPACITY = 65_536;
    uint256 private constant MAX_WEIGHT = 127;

    SortitionHarness private tree;

    /// The model: which leaves were ever set, and the weights.
    uint256[] private leaves;
    mapping(uint256 leaf => uint256) private weights;
    mapping(uint256 leaf => bool) private known;

    function setUp() public {
        tree = new SortitionHarness();
    }

    function set(uint256 leaf, uint256 weight) private {
        bool changed = tree.set(leaf, weight);
        vm.assertEq(changed, weights[leaf] != weight);
        if (!known[leaf]) leaves.push(leaf);
        known[leaf] = true;
        weights[leaf] = weight;
    }

    function sum() private view returns (uint256 total) {
        for (uint256 i; i < leaves.length; ++i) {
            total += weights[leaves[i]];
        }
    }

    /// The leaf at a place, found by looking at all of them in order.
    function naiveLeafAt(uint256 place) private view returns (uint256) {
        uint256 last;
        bool first = true;
        while (true) {
            uint256 next = type(uint256).max;
            for (uint256 i; i < leaves.length; ++i) {
                if ((first || leaves[i] > last) && leaves[i] < next) next = leaves[i];
            }
            if (place < weights[next]) return next;
            place -= weights[next];
            last = next;
            first = false;
        }
        revert("place beyond the total");
    }

    function test_emptyTreeWeighsNothing() public view {
        vm.assertEq(tree.total(), 0);
        vm.assertEq(tree.weightOf(0), 0);
        vm.assertEq(tree.weightOf(CAPACITY - 1), 0);
    }

    function test_ends_areFound() public {
        set(0, 1);
        set(CAPACITY - 1, 2);
        vm.assertEq(tree.total(), 3);
        vm.assertEq(tree.leafAt(0), 0);
        vm.assertEq(tree.leafAt(1), CAPACITY - 1);
        vm.assertEq(tree.leafAt(2), CAPACITY - 1);
    }

    /// The sums of every level at their largest: 512 leaves fill one field of 16 bits, 8,192 a word of sections.
    function test_fullSums_doNotOverflow() public {
        tree.fill(0, 8_192, MAX_WEIGHT);
        tree.set(8_192, 1);
        vm.assertEq(tree.total(), 8_192 * MAX_WEIGHT + 1);
        vm.assertEq(tree.leafAt(8_192 * MAX_WEIGHT - 1), 8_191);
        vm.assertEq(tree.leafAt(8_192 * MAX_WEIGHT), 8_192);
        vm.assertEq(tree.leafAt(511 * MAX_WEIGHT + 126), 511);
        vm.assertEq(tree.leafAt(512 * MAX_WEIGHT), 512);
    }

    function testFuzz_set_changesOneLeafOnly(uint256 leaf, uint256 weight, uint256 other) public {
        leaf = bound(leaf, 0, CAPACITY - 1);
        other = bound(other, 0, CAPACITY - 1);
        vm.assume(leaf != other);
        set(other, 33);
        set(leaf, bound(weight, 0, MAX_WEIGHT));
        set(leaf, 5);
        vm.assertEq(tree.weightOf(other), 33);
        vm.assertEq(tree.weightOf(leaf), 5);
        vm.assertEq(tree.total(), 38);
        set(leaf, 0);
        vm.assertEq(tree.total(), 33);
    }

    function testFuzz_behavesLikeAList(uint256 seed) public {
        for (uint256 i; i < 24; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            // Neighbours within a word, a group, a section, and far ones; now and then one that is set already.
            uint256 leaf = i > 4 && random % 3 == 0
                ? leaves[(random >> 8) % leaves.length]
                : (random >> 8) % [uint256(32), 512, 8_192, CAPACITY][(random >> 40) % 4];
            set(leaf, (random >> 64) % (MAX_WEIGHT + 1));
        }
        vm.assertEq(tree.total(), sum());
        for (uint256 i; i < leaves.length; ++i) {
            vm.assertEq(tree.weightOf(leaves[i]), weights[leaves[i]]);
        }
        for (uint256 i; sum() > 0 && i < 8; ++i) {
            uint256 place = uint256(keccak256(abi.encode(seed, "place", i))) % sum();
            vm.assertEq(tree.leafAt(place), naiveLeafAt(place));
        }
    }

    /// All eight sections for the total, and two words below: wherever the leaf is, and however many weights are set.
    function test_draw_readsTenWords() public {
        tree.fill(1, 200, 10);
        tree.fill(40_000, 200, 10);
        for (uint256 place; place < 4_000; place += 1_999) {
            vm.record();
            tree.total();
            (bytes32[] memory total,) = vm.accesses(address(tree));
            vm.assertEq(total.length, 8);
            vm.record();
            tree.leafAt(place);
            (bytes32[] memory reads,) = vm.accesses(address(tree));
            uint256 below;
            for (uint256 i; i < reads.length; ++i) {
                if (!isIn(total, reads[i])) ++below;
            }
            vm.assertEq(below, 2);
        }
    }

    function isIn(bytes32[] memory slots, bytes32 slot) private pure returns (bool) {
        for (uint256 i; i < slots.length; ++i) {
            if (slots[i] == slot) return true;
        }
        return false;
    }

    function test_set_writesThreeWords() public {
        tree.fill(1, 200, 10);
        vm.record();
        tree.set(7, 20);
        (, bytes32[] memory writes) = vm.accesses(address(tree));
        vm.assertEq(writes.length, 3);
    }
}
