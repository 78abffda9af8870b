// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20, SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IArbitratorPool} from "../interfaces/IArbitratorPool.sol";
import {IP2PEscrow} from "../interfaces/IP2PEscrow.sol";
import {IRandomness} from "../interfaces/IRandomness.sol";
import {CaseSlot} from "../libraries/CaseSlot.sol";

/// @title The constants and the storage of the pool, and its money
/// @dev The lock guards the functions that measure what a token delivered: without it a token that re-enters could have
/// one delivery counted twice.
abstract contract PoolState is IArbitratorPool, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    uint256 internal constant VOID_AFTER = 72 hours;
    uint256 internal constant RECUSAL_WINDOW = 12 hours;
    uint256 internal constant CHALLENGE_WINDOW = 24 hours;
    uint256 internal constant PANEL_DRAW_LIMIT = 7 days;
    uint256 internal constant RULING_LIMIT = 30 days;

    /// What every transaction around a case begins with, in one slot.
    /// @param head the first ticket of the queue
    /// @param tail the next ticket to be given out
    /// @param lastLeaf the highest leaf that ever had an owner; leaf 0 has none, so that 0 can mean 'no leaf'
    /// @param freeLeaf the first of the freed leaves, each of which names the next
    struct Registers {
        address escrow;
        uint32 head;
        uint32 tail;
        uint16 lastLeaf;
        uint16 freeLeaf;
    }

    address private immutable _deployer;
    IRandomness internal immutable _beacon;
    IERC20 internal immutable _stakeToken;
    uint256 internal immutable _stakeDecimals;
    uint256 internal immutable _minimumStake;
    uint256 internal immutable _activationDelay;
    uint256 internal immutable _unbondingDelay;
    uint256 internal immutable _rulingEarliest;
    uint256 internal immutable _rulingLatest;
    uint256 internal immutable _appealWindow;
    uint256 internal immutable _commitWindow;
    uint256 internal immutable _revealWindow;
    uint256 internal immutable _margin;
    uint256 internal immutable _roundStep;
    uint256 internal immutable _freezeLead;
    uint256 internal immutable _caseLimit;

    Registers internal _registers;
    mapping(bytes32 caseId => CaseSlot) internal _cases;
    mapping(uint256 ticket => bytes32 caseId) internal _tickets;

    /// @inheritdoc IArbitratorPool
    mapping(address token => mapping(address payee => uint256)) public balances;

    constructor(Parameters memory p) {
        uint8 decimals = IERC20Metadata(p.stakeToken).decimals();
        _requireBounds("stake token decimals", decimals, 0, 22);
        uint256 unit = 10 ** decimals;
        _requireBounds("minimumStake", p.minimumStake, unit, 1_000_000 * unit);
        _requireBounds("activationDelay", p.activationDelay, 1 minutes, 30 days);
        _requireBounds("unbondingDelay", p.unbondingDelay, 4 days, 60 days);
        _requireBounds("rulingEarliest", p.rulingEarliest, 0, 3 days);
        _requireBounds("rulingLatest", p.rulingLatest, uint256(p.rulingEarliest) + 1 hours, 7 days);
        _requireBounds("appealWindow", p.appealWindow, 1 hours, 8 days);
        _requireBounds("commitWindow", p.commitWindow, 1 hours, 8 days);
        _requireBounds("revealWindow", p.revealWindow, 1 hours, 8 days);
        _requireBounds(
            "appeal, commit and reveal", uint256(p.appealWindow) + p.commitWindow + p.revealWindow, 3 hours, 8 days
        );
        _requireBounds("margin", p.margin, 1, 2 hours);
        _requireBounds("roundStep", p.roundStep, 1, 1 hours);
        // Else cases bound to one step after the other would keep the tree still for ever.
        _requireBounds("freezeLead", p.freezeLead, 0, Math.min(p.margin, p.roundStep / 2));
        _requireBounds("caseLimit", p.caseLimit, 1, 100);

        _deployer = msg.sender;
        _beacon = p.beacon;
        _stakeToken = IERC20(p.stakeToken);
        _stakeDecimals = decimals;
        _minimumStake = p.minimumStake;
        _activationDelay = p.activationDelay;
        _unbondingDelay = p.unbondingDelay;
        _rulingEarliest = p.rulingEarliest;
        _rulingLatest = p.rulingLatest;
        _appealWindow = p.appealWindow;
        _commitWindow = p.commitWindow;
        _revealWindow = p.revealWindow;
        _margin = p.margin;
        _roundStep = p.roundStep;
        _freezeLead = p.freezeLead;
        _caseLimit = p.caseLimit;

        emit PoolCreated(p);
    }

    /// @inheritdoc IArbitratorPool
    function link(address escrow_) external {
        require(msg.sender == _deployer, NotDeployer(msg.sender));
        require(_registers.escrow == address(0), AlreadyLinked(_registers.escrow));
        address named = address(IP2PEscrow(escrow_).pool());
        require(named == address(this), WrongPool(escrow_, named));

        _registers.escrow = escrow_;

        emit Linked(escrow_);
    }

    /// @inheritdoc IArbitratorPool
    function withdraw(address token, address to) external nonReentrant returns (uint256 amount) {
        _requireRecipient(to);
        amount = balances[token][msg.sender];
        require(amount > 0, NothingToWithdraw(token, msg.sender));

        balances[token][msg.sender] = 0;

        emit Withdrawn(msg.sender, token, to, amount);

        IERC20(token).safeTransfer(to, amount);
    }

    /// @inheritdoc IArbitratorPool
    function escrow() external view returns (address) {
        return _registers.escrow;
    }

    /// @inheritdoc IArbitratorPool
    function parameters() external view returns (Parameters memory) {
        return Parameters({
            beacon: _beacon,
            stakeToken: address(_stakeToken),
            minimumStake: uint96(_minimumStake),
            activationDelay: uint32(_activationDelay),
            unbondingDelay: uint32(_unbondingDelay),
            rulingEarliest: uint32(_rulingEarliest),
            rulingLatest: uint32(_rulingLatest),
            appealWindow: uint32(_appealWindow),
            commitWindow: uint32(_commitWindow),
            revealWindow: uint32(_revealWindow),
            margin: uint32(_margin),
            roundStep: uint32(_roundStep),
            freezeLead: uint32(_freezeLead),
            caseLimit: uint16(_caseLimit)
        });
    }

    /// @inheritdoc IArbitratorPool
    function cases(bytes32 caseId) external view returns (Case memory) {
        return _cases[caseId].unpacked();
    }

    /// @param allowed a set of statuses
    function _loadCase(bytes32 caseId, uint256 allowed) internal view returns (CaseSlot loaded) {
        loaded = _cases[caseId];
        require(loaded.isIn(allowed), WrongStatus(caseId, loaded.status()));
    }

    function _orderOf(bytes32 orderId) internal view returns (IP2PEscrow.Order memory) {
        return IP2PEscrow(_registers.escrow).orders(orderId);
    }

    /// Which case's due draw keeps the tree from changing; zero for none. A case that ended while it waited keeps the
    /// time of its round, so its ticket hides no other that is due.
    function _frozenBy() internal view returns (bytes32 caseId) {
        Registers storage registers = _registers;
        if (registers.head == registers.tail) return 0;
        caseId = _tickets[registers.head];
        if (_cases[caseId].since() > _after(block.timestamp, _freezeLead)) return 0;
    }

    function _requireThawed() internal view {
        bytes32 caseId = _frozenBy();
        require(caseId == 0, DrawDue(caseId));
    }

    function _requireRecipient(address to) internal view {
        require(to != address(0) && to != address(this) && to != _registers.escrow, InvalidRecipient(to));
    }

    // Times have 32 bits in storage and windows are bounded, so their sums cannot overflow.

    function _after(uint256 time, uint256 window) internal pure returns (uint256) {
        unchecked {
            return time + window;
        }
    }

    /// Inside of a window, which includes its last second.
    function _requireWithin(bytes32 caseId, uint256 since, uint256 window) internal view {
        uint256 closesAt = _after(since, window);
        require(block.timestamp <= closesAt, TooLate(caseId, closesAt));
    }

    /// After a window.
    function _requirePast(bytes32 caseId, uint256 since, uint256 window) internal view {
        _requireFrom(caseId, _after(since, window) + 1);
    }

    function _requireFrom(bytes32 caseId, uint256 opensAt) internal view {
        require(block.timestamp >= opensAt, TooEarly(caseId, opensAt));
    }

    function _credit(bytes32 caseId, address payee, address token, uint256 amount) internal {
        if (amount == 0) return;

        balances[token][payee] += amount;

        emit Credited(caseId, payee, token, amount);
    }

    /// Takes exactly `amount` from the caller.
    function _pull(IERC20 token, uint256 amount) internal {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 afterwards = token.balanceOf(address(this));
        uint256 received = afterwards > before ? afterwards - before : 0;
        require(received == amount, InexactTransfer(amount, received));
    }

    function _requireBounds(string memory name, uint256 value, uint256 minimum, uint256 maximum) private pure {
        require(value >= minimum && value <= maximum, OutOfBounds(name, value, minimum, maximum));
    }
}
