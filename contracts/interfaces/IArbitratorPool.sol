// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IDisputeResolver} from "./IDisputeResolver.sol";
import {IRandomness} from "./IRandomness.sol";
import {Ruling} from "./Ruling.sol";

/// @title The arbitrators of an escrow: their stakes, their reputation, the draw, rulings and appeals
/// @notice A dispute is decided by one arbitrator, drawn by weight with the value of a beacon's round that nobody knew
/// when the case was bound to it; on appeal, by a panel of three more. The escrow holds the price and the arbitration
/// fee and never sends them here. The pool holds stakes, bounties (slashed from stakes), appeal deposits and balances.
///
/// A case has the id of its order. All times are Unix seconds, all amounts are in the smallest unit of their token.
/// A window includes both its ends; what is open *after* a window needs a time strictly later than its last second.
///
/// ### What the caller trusts
/// - **The beacon.** A threshold of its nodes could know rounds early (and so know who will be drawn), not choose them.
///   A party that dislikes the round of its case gets another one only if *nobody at all* submits the proof within
///   72 hours. A sequencer (Arbitrum) would have to withhold blocks for longer than the margin. Who runs many
///   arbitrators wins draws with the share of their weight, no more.
/// - **The escrow**, linked once: it tells the parties, the fee and the history of orders.
/// - **Tokens** that the escrow lists, and the stake token: anything but exact transfers is refused, and a token that
///   pauses or blacklists delays only its own payments.
/// - **No owner.** There is none: nobody can change a constant, stop a draw, move a stake or replace an arbitrator.
///
/// @dev Warning: what decides who is drawn lives in a sum tree that cannot change while a draw is due (`DrawDue`):
/// from `freezeLead` before the round of the queue's head until the case is drawn or passed over. Call `draw` or `skip`
/// first; anyone can.
interface IArbitratorPool is IDisputeResolver {
    // ------------------------------------------------------------------------------------------------------- Types

    /// @notice The constants of a pool, fixed at construction within hard bounds.
    /// @param beacon source of the rounds
    /// @param stakeToken what stakes, slashes and bounties are paid in
    /// @param minimumStake what weighs in the draw at least, in units of `stakeToken`: 1 to 1,000,000 whole tokens
    /// @param activationDelay from registration to the draw: 1 minute to 30 days
    /// @param unbondingDelay from the request to exit to the stake: 4 to 60 days
    /// @param rulingEarliest from the draw to the first second of the ruling window: up to 3 days
    /// @param rulingLatest from the draw to the last second of the ruling window: `rulingEarliest` + 1 hour to 7 days
    /// @param appealWindow from a ruling to the last second in which the loser may appeal: at least 1 hour
    /// @param commitWindow from the panel's draw to the last second of hidden votes: at least 1 hour
    /// @param revealWindow from the end of `commitWindow` to the last second in which votes may be opened: at least
    /// 1 hour; the three windows together last at most 8 days, so that the longest path ends 45 days after the opening
    /// @param margin from binding a case to the earliest time of its round: 1 second to 2 hours; longer than a
    /// reorganisation
    /// @param roundStep cases bound within one step share a round: 1 second to 1 hour
    /// @param freezeLead how long before the round of the queue's head the tree stands still: at most `margin` and half of
    /// `roundStep`, so that the tree can be changed in every step, however many disputes somebody opens
    /// @param caseLimit open cases after which an arbitrator leaves the draw: 1 to 100
    struct Parameters {
        IRandomness beacon;
        address stakeToken;
        uint96 minimumStake;
        uint32 activationDelay;
        uint32 unbondingDelay;
        uint32 rulingEarliest;
        uint32 rulingLatest;
        uint32 appealWindow;
        uint32 commitWindow;
        uint32 revealWindow;
        uint32 margin;
        uint32 roundStep;
        uint32 freezeLead;
        uint16 caseLimit;
    }

    /// @param None never registered
    /// @param Registered stake paid in, not in the draw yet
    /// @param Active in the draw, with a weight of zero while the stake is too low, the cases too many or the
    /// reputation zero
    /// @param Exiting asked to leave: draws nothing new, still answers for open cases
    /// @param Left took the stake; the reputation stays known
    enum ArbitratorStatus {
        None,
        Registered,
        Active,
        Exiting,
        Left
    }

