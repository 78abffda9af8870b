// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IArbitratorPool} from "../../../contracts/interfaces/IArbitratorPool.sol";
import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {Ruling} from "../../../contracts/interfaces/Ruling.sol";
import {TetherLike} from "../../../contracts/mocks/TetherLike.sol";
import {BlsSigner} from "./BlsSigner.sol";
import {PoolTest} from "./PoolTest.sol";

interface IBalance {
    function balanceOf(address owner) external view returns (uint256);
}

/// @notice Ten people, each of whom is arbitrator, buyer and seller as it comes, and calls what it likes when it likes;
/// tokens that refuse, a beacon that stays away, an owner who is no friend. Two tokens: the one of the stakes, in which
/// orders are paid too, and a Tether with a blacklist.
/// @dev A call of the pool may fail, that is how the hostile ones are turned away. Where one succeeds that must not, or
/// that somebody must be able to make fails, the handler reverts, and with it the run.
abstract contract PoolHandler is PoolTest {
    using BlsSigner for uint256;

    uint256 public constant PEOPLE = 10;
    uint256 private constant MOST_OPEN = 8;
    /// From the opening of a case to its end, if nobody but strangers lifts a finger.
    uint256 private constant LONGEST = 45 days;

    address[2] public tokens;
    address[10] public people;
    bool public beaconIsSilent;

    bytes32[] private _open;
    mapping(bytes32 id => mapping(address who => bool)) private _wasDrawn;
    mapping(address who => uint256) private _activatedAt;
    mapping(address token => uint256) private _stray;
    uint256 private _salts;

    /// How often a case came to a status, and how often a call succeeded.
    mapping(IArbitratorPool.CaseStatus status => uint256) public reached;
    mapping(bytes4 selector => uint256) public succeeded;

    TetherLike private _tether;

    /// Whether the last move did anything: if not, there is nothing new to look at.
    bool public isMoved;
    bool private _isMoving;

    /// A move can be made of others.
    modifier moves() {
        bool isOuter = !_isMoving;
        if (isOuter) (isMoved, _isMoving) = (false, true);
        _;
        if (isOuter) _isMoving = false;
        if (isOuter && isMoved) _forgetEnded();
    }

    function setUp() public override {
        super.setUp();
        _tether = new TetherLike(6);
        tokens = [address(stakeToken), address(_tether)];
        escrow.listToken(tokens[0], 5, 5, 10_000);
        escrow.listToken(tokens[1], 5, 5, 10_000);
        for (uint256 i; i < PEOPLE; ++i) {
            people[i] = arbitrator(i);
            fund(people[i]);
            _tether.mint(people[i], 1_000_000e6);
            vm.startPrank(people[i]);
            stakeToken.approve(address(escrow), type(uint256).max);
            _tether.approve(address(escrow), type(uint256).max);
            _tether.approve(address(pool), type(uint256).max);
            if (i < 8) pool.register(STAKE);
            vm.stopPrank();
        }
        pass(7 days);
        for (uint256 i; i < 8; ++i) {
            activates(i);
        }
    }

    // ------------------------------------------------------------------------------------------------ Arbitrators

    function registers(uint256 who, uint256 amount) public moves {
        _attempt(_person(who), abi.encodeCall(pool.register, (STAKE + amount % 100e18)));
    }

    function addsStake(uint256 who, uint256 amount) public moves {
        _attempt(_person(who), abi.encodeCall(pool.addStake, (amount % 100e18)));
    }

    function activates(uint256 who) public moves {
        address account = _person(who);
        if (!_attempt(keeper, abi.encodeCall(pool.activate, (account)))) return;
        _activatedAt[account] = _now();
        vm.assertGe(_now(), pool.arbitrators(account).registeredAt + 7 days, "activated early");
    }

    /// Rarely, or nobody is left.
    function exits(uint256 who) public moves {
        if (who % 8 == 0) _attempt(_person(who >> 3), abi.encodeCall(pool.requestExit, ()));
    }

    function withdrawsStake(uint256 who) public moves {
        address account = _person(who);
        IArbitratorPool.Arbitrator memory before = pool.arbitrators(account);
        if (!_attempt(account, abi.encodeCall(pool.withdrawStake, (account)))) return;
        vm.assertGe(_now(), before.exitAt + 14 days, "withdrawn early");
        vm.assertEq(before.openCases, 0, "withdrawn with a case");
    }

    function syncs(uint256 who) public moves {
        address account = _person(who);
        if (!_attempt(keeper, abi.encodeCall(pool.sync, (account)))) return;
        vm.assertEq(pool.weightOf(account), pool.targetWeightOf(account), "synced");
    }

    function withdraws(uint256 who, uint256 token_) public moves {
        address account = _person(who);
        _attempt(account, abi.encodeCall(pool.withdraw, (tokens[token_ % 2], account)));
        vm.prank(account);
        (bool success,) = address(escrow).call(abi.encodeCall(escrow.withdraw, (tokens[token_ % 2], account)));
        success;
    }

    // ------------------------------------------------------------------------------------------------------ Cases

    function opens(uint256 who, uint256 other, uint256 dice) public moves {
        (address from, address to) = (_person(who), _person(other));
        if (from == to || _open.length >= MOST_OPEN) return;
        IP2PEscrow.OrderParams memory p;
        p.seller = to;
        p.tokenId = uint16(2 + other % 2);
        p.token = tokens[other % 2];
        // Odd, so that halves and thirds differ.
        p.amount = other % 2 == 0 ? 1_234e18 + 567 : 1_234e6 + 567;
        p.confirmHours = 24;
        p.releaseHours = 24;
        p.salt = bytes32(++_salts);
        bytes32 id = escrow.orderIdOf(from, p);
        if (!_attemptEscrow(from, abi.encodeCall(escrow.createOrder, (p)))) return;
        if (dice % 2 == 0) _attemptEscrow(to, abi.encodeCall(escrow.sellerConfirmDelivery, (id, 0)));
        if (!_attemptEscrow(dice % 3 == 0 ? to : from, abi.encodeCall(escrow.openDispute, (id, 0)))) {
            // Who was blacklisted in between keeps an ordinary order, which ends here.
            require(_attemptEscrow(to, abi.encodeCall(escrow.refundBuyer, (id))), "an order stays");
            return;
        }
        _open.push(id);
    }

    /// Now and then with the signature of another round: it draws for none but the cases that are bound to that.
    function draws(uint256 max, uint256 dice) public moves {
        if (beaconIsSilent) return;
        (bytes32 head,, uint64 round, uint256 roundTime,) = pool.nextDraw();
        if (head == 0) return;
        if (max % 2 == 0) _warpTo(roundTime);
        if (dice % 8 == 0) round = dice % 16 == 0 ? round - 1 : round + 20;
        IArbitratorPool.Case[] memory before = _cases();
        if (!_attempt(keeper, abi.encodeCall(pool.draw, (SECRET.sign(round), 1 + (max >> 1) % 4)))) return;
        for (uint256 i; i < before.length; ++i) {
            _meetAll(_open[i], before[i], beacon.timeOf(round));
        }
    }

    function skips(uint256 max) public moves {
        _attempt(keeper, abi.encodeCall(pool.skip, (1 + max % 3)));
    }

    function recommits(uint256 seed) external moves {
        _attempt(keeper, abi.encodeCall(pool.recommit, (_case(seed))));
    }

    function recuses(uint256 seed, uint256 who) external moves {
        bytes32 id = _case(seed);
        IArbitratorPool.Case memory before = pool.cases(id);
        address from = who % 4 == 0 ? _person(who >> 2) : before.arbitrator;
        bool bound_ = pool.isArbitratorOf(id, from);
        if (!_attempt(from, abi.encodeCall(pool.recuse, (id)))) return;
        vm.assertTrue(bound_, "recused from another's case");
        vm.assertLe(_now(), before.since + 12 hours, "recused late");
    }

    function challenges(uint256 seed, uint256 proof) external moves {
        bytes32 id = _case(seed);
        IArbitratorPool.Case memory before = pool.cases(id);
        if (!_attempt(keeper, abi.encodeCall(pool.challengeConflict, (id, _case(proof))))) return;
        vm.assertLe(_now(), before.since + 24 hours, "challenged late");
    }

    function rules(uint256 seed, uint256 who, uint256 ruling) public moves {
        bytes32 id = _case(seed);
        IArbitratorPool.Case memory before = pool.cases(id);
        address from = who % 8 == 0 ? _person(who >> 3) : before.arbitrator;
        Ruling given = Ruling(ruling % 8 == 0 ? 3 : 1 + ruling % 2);
        if (!_attempt(from, abi.encodeCall(pool.resolveDispute, (id, given, REASON)))) return;
        vm.assertEq(from, before.arbitrator, "another ruled");
        vm.assertTrue(given != Ruling.Stalemate, "an arbitrator split");
        vm.assertGe(_now(), before.since + 24 hours, "ruled early");
        vm.assertLe(_now(), before.since + 72 hours, "ruled late");
    }

    function replaces(uint256 seed) external moves {
        bytes32 id = _case(seed);
        IArbitratorPool.Case memory before = pool.cases(id);
        if (!_attempt(keeper, abi.encodeCall(pool.replaceArbitrator, (id)))) return;
        vm.assertGt(_now(), before.since + 72 hours, "replaced early");
    }

    function appeals(uint256 seed, uint256 who) public moves {
        bytes32 id = _case(seed);
        IArbitratorPool.Case memory before = pool.cases(id);
        address loser = _loser(id, before.ruling);
        address from = who % 4 == 0 ? _person(who >> 2) : loser;
        if (!_attempt(from, abi.encodeCall(pool.appeal, (id)))) return;
        vm.assertEq(from, loser, "another appealed");
        vm.assertLe(_now(), before.since + 48 hours, "appealed late");
    }

    /// Commits a vote, and another at once.
    function commits(uint256 seed, uint256 seat, uint256 vote) public moves {
        bytes32 id = _case(seed);
        address voter = panelist(id, seat % 3);
        bytes32 commitment = pool.voteCommitment(id, voter, _decision(vote), bytes32(seat % 3));
        uint256 since = pool.cases(id).since;
        if (!_attempt(voter, abi.encodeCall(pool.commitVote, (id, commitment)))) return;
        vm.assertLe(_now(), since + 48 hours, "committed late");
        require(!_attempt(voter, abi.encodeCall(pool.commitVote, (id, ~commitment))), "committed twice");
    }

    /// Opens a vote: first as nobody committed it.
    function reveals(uint256 seed, uint256 seat, uint256 vote) public moves {
        bytes32 id = _case(seed);
        address voter = panelist(id, seat % 3);
        uint256 since = pool.cases(id).since;
        require(!_attempt(voter, abi.encodeCall(pool.revealVote, (id, _decision(vote), "wrong"))), "a wrong reveal");
        if (
            !_attempt(voter, abi.encodeCall(pool.revealVote, (id, _decision(vote), bytes32(seat % 3))))
                && !_attempt(voter, abi.encodeCall(pool.revealVote, (id, _decision(vote % 2 + 1), bytes32(seat % 3))))
        ) return;
        vm.assertGt(_now(), since + 48 hours, "revealed early");
        vm.assertLe(_now(), since + 72 hours, "revealed late");
    }

    function finalises(uint256 seed) external moves {
        bytes32 id = _case(seed);
        IArbitratorPool.Case memory before = pool.cases(id);
        if (!_attempt(keeper, abi.encodeCall(pool.finalise, (id)))) return;
        if (before.status == IArbitratorPool.CaseStatus.Ruled) vm.assertGt(_now(), before.since + 48 hours, "early");
    }

    function breaks(uint256 seed) external moves {
        bytes32 id = _case(seed);
        IArbitratorPool.Case memory before = pool.cases(id);
        if (!_attempt(keeper, abi.encodeCall(pool.breakStalemate, (id)))) return;
        vm.assertTrue(before.ruling == Ruling.None, "a ruling was broken");
        vm.assertGt(_now(), before.openedAt + 30 days, "broken early");
    }

    function closes(uint256 seed) external moves {
        bytes32 id = _case(seed);
        bool disputed = escrow.orders(id).status == IP2PEscrow.Status.Disputed;
        if (_attempt(keeper, abi.encodeCall(pool.closeCase, (id)))) vm.assertFalse(disputed, "closed while disputed");
    }

    function concedes(uint256 seed, uint256 dice) external moves {
        bytes32 id = _case(seed);
        if (seed % 8 != 0 || id == 0) return;
        IP2PEscrow.Order memory order = escrow.orders(id);
        bool success = dice % 2 == 0
            ? _attemptEscrow(order.buyer, abi.encodeCall(escrow.buyerConfirmReceived, (id)))
            : _attemptEscrow(order.seller, abi.encodeCall(escrow.refundBuyer, (id)));
        vm.assertEq(success, order.status == IP2PEscrow.Status.Disputed, "a concession");
    }

    function forces(uint256 seed) external moves {
        bytes32 id = _case(seed);
        uint256 openedAt = pool.cases(id).openedAt;
        if (!_attemptEscrow(keeper, abi.encodeCall(escrow.forceStalemate, (id)))) return;
        vm.assertGt(_now(), openedAt + 90 days, "forced early");
    }

    // -------------------------------------------------------------------------------------------------- The world

    function waits(uint256 duration) external {
        pass(bound(duration, 1, duration % 8 == 0 ? 4 days : 6 hours));
    }

    /// The next things that an ordinary case would come to, so that many come far.
    function proceeds(uint256 seed, uint256 choice) external moves {
        for (uint256 step; step <= choice % 5; ++step) {
            _proceed(seed, uint256(keccak256(abi.encode(choice, step))));
        }
    }

    function _proceed(uint256 seed, uint256 choice) private {
        bytes32 id = _case(seed);
        IArbitratorPool.Case memory current = pool.cases(id);
        if (current.status == IArbitratorPool.CaseStatus.Drawn) {
            _warpTo(uint256(current.since) + 24 hours);
            rules(seed, 1, choice);
        } else if (current.status == IArbitratorPool.CaseStatus.Ruled && choice % 4 != 0) {
            appeals(seed, 1);
        } else if (current.status == IArbitratorPool.CaseStatus.PanelSeated) {
            bool isCommitting = _now() <= uint256(current.since) + 48 hours;
            for (uint256 seat; seat < 3; ++seat) {
                uint256 vote = (choice >> 8 + seat) % 2;
                if (isCommitting) commits(seed, seat, vote);
                else reveals(seed, seat, vote);
            }
            if (isCommitting && choice % 2 == 0) _warpTo(uint256(current.since) + 48 hours + 1);
        } else if (choice % 8 == 0) {
            // Nobody has submitted the round.
            _warpTo(uint256(current.since) + 72 hours + 1);
            skips(3);
        } else {
            draws(0, 1);
        }
    }

    /// To one of the ends of a window, or a second before or after it.
    function jumps(uint256 seed, uint256 which, uint256 side) external {
        bytes32 id = _case(seed);
        if (id == 0) return;
        IArbitratorPool.Case memory current = pool.cases(id);
        IArbitratorPool.Arbitrator memory somebody = pool.arbitrators(_person(seed));
        uint256[13] memory ends = [
            current.since,
            uint256(current.since) - 60,
            uint256(current.since) + 12 hours,
            uint256(current.since) + 24 hours,
            uint256(current.since) + 48 hours,
            uint256(current.since) + 72 hours,
            uint256(current.since) + 72 hours,
            uint256(current.openedAt) + 30 days,
            uint256(current.openedAt) + 33 days,
            uint256(current.openedAt) + 90 days,
            uint256(pool.appeals(id).appealedAt) + 7 days,
            uint256(somebody.registeredAt) + 7 days,
            uint256(somebody.exitAt) + 14 days
        ];
        uint256 end = ends[which % ends.length] + side % 3 - 1;
        // The long ones rarely, or little else happens.
        if (end > _now() && (end < _now() + 3 days || side % 16 == 0)) vm.warp(end);
    }

    function beaconFails(uint256 dice) external {
        beaconIsSilent = dice % 8 == 0;
    }

    /// Somebody, the escrow or the pool itself: then the token refuses everything.
    function blacklists(uint256 who, uint256 dice) external {
        uint256 index = who % (PEOPLE + 2);
        address account = index < PEOPLE ? people[index] : index == PEOPLE ? address(escrow) : address(pool);
        _tether.setBlackListed(account, dice % 2 == 0 && (index < PEOPLE || dice % 8 == 0));
    }

    function donates(uint256 token_, uint256 amount) external moves {
        amount = bound(amount, 1, 1e18);
        address token__ = tokens[token_ % 2];
        if (token__ == tokens[0]) stakeToken.mint(address(pool), amount);
        else _tether.mint(address(pool), amount);
        _stray[token__] += amount;
        isMoved = true;
    }

    /// The owner stops new orders, and reaches for the money of the others.
    function owns(uint256 dice) external {
        uint16[] memory ids = new uint16[](2);
        (ids[0], ids[1]) = (2, 3);
        escrow.setOrdersPaused(ids, dice % 8 == 0);
        (bool success,) = address(escrow).call(abi.encodeCall(escrow.rescue, (tokens[dice % 2], address(this), 1)));
        vm.assertFalse(success, "the owner took money");
    }

    /// Who has nothing to do with a case tries what is not for everyone.
    function intrudes(uint256 seed, uint256 what) external moves {
        bytes32 id = _case(seed);
        bytes[8] memory attempts = [
            abi.encodeCall(pool.openCase, (id, address(1), address(2), tokens[0], 1)),
            abi.encodeCall(pool.link, (address(this))),
            abi.encodeCall(pool.recuse, (id)),
            abi.encodeCall(pool.resolveDispute, (id, Ruling.Buyer, REASON)),
            abi.encodeCall(pool.appeal, (id)),
            abi.encodeCall(pool.commitVote, (id, REASON)),
            abi.encodeCall(pool.revealVote, (id, Ruling.Buyer, 0)),
            abi.encodeCall(pool.withdrawStake, (buyer))
        ];
        require(!_attempt(buyer, attempts[what % attempts.length]), "an intruder");
    }

    // -------------------------------------------------------------------------------------------- What always holds

    /// 5: of each token the pool holds exactly what it owes; the tree is the sum of its leaves. And people answer for
    /// exactly the cases that they hold or sit on the panel of.
    function check() public view {
        uint256[2] memory owed = [_stray[tokens[0]], _stray[tokens[1]]];
        (uint256 weights, uint256 bound_) = (0, 0);
        for (uint256 i; i < PEOPLE; ++i) {
            address who = people[i];
            IArbitratorPool.Arbitrator memory current = pool.arbitrators(who);
            uint256 weight = pool.weightOf(who);
            vm.assertLe(weight, 60, "weight");
            weights += weight;
            owed[0] += current.stake + pool.balances(tokens[0], who);
            owed[1] += pool.balances(tokens[1], who);
            bound_ += current.openCases;
        }
        for (uint256 i; i < _open.length; ++i) {
            (bytes32 id, uint256 index) = (_open[i], _tokenOf(_open[i]));
            owed[0] += pool.bounties(id);
            IArbitratorPool.Case memory current = pool.cases(id);
            if (_hasDeposit(current.status)) owed[index] += 3 * _feeOf(id);
            bound_ -= _holders(id, current);
        }
        vm.assertEq(bound_, 0, "open cases");
        vm.assertEq(pool.totalWeight(), weights, "the tree");
        vm.assertEq(IBalance(tokens[0]).balanceOf(address(pool)), owed[0], "stakes");
        vm.assertEq(IBalance(tokens[1]).balanceOf(address(pool)), owed[1], "balance");
    }

    /// 4 and the liveness of the pool: whatever happened, strangers and time end every case within 45 days of its
    /// opening, with the beacon gone and tokens that refuse. Then everybody gets out what is theirs, and nothing is left.
    function drain() external {
        uint256 latest;
        for (uint256 i; i < _open.length; ++i) {
            uint256 openedAt = pool.cases(_open[i]).openedAt;
            if (openedAt > latest) latest = openedAt;
        }
        if (_now() <= latest + LONGEST) vm.warp(latest + LONGEST + 1);
        for (uint256 i; i < _open.length; ++i) {
            _end(_open[i]);
        }
        _forgetEnded();
        check();
        vm.assertEq(_open.length, 0, "a case stays");

        for (uint256 i; i < PEOPLE; ++i) {
            _tether.setBlackListed(people[i], false);
        }
        _tether.setBlackListed(address(escrow), false);
        _tether.setBlackListed(address(pool), false);
        while (_skips()) {}
        _leaveAll();
    }

    /// The one call, open to everyone, that ends a case of this status.
    function _end(bytes32 id) private {
        IArbitratorPool.CaseStatus status = statusOf(id);
        bytes memory call;
        if (escrow.orders(id).status != IP2PEscrow.Status.Disputed) call = abi.encodeCall(pool.closeCase, (id));
        else if (pool.cases(id).ruling == Ruling.None) call = abi.encodeCall(pool.breakStalemate, (id));
        else call = abi.encodeCall(pool.finalise, (id));
        if (status >= IArbitratorPool.CaseStatus.Finalised) return;
        vm.assertTrue(_attempt(keeper, call), "a case has no end");
        vm.assertTrue(escrow.orders(id).status > IP2PEscrow.Status.Disputed, "money stays");
    }

    function _skips() private returns (bool) {
        return _attempt(keeper, abi.encodeCall(pool.skip, (3)));
    }

    function _leaveAll() private {
        for (uint256 i; i < PEOPLE; ++i) {
            IArbitratorPool.ArbitratorStatus status = pool.arbitrators(people[i]).status;
            if (status != IArbitratorPool.ArbitratorStatus.Registered && status != IArbitratorPool.ArbitratorStatus.Active)
            {
                continue;
            }
            vm.assertTrue(_attempt(people[i], abi.encodeCall(pool.requestExit, ())), "cannot exit");
        }
        pass(14 days);
        for (uint256 i; i < PEOPLE; ++i) {
            address who = people[i];
            if (pool.arbitrators(who).status == IArbitratorPool.ArbitratorStatus.Exiting) {
                vm.assertTrue(_attempt(who, abi.encodeCall(pool.withdrawStake, (who))), "cannot leave");
            }
            if (pool.arbitrators(who).status != IArbitratorPool.ArbitratorStatus.None) {
                vm.assertTrue(_attempt(keeper, abi.encodeCall(pool.sync, (who))), "cannot be synced");
            }
            withdraws(i, 0);
            withdraws(i, 1);
        }
        vm.assertEq(pool.totalWeight(), 0, "weight is left");
        for (uint256 t; t < 2; ++t) {
            vm.assertEq(IBalance(tokens[t]).balanceOf(address(pool)), _stray[tokens[t]], "left in the pool");
            vm.assertEq(IBalance(tokens[t]).balanceOf(address(escrow)), 0, "left in the escrow");
        }
    }

    // ---------------------------------------------------------------------------------------------------- Internal

    /// 6: looks at who was drawn.
    function _meetAll(bytes32 id, IArbitratorPool.Case memory before, uint256 roundTime) private {
        IArbitratorPool.CaseStatus status = statusOf(id);
        if (status == before.status) return;
        if (status != IArbitratorPool.CaseStatus.Drawn && status != IArbitratorPool.CaseStatus.PanelSeated) return;
        vm.assertEq(before.since, roundTime, "drawn with another round");
        vm.assertLe(roundTime, _now(), "drawn before the round");
        if (status == IArbitratorPool.CaseStatus.Drawn) return _meet(id, roundTime, holderOf(id));
        for (uint256 seat; seat < 3; ++seat) {
            _meet(id, roundTime, panelist(id, seat));
        }
    }

    function _meet(bytes32 id, uint256 roundTime, address who) private {
        IP2PEscrow.Order memory order = escrow.orders(id);
        IArbitratorPool.Arbitrator memory drawn = pool.arbitrators(who);
        vm.assertTrue(who != order.buyer && who != order.seller, "a party was drawn");
        vm.assertFalse(_wasDrawn[id][who], "drawn twice");
        vm.assertLt(drawn.registeredAt, pool.cases(id).openedAt, "registered for the case");
        vm.assertLt(_activatedAt[who], roundTime, "activated after the round");
        vm.assertTrue(drawn.exitAt == 0 || drawn.exitAt + 60 >= roundTime, "drawn while leaving");
        _wasDrawn[id][who] = true;
    }

    function _attempt(address from, bytes memory data) private returns (bool success) {
        vm.prank(from);
        (success,) = address(pool).call(data);
        if (!success) return false;
        isMoved = true;
        ++succeeded[bytes4(data)];
    }

    function _attemptEscrow(address from, bytes memory data) private returns (bool success) {
        vm.prank(from);
        (success,) = address(escrow).call(data);
        if (!success) return false;
        isMoved = true;
        ++succeeded[bytes4(data)];
    }

    /// Drops the cases that ended, and counts what the others came to.
    function _forgetEnded() private {
        for (uint256 i = _open.length; i > 0; --i) {
            IArbitratorPool.CaseStatus status = statusOf(_open[i - 1]);
            ++reached[status];
            if (status < IArbitratorPool.CaseStatus.Finalised) continue;
            vm.assertEq(pool.bounties(_open[i - 1]), 0, "a bounty stays");
            _open[i - 1] = _open[_open.length - 1];
            _open.pop();
        }
    }

    function _cases() private view returns (IArbitratorPool.Case[] memory all) {
        all = new IArbitratorPool.Case[](_open.length);
        for (uint256 i; i < all.length; ++i) {
            all[i] = pool.cases(_open[i]);
        }
    }

    /// How many answer for a case.
    function _holders(bytes32 id, IArbitratorPool.Case memory current) private view returns (uint256 holders) {
        if (current.arbitrator != address(0)) ++holders;
        if (current.status != IArbitratorPool.CaseStatus.PanelSeated) return holders;
        IArbitratorPool.Seat[3] memory seats = pool.appeals(id).seats;
        for (uint256 seat; seat < 3; ++seat) {
            if (seats[seat].status != IArbitratorPool.SeatStatus.Excused) ++holders;
        }
    }

    function _person(uint256 seed) private view returns (address) {
        return people[seed % PEOPLE];
    }

    function _case(uint256 seed) private view returns (bytes32) {
        return _open.length == 0 ? bytes32(0) : _open[(seed >> 8) % _open.length];
    }

    function _loser(bytes32 id, Ruling ruling) private view returns (address) {
        IP2PEscrow.Order memory order = escrow.orders(id);
        return ruling == Ruling.Buyer ? order.seller : order.buyer;
    }

    function _tokenOf(bytes32 id) private view returns (uint256) {
        return escrow.orders(id).tokenId - 2;
    }

    function _feeOf(bytes32 id) private view returns (uint256) {
        IP2PEscrow.Order memory order = escrow.orders(id);
        return escrow.arbitrationFee(order.tokenId, order.amount);
    }

    function _hasDeposit(IArbitratorPool.CaseStatus status) private pure returns (bool) {
        return status == IArbitratorPool.CaseStatus.PanelWaiting || status == IArbitratorPool.CaseStatus.PanelVoid
            || status == IArbitratorPool.CaseStatus.PanelSeated;
    }

    function _decision(uint256 vote) private pure returns (Ruling) {
        return vote % 2 == 0 ? Ruling.Buyer : Ruling.Seller;
    }

    function _warpTo(uint256 time) private {
        if (_now() < time) vm.warp(time);
    }

    function _now() private view returns (uint256) {
        return vm.getBlockTimestamp();
    }
}
