// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IArbitratorPool} from "../interfaces/IArbitratorPool.sol";
import {IDisputeResolver} from "../interfaces/IDisputeResolver.sol";
import {IP2PEscrow} from "../interfaces/IP2PEscrow.sol";
import {Ruling} from "../interfaces/Ruling.sol";
import {CaseSlot, openedCase, NONE, PANEL_VOID, PANEL_WAITING, VOID, WAITING} from "../libraries/CaseSlot.sol";
import {ArbitratorSlot, REGISTERED} from "../libraries/ArbitratorSlot.sol";
import {SortitionTree} from "../libraries/SortitionTree.sol";
import {ArbitratorRegistry} from "./ArbitratorRegistry.sol";

/// @title The queue of cases that wait for a round of the beacon, and the draw
/// @dev The times of the rounds of the queue never decrease: a case is bound at its end, to a round after now.
abstract contract CaseQueue is ArbitratorRegistry {
    using SortitionTree for SortitionTree.Tree;

    uint256 private constant ARBITRATOR_TRIES = 16;
    uint256 private constant PANEL_TRIES = 48;

    /// One draw while it runs.
    struct Lottery {
        bytes32 caseId;
        CaseSlot current;
        address buyer;
        address seller;
        uint256 totalWeight;
        bytes32 seed;
        uint256 tries;
        uint256 mostTries;
    }

    mapping(bytes32 caseId => Appeal) internal _appeals;

    /// Who held a case and lost it. Who holds it now, and who sits on the panel, is not in here.
    mapping(bytes32 caseId => mapping(address arbitrator => bool)) internal _dismissed;

    /// @inheritdoc IDisputeResolver
    function openCase(bytes32 caseId, address buyer, address seller, address token, uint256 fee) external {
        require(msg.sender == _registers.escrow, NotEscrow(msg.sender));
        _loadCase(caseId, NONE);

        (uint64 round, uint256 roundTime) = _nextRound();
        _cases[caseId] = openedCase(block.timestamp, roundTime);
        _enqueue(caseId);

        emit CaseOpened(caseId, buyer, seller, token, fee, round, roundTime);
    }

    /// @inheritdoc IArbitratorPool
    function draw(uint256[4] calldata signature, uint256 max) external returns (uint256 drawn) {
        uint256 tail = _registers.tail;
        (uint256 head, bool isLive) = _passOver(_registers.head, tail, max);
        require(isLive || head != _registers.head, NothingToDraw());

        if (isLive) {
            bytes32 caseId = _tickets[head];
            uint256 roundTime = _cases[caseId].since();
            _requireFrom(caseId, roundTime);
            uint64 round = _roundAfter(roundTime - 1);
            bytes32 randomness = _beacon.verify(round, signature);

            // The head itself waits for this round, and so may others behind it.
            do {
                if (!_passes(caseId)) _drawCase(caseId, round, randomness);
                ++drawn;
                if (++head == tail) break;
                caseId = _tickets[head];
            } while (drawn != max && _cases[caseId].since() == roundTime);
        }
        _moveHead(head);
    }

    /// @inheritdoc IArbitratorPool
    function skip(uint256 max) external returns (uint256 passed) {
        uint256 first = _registers.head;
        (uint256 head,) = _passOver(first, _registers.tail, max);
        passed = head - first;
        require(passed > 0, NothingToSkip());

        _moveHead(head);
    }

    /// @inheritdoc IArbitratorPool
    function recommit(bytes32 caseId) external {
        CaseSlot current = _loadCase(caseId, VOID | PANEL_VOID);
        bool isPanel = current.isIn(PANEL_VOID);
        if (isPanel) _requireWithin(caseId, _appeals[caseId].appealedAt, PANEL_DRAW_LIMIT);

        _bind(caseId, current, isPanel ? CaseStatus.PanelWaiting : CaseStatus.Waiting);
    }

    /// @inheritdoc IArbitratorPool
    function nextDraw()
        external
        view
        returns (bytes32 caseId, CaseStatus status, uint64 round, uint256 roundTime, bool frozen)
    {
        if (_registers.head == _registers.tail) return (0, CaseStatus.None, 0, 0, false);
        caseId = _tickets[_registers.head];
        status = _cases[caseId].status();
        roundTime = _cases[caseId].since();
        round = _roundAfter(roundTime - 1);
        frozen = _frozenBy() != 0;
    }

    /// @inheritdoc IArbitratorPool
    function appeals(bytes32 caseId) external view returns (Appeal memory) {
        return _appeals[caseId];
    }

    /// The number of a panelist's seat; 3 for who has none.
    function _seatIndex(bytes32 caseId, address panelist) internal view returns (uint256 index) {
        Seat[3] storage seats = _appeals[caseId].seats;
        while (index < 3 && seats[index].panelist != panelist) ++index;
    }

    /// Binds a case that waits (again) to a new round, at the queue's end.
    function _bind(bytes32 caseId, CaseSlot current, CaseStatus status) internal {
        (uint64 round, uint256 roundTime) = _nextRound();
        _cases[caseId] = current.moved(status, roundTime);
        _enqueue(caseId);

        emit Rebound(caseId, round, roundTime);
    }

    function _enqueue(bytes32 caseId) internal {
        uint32 ticket = _registers.tail;
        _registers.tail = ticket + 1;
        _tickets[ticket] = caseId;
    }

    /// An empty queue begins again at ticket 0: writing over an old ticket costs 17,100 gas less than a new one.
    function _moveHead(uint256 head) private {
        bool isEmpty = head == _registers.tail;
        _registers.head = isEmpty ? 0 : uint32(head);
        if (isEmpty) _registers.tail = 0;
    }

    /// The first round after the margin, the same for all cases that are bound within one step.
    function _nextRound() internal view returns (uint64 round, uint256 roundTime) {
        uint256 earliest = Math.ceilDiv(block.timestamp + _margin, _roundStep) * _roundStep;
        round = _roundAfter(earliest);
        roundTime = _beacon.timeOf(round);
    }

    function _roundAfter(uint256 time) private view returns (uint64) {
        return _beacon.roundAfter(time);
    }

    /// The first ruling stands. What happens to the deposit is the cases' concern.
    function _fallPanel(bytes32 caseId, CaseSlot current) internal virtual;

    /// Moves the head past tickets of cases that are not to be drawn, at most `max`.
    /// @return live whether a case that is to be drawn stands at the new head
    function _passOver(uint256 head, uint256 tail, uint256 max) private returns (uint256, bool live) {
        for (uint256 i; head != tail; ++i) {
            if (i == max) return (head, false);
            if (!_passes(_tickets[head])) return (head, true);
            ++head;
        }
        return (head, false);
    }

    /// Whether a case is not to be drawn: it ended, or its time did, which is noted then.
    function _passes(bytes32 caseId) private returns (bool) {
        CaseSlot current = _cases[caseId];
        if (!current.isIn(WAITING | PANEL_WAITING)) return true;
        bool isPanel = current.isIn(PANEL_WAITING);
        if (isPanel && block.timestamp > _appeals[caseId].appealedAt + PANEL_DRAW_LIMIT) {
            _fallPanel(caseId, current);
            return true;
        }
        uint256 roundTime = current.since();
        if (block.timestamp <= roundTime + VOID_AFTER) return false;

        _cases[caseId] = current.moved(isPanel ? CaseStatus.PanelVoid : CaseStatus.Void, roundTime);

        emit RoundVoided(caseId, roundTime);
        return true;
    }

    function _drawCase(bytes32 caseId, uint64 round, bytes32 randomness) private {
        CaseSlot current = _cases[caseId];
        IP2PEscrow.Order memory order = _orderOf(caseId);
        Lottery memory lottery = Lottery({
            caseId: caseId,
            current: current,
            buyer: order.buyer,
            seller: order.seller,
            totalWeight: _tree.total(),
            seed: keccak256(abi.encode(block.chainid, address(this), caseId, uint256(current.stage()), randomness)),
            tries: 0,
            mostTries: current.isIn(WAITING) ? ARBITRATOR_TRIES : PANEL_TRIES
        });
        if (current.isIn(WAITING)) _drawArbitrator(lottery, round, randomness);
        else _drawPanel(lottery, round, randomness);
    }

    function _drawArbitrator(Lottery memory lottery, uint64 round, bytes32 randomness) private {
        address[3] memory none;
        address arbitrator = _nextEligible(lottery, none);
        if (arbitrator == address(0)) return _drawAgain(lottery, round, CaseStatus.Waiting);

        _occupy(arbitrator);
        CaseSlot current = lottery.current;
        _cases[lottery.caseId] = current.advanced(CaseStatus.Drawn, block.timestamp).withArbitrator(arbitrator);

        emit Drawn(
            lottery.caseId, arbitrator, round, randomness, current.stage(), lottery.tries, lottery.totalWeight
        );
    }

    function _drawPanel(Lottery memory lottery, uint64 round, bytes32 randomness) private {
        if (lottery.totalWeight == 0) return _drawAgain(lottery, round, CaseStatus.PanelWaiting);
        CaseSlot current = lottery.current;
        address[3] memory panel;
        for (uint256 i; i < 3; ++i) {
            panel[i] = _nextEligible(lottery, panel);
            if (panel[i] == address(0)) return _fallPanel(lottery.caseId, current);
        }

        Appeal storage stored = _appeals[lottery.caseId];
        stored.round = round;
        for (uint256 i; i < 3; ++i) {
            _occupy(panel[i]);
            stored.seats[i].panelist = panel[i];
            stored.seats[i].status = SeatStatus.Seated;
        }
        _cases[lottery.caseId] = current.advanced(CaseStatus.PanelSeated, block.timestamp);

        emit PanelDrawn(
            lottery.caseId, panel, round, randomness, current.stage(), lottery.tries, lottery.totalWeight
        );
    }

    /// Nobody was found with this round: the case waits for another.
    function _drawAgain(Lottery memory lottery, uint64 round, CaseStatus status) private {
        emit DrawFailed(lottery.caseId, round, lottery.current.stage(), lottery.tries, lottery.totalWeight);

        _bind(lottery.caseId, lottery.current, status);
    }

    /// The next candidate that may take the case; zero where there is none within its tries.
    function _nextEligible(Lottery memory lottery, address[3] memory panel) private view returns (address) {
        if (lottery.totalWeight == 0) return address(0);
        while (lottery.tries < lottery.mostTries) {
            bytes32 candidate =
                lottery.tries == 0 ? lottery.seed : keccak256(abi.encode(lottery.seed, lottery.tries));
            ++lottery.tries;
            address who = _leaves[_tree.leafAt(uint256(candidate) % lottery.totalWeight)].owner;
            if (who == panel[0] || who == panel[1]) continue;
            if (_isEligible(lottery, who)) return who;
        }
        return address(0);
    }

    /// Nothing in here can be changed by anyone from `freezeLead` before the round's time on, but by a draw before this
    /// one in the queue.
    function _isEligible(Lottery memory lottery, address who) private view returns (bool) {
        CaseSlot current = lottery.current;
        if (who == lottery.buyer || who == lottery.seller || who == current.arbitrator()) return false;
        ArbitratorSlot arbitrator = _arbitrators[who];
        if (arbitrator.registeredAt() >= current.openedAt() || arbitrator.isIn(REGISTERED)) return false;
        uint256 exitAt = arbitrator.exitAt();
        if (exitAt != 0 && exitAt + _freezeLead < current.since()) return false;
        if (arbitrator.openCases() == type(uint16).max) return false;
        // Before the first draw nobody can have been dismissed.
        return current.stage() == 0 || !_dismissed[lottery.caseId][who];
    }
}