    /// @notice An arbitrator as stored: one slot.
    /// @param stake what can be slashed
    /// @param registeredAt the time of the last registration
    /// @param exitAt the time of the request to exit; zero before it
    /// @param leaf the arbitrator's place in the tree; zero without one
    /// @param openCases cases that the arbitrator holds or sits on the panel of
    /// @param reputation 0 to 100
    struct Arbitrator {
        uint96 stake;
        uint32 registeredAt;
        uint32 exitAt;
        uint16 leaf;
        uint16 openCases;
        uint8 reputation;
        ArbitratorStatus status;
    }

    /// @param None there is no such case
    /// @param Waiting in the queue, to be drawn with the value of its round
    /// @param Void its round passed unused for 72 hours and `skip` took it out of the queue: `recommit` it
    /// @param Drawn an arbitrator holds it
    /// @param Ruled the loser may appeal; after that `finalise`
    /// @param PanelWaiting appealed, in the queue
    /// @param PanelVoid as `Void`, of a panel
    /// @param PanelSeated three more arbitrators vote
    /// @param PanelFallen no panel could be drawn, the deposit went back, the first ruling stands: `finalise`
    /// @param Finalised the ruling was carried out
    /// @param Stalemate nobody ruled within 30 days
    /// @param Closed the order ended without the pool: by agreement, concession or `forceStalemate`
    enum CaseStatus {
        None,
        Waiting,
        Void,
        Drawn,
        Ruled,
        PanelWaiting,
        PanelVoid,
        PanelSeated,
        PanelFallen,
        Finalised,
        Stalemate,
        Closed
    }

    /// @notice A case as stored: one slot. Parties, token and fee are the order's and are read from the escrow.
    /// @param arbitrator who holds the case, or ruled first; zero while nobody does
    /// @param openedAt the time of the opening
    /// @param since the time from which the windows of `status` run: the time of the round while the case waits or is
    /// void, of the draw (of the arbitrator, of the panel), of the ruling
    /// @param stage raised by every draw, ruling, appeal and revealed vote
    /// @param ruling the first ruling
    struct Case {
        address arbitrator;
        uint32 openedAt;
        uint32 since;
        uint16 stage;
        CaseStatus status;
        Ruling ruling;
    }

    /// @param None there is no such seat
    /// @param Seated may commit a vote
    /// @param Excused recused, or proven to know a party, before a commit: no vote, no penalty, no pay
    /// @param Committed a hidden vote stands
    /// @param Revealed the vote counts
    enum SeatStatus {
        None,
        Seated,
        Excused,
        Committed,
        Revealed
    }

    /// @notice A panelist's seat.
    struct Seat {
        address panelist;
        SeatStatus status;
        Ruling vote;
        bytes32 commitment;
    }

    /// @notice An appeal.
    /// @param appealedAt when: the panel must be drawn within 7 days
    /// @param round the beacon's round that drew the panel; zero before the draw
    /// @param seats in draw order
    struct Appeal {
        uint32 appealedAt;
        uint64 round;
        Seat[3] seats;
    }

    // ------------------------------------------------------------------------------------------------------ Events
    // Those of the pool and of arbitrators outside of a case

    event PoolCreated(Parameters parameters);

    event Linked(address indexed escrow);

    /// @param reputation 50, or the lower old one of who comes back
    /// @param activeFrom the time from which `activate` is open
    event Registered(address indexed arbitrator, uint256 stake, uint8 reputation, uint256 activeFrom);

    /// @param stake all of it, after the addition
    event StakeAdded(address indexed arbitrator, uint256 amount, uint256 stake);

    event Activated(address indexed arbitrator, uint16 leaf);

    /// @param withdrawableFrom the time from which `withdrawStake` is open
    event ExitRequested(address indexed arbitrator, uint256 withdrawableFrom);

    event StakeWithdrawn(address indexed arbitrator, address to, uint256 amount);

    /// @notice The tree changed: `leaf` belongs to `arbitrator` and weighs `weight` from now on. Emitted on each write of
    /// the tree; the draws can be recomputed from these events.
    event WeightChanged(address indexed arbitrator, uint16 leaf, uint8 weight);

    /// @notice The leaf has no owner any more (its weight is zero) and may be given to another.
    event LeafFreed(address indexed arbitrator, uint16 leaf);

    /// @notice A balance was taken out.
    event Withdrawn(address indexed payee, address indexed token, address to, uint256 amount);

    // Those of a case: first the case, then the person

