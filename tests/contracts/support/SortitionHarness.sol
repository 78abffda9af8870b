// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SortitionTree} from "../../../contracts/libraries/SortitionTree.sol";

/// @notice The tree, callable.
contract SortitionHarness {
    using SortitionTree for SortitionTree.Tree;

    SortitionTree.Tree private _tree;

    function set(uint256 leaf, uint256 weight) external returns (bool) {
        return _tree.set(leaf, weight);
    }

    /// Gives `count` leaves from `first` on a weight.
    function fill(uint256 first, uint256 count, uint256 weight) external {
        for (uint256 i; i < count; ++i) {
            _tree.set(first + i, weight);
        }
    }

    function total() external view returns (uint256) {
        return _tree.total();
    }

    function weightOf(uint256 leaf) external view returns (uint256) {
        return _tree.weightOf(leaf);
    }

    function leafAt(uint256 place) external view returns (uint256) {
        return _tree.leafAt(place);
    }
}
