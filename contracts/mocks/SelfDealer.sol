// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IP2PEscrow} from "../interfaces/IP2PEscrow.sol";

/// @notice Disputes orders with itself, as cheaply as that can be done: a buyer whose seller is a contract of its own.
contract SelfDealer {
    IP2PEscrow private immutable _escrow;
    IERC20 private immutable _token;
    Conceder private immutable _seller;

    uint256 private _salt;

    constructor(IP2PEscrow escrow, IERC20 token) {
        _escrow = escrow;
        _token = token;
        _seller = new Conceder(escrow);
        token.approve(address(escrow), type(uint256).max);
    }

    /// @notice Opens so many disputes and concedes each at once: price and fee come back.
    function disputeAndConcede(uint256 count) external {
        for (uint256 i; i < count; ++i) {
            bytes32 id = _escrow.createOrder(
                IP2PEscrow.OrderParams({
                    seller: address(_seller),
                    tokenId: 1,
                    token: address(_token),
                    amount: 5e6,
                    confirmHours: 24,
                    releaseHours: 24,
                    termsHash: 0,
                    productHash: 0,
                    buyerKeyHash: 0,
                    salt: bytes32(++_salt)
                })
            );
            _escrow.openDispute(id, 0);
            _seller.concede(id);
        }
    }
}

/// @notice The other side of `SelfDealer`.
contract Conceder {
    IP2PEscrow private immutable _escrow;

    constructor(IP2PEscrow escrow) {
        _escrow = escrow;
    }

    function concede(bytes32 id) external {
        _escrow.refundBuyer(id);
    }
}