    /// @param fee the arbitration fee F that the escrow holds, in units of `token`
    /// @param round the beacon's round that will draw the arbitrator
    /// @param roundTime when it becomes public
    event CaseOpened(
        bytes32 indexed caseId,
        address indexed buyer,
        address indexed seller,
        address token,
        uint256 fee,
        uint64 round,
        uint256 roundTime
    );

    /// @notice The case waits for another round than before, at the queue's end.
    event Rebound(bytes32 indexed caseId, uint64 round, uint256 roundTime);

    /// @notice 72 hours passed after the round's time, the case left the queue undrawn.
    event RoundVoided(bytes32 indexed caseId, uint256 roundTime);

    /// @notice An arbitrator holds the case; the ruling window counts from this block. The pick:
    /// seed = keccak256(abi.encode(chainid, pool, caseId, attempt, randomness)); the first candidate is the seed,
    /// candidate i (from 1) keccak256(abi.encode(seed, i)); a candidate modulo `totalWeight` is a place in the leaves
    /// laid end to end by weight; `tries` candidates were looked at, the last one was taken.
    /// @param attempt the case's stage before the draw
    event Drawn(
        bytes32 indexed caseId,
        address indexed arbitrator,
        uint64 round,
        bytes32 randomness,
        uint32 attempt,
        uint256 tries,
        uint256 totalWeight
    );

    /// @notice Nobody suitable was found with this round (16 tries, or an empty pool). `Rebound` follows.
    event DrawFailed(bytes32 indexed caseId, uint64 round, uint32 attempt, uint256 tries, uint256 totalWeight);

    /// @notice A panel of three was drawn as `Drawn` says, one after the other from the same candidates; commits count
    /// from this block.
    event PanelDrawn(
        bytes32 indexed caseId,
        address[3] panel,
        uint64 round,
        bytes32 randomness,
        uint32 attempt,
        uint256 tries,
        uint256 totalWeight
    );

    /// @notice The arbitrator handed the case back. `Rebound` follows.
    event Recused(bytes32 indexed caseId, address indexed arbitrator);

    /// @notice The arbitrator had dealt with a party before. `Rebound` follows.
    /// @param orderId the order that proves it
    event ConflictProven(bytes32 indexed caseId, address indexed arbitrator, bytes32 orderId);

    /// @notice The arbitrator stayed silent and lost the case. `Rebound` follows.
    event Replaced(bytes32 indexed caseId, address indexed arbitrator);

    /// @param reasonDigest digest of the reasons, which are kept off chain
    /// @param stage the case's stage after the ruling
    /// @param appealUntil the last second in which the loser may appeal
    event Ruled(
        bytes32 indexed caseId,
        address indexed arbitrator,
        Ruling ruling,
        bytes32 reasonDigest,
        uint32 stage,
        uint256 appealUntil
    );

    /// @param deposit three times F, in the order's token
    event Appealed(
        bytes32 indexed caseId,
        address indexed appellant,
        uint256 deposit,
        uint32 stage,
        uint64 round,
        uint256 roundTime
    );

    /// @notice A panelist left before a commit, without penalty.
    /// @param orderId the order that proves a conflict, zero for who recused
    event PanelistExcused(bytes32 indexed caseId, address indexed panelist, bytes32 orderId);

    event VoteCommitted(bytes32 indexed caseId, address indexed panelist, bytes32 commitment);

    event VoteRevealed(bytes32 indexed caseId, address indexed panelist, Ruling vote, uint32 stage);

    /// @notice No panel sat: the first ruling stands, the deposit went back.
    event PanelFell(bytes32 indexed caseId, address indexed appellant, uint256 deposit);

    /// @notice The ruling is final and was carried out by the escrow.
    /// @param feePayee to whom the escrow credited F and the pool the bounty
    /// @param outcome for whom: another than `Ruled` said where the panel overturned it
    /// @param bounty what was credited, in the stake token
    event Finalised(bytes32 indexed caseId, address indexed feePayee, Ruling outcome, uint256 bounty);

    /// @notice Nobody ruled within 30 days: the escrow paid halves.
    /// @param bounty halved between the parties, in the stake token
    event StalemateBroken(bytes32 indexed caseId, uint256 bounty);

