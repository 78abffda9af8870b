// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What a dispute ends with. `None` stands for 'not ruled yet' and never ends one.
/// `Stalemate` is not open to an arbitrator: it is what is left when nobody ruled.
enum Ruling {
    None,
    Buyer,
    Seller,
    Stalemate
}
