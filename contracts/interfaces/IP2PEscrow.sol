// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IDisputeResolver} from "./IDisputeResolver.sol";
import {Ruling} from "./Ruling.sol";

/// @title An escrow for orders between two people
/// @notice Holds the price of an order until the two agree, a deadline passes, or a dispute is decided.
/// Every live order (`Created`, `SellerConfirmed`, `Disputed`) can be ended by a call that is open to anyone after its
/// deadline, so no party, no owner and no resolver can lock money up for ever.
///
/// All amounts are in the token's smallest unit unless a name says `whole`; all times are Unix seconds.
/// @dev Warning: deadlines only *enable* timeouts. Confirming, disputing, conceding and settling stay valid after a
/// deadline until somebody executes the timeout.
/// @dev Warning: `createdDay` counts days since 2020-01-01 and deadlines are 32 bits wide: creation stops in 2106.
interface IP2PEscrow {
    enum Status {
        None,
        Created,
        SellerConfirmed,
        Disputed,
        Completed,
        Cancelled,
        Expired,
        ResolvedBuyer,
        ResolvedSeller,
        Stalemate,
        Settled
    }

    /// @notice An order as stored: two slots, the first ends before `buyer`.
    /// @param deadline the time after which anyone may execute the timeout of the status
    /// @param flags bit 0: the seller confirmed; bit 1: the seller (and not the buyer) opened the dispute
    /// @param releaseHours the time that the buyer has from the seller's confirmation on
    /// @param tokenId which listed token, and so which fee terms: never another one for this order
    /// @param createdDay the day of creation, counted from 2020-01-01 (UTC)
    struct Order {
        address seller;
        uint32 deadline;
        uint8 flags;
        Status status;
        uint16 releaseHours;
        uint16 tokenId;
        uint16 createdDay;
        address buyer;
        uint96 amount;
    }

    /// @notice What a buyer orders. Hashed with chain, escrow and buyer it is the id of the order.
    /// @param tokenId the listing that must stand for `token`
    /// @param amount everything the buyer pays: goods and shipping
    /// @param confirmHours the time that the seller has to confirm, 24 to 1440
    /// @param releaseHours the time that the buyer then has to complain, 24 to 1440
    /// @param termsHash the EIP-712 hash of the offer that the seller signed
    /// @param productHash what was offered, as the seller's client canonicalised it
    /// @param buyerKeyHash the buyer's encryption key for this order, or zero
    /// @param salt makes two otherwise equal orders different
    struct OrderParams {
        address seller;
        uint16 tokenId;
        address token;
        uint96 amount;
        uint16 confirmHours;
        uint16 releaseHours;
        bytes32 termsHash;
        bytes32 productHash;
        bytes32 buyerKeyHash;
        bytes32 salt;
    }

    /// @notice A listed token: one slot. Fixed for ever by its id, but for `listed` and `paused`.
    struct Token {
        address token;
        uint8 decimals;
        bool listed;
        bool paused;
        uint24 minFeeWhole;
        uint24 minAmountWhole;
        uint24 maxAmountWhole;
    }

    // ------------------------------------------------------------------------------------------------------ Events

    /// @param deadline creation time + `confirmHours`
    event OrderCreated(
        bytes32 indexed id,
        address indexed buyer,
        address indexed seller,
        uint16 tokenId,
        address token,
        uint256 amount,
        uint32 deadline,
        uint16 confirmHours,
        uint16 releaseHours,
        bytes32 termsHash,
        bytes32 productHash,
        bytes32 buyerKeyHash,
        bytes32 salt
    );

    /// @param deliveryHash what the seller says about the delivery (a tracking number, say), hashed off chain
    /// @param deadline the end of the buyer's time to complain
    event DeliveryConfirmed(bytes32 indexed id, address indexed seller, bytes32 deliveryHash, uint32 deadline);

    /// @notice The seller was paid everything. Status: `Completed`.
    /// @param by who called: the buyer, or anyone after the deadline
    event OrderCompleted(bytes32 indexed id, address indexed seller, address by, uint256 amount);

    /// @notice The buyer was paid back everything by a cancellation or by the seller. Status: `Cancelled`.
    event OrderCancelled(bytes32 indexed id, address indexed buyer, address by, uint256 amount);

    /// @notice The seller did not confirm in time, the buyer was paid back everything. Status: `Expired`.
    event OrderExpired(bytes32 indexed id, address indexed buyer, address by, uint256 amount);

