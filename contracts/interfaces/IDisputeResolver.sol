// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title What the escrow asks of whoever decides its disputes
/// @notice The seam between the two contracts, seen from the escrow. A case has the id of its order. No money of an
/// order ever visits the resolver: it names a payee, the escrow pays.
interface IDisputeResolver {
    /// @notice Opens the case of an order. Only the escrow.
    /// @param orderId the order, and so the case
    /// @param token the order's token
    /// @param fee the arbitration fee that the escrow holds for this case, in units of `token`
    function openCase(bytes32 orderId, address buyer, address seller, address token, uint256 fee) external;

    /// @notice Ends a case without a ruling being carried out: the parties agreed, or one of them conceded.
    /// @return feePayee who earned a part of the fee: zero before a draw and while a replacement waits
    /// @return ruled whether a ruling had been given: then the payee earned all of the fee, else the token's minimum fee
    function closeCase(bytes32 orderId) external returns (address feePayee, bool ruled);

    /// @notice A counter that every draw, ruling, appeal and revealed vote of the case raises.
    function caseStage(bytes32 orderId) external view returns (uint32 stage);

    /// @notice Whether `who` holds the case now, or sits on the panel of its appeal.
    function isArbitratorOf(bytes32 orderId, address who) external view returns (bool);
}
