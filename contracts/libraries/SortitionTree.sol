// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title A sum tree of 65,536 small weights, for a weighted draw that reads four words of storage
/// @notice Four levels: 2,048 words of 32 weights (8 bits), 128 words of 16 sums (16 bits), 8 words of 16 sums (16 bits),
/// one word of 8 sums (32 bits). Field i of a word holds the sum of word i of the level below, counted from the lowest
/// bits. Reading, drawing and setting cost the same however many weights are set.
/// @dev Warning: callers keep leaves below `CAPACITY` and weights at or below `MAX_WEIGHT`, and draw below the total.
/// A sum of the middle levels has 16 bits: 32 · 16 weights of more than 127 would overflow it.
library SortitionTree {
    uint256 internal constant CAPACITY = 65_536;
    uint256 internal constant MAX_WEIGHT = 127;

    uint256 private constant MASK_8 = 0xff;
    uint256 private constant MASK_16 = 0xffff;
    uint256 private constant MASK_32 = 0xffffffff;

    struct Tree {
        uint256[2048] weights;
        uint256[128] groups;
        uint256[8] sections;
        uint256 root;
    }

    /// @notice The sum of all weights.
    function total(Tree storage self) internal view returns (uint256 sum) {
        for (uint256 root = self.root; root != 0; root >>= 32) {
            sum += root & MASK_32;
        }
    }

    /// @notice The weight of a leaf.
    function weightOf(Tree storage self, uint256 leaf) internal view returns (uint256) {
        return (self.weights[leaf >> 5] >> _shift8(leaf)) & MASK_8;
    }

    /// @notice Sets the weight of a leaf.
    /// @return changed whether it was another one before; if not, nothing is written
    function set(Tree storage self, uint256 leaf, uint256 weight) internal returns (bool changed) {
        uint256 word = self.weights[leaf >> 5];
        uint256 old = (word >> _shift8(leaf)) & MASK_8;
        if (old == weight) return false;

        unchecked {
            // The difference modulo 2^256: added to a word it raises or lowers one field and carries into no other,
            // because no field ends below zero or above its width.
            uint256 difference = weight - old;
            self.weights[leaf >> 5] = word + (difference << _shift8(leaf));
            self.groups[leaf >> 9] += difference << _shift16(leaf >> 5);
            self.sections[leaf >> 13] += difference << _shift16(leaf >> 9);
            self.root += difference << _shift32(leaf >> 13);
        }
        return true;
    }

    /// @notice The leaf at `place`, where the leaves lie end to end, each as long as its weight.
    /// @param place below `total`
    function leafAt(Tree storage self, uint256 place) internal view returns (uint256 leaf) {
        (leaf, place) = _descend(self.root, place, 0, 32, MASK_32);
        (leaf, place) = _descend(self.sections[leaf], place, leaf << 4, 16, MASK_16);
        (leaf, place) = _descend(self.groups[leaf], place, leaf << 4, 16, MASK_16);
        (leaf,) = _descend(self.weights[leaf], place, leaf << 5, 8, MASK_8);
    }

    /// Finds the field of `word` that `place` falls into.
    /// @return child `first` + the number of the field
    /// @return rest the place within the field
    function _descend(uint256 word, uint256 place, uint256 first, uint256 width, uint256 mask)
        private
        pure
        returns (uint256 child, uint256 rest)
    {
        unchecked {
            child = first;
            while (place >= word & mask) {
                place -= word & mask;
                word >>= width;
                ++child;
            }
            rest = place;
        }
    }

    function _shift8(uint256 leaf) private pure returns (uint256) {
        return (leaf & 31) << 3;
    }

    function _shift16(uint256 index) private pure returns (uint256) {
        return (index & 15) << 4;
    }

    function _shift32(uint256 index) private pure returns (uint256) {
        return index << 5;
    }
}
