// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IArbitratorPool} from "./interfaces/IArbitratorPool.sol";
import {IDisputeResolver} from "./interfaces/IDisputeResolver.sol";
import {IP2PEscrow} from "./interfaces/IP2PEscrow.sol";
import {Ruling} from "./interfaces/Ruling.sol";
import {
    CaseSlot,
    DRAWN,
    ENDED,
    NONE,
    PANEL_FALLEN,
    PANEL_SEATED,
    PANEL_VOID,
    PANEL_WAITING,
    RULED,
    VOID,
    WAITING
} from "./libraries/CaseSlot.sol";
import {CaseQueue} from "./pool/CaseQueue.sol";
import {PoolState} from "./pool/PoolState.sol";

/// @title ArbitratorPool
/// @dev What can be done with a drawn case. The parts below it: `PoolState` (constants, storage, money),
/// `ArbitratorRegistry` (stakes and weights), `CaseQueue` (the draw).
contract ArbitratorPool is CaseQueue {
    int256 private constant RECUSED = -1;
    int256 private constant SILENT = -10;
    int256 private constant UNAPPEALED = 1;
    int256 private constant UPHELD = 2;
    int256 private constant OVERTURNED = -5;
    int256 private constant VOTED_FOR_OUTCOME = 2;
    int256 private constant VOTED_AGAINST_OUTCOME = -2;

    uint256 private constant SILENCE_DIVISOR = 10;
    uint256 private constant DEPOSIT_FEES = 3;

    uint8 private constant FLAG_CONFIRMED = 1;
    /// Day 0 of an order's `createdDay`: 2020-01-01.
    uint256 private constant FIRST_DAY = 1577836800;

    /// What the escrow says of a case's order.
    struct Dispute {
        address buyer;
        address seller;
        address token;
        uint8 decimals;
        IP2PEscrow.Status status;
        uint256 fee;
    }

    /// @inheritdoc IArbitratorPool
    mapping(bytes32 caseId => uint256) public bounties;

    constructor(Parameters memory parameters_) PoolState(parameters_) {}

    // ------------------------------------------------------------------------------------------------- The ruling

    /// @inheritdoc IArbitratorPool
    function recuse(bytes32 caseId) external {
        CaseSlot current = _loadCase(caseId, DRAWN | PANEL_SEATED);
        _requireWithin(caseId, current.since(), RECUSAL_WINDOW);

        if (current.isIn(PANEL_SEATED)) {
            Seat storage seat = _seatOf(caseId, SeatStatus.Seated);
            _excuse(caseId, seat, 0);
        } else {
            require(msg.sender == current.arbitrator(), NotArbitrator(caseId, msg.sender));

            emit Recused(caseId, msg.sender);

            _dismiss(caseId, current, RECUSED);
        }
    }

    /// @inheritdoc IArbitratorPool
    function challengeConflict(bytes32 caseId, bytes32 orderId) external {
        CaseSlot current = _loadCase(caseId, DRAWN | PANEL_SEATED);
        _requireWithin(caseId, current.since(), CHALLENGE_WINDOW);
        IP2PEscrow.Order memory parties = _orderOf(caseId);
        IP2PEscrow.Order memory proof = _orderOf(orderId);
        require(proof.createdDay < (current.openedAt() - FIRST_DAY) / 1 days, NoConflict(caseId, orderId));

        if (current.isIn(PANEL_SEATED)) {
            Seat storage seat = _conflictingSeat(caseId, orderId, parties, proof);
            _excuse(caseId, seat, orderId);
        } else {
            require(_dealt(proof, current.arbitrator(), parties), NoConflict(caseId, orderId));

            emit ConflictProven(caseId, current.arbitrator(), orderId);

            _dismiss(caseId, current, 0);
        }
    }

    /// @inheritdoc IArbitratorPool
    function resolveDispute(bytes32 caseId, Ruling ruling, bytes32 reasonDigest) external {
        CaseSlot current = _loadCase(caseId, DRAWN);
        require(msg.sender == current.arbitrator(), NotArbitrator(caseId, msg.sender));
        _requireDecision(caseId, ruling);
        _requireFrom(caseId, _after(current.since(), _rulingEarliest));
        _requireWithin(caseId, current.since(), _rulingLatest);
        _requireWithin(caseId, current.openedAt(), RULING_LIMIT);

        current = current.advanced(CaseStatus.Ruled, block.timestamp).withRuling(ruling);
        _cases[caseId] = current;

        emit Ruled(caseId, msg.sender, ruling, reasonDigest, current.stage(), _after(block.timestamp, _appealWindow));
    }

    /// @inheritdoc IArbitratorPool
    function replaceArbitrator(bytes32 caseId) external {
        CaseSlot current = _loadCase(caseId, DRAWN);
        uint256 limit = _after(current.openedAt(), RULING_LIMIT);
        require(_after(current.since(), _rulingLatest) <= limit, TooLate(caseId, limit));
        _requirePast(caseId, current.since(), _rulingLatest);

        emit Replaced(caseId, current.arbitrator());

        _slashForSilence(caseId, current.arbitrator());
        _dismiss(caseId, current.withBounty(), SILENT);
    }

    // ------------------------------------------------------------------------------------------------- The appeal

    /// @inheritdoc IArbitratorPool
    function appeal(bytes32 caseId) external nonReentrant {
        CaseSlot current = _loadCase(caseId, RULED);
        Dispute memory dispute = _disputeOf(caseId);
        require(msg.sender == _loser(dispute, current.ruling()), NotLoser(caseId, msg.sender));
        _requireWithin(caseId, current.since(), _appealWindow);

        uint256 deposit = _depositOf(dispute);
        (uint64 round, uint256 roundTime) = _nextRound();
        current = current.advanced(CaseStatus.PanelWaiting, roundTime);
        _cases[caseId] = current;
        _appeals[caseId].appealedAt = uint32(block.timestamp);
        _enqueue(caseId);

        emit Appealed(caseId, msg.sender, deposit, current.stage(), round, roundTime);

        _pull(IERC20(dispute.token), deposit);
    }

    /// @inheritdoc IArbitratorPool
    function commitVote(bytes32 caseId, bytes32 commitment) external {
        CaseSlot current = _loadCase(caseId, PANEL_SEATED);
        Seat storage seat = _seatOf(caseId, SeatStatus.Seated);
        require(commitment != 0, EmptyCommitment(caseId));
        _requireWithin(caseId, current.since(), _commitWindow);

        seat.status = SeatStatus.Committed;
        seat.commitment = commitment;

        emit VoteCommitted(caseId, msg.sender, commitment);
    }

    /// @inheritdoc IArbitratorPool
    function revealVote(bytes32 caseId, Ruling vote, bytes32 salt) external {
        CaseSlot current = _loadCase(caseId, PANEL_SEATED);
        Seat storage seat = _seatOf(caseId, SeatStatus.Committed);
        _requireDecision(caseId, vote);
        _requirePast(caseId, current.since(), _commitWindow);
        _requireWithin(caseId, current.since(), _after(_commitWindow, _revealWindow));
        bytes32 revealed = voteCommitment(caseId, msg.sender, vote, salt);
        require(revealed == seat.commitment, WrongReveal(caseId, seat.commitment, revealed));

        seat.status = SeatStatus.Revealed;
        seat.vote = vote;
        current = current.raised();
        _cases[caseId] = current;

        emit VoteRevealed(caseId, msg.sender, vote, current.stage());
    }

    // ---------------------------------------------------------------------------------------------------- The end

    /// @inheritdoc IArbitratorPool
    function finalise(bytes32 caseId) external {
        CaseSlot current =
            _loadCase(caseId, RULED | PANEL_WAITING | PANEL_VOID | PANEL_SEATED | PANEL_FALLEN);
        if (current.isIn(RULED)) _requirePast(caseId, current.since(), _appealWindow);
        else _endAppeal(caseId, current);
        bool panelSat = current.isIn(PANEL_SEATED);
        _cases[caseId] = current.moved(CaseStatus.Finalised, current.since());

        Ruling outcome = current.ruling();
        address feePayee = current.arbitrator();
        if (panelSat) (outcome, feePayee) = _concludeAppeal(caseId, current);
        else _release(caseId, current.arbitrator(), UNAPPEALED);
        uint256 bounty = panelSat || current.hasBounty() ? _takeBounty(caseId) : 0;

        emit Finalised(caseId, feePayee, outcome, bounty);

        _credit(caseId, feePayee, address(_stakeToken), bounty);
        // No lock: the case is final above, a re-entering token finds nothing to do.
        _escrow().rule(caseId, outcome, feePayee);
    }

    /// @inheritdoc IArbitratorPool
    function breakStalemate(bytes32 caseId) external {
        CaseSlot current = _loadCase(caseId, WAITING | VOID | DRAWN);
        _requirePast(caseId, current.openedAt(), RULING_LIMIT);

        _cases[caseId] = current.moved(CaseStatus.Stalemate, current.since());
        uint256 bounty = current.hasBounty() ? _takeBounty(caseId) : 0;

        emit StalemateBroken(caseId, bounty);

        if (current.isIn(DRAWN)) _release(caseId, current.arbitrator(), 0);
        _halve(caseId, bounty);
        _escrow().rule(caseId, Ruling.Stalemate, address(0));
    }

    /// @inheritdoc IArbitratorPool
    function closeCase(bytes32 caseId) external returns (address feePayee, bool ruled) {
        CaseSlot current = _loadCase(caseId, ~NONE);
        if (current.isIn(ENDED)) return (address(0), false);
        require(
            msg.sender == _registers.escrow || _orderOf(caseId).status != IP2PEscrow.Status.Disputed,
            OrderDisputed(caseId)
        );

        _cases[caseId] = current.moved(CaseStatus.Closed, current.since());
        feePayee = current.arbitrator();
        ruled = current.ruling() != Ruling.None;
        uint256 bounty = current.hasBounty() ? _takeBounty(caseId) : 0;

        if (feePayee != address(0)) _release(caseId, feePayee, 0);
        if (current.isIn(PANEL_WAITING | PANEL_VOID | PANEL_SEATED)) feePayee = _returnDeposit(caseId, current);

        emit CaseClosed(caseId, feePayee, ruled, bounty);

        _halve(caseId, bounty);
    }

    // ------------------------------------------------------------------------------------------------------ Views

    /// @inheritdoc IDisputeResolver
    function caseStage(bytes32 caseId) external view returns (uint32) {
        return _cases[caseId].stage();
    }

    /// @inheritdoc IDisputeResolver
    function isArbitratorOf(bytes32 caseId, address who) external view returns (bool) {
        CaseSlot current = _cases[caseId];
        if (who == address(0) || current.isIn(NONE | ENDED)) return false;
        if (who == current.arbitrator()) return true;
        if (!current.isIn(PANEL_SEATED)) return false;
        uint256 index = _seatIndex(caseId, who);
        return index < 3 && _appeals[caseId].seats[index].status != SeatStatus.Excused;
    }

    /// @inheritdoc IArbitratorPool
    function voteCommitment(bytes32 caseId, address voter, Ruling vote, bytes32 salt) public view returns (bytes32) {
        return keccak256(
            abi.encode(block.chainid, address(this), caseId, _appeals[caseId].round, voter, vote, salt)
        );
    }

    // --------------------------------------------------------------------------------------------------- Internal

    /// The panel's votes, the money and the reputations that follow. Two equal votes decide, else the first ruling stands.
    function _concludeAppeal(bytes32 caseId, CaseSlot current)
        private
        returns (Ruling outcome, address feePayee)
    {
        Dispute memory dispute = _disputeOf(caseId);
        address appellant = _loser(dispute, current.ruling());
        Seat[3] memory seats = _appeals[caseId].seats;
        Ruling opposite = current.ruling() == Ruling.Buyer ? Ruling.Seller : Ruling.Buyer;
        outcome = _count(seats, opposite) >= 2 ? opposite : current.ruling();

        if (outcome == current.ruling()) {
            feePayee = current.arbitrator();
            _release(caseId, current.arbitrator(), UPHELD);
        } else {
            feePayee = appellant;
            _overturn(caseId, current.arbitrator(), appellant, dispute);
        }
        for (uint256 i; i < 3; ++i) {
            _judgePanelist(caseId, seats[i], outcome);
        }
        _shareDeposit(caseId, seats, outcome, appellant, _winner(dispute, outcome), dispute);
    }

    /// The arbitrator pays the appellant 2 F, at most half of the stake.
    function _overturn(bytes32 caseId, address arbitrator, address appellant, Dispute memory dispute) private {
        uint256 damages;
        unchecked {
            // A fee is below 2^96, and a stake token has at most 22 decimals.
            damages = 2 * dispute.fee * 10 ** _stakeDecimals / 10 ** dispute.decimals;
        }
        uint256 half = _arbitrators[arbitrator].stake() / 2;
        uint256 slashed = _slash(caseId, arbitrator, damages < half ? damages : half, appellant);
        _release(caseId, arbitrator, OVERTURNED);
        _credit(caseId, appellant, address(_stakeToken), slashed);
    }

    function _judgePanelist(bytes32 caseId, Seat memory seat, Ruling outcome) private {
        if (seat.status == SeatStatus.Excused) return;
        int256 change = seat.vote == outcome ? VOTED_FOR_OUTCOME : VOTED_AGAINST_OUTCOME;
        if (seat.status != SeatStatus.Revealed) {
            change = SILENT;
            _slashForSilence(caseId, seat.panelist);
        }
        _release(caseId, seat.panelist, change);
    }

    /// F to the panelists who voted for the outcome and 2 F to the winner; all of it back where nobody voted for it.
    function _shareDeposit(
        bytes32 caseId,
        Seat[3] memory seats,
        Ruling outcome,
        address appellant,
        address winner,
        Dispute memory dispute
    ) private {
        uint256 earners;
        for (uint256 i; i < 3; ++i) {
            if (seats[i].vote == outcome) earners |= 1 << i;
        }
        uint256 left = _shareFee(caseId, seats, earners, dispute);
        _credit(caseId, left > 2 * dispute.fee ? appellant : winner, dispute.token, left);
    }

    /// Of a case that closed without its ruling: F to the panelists who committed, the rest back to the appellant.
    /// @return feePayee who earned the order's F: the arbitrator, but the appellant where the winner gave in. Else to give in
    /// as soon as a bought ruling is appealed would cost a briber nothing.
    function _returnDeposit(bytes32 caseId, CaseSlot current) private returns (address feePayee) {
        Dispute memory dispute = _disputeOf(caseId);
        uint256 left = _depositOf(dispute);
        if (current.isIn(PANEL_SEATED)) {
            Seat[3] memory seats = _appeals[caseId].seats;
            uint256 earners;
            for (uint256 i; i < 3; ++i) {
                if (seats[i].commitment != 0) earners |= 1 << i;
                if (seats[i].status != SeatStatus.Excused) _release(caseId, seats[i].panelist, 0);
            }
            left = _shareFee(caseId, seats, earners, dispute);
        }
        address appellant = _loser(dispute, current.ruling());
        _credit(caseId, appellant, dispute.token, left);
        IP2PEscrow.Status gaveIn =
            current.ruling() == Ruling.Buyer ? IP2PEscrow.Status.Completed : IP2PEscrow.Status.Cancelled;
        return dispute.status == gaveIn ? appellant : current.arbitrator();
    }

    /// Shares F of a deposit among those who earned it, the remainder to the first of them.
    /// @param earners a set of seats: bit n stands for seat n
    /// @return left what is left of the deposit: all of it where nobody earned anything
    function _shareFee(bytes32 caseId, Seat[3] memory seats, uint256 earners, Dispute memory dispute)
        private
        returns (uint256 left)
    {
        left = _depositOf(dispute);
        if (earners == 0) return left;

        uint256 count = (earners & 1) + (earners >> 1 & 1) + (earners >> 2);
        uint256 share = dispute.fee / count + dispute.fee % count;
        for (uint256 i; i < 3; ++i) {
            if (earners >> i & 1 == 0) continue;
            _credit(caseId, seats[i].panelist, dispute.token, share);
            share = dispute.fee / count;
        }
        return left - dispute.fee;
    }

    /// @inheritdoc CaseQueue
    function _fallPanel(bytes32 caseId, CaseSlot current) internal override {
        Dispute memory dispute = _disputeOf(caseId);
        address appellant = _loser(dispute, current.ruling());
        uint256 deposit = _depositOf(dispute);

        _cases[caseId] = current.moved(CaseStatus.PanelFallen, current.since());

        emit PanelFell(caseId, appellant, deposit);

        _credit(caseId, appellant, dispute.token, deposit);
    }

    /// Takes the case from who holds it and lets it wait for another.
    function _dismiss(bytes32 caseId, CaseSlot current, int256 reputationChange) private {
        address arbitrator = current.arbitrator();
        _dismissed[caseId][arbitrator] = true;
        _bind(caseId, current.withArbitrator(address(0)), CaseStatus.Waiting);
        _release(caseId, arbitrator, reputationChange);
    }

    function _excuse(bytes32 caseId, Seat storage seat, bytes32 orderId) private {
        address panelist = seat.panelist;
        seat.status = SeatStatus.Excused;

        emit PanelistExcused(caseId, panelist, orderId);

        _release(caseId, panelist, 0);
    }

    function _slashForSilence(bytes32 caseId, address arbitrator) private {
        bounties[caseId] += _slash(caseId, arbitrator, _minimumStake / SILENCE_DIVISOR, address(0));
    }

    function _takeBounty(bytes32 caseId) private returns (uint256 bounty) {
        bounty = bounties[caseId];
        if (bounty > 0) bounties[caseId] = 0;
    }

    /// Gives a bounty that nobody earned to the parties, the odd unit to the buyer.
    function _halve(bytes32 caseId, uint256 bounty) private {
        if (bounty == 0) return;
        IP2PEscrow.Order memory order = _orderOf(caseId);
        _credit(caseId, order.buyer, address(_stakeToken), bounty - bounty / 2);
        _credit(caseId, order.seller, address(_stakeToken), bounty / 2);
    }

    function _escrow() private view returns (IP2PEscrow) {
        return IP2PEscrow(_registers.escrow);
    }

    function _disputeOf(bytes32 caseId) private view returns (Dispute memory) {
        IP2PEscrow escrow_ = _escrow();
        IP2PEscrow.Order memory order = _orderOf(caseId);
        IP2PEscrow.Token memory token = escrow_.token(order.tokenId);
        return Dispute({
            buyer: order.buyer,
            seller: order.seller,
            token: token.token,
            decimals: token.decimals,
            status: order.status,
            fee: escrow_.arbitrationFee(order.tokenId, order.amount)
        });
    }

    function _conflictingSeat(
        bytes32 caseId,
        bytes32 orderId,
        IP2PEscrow.Order memory parties,
        IP2PEscrow.Order memory proof
    ) private view returns (Seat storage) {
        Seat[3] storage seats = _appeals[caseId].seats;
        for (uint256 i; i < 3; ++i) {
            if (seats[i].status == SeatStatus.Seated && _dealt(proof, seats[i].panelist, parties)) return seats[i];
        }
        revert NoConflict(caseId, orderId);
    }

    /// The caller's seat, which must be in the given status.
    function _seatOf(bytes32 caseId, SeatStatus expected) private view returns (Seat storage seat) {
        uint256 index = _seatIndex(caseId, msg.sender);
        require(index < 3, NotPanelist(caseId, msg.sender));
        seat = _appeals[caseId].seats[index];
        require(seat.status == expected, WrongSeatStatus(caseId, msg.sender, seat.status));
    }

    function _requireDecision(bytes32 caseId, Ruling ruling) private pure {
        require(ruling == Ruling.Buyer || ruling == Ruling.Seller, InvalidRuling(caseId, ruling));
    }

    /// A ruling under appeal is final when the panel has voted, or fell; one that was not drawn in time falls now, unless
    /// `skip` came across it before.
    function _endAppeal(bytes32 caseId, CaseSlot current) private {
        if (current.isIn(PANEL_FALLEN)) return;
        if (current.isIn(PANEL_SEATED)) {
            return _requirePast(caseId, current.since(), _after(_commitWindow, _revealWindow));
        }
        _requirePast(caseId, _appeals[caseId].appealedAt, PANEL_DRAW_LIMIT);
        _fallPanel(caseId, current);
    }

    /// Whether `who` and a party of the case were the two sides of `proof`, and `who` acted in it: to be named as the
    /// seller of an order is nobody's doing.
    function _dealt(IP2PEscrow.Order memory proof, address who, IP2PEscrow.Order memory parties)
        private
        pure
        returns (bool)
    {
        if (proof.buyer == who) return proof.seller == parties.buyer || proof.seller == parties.seller;
        if (proof.seller != who || proof.flags & FLAG_CONFIRMED == 0) return false;
        return proof.buyer == parties.buyer || proof.buyer == parties.seller;
    }

    function _depositOf(Dispute memory dispute) private pure returns (uint256) {
        unchecked {
            // A fee is below 2^96.
            return DEPOSIT_FEES * dispute.fee;
        }
    }

    function _winner(Dispute memory dispute, Ruling ruling) private pure returns (address) {
        return ruling == Ruling.Buyer ? dispute.buyer : dispute.seller;
    }

    function _loser(Dispute memory dispute, Ruling ruling) private pure returns (address) {
        return ruling == Ruling.Buyer ? dispute.seller : dispute.buyer;
    }

    function _count(Seat[3] memory seats, Ruling vote) private pure returns (uint256 votes) {
        for (uint256 i; i < 3; ++i) {
            if (seats[i].vote == vote) ++votes;
        }
    }
}
