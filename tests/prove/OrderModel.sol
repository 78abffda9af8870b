// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../contracts/interfaces/IP2PEscrow.sol";

/// @title One order of the escrow as a state machine with its money, for a prover
/// @notice What the escrow does to an order, without signatures, tokens and packing: who calls is not asked, so what is
/// proved holds whoever calls. tests/contracts/escrow/Model.t.sol shows that the escrow goes the same way.
/// @dev Each `assert` is a claim that solc's CHC engine proves for any sequence of calls with any arguments.
contract OrderModel {
    IP2PEscrow.Status public status;
    uint256 public amount;
    uint256 public fee;
    /// What came in for the order and for its dispute, and what went out of each: paid, or credited to who can withdraw it.
    uint256 public amountIn;
    uint256 public amountOut;
    uint256 public feeIn;
    uint256 public feeOut;

    function create(uint96 amount_) external {
        require(amount_ > 0);
        require(status == IP2PEscrow.Status.None);
        amount = amount_;
        amountIn += amount_;
        _move(IP2PEscrow.Status.Created);
    }

    function confirm() external {
        require(status == IP2PEscrow.Status.Created);
        _move(IP2PEscrow.Status.SellerConfirmed);
    }

    function cancel() external {
        require(status == IP2PEscrow.Status.Created);
        _end(IP2PEscrow.Status.Cancelled, amount, 0);
    }

    /// @param due whether the deadline is past
    function expire(bool due) external {
        require(due && status == IP2PEscrow.Status.Created);
        _end(IP2PEscrow.Status.Expired, amount, 0);
    }

    /// @param due as `expire`
    function release(bool due) external {
        require(due && status == IP2PEscrow.Status.SellerConfirmed);
        _end(IP2PEscrow.Status.Completed, 0, amount);
    }

    /// @param kept what of the fee goes to an arbitrator, where there is a case
    function receive_(uint256 kept) external {
        _close(kept);
        _end(IP2PEscrow.Status.Completed, 0, amount);
    }

    /// @param kept as `receive_`
    function refund(uint256 kept) external {
        _close(kept);
        _end(IP2PEscrow.Status.Cancelled, amount, 0);
    }

    /// @param kept as `receive_`
    function settle(uint256 buyerAmount, uint256 kept) external {
        require(buyerAmount <= amount);
        _close(kept);
        _end(IP2PEscrow.Status.Settled, buyerAmount, amount - buyerAmount);
    }

    function openDispute(uint96 fee_) external {
        require(status == IP2PEscrow.Status.Created || status == IP2PEscrow.Status.SellerConfirmed);
        fee = fee_;
        feeIn += fee_;
        _move(IP2PEscrow.Status.Disputed);
    }

    function rule(bool forBuyer) external {
        require(status == IP2PEscrow.Status.Disputed);
        feeOut += fee;
        if (forBuyer) _end(IP2PEscrow.Status.ResolvedBuyer, amount, 0);
        else _end(IP2PEscrow.Status.ResolvedSeller, 0, amount);
    }

    /// By the pool at any time, by anyone after the deadline.
    function stalemate(bool byPool, bool due) external {
        require((byPool || due) && status == IP2PEscrow.Status.Disputed);
        feeOut += fee;
        _end(IP2PEscrow.Status.Stalemate, amount - amount / 2, amount / 2);
    }

    /// The money of an order leaves once and whole, when it ends; nothing of it before, nothing more after.
    function check() external view {
        assert(amountOut == (_isLive() ? 0 : amountIn));
        assert(feeOut == (_isLive() ? 0 : feeIn));
    }

    function _close(uint256 kept) private {
        require(_isLive() && status != IP2PEscrow.Status.None);
        if (status != IP2PEscrow.Status.Disputed) return;
        require(kept <= fee);
        feeOut += kept;
        feeOut += fee - kept;
    }

    function _end(IP2PEscrow.Status to, uint256 toBuyer, uint256 toSeller) private {
        amountOut += toBuyer;
        amountOut += toSeller;
        _move(to);
    }

    /// Along the diagram, and from no end.
    function _move(IP2PEscrow.Status to) private {
        assert(_mayMove(to));
        status = to;
    }

    function _mayMove(IP2PEscrow.Status to) private view returns (bool) {
        if (status == IP2PEscrow.Status.None) return to == IP2PEscrow.Status.Created;
        if (!_isLive() || to <= IP2PEscrow.Status.Created) return false;
        if (to == IP2PEscrow.Status.SellerConfirmed || to == IP2PEscrow.Status.Expired) {
            return status == IP2PEscrow.Status.Created;
        }
        bool judged = to == IP2PEscrow.Status.ResolvedBuyer || to == IP2PEscrow.Status.ResolvedSeller
            || to == IP2PEscrow.Status.Stalemate;
        if (judged) return status == IP2PEscrow.Status.Disputed;
        return to != IP2PEscrow.Status.Disputed || status != IP2PEscrow.Status.Disputed;
    }

    function _isLive() private view returns (bool) {
        return status <= IP2PEscrow.Status.Disputed;
    }
}