    /// @notice The order ended without the pool.
    /// @param feePayee who earned F or a part of it: the arbitrator, or an appellant to whom the winner gave in; zero for
    /// nobody
    /// @param ruled whether there was a ruling
    /// @param bounty halved between the parties, in the stake token
    event CaseClosed(bytes32 indexed caseId, address indexed feePayee, bool ruled, uint256 bounty);

    /// @param reputation the new one
    event ReputationChanged(bytes32 indexed caseId, address indexed arbitrator, uint8 reputation);

    /// @notice A part of a stake was taken away.
    /// @param recipient to whose balance; zero where it joined the case's bounty
    /// @param stake what is left
    event Slashed(
        bytes32 indexed caseId, address indexed arbitrator, address indexed recipient, uint256 amount, uint256 stake
    );

    /// @notice A balance grew: `withdraw` it.
    event Credited(bytes32 indexed caseId, address indexed payee, address indexed token, uint256 amount);

    // ------------------------------------------------------------------------------------------------------ Errors
    // Construction and linking

    /// @notice Thrown when a constant is outside of its hard bounds.
    error OutOfBounds(string name, uint256 value, uint256 minimum, uint256 maximum);
    /// @notice Thrown when anyone but the deployer links the escrow.
    error NotDeployer(address caller);
    /// @notice Thrown when the escrow was linked before.
    error AlreadyLinked(address escrow);
    /// @notice Thrown when the escrow to link names another pool.
    error WrongPool(address escrow, address pool);
    /// @notice Thrown when the pool has no escrow yet.
    error NotLinked();

    // Arbitrators

    /// @notice Thrown when the arbitrator's status does not allow the call; `None` for who never registered.
    error WrongArbitratorStatus(address arbitrator, ArbitratorStatus current);
    /// @notice Thrown when a registration brings less than the minimum.
    error StakeTooLow(uint256 amount, uint256 minimum);
    /// @notice Thrown when a stake would pass what a slot holds.
    error StakeTooHigh(uint256 amount, uint256 maximum);
    /// @notice Thrown when activation or unbonding is not over.
    error ArbitratorTooEarly(address arbitrator, uint256 opensAt);
    /// @notice Thrown when who wants the stake back still answers for cases.
    error CasesOpen(address arbitrator, uint256 openCases);
    /// @notice Thrown when all 65,535 leaves of the tree have an owner.
    error PoolFull();
    /// @notice Thrown when the tree must stand still because the case at the queue's head is due: `draw` or `skip` first.
    error DrawDue(bytes32 caseId);

    // Money

    /// @notice Thrown when a token delivered anything but the exact amount.
    error InexactTransfer(uint256 expected, uint256 received);
    /// @notice Thrown when an amount is zero.
    error ZeroAmount();
    /// @notice Thrown when a payment would go to nobody, to this pool or to the escrow.
    error InvalidRecipient(address to);
    /// @notice Thrown when the caller has no balance in the token.
    error NothingToWithdraw(address token, address payee);

    // Cases

    /// @notice Thrown when anyone but the escrow opens a case.
    error NotEscrow(address caller);
    /// @notice Thrown when the case's status does not allow the call; `None` where there is no such case. An order has one
    /// case, so opening it again throws this too.
    error WrongStatus(bytes32 caseId, CaseStatus current);
    /// @notice Thrown when the queue is empty, or nothing but ended and void cases was passed over.
    error NothingToDraw();
    /// @notice Thrown when the head of the queue has nothing to be passed over for.
    error NothingToSkip();
    /// @notice Thrown before a window opens, or before the round of the queue's head is public.
    error TooEarly(bytes32 caseId, uint256 opensAt);
    /// @notice Thrown after a window closed.
    error TooLate(bytes32 caseId, uint256 closedAt);
    /// @notice Thrown when the caller does not hold the case.
    error NotArbitrator(bytes32 caseId, address caller);
    /// @notice Thrown when anyone but the loser of the ruling appeals.
    error NotLoser(bytes32 caseId, address caller);
    /// @notice Thrown when a ruling or vote is for neither buyer nor seller.
    error InvalidRuling(bytes32 caseId, Ruling ruling);
    /// @notice Thrown when the order does not prove that an arbitrator of the case dealt with a party on an earlier day.
    error NoConflict(bytes32 caseId, bytes32 orderId);
    /// @notice Thrown when the caller has no seat on the panel.
    error NotPanelist(bytes32 caseId, address caller);
    /// @notice Thrown when the status of the panelist's seat does not allow the call.
    error WrongSeatStatus(bytes32 caseId, address panelist, SeatStatus current);
    /// @notice Thrown when a commitment is zero.
    error EmptyCommitment(bytes32 caseId);
    /// @notice Thrown when what is revealed is not what was committed.
    error WrongReveal(bytes32 caseId, bytes32 expected, bytes32 revealed);
    /// @notice Thrown when somebody else than the escrow closes the case of an order that is still disputed.
    error OrderDisputed(bytes32 caseId);