    event DeadlineExtended(bytes32 indexed id, address indexed by, uint32 deadline);

    /// @notice Status: `Disputed`.
    /// @param fee the arbitration fee that the opener paid in
    /// @param deadline the time after which `forceStalemate` is open
    event DisputeOpened(
        bytes32 indexed id, address indexed opener, uint256 fee, uint32 deadline, bytes32 evidenceDigest
    );

    event EvidenceSubmitted(bytes32 indexed id, address indexed submitter, bytes32 digest);

    /// @notice Both agreed. Status: `Settled`.
    event OrderSettled(bytes32 indexed id, address indexed by, uint256 buyerAmount, uint256 sellerAmount);

    /// @notice An open dispute ended by agreement or concession; comes with `OrderSettled`, `OrderCompleted` or
    /// `OrderCancelled`. `feeKept` was credited to `feePayee`, `feeReturned` paid to `opener`.
    /// @param feePayee zero where nobody had earned a part of the fee
    event DisputeClosed(
        bytes32 indexed id, address indexed opener, address indexed feePayee, uint256 feeReturned, uint256 feeKept
    );

    /// @notice The resolver decided. Status: `ResolvedBuyer` or `ResolvedSeller`.
    /// @param amount what the winner was paid: all of it
    /// @param fee what was credited to `feePayee`
    event OrderRuled(
        bytes32 indexed id, address indexed winner, address indexed feePayee, Ruling ruling, uint256 amount, uint256 fee
    );

    /// @notice Nobody decided: halves, the odd unit to the buyer, the fee back to who paid it. Status: `Stalemate`.
    /// @param forced whether `forceStalemate` ended the order, and so the resolver was not asked
    event OrderStalemated(
        bytes32 indexed id,
        address indexed opener,
        uint256 buyerAmount,
        uint256 sellerAmount,
        uint256 feeReturned,
        bool forced
    );

    /// @notice The token refused a payment: it waits in `withdrawable`.
    event PaymentDeferred(bytes32 indexed id, address indexed payee, address indexed token, uint256 amount);

    event Withdrawn(address indexed token, address indexed payee, address to, uint256 amount);

    /// @param nonce the signer's nonce from now on
    event SettlementsRevoked(address indexed signer, uint256 nonce);

    /// @param minFee the least arbitration fee
    /// @param minAmount the least amount of an order
    /// @param maxAmount the largest amount of an order
    event TokenListed(
        uint16 indexed tokenId,
        address indexed token,
        uint8 decimals,
        uint256 minFee,
        uint256 minAmount,
        uint256 maxAmount
    );

    event TokenDelisted(uint16 indexed tokenId, address indexed token);

    event OrdersPaused(uint16 indexed tokenId, address indexed token, bool paused);

    event StrayTokensRescued(address indexed token, address indexed to, uint256 amount);

    // ------------------------------------------------------------------------------------------------------ Errors

