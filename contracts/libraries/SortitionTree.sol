// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title A sum tree of 65,536 small weights, for a weighted draw that reads ten words of storage
/// @notice Three levels: 2,048 words of 32 weights (8 bits), 128 words of 16 sums (16 bits), 8 words of 16 sums (16 bits).
/// Field i of a word holds the sum of word i of the level below, counted from the lowest bits. Reading, drawing and setting
/// cost the same however many weights are set.
/// @dev A change writes three words. What would be a fourth level, one word of 8 sums, is added up where it is needed: a
/// tree is changed with each ruling and drawn from once a case, so a word less to write is worth seven more to read.
/// Warning: callers keep leaves below `CAPACITY` and weights at or below `MAX_WEIGHT`, and draw below the total.
/// A sum has 16 bits: 32 · 16 weights of more than 127 would overflow it.
library SortitionTree {
    uint256 internal constant CAPACITY = 65_536;
    uint256 internal constant MAX_WEIGHT = 127;

    uint256 private constant MASK_8 = 0xff;
    uint256 private constant MASK_16 = 0xffff;
    /// The lower halves of a word's eight pairs of 16 bits, and a one in each pair.
    uint256 private constant LOWER_HALVES = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
    uint256 private constant ONES = 0x0000000100000001000000010000000100000001000000010000000100000001;
    uint256 private constant SECTIONS = 8;

    struct Tree {
        uint256[2048] weights;
        uint256[128] groups;
        uint256[8] sections;
    }

    /// @notice The sum of all weights.
    function total(Tree storage self) internal view returns (uint256 sum) {
        unchecked {
            for (uint256 i; i < SECTIONS; ++i) {
                sum += _sumOf(self.sections[i]);
            }
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
            self.sections[leaf >> 13] += difference << _shift16(leaf >> 9);
            self.groups[leaf >> 9] += difference << _shift16(leaf >> 5);
            self.weights[leaf >> 5] = word + (difference << _shift8(leaf));
        }
        return true;
    }

    /// @notice The leaf at `place`, where the leaves lie end to end, each as long as its weight.
    /// @param place below `total`
    function leafAt(Tree storage self, uint256 place) internal view returns (uint256 leaf) {
        uint256 section = self.sections[0];
        unchecked {
            for (uint256 sum = _sumOf(section); place >= sum; sum = _sumOf(section)) {
                place -= sum;
                section = self.sections[++leaf];
            }
        }
        (leaf, place) = _descend(section, place, leaf << 4, 16, MASK_16);
        (leaf, place) = _descend(self.groups[leaf], place, leaf << 4, 16, MASK_16);
        (leaf,) = _descend(self.weights[leaf], place, leaf << 5, 8, MASK_8);
    }

    /// The sum of a word's 16 fields of 16 bits: first of each pair, in 32 bits; the product's highest field then holds the
    /// sum of all eight pairs.
    function _sumOf(uint256 word) private pure returns (uint256) {
        unchecked {
            return ((word & LOWER_HALVES) + (word >> 16 & LOWER_HALVES)) * ONES >> 224;
        }
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
}