    // -------------------------------------------------------------------------------------------------- Linking

    /// @notice Binds the pool to its escrow, once. Only the deployer, who deploys the pool first. Until then every
    /// function that changes something reverts.
    function link(address escrow_) external;

    // ----------------------------------------------------------------------------------------------- Arbitrators

    /// @notice Pays a stake in (approve it before). `activate` is open after the activation delay: nobody can register
    /// *for* a dispute that is already open. Who left may come back, with the lower of 50 and the old reputation.
    /// @param amount at least the minimum stake
    function register(uint256 amount) external;

    /// @notice Raises the caller's stake, and puts an active arbitrator back into the draw once it is high enough.
    /// @dev Warning: reverts `DrawDue` while the tree stands still.
    function addStake(uint256 amount) external;

    /// @notice Puts a registered arbitrator into the draw. Anyone, after the activation delay.
    /// @dev Warning: reverts `DrawDue` while the tree stands still.
    function activate(address arbitrator) external;

    /// @notice The caller leaves the draw, now or (while the tree stands still) by a later `sync`. Never waits.
    /// @dev Warning: a round whose tree stands still already may draw the caller once more; open cases are to be ruled.
    function requestExit() external;

    /// @notice Pays the caller's whole stake out, after unbonding and without open cases. Never waits for a draw.
    function withdrawStake(address to) external;

    /// @notice Brings an arbitrator's weight in the tree in line with stake, reputation, open cases and status, and frees
    /// the leaf of who left. Anyone.
    /// @dev Warning: reverts `DrawDue` while the tree stands still.
    function sync(address arbitrator) external;

    // --------------------------------------------------------------------------------------------------- The draw

    /// @notice Draws for up to `max` cases at the head of the queue that wait for the same round. Anyone. Passes over up
    /// to `max` ended and void cases first.
    /// @param signature proof of the head's round, see `IRandomness.verify`
    /// @return drawn cases that were taken out of the queue, or bound to another round
    /// @dev Warning: simulate before sending; a wrong point burns all gas.
    function draw(uint256[4] calldata signature, uint256 max) external returns (uint256 drawn);

    /// @notice Passes over up to `max` ended and void cases at the head of the queue. Anyone.
    /// @return passed how many
    function skip(uint256 max) external returns (uint256 passed);

    /// @notice Binds a void case (`skip` it first) to a new round. Anyone, as often as it happens.
    function recommit(bytes32 caseId) external;

    // ------------------------------------------------------------------------------------------------- The ruling

    /// @notice The arbitrator hands the case back within 12 hours of the draw, at the price of one point of reputation.
    /// A panelist does it before a commit, free of charge, and is not replaced.
    function recuse(bytes32 caseId) external;

    /// @notice Anyone proves within 24 hours of the draw (and before a ruling, a commit) that the arbitrator or a
    /// panelist was the counterparty of a party of the case in another order of this escrow, created on an earlier day
    /// than the case, in which the arbitrator acted: as its buyer, or as a seller who confirmed. The arbitrator is
    /// replaced without penalty, the panelist is absent.
    /// @param orderId the order that proves it
    function challengeConflict(bytes32 caseId, bytes32 orderId) external;

    /// @notice The arbitrator rules for the buyer or the seller, within the ruling window and at most 30 days after the
    /// opening. Splits are for the parties to agree.
    function resolveDispute(bytes32 caseId, Ruling ruling, bytes32 reasonDigest) external;

    /// @notice After a ruling window without a ruling anyone has the arbitrator replaced, at the price of 10 points of
    /// reputation and a tenth of the minimum stake, which becomes a bounty for who finally rules.
    /// @dev Warning: refused where the window would have ended later than 30 days after the opening, in which case the
    /// arbitrator had less time than was promised: `breakStalemate`.
    function replaceArbitrator(bytes32 caseId) external;

    // ------------------------------------------------------------------------------------------------- The appeal