    /// @notice Thrown when the order's status does not allow the call; `None` where there is no such order.
    error WrongStatus(bytes32 id, Status current);
    /// @notice Thrown when the caller is not the party (or arbitrator) that may do this.
    error NotParty(bytes32 id, address caller);
    /// @notice Thrown when a timeout is called before it is open.
    error TooEarly(bytes32 id, uint256 opensAt);
    /// @notice Thrown when the signature of a settlement is past its own deadline.
    error TooLate(bytes32 id, uint256 closedAt);
    /// @notice Thrown when the same buyer already created exactly this order.
    error OrderExists(bytes32 id);
    /// @notice Thrown when an order names nobody, its buyer, this escrow or the resolver as its seller.
    error InvalidSeller(address seller);
    /// @notice Thrown when a window is not within 24 hours to 60 days.
    error InvalidWindow(uint256 windowHours);
    /// @notice Thrown when an amount is outside of what the token's listing allows.
    error AmountOutOfRange(uint256 amount, uint256 minAmount, uint256 maxAmount);
    /// @notice Thrown when `tokenId` is not a listing of `token`, or is delisted.
    error TokenNotListed(address token);
    /// @notice Thrown when there never was such a listing.
    error UnknownToken(uint256 tokenId);
    /// @notice Thrown when the owner paused new orders in this token.
    error NewOrdersPaused(uint256 tokenId);
    /// @notice Thrown when a token delivered anything but the exact amount.
    error InexactTransfer(uint256 expected, uint256 received);
    /// @notice Thrown when an extension adds nothing, or passes 180 days from the day of creation.
    error InvalidExtension(bytes32 id, uint256 deadline, uint256 latest);
    /// @notice Thrown when a settlement gives the buyer more than there is.
    error InvalidSplit(bytes32 id, uint256 buyerAmount, uint256 amount);
    /// @notice Thrown when the other party revoked the nonce that the settlement was signed for.
    error InvalidNonce(address signer, uint256 nonce, uint256 current);
    /// @notice Thrown when the other party did not sign exactly this settlement.
    error InvalidSignature(bytes32 id, address signer);
    /// @notice Thrown when anyone but the resolver rules.
    error NotPool(address caller);
    /// @notice Thrown when a ruling says nothing.
    error InvalidRuling(bytes32 id);
    /// @notice Thrown when a ruling names nobody as the payee of the fee.
    error InvalidFeePayee(bytes32 id);
    /// @notice Thrown when so little gas is left that a healthy payment could fail.
    error TooLittleGas(uint256 available, uint256 required);
    /// @notice Thrown when no payment to the caller was deferred.
    error NothingToWithdraw(address token, address payee);
    /// @notice Thrown when a withdrawal goes to nobody, to this escrow or to the resolver.
    error InvalidRecipient(address to);
    /// @notice Thrown when a listing's amounts are zero, in the wrong order, or wider than an order can hold.
    error InvalidTokenTerms(address token);
    /// @notice Thrown when all 65,535 ids are used.
    error TooManyTokens();
    /// @notice Thrown when a rescue asks for a token in which orders are or were possible.
    error TokenWasListed(address token);
    /// @notice Thrown when the resolver given at construction is no contract.
    error InvalidPool(address pool);

    // ------------------------------------------------------------------------------------------------- The ordinary way

    /// @notice Creates an order and pays for it. The caller is the buyer and must have approved `p.amount`.
    /// @dev Warning: the escrow knows nothing of the offer behind `p.termsHash`. The buyer's client verifies the
    /// seller's signature before paying, the seller's client compares every field of the created order with what was
    /// signed before confirming.
    /// @return id see `orderIdOf`
    function createOrder(OrderParams calldata p) external returns (bytes32 id);

    /// @notice `createOrder` after an EIP-2612 permit over exactly `p.amount`. Where the permit fails (it was
    /// front-run, or the token has none) an allowance that is there is enough.
    function createOrderWithPermit(OrderParams calldata p, uint256 permitDeadline, uint8 v, bytes32 r, bytes32 s)
        external
        returns (bytes32 id);

    /// @notice Buyer or seller calls off an order that the seller did not confirm yet.
    function cancelOrder(bytes32 id) external;

    /// @notice Anyone ends an order that the seller did not confirm in time. The buyer is paid back.
    function expireOrder(bytes32 id) external;

    /// @notice The seller accepts the order and binds the buyer, whose time to complain begins.
    /// @dev Warning: call it *before* handing anything over. Until then the buyer can cancel.
    function sellerConfirmDelivery(bytes32 id, bytes32 deliveryHash) external;

    /// @notice The buyer is content, or concedes a dispute: the seller is paid everything.
    function buyerConfirmReceived(bytes32 id) external;

    /// @notice The seller gives up, or concedes a dispute: the buyer is paid everything.
    function refundBuyer(bytes32 id) external;

    /// @notice Anyone pays the seller of an order whose buyer did not complain in time.
    function releaseOrder(bytes32 id) external;

    /// @notice Gives the *other* side more time: called by the buyer while `Created`, by the seller while
    /// `SellerConfirmed`.
    /// @param extraHours added to the present deadline; the new one is at most 180 days after the day of creation
    function extend(bytes32 id, uint256 extraHours) external;

    /// @notice Executes the timeout of every id that is due and skips the others.
    /// @return ended how many orders ended
    function processTimeouts(bytes32[] calldata ids) external returns (uint256 ended);

    // ------------------------------------------------------------------------------------------------------- Disputes

    /// @notice Buyer or seller asks for a decision and pays the arbitration fee in (approve it before).
    /// @param evidenceDigest what the opener submits at once, or zero
    function openDispute(bytes32 id, bytes32 evidenceDigest) external;

    /// @notice Stamps the digest of evidence that is kept off chain with the time and its author. Parties and
    /// arbitrators of the case.
    function submitEvidence(bytes32 id, bytes32 digest) external;

