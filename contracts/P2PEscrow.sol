// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC20, SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IDisputeResolver} from "./interfaces/IDisputeResolver.sol";
import {IP2PEscrow} from "./interfaces/IP2PEscrow.sol";
import {Ruling} from "./interfaces/Ruling.sol";
import {OrderHead, OrderSlots, OrderTail, orderHead, orderTail} from "./libraries/OrderSlots.sol";

/// @title P2PEscrow
/// @dev Has no reentrancy lock. A function that pays out leaves the live statuses before its first transfer, so a
/// re-entering token finds an ended order; one that pulls measures its own balance around the transfer, so a nested
/// payment makes the outer call revert. The invariant tests run with a token that re-enters everything.
contract P2PEscrow is IP2PEscrow, Ownable2Step, EIP712 {
    using SafeERC20 for IERC20;

    bytes32 private constant SETTLEMENT_TYPEHASH = keccak256(
        "Settlement(bytes32 id,uint8 status,uint32 caseStage,uint256 buyerAmount,uint256 sellerAmount,uint256 nonce,uint256 deadline)"
    );

    uint8 private constant FLAG_CONFIRMED = 1;
    uint8 private constant FLAG_SELLER_OPENED = 2;

    uint256 private constant FIRST_DAY = 1577836800;
    uint256 private constant MIN_WINDOW_HOURS = 24;
    uint256 private constant MAX_WINDOW_HOURS = 60 * 24;
    uint256 private constant LONGEST_EXTENSION = 180 days;
    uint256 private constant DISPUTE_PERIOD = 90 days;
    uint256 private constant FEE_DIVISOR = 20;
    uint256 private constant PAYMENT_GAS = 300_000;

    /// @inheritdoc IP2PEscrow
    IDisputeResolver public immutable pool;

    mapping(bytes32 id => OrderSlots) private _orders;
    mapping(uint256 tokenId => Token) private _tokens;

    /// @inheritdoc IP2PEscrow
    mapping(address token => mapping(address payee => uint256)) public withdrawable;
    /// @inheritdoc IP2PEscrow
    mapping(address signer => uint256) public nonces;
    /// @inheritdoc IP2PEscrow
    mapping(address token => bool) public wasListed;
    /// @inheritdoc IP2PEscrow
    uint16 public tokenCount;

    /// @param pool_ decides disputes, for ever
    /// @param owner_ lists tokens and pauses new orders
    constructor(IDisputeResolver pool_, address owner_) Ownable(owner_) EIP712("P2PEscrow", "1") {
        require(address(pool_).code.length > 0, InvalidPool(address(pool_)));
        pool = pool_;
    }

    // ------------------------------------------------------------------------------------------------- The ordinary way

    /// @inheritdoc IP2PEscrow
    function createOrder(OrderParams calldata p) external returns (bytes32 id) {
        return _create(p);
    }

    /// @inheritdoc IP2PEscrow
    function createOrderWithPermit(OrderParams calldata p, uint256 permitDeadline, uint8 v, bytes32 r, bytes32 s)
        external
        returns (bytes32 id)
    {
        // Before the permit, so that no address is called but a listed token.
        _requireOpenListing(_tokens[p.tokenId], p);

        // Who watches the pool of transactions can use the permit up first. Then the allowance is there already.
        try IERC20Permit(p.token).permit(msg.sender, address(this), p.amount, permitDeadline, v, r, s) {} catch {}

        return _create(p);
    }

    /// @inheritdoc IP2PEscrow
    function cancelOrder(bytes32 id) external {
        OrderSlots storage order = _orders[id];
        (OrderHead head, OrderTail tail) = (order.head, order.tail);
        _requireStatus(id, head, Status.Created);
        require(msg.sender == tail.buyer() || msg.sender == head.seller(), NotParty(id, msg.sender));

        order.head = head.withStatus(Status.Cancelled);

        emit OrderCancelled(id, tail.buyer(), msg.sender, tail.amount());

        _pay(id, _tokenOf(head), tail.buyer(), tail.amount());
    }

    /// @inheritdoc IP2PEscrow
    function expireOrder(bytes32 id) external {
        (OrderHead head, OrderTail tail) = _load(id);
        _requireStatus(id, head, Status.Created);
        _requirePast(id, head.deadline());

        _expire(id, head, tail);
    }

    /// @inheritdoc IP2PEscrow
    function sellerConfirmDelivery(bytes32 id, bytes32 deliveryHash) external {
        OrderSlots storage order = _orders[id];
        OrderHead head = order.head;
        _requireStatus(id, head, Status.Created);
        require(msg.sender == head.seller(), NotParty(id, msg.sender));
        uint32 deadline = _hoursFromNow(head.releaseHours());

        order.head = head.withStatus(Status.SellerConfirmed).withFlag(FLAG_CONFIRMED).withDeadline(deadline);

        emit DeliveryConfirmed(id, msg.sender, deliveryHash, deadline);
    }

    /// @inheritdoc IP2PEscrow
    function buyerConfirmReceived(bytes32 id) external {
        OrderSlots storage order = _orders[id];
        (OrderHead head, OrderTail tail) = (order.head, order.tail);
        _requireLive(id, head);
        require(msg.sender == tail.buyer(), NotParty(id, msg.sender));

        order.head = head.withStatus(Status.Completed);

        emit OrderCompleted(id, head.seller(), msg.sender, tail.amount());

        if (head.isIn(Status.Disputed)) _closeCase(id, head, tail);
        _pay(id, _tokenOf(head), head.seller(), tail.amount());
    }

    /// @inheritdoc IP2PEscrow
    function refundBuyer(bytes32 id) external {
        OrderSlots storage order = _orders[id];
        (OrderHead head, OrderTail tail) = (order.head, order.tail);
        _requireLive(id, head);
        require(msg.sender == head.seller(), NotParty(id, msg.sender));

        order.head = head.withStatus(Status.Cancelled);

        emit OrderCancelled(id, tail.buyer(), msg.sender, tail.amount());

        if (head.isIn(Status.Disputed)) _closeCase(id, head, tail);
        _pay(id, _tokenOf(head), tail.buyer(), tail.amount());
    }

    /// @inheritdoc IP2PEscrow
    function releaseOrder(bytes32 id) external {
        (OrderHead head, OrderTail tail) = _load(id);
        _requireStatus(id, head, Status.SellerConfirmed);
        _requirePast(id, head.deadline());

        _release(id, head, tail);
    }

    /// @inheritdoc IP2PEscrow
    function extend(bytes32 id, uint256 extraHours) external {
        OrderSlots storage order = _orders[id];
        (OrderHead head, OrderTail tail) = (order.head, order.tail);
        bool unconfirmed = head.isIn(Status.Created);
        if (!unconfirmed) _requireStatus(id, head, Status.SellerConfirmed);
        require(msg.sender == (unconfirmed ? tail.buyer() : head.seller()), NotParty(id, msg.sender));
        uint256 latest = FIRST_DAY + uint256(head.createdDay()) * 1 days + LONGEST_EXTENSION;
        uint256 deadline = Math.saturatingAdd(head.deadline(), Math.saturatingMul(extraHours, 1 hours));
        require(extraHours > 0 && deadline <= latest, InvalidExtension(id, deadline, latest));
        uint32 newDeadline = SafeCast.toUint32(deadline);

        order.head = head.withDeadline(newDeadline);

        emit DeadlineExtended(id, msg.sender, newDeadline);
    }

    /// @inheritdoc IP2PEscrow
    function processTimeouts(bytes32[] calldata ids) external returns (uint256 ended) {
        for (uint256 i; i < ids.length; ++i) {
            bytes32 id = ids[i];
            (OrderHead head, OrderTail tail) = _load(id);
            if (!_isDue(head)) continue;

            if (head.isIn(Status.Created)) _expire(id, head, tail);
            else if (head.isIn(Status.SellerConfirmed)) _release(id, head, tail);
            else _stalemate(id, head, tail, true);
            ++ended;
        }
    }

    // ------------------------------------------------------------------------------------------------------- Disputes

    /// @inheritdoc IP2PEscrow
    function openDispute(bytes32 id, bytes32 evidenceDigest) external {
        OrderSlots storage order = _orders[id];
        (OrderHead head, OrderTail tail) = (order.head, order.tail);
        if (!head.isIn(Status.Created)) _requireStatus(id, head, Status.SellerConfirmed);
        bool sellerOpens = msg.sender == head.seller();
        require(sellerOpens || msg.sender == tail.buyer(), NotParty(id, msg.sender));
        Token storage terms = _tokens[head.tokenId()];
        uint256 fee = _fee(terms, tail.amount());
        uint32 deadline = SafeCast.toUint32(block.timestamp + DISPUTE_PERIOD);

        order.head = head.withStatus(Status.Disputed).withDeadline(deadline).withFlag(
            sellerOpens ? FLAG_SELLER_OPENED : 0
        );

        emit DisputeOpened(id, msg.sender, fee, deadline, evidenceDigest);

        pool.openCase(id, tail.buyer(), head.seller(), terms.token, fee);
        _pull(terms.token, fee);
    }

    /// @inheritdoc IP2PEscrow
    function submitEvidence(bytes32 id, bytes32 digest) external {
        (OrderHead head, OrderTail tail) = _load(id);
        _requireStatus(id, head, Status.Disputed);
        require(
            msg.sender == tail.buyer() || msg.sender == head.seller() || pool.isArbitratorOf(id, msg.sender),
            NotParty(id, msg.sender)
        );

        emit EvidenceSubmitted(id, msg.sender, digest);
    }

    /// @inheritdoc IP2PEscrow
    function settle(
        bytes32 id,
        uint256 buyerAmount,
        uint256 nonce,
        uint256 sigDeadline,
        bytes calldata signature
    ) external {
        OrderSlots storage order = _orders[id];
        (OrderHead head, OrderTail tail) = (order.head, order.tail);
        _requireLive(id, head);
        require(msg.sender == tail.buyer() || msg.sender == head.seller(), NotParty(id, msg.sender));
        require(buyerAmount <= tail.amount(), InvalidSplit(id, buyerAmount, tail.amount()));
        require(block.timestamp <= sigDeadline, TooLate(id, sigDeadline));
        address signer = msg.sender == tail.buyer() ? head.seller() : tail.buyer();
        require(nonce == nonces[signer], InvalidNonce(signer, nonce, nonces[signer]));
        require(
            _isSignedBy(signer, _settlementDigest(id, head, tail, buyerAmount, nonce, sigDeadline), signature),
            InvalidSignature(id, signer)
        );
        uint256 sellerAmount = tail.amount() - buyerAmount;

        order.head = head.withStatus(Status.Settled);

        emit OrderSettled(id, msg.sender, buyerAmount, sellerAmount);

        if (head.isIn(Status.Disputed)) _closeCase(id, head, tail);
        _pay(id, _tokenOf(head), tail.buyer(), buyerAmount);
        _pay(id, _tokenOf(head), head.seller(), sellerAmount);
    }

    /// @inheritdoc IP2PEscrow
    function revokeSettlements() external {
        uint256 nonce = ++nonces[msg.sender];

        emit SettlementsRevoked(msg.sender, nonce);
    }

    /// @inheritdoc IP2PEscrow
    function rule(bytes32 id, Ruling ruling, address feePayee) external {
        require(msg.sender == address(pool), NotPool(msg.sender));
        OrderSlots storage order = _orders[id];
        (OrderHead head, OrderTail tail) = (order.head, order.tail);
        _requireStatus(id, head, Status.Disputed);
        require(ruling != Ruling.None, InvalidRuling(id));
        if (ruling == Ruling.Stalemate) return _stalemate(id, head, tail, false);
        require(feePayee != address(0), InvalidFeePayee(id));
        Token storage terms = _tokens[head.tokenId()];
        uint256 fee = _fee(terms, tail.amount());
        address token_ = terms.token;
        bool forBuyer = ruling == Ruling.Buyer;
        address winner = forBuyer ? tail.buyer() : head.seller();

        order.head = head.withStatus(forBuyer ? Status.ResolvedBuyer : Status.ResolvedSeller);
        withdrawable[token_][feePayee] += fee;

        emit OrderRuled(id, winner, feePayee, ruling, tail.amount(), fee);

        _pay(id, token_, winner, tail.amount());
    }

    /// @inheritdoc IP2PEscrow
    function forceStalemate(bytes32 id) external {
        (OrderHead head, OrderTail tail) = _load(id);
        _requireStatus(id, head, Status.Disputed);
        _requirePast(id, head.deadline());

        _stalemate(id, head, tail, true);
    }

    // ------------------------------------------------------------------------------------------------------- Payments

    /// @inheritdoc IP2PEscrow
    function withdraw(address token_, address to) external returns (uint256 amount) {
        amount = withdrawable[token_][msg.sender];
        require(amount > 0, NothingToWithdraw(token_, msg.sender));
        require(to != address(0) && to != address(this) && to != address(pool), InvalidRecipient(to));

        withdrawable[token_][msg.sender] = 0;

        emit Withdrawn(token_, msg.sender, to, amount);

        IERC20(token_).safeTransfer(to, amount);
    }

    // ---------------------------------------------------------------------------------------------------------- Owner

    /// @inheritdoc IP2PEscrow
    function listToken(address token_, uint24 minFeeWhole, uint24 minAmountWhole, uint24 maxAmountWhole)
        external
        onlyOwner
        returns (uint16 tokenId)
    {
        require(tokenCount < type(uint16).max, TooManyTokens());
        uint8 decimals = IERC20Metadata(token_).decimals();
        // Ten to the 29th is more than an order can hold, and keeps the product below from overflowing.
        require(
            minFeeWhole > 0 && minAmountWhole > 0 && minAmountWhole <= maxAmountWhole && decimals < 29
                && _units(maxAmountWhole, decimals) <= type(uint96).max,
            InvalidTokenTerms(token_)
        );

        tokenId = ++tokenCount;
        wasListed[token_] = true;
        _tokens[tokenId] = Token({
            token: token_,
            decimals: decimals,
            listed: true,
            paused: false,
            minFeeWhole: minFeeWhole,
            minAmountWhole: minAmountWhole,
            maxAmountWhole: maxAmountWhole
        });

        emit TokenListed(
            tokenId,
            token_,
            decimals,
            _units(minFeeWhole, decimals),
            _units(minAmountWhole, decimals),
            _units(maxAmountWhole, decimals)
        );
    }

    /// @inheritdoc IP2PEscrow
    function delistToken(uint16 tokenId) external onlyOwner {
        Token storage terms = _tokens[tokenId];
        require(terms.listed, TokenNotListed(terms.token));

        terms.listed = false;

        emit TokenDelisted(tokenId, terms.token);
    }

    /// @inheritdoc IP2PEscrow
    function setOrdersPaused(uint16[] calldata tokenIds, bool paused) external onlyOwner {
        for (uint256 i; i < tokenIds.length; ++i) {
            Token storage terms = _tokens[tokenIds[i]];
            require(terms.token != address(0), UnknownToken(tokenIds[i]));

            terms.paused = paused;

            emit OrdersPaused(tokenIds[i], terms.token, paused);
        }
    }

    /// @inheritdoc IP2PEscrow
    function rescue(address token_, address to, uint256 amount) external onlyOwner {
        require(!wasListed[token_], TokenWasListed(token_));

        emit StrayTokensRescued(token_, to, amount);

        IERC20(token_).safeTransfer(to, amount);
    }

    // ---------------------------------------------------------------------------------------------------------- Views

    /// @inheritdoc IP2PEscrow
    function orders(bytes32 id) external view returns (Order memory) {
        (OrderHead head, OrderTail tail) = _load(id);
        return Order({
            seller: head.seller(),
            deadline: head.deadline(),
            flags: head.flags(),
            status: head.status(),
            releaseHours: head.releaseHours(),
            tokenId: head.tokenId(),
            createdDay: head.createdDay(),
            buyer: tail.buyer(),
            amount: tail.amount()
        });
    }

    /// @inheritdoc IP2PEscrow
    function orderIdOf(address buyer, OrderParams calldata p) external view returns (bytes32) {
        return _orderIdOf(buyer, p);
    }

    /// @inheritdoc IP2PEscrow
    function isDue(bytes32 id) external view returns (bool) {
        return _isDue(_orders[id].head);
    }

    /// @inheritdoc IP2PEscrow
    function token(uint16 tokenId) external view returns (Token memory) {
        return _tokens[tokenId];
    }

    /// @inheritdoc IP2PEscrow
    function arbitrationFee(uint16 tokenId, uint256 amount) external view returns (uint256) {
        Token storage terms = _tokens[tokenId];
        require(terms.token != address(0), UnknownToken(tokenId));
        return _fee(terms, amount);
    }

    /// @inheritdoc IP2PEscrow
    function settlementDigest(bytes32 id, uint256 buyerAmount, uint256 nonce, uint256 sigDeadline)
        external
        view
        returns (bytes32)
    {
        (OrderHead head, OrderTail tail) = _load(id);
        require(buyerAmount <= tail.amount(), InvalidSplit(id, buyerAmount, tail.amount()));
        return _settlementDigest(id, head, tail, buyerAmount, nonce, sigDeadline);
    }

    // ------------------------------------------------------------------------------------------------------- Internal

    function _create(OrderParams calldata p) private returns (bytes32 id) {
        Token memory terms = _tokens[p.tokenId];
        _requireOpenListing(terms, p);
        {
            uint256 min = _units(terms.minAmountWhole, terms.decimals);
            uint256 max = _units(terms.maxAmountWhole, terms.decimals);
            require(p.amount >= min && p.amount <= max, AmountOutOfRange(p.amount, min, max));
        }
        _requireWindow(p.confirmHours);
        _requireWindow(p.releaseHours);
        require(
            p.seller != address(0) && p.seller != msg.sender && p.seller != address(this) && p.seller != address(pool),
            InvalidSeller(p.seller)
        );
        id = _orderIdOf(msg.sender, p);
        require(_orders[id].head.status() == Status.None, OrderExists(id));

        uint32 deadline = _hoursFromNow(p.confirmHours);
        uint16 createdDay = SafeCast.toUint16((block.timestamp - FIRST_DAY) / 1 days);
        _orders[id] = OrderSlots({
            head: orderHead(p.seller, deadline, Status.Created, p.releaseHours, p.tokenId, createdDay),
            tail: orderTail(msg.sender, p.amount)
        });

        _announce(id, p, deadline);

        _pull(p.token, p.amount);
    }

    function _announce(bytes32 id, OrderParams calldata p, uint32 deadline) private {
        emit OrderCreated(
            id,
            msg.sender,
            p.seller,
            p.tokenId,
            p.token,
            p.amount,
            deadline,
            p.confirmHours,
            p.releaseHours,
            p.termsHash,
            p.productHash,
            p.buyerKeyHash,
            p.salt
        );
    }

    function _expire(bytes32 id, OrderHead head, OrderTail tail) private {
        _orders[id].head = head.withStatus(Status.Expired);

        emit OrderExpired(id, tail.buyer(), msg.sender, tail.amount());

        _pay(id, _tokenOf(head), tail.buyer(), tail.amount());
    }

    function _release(bytes32 id, OrderHead head, OrderTail tail) private {
        _orders[id].head = head.withStatus(Status.Completed);

        emit OrderCompleted(id, head.seller(), msg.sender, tail.amount());

        _pay(id, _tokenOf(head), head.seller(), tail.amount());
    }

    function _stalemate(bytes32 id, OrderHead head, OrderTail tail, bool forced) private {
        Token storage terms = _tokens[head.tokenId()];
        uint256 fee = _fee(terms, tail.amount());
        address opener = _opener(head, tail);
        uint256 sellerAmount = tail.amount() / 2;
        uint256 buyerAmount = tail.amount() - sellerAmount;

        _orders[id].head = head.withStatus(Status.Stalemate);

        emit OrderStalemated(id, opener, buyerAmount, sellerAmount, fee, forced);

        _pay(id, terms.token, tail.buyer(), buyerAmount);
        _pay(id, terms.token, head.seller(), sellerAmount);
        _pay(id, terms.token, opener, fee);
    }

    /// Ends the case of an order that left `Disputed` by agreement or concession, and shares the fee out.
    function _closeCase(bytes32 id, OrderHead head, OrderTail tail) private {
        Token storage terms = _tokens[head.tokenId()];
        uint256 fee = _fee(terms, tail.amount());
        address opener = _opener(head, tail);

        (address feePayee, bool ruled) = pool.closeCase(id);
        uint256 kept = feePayee == address(0) ? 0 : ruled ? fee : _units(terms.minFeeWhole, terms.decimals);
        if (kept > 0) withdrawable[terms.token][feePayee] += kept;

        emit DisputeClosed(id, opener, feePayee, fee - kept, kept);

        _pay(id, terms.token, opener, fee - kept);
    }

    /// Takes exactly `amount` from the caller.
    function _pull(address token_, uint256 amount) private {
        uint256 before = IERC20(token_).balanceOf(address(this));
        IERC20(token_).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = Math.saturatingSub(IERC20(token_).balanceOf(address(this)), before);
        require(received == amount, InexactTransfer(amount, received));
    }

    /// Sends `amount`, or credits it where the token refuses: no payee can keep an order from ending.
    function _pay(bytes32 id, address token_, address to, uint256 amount) private {
        if (amount == 0) return;
        // With less, a caller could make a healthy payment fail, and so defer it.
        require(gasleft() >= PAYMENT_GAS, TooLittleGas(gasleft(), PAYMENT_GAS));
        if (IERC20(token_).trySafeTransfer(to, amount)) return;

        withdrawable[token_][to] += amount;

        emit PaymentDeferred(id, to, token_, amount);
    }

    function _requireOpenListing(Token memory terms, OrderParams calldata p) private pure {
        require(terms.listed && terms.token == p.token, TokenNotListed(p.token));
        require(!terms.paused, NewOrdersPaused(p.tokenId));
    }

    function _requireWindow(uint256 windowHours) private pure {
        require(windowHours >= MIN_WINDOW_HOURS && windowHours <= MAX_WINDOW_HOURS, InvalidWindow(windowHours));
    }

    function _requireStatus(bytes32 id, OrderHead head, Status wanted) private pure {
        if (!head.isIn(wanted)) revert WrongStatus(id, head.status());
    }

    function _requireLive(bytes32 id, OrderHead head) private pure {
        if (!_isLive(head)) revert WrongStatus(id, head.status());
    }

    function _requirePast(bytes32 id, uint256 deadline) private view {
        require(block.timestamp > deadline, TooEarly(id, deadline + 1));
    }

    function _load(bytes32 id) private view returns (OrderHead, OrderTail) {
        OrderSlots storage slots = _orders[id];
        return (slots.head, slots.tail);
    }

    function _tokenOf(OrderHead head) private view returns (address) {
        return _tokens[head.tokenId()].token;
    }

    function _isDue(OrderHead head) private view returns (bool) {
        return block.timestamp > head.deadline() && _isLive(head);
    }

    function _isLive(OrderHead head) private pure returns (bool) {
        return head.isIn(Status.Created) || head.isIn(Status.SellerConfirmed) || head.isIn(Status.Disputed);
    }

    function _opener(OrderHead head, OrderTail tail) private pure returns (address) {
        return head.flags() & FLAG_SELLER_OPENED == 0 ? tail.buyer() : head.seller();
    }

    function _fee(Token storage terms, uint256 amount) private view returns (uint256) {
        return Math.max(Math.ceilDiv(amount, FEE_DIVISOR), _units(terms.minFeeWhole, terms.decimals));
    }

    function _units(uint256 whole, uint8 decimals) private pure returns (uint256) {
        return whole * 10 ** decimals;
    }

    function _hoursFromNow(uint16 hours_) private view returns (uint32) {
        unchecked {
            return SafeCast.toUint32(block.timestamp + uint256(hours_) * 1 hours);
        }
    }

    function _orderIdOf(address buyer, OrderParams calldata p) private view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), buyer, p));
    }

    function _settlementDigest(
        bytes32 id,
        OrderHead head,
        OrderTail tail,
        uint256 buyerAmount,
        uint256 nonce,
        uint256 sigDeadline
    ) private view returns (bytes32) {
        uint32 caseStage = head.isIn(Status.Disputed) ? pool.caseStage(id) : 0;
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    SETTLEMENT_TYPEHASH,
                    id,
                    head.status(),
                    caseStage,
                    buyerAmount,
                    tail.amount() - buyerAmount,
                    nonce,
                    sigDeadline
                )
            )
        );
    }

    /// The key first, whatever code the account has: an ERC-7702 delegate need not know ERC-1271.
    function _isSignedBy(address signer, bytes32 digest, bytes calldata signature) private view returns (bool) {
        (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecover(digest, signature);
        if (failure == ECDSA.RecoverError.NoError && recovered == signer) return true;
        return SignatureChecker.isValidERC1271SignatureNow(signer, digest, signature);
    }
}