    /// @notice The loser of the ruling asks for a panel, once, within the appeal window, and pays a deposit of three
    /// times F in the order's token (approve it before).
    function appeal(bytes32 caseId) external;

    /// @notice A panelist hides a vote: see `voteCommitment`. From the panel's draw to the end of the commit window.
    /// @dev Warning: choose a random salt and keep it. A vote that is not revealed is absent and costs the panelist
    /// 10 points of reputation and a tenth of the minimum stake.
    function commitVote(bytes32 caseId, bytes32 commitment) external;

    /// @notice A panelist opens the hidden vote, within the reveal window, even if all have committed before.
    function revealVote(bytes32 caseId, Ruling vote, bytes32 salt) external;

    // ---------------------------------------------------------------------------------------------------- The end

    /// @notice Carries the ruling out. Anyone, after the appeal window or the reveal window, or once a panel fell (also
    /// one that was not drawn within 7 days). Two equal revealed votes decide an appeal, else the first ruling stands.
    /// - F (in the escrow) and the bounty (here): to the first arbitrator, or to an appellant who overturned the ruling.
    /// - Of the appeal deposit: F to the panelists who voted for the outcome, 2 F to the party who won; all of it back to
    ///   the appellant where nobody voted for the outcome.
    /// - First arbitrator: +1, +2 if a panel upheld the ruling, −5 and min(2 F, half the stake) to the appellant if it
    ///   overturned it. Panelist: +2 for the outcome, −2 against it, −10 and a tenth of the minimum stake (into the
    ///   bounty) if absent.
    function finalise(bytes32 caseId) external;

    /// @notice Ends a case that nobody ruled within 30 days of its opening with halves. Anyone. Once there is a ruling it
    /// is closed for ever: every later failure leaves that ruling final.
    function breakStalemate(bytes32 caseId) external;

    /// @inheritdoc IDisputeResolver
    /// @dev Open to the escrow, and to anyone once the order is not disputed any more (`forceStalemate`). On an ended case
    /// it does nothing and returns zeros. The bounty is halved between the parties (odd unit to the buyer). An appeal
    /// deposit goes back; once the panel was drawn, F of it is shared by the panelists who committed.
    /// @dev Where the winner of a ruling gives in to its appeal, F is the appellant's, as if a panel had overturned it.
    /// Warning: who gives in before the appeal, or settles, still pays for the ruling with F.
    function closeCase(bytes32 caseId) external returns (address feePayee, bool ruled);

    /// @notice Pays the caller's whole balance in `token` out to `to`.
    /// @return amount what was paid
    function withdraw(address token, address to) external returns (uint256 amount);

    // ------------------------------------------------------------------------------------------------------ Views

    /// @notice The escrow; zero until it is linked.
    function escrow() external view returns (address);

    /// @notice The constants.
    function parameters() external view returns (Parameters memory);

    function arbitrators(address arbitrator) external view returns (Arbitrator memory);

    /// @notice An arbitrator's weight in the tree, as the next draw sees it.
    function weightOf(address arbitrator) external view returns (uint256);

    /// @notice The weight that stake, reputation, open cases and status ask for: `sync` where it differs from `weightOf`.
    function targetWeightOf(address arbitrator) external view returns (uint256);

    /// @notice The sum of all weights.
    function totalWeight() external view returns (uint256);

    function cases(bytes32 caseId) external view returns (Case memory);

    /// @notice The appeal of a case; zeros where there is none.
    function appeals(bytes32 caseId) external view returns (Appeal memory);

    /// @notice What was slashed into the case's bounty, in units of the stake token.
    function bounties(bytes32 caseId) external view returns (uint256);

    /// @notice What `payee` can withdraw.
    function balances(address token, address payee) external view returns (uint256);

    /// @notice The head of the queue: what to call next.
    /// @return caseId zero where the queue is empty
    /// @return status `Waiting` or `PanelWaiting`, or else the case ended and is to be passed over
    /// @return round whose proof `draw` needs
    /// @return roundTime when the round becomes public
    /// @return frozen whether the tree stands still
    function nextDraw()
        external
        view
        returns (bytes32 caseId, CaseStatus status, uint64 round, uint256 roundTime, bool frozen);

    /// @notice What to pass to `commitVote`: keccak256(abi.encode(chainid, pool, caseId, round, voter, vote, salt)).
    function voteCommitment(bytes32 caseId, address voter, Ruling vote, bytes32 salt) external view returns (bytes32);
}