    /// @notice Splits a live order as both parties agreed: the caller by calling, the other by an EIP-712 signature over
    /// `Settlement(bytes32 id,uint8 status,uint32 caseStage,uint256 buyerAmount,uint256 sellerAmount,uint256 nonce,uint256 deadline)`
    /// in the domain {name: 'P2PEscrow', version: '1', chainId, verifyingContract}. `status` is the order's at the time
    /// of the call, `caseStage` the resolver's counter (0 before a dispute): a signature is no option on a later state.
    /// ECDSA is tried first, then ERC-1271, so that an account with code (ERC-7702) can sign with its key too.
    /// @param nonce the signer's current nonce
    /// @param sigDeadline the last second in which the signature counts
    /// @dev Warning: settling does not use the nonce up (the order ends, nothing can be replayed). Who signed several
    /// proposals for one order must expect the other side to take the best of them; `revokeSettlements` takes all back.
    function settle(
        bytes32 id,
        uint256 buyerAmount,
        uint256 nonce,
        uint256 sigDeadline,
        bytes calldata signature
    ) external;

    /// @notice Takes back every settlement that the caller signed so far, in all orders.
    function revokeSettlements() external;

    /// @notice The resolver's decision: the amount, whole, to the winner, or halves for `Ruling.Stalemate`.
    /// @param feePayee who is credited the fee; ignored for a stalemate, where it goes back to the opener
    function rule(bytes32 id, Ruling ruling, address feePayee) external;

    /// @notice Anyone ends a dispute that nobody decided within 90 days. Does not call the resolver.
    function forceStalemate(bytes32 id) external;

    // ------------------------------------------------------------------------------------------------------- Payments

    /// @notice Takes out what is credited to the caller: payments that the token refused, and arbitration fees.
    function withdraw(address token, address to) external returns (uint256 amount);

    // ---------------------------------------------------------------------------------------------------------- Owner

    /// @notice Lists a token under a new id. The owner alone. Amounts are in whole tokens.
    /// @dev Warning: list only tokens that are pegged to the currency of the resolver's stake, and whose balances move
    /// by transfers alone, through one address: `rescue` knows a listed token by its address, and would send the money of
    /// orders away through a second one.
    function listToken(address token, uint24 minFeeWhole, uint24 minAmountWhole, uint24 maxAmountWhole)
        external
        returns (uint16 tokenId);

    /// @notice Ends new orders under this id for ever. Orders that exist are not touched. The owner alone.
    function delistToken(uint16 tokenId) external;

    /// @notice Stops or allows new orders in these tokens. Orders that exist are not touched. The owner alone.
    function setOrdersPaused(uint16[] calldata tokenIds, bool paused) external;

    /// @notice Sends away tokens that got here by mistake. Refuses every token that was ever listed. The owner alone.
    function rescue(address token, address to, uint256 amount) external;

    // ---------------------------------------------------------------------------------------------------------- Views

    /// @notice Who decides disputes. Fixed at construction.
    function pool() external view returns (IDisputeResolver);

    /// @notice The order as stored; all zero for an unknown id. An order that ended keeps its fields.
    function orders(bytes32 id) external view returns (Order memory);

    /// @notice keccak256(abi.encode(chainid, escrow, buyer, p)).
    function orderIdOf(address buyer, OrderParams calldata p) external view returns (bytes32);

    /// @notice Whether the timeout of the order can be executed now.
    function isDue(bytes32 id) external view returns (bool);

    /// @notice The listing, all zero for an unknown id.
    function token(uint16 tokenId) external view returns (Token memory);

    /// @notice How many ids are in use: 1 to this number.
    function tokenCount() external view returns (uint16);

    /// @notice Whether the token was ever listed, under any id.
    function wasListed(address token) external view returns (bool);

    /// @notice The fee for a dispute over `amount`: 5 % rounded up, at least the token's minimum fee.
    function arbitrationFee(uint16 tokenId, uint256 amount) external view returns (uint256);

    /// @notice What `withdraw` would pay.
    function withdrawable(address token, address payee) external view returns (uint256);

    /// @notice The nonce that a settlement must be signed for.
    function nonces(address signer) external view returns (uint256);

    /// @notice The hash that the other party signs to settle the order as it stands now.
    function settlementDigest(bytes32 id, uint256 buyerAmount, uint256 nonce, uint256 sigDeadline)
        external
        view
        returns (bytes32);
}
