// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20, SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IArbitratorPool} from "../interfaces/IArbitratorPool.sol";
import {
    ACTIVE,
    ArbitratorSlot,
    EXITING,
    LEFT,
    REGISTERED,
    registeredArbitrator,
    UNKNOWN
} from "../libraries/ArbitratorSlot.sol";
import {SortitionTree} from "../libraries/SortitionTree.sol";
import {PoolState} from "./PoolState.sol";

/// @title Who can be drawn, and with what weight
abstract contract ArbitratorRegistry is PoolState {
    using SafeERC20 for IERC20;
    using SortitionTree for SortitionTree.Tree;

    uint256 private constant FIRST_REPUTATION = 50;
    int256 private constant HIGHEST_REPUTATION = 100;
    /// What a reputation is worth in the draw beyond this; up to it the weight is one.
    uint256 private constant WORTHLESS_REPUTATION = 40;

    /// @param owner zero while the leaf is free
    /// @param nextFree of a free leaf: the next free one, zero for none
    struct Leaf {
        address owner;
        uint16 nextFree;
    }

    SortitionTree.Tree internal _tree;
    mapping(uint256 leaf => Leaf) internal _leaves;
    mapping(address arbitrator => ArbitratorSlot) internal _arbitrators;

    /// @inheritdoc IArbitratorPool
    function register(uint256 amount) external nonReentrant {
        require(_registers.escrow != address(0), NotLinked());
        ArbitratorSlot arbitrator = _loadArbitrator(msg.sender, UNKNOWN | LEFT);
        require(amount >= _minimumStake, StakeTooLow(amount, _minimumStake));
        require(amount <= type(uint96).max, StakeTooHigh(amount, type(uint96).max));

        uint256 reputation = arbitrator.reputation();
        if (arbitrator.isIn(UNKNOWN) || reputation > FIRST_REPUTATION) reputation = FIRST_REPUTATION;
        _arbitrators[msg.sender] = registeredArbitrator(amount, block.timestamp, arbitrator.leaf(), reputation);

        emit Registered(msg.sender, amount, uint8(reputation), _after(block.timestamp, _activationDelay));

        _pull(_stakeToken, amount);
    }

    /// @inheritdoc IArbitratorPool
    function addStake(uint256 amount) external nonReentrant {
        require(amount > 0, ZeroAmount());
        ArbitratorSlot arbitrator = _loadArbitrator(msg.sender, REGISTERED | ACTIVE);
        uint256 most = type(uint96).max - arbitrator.stake();
        require(amount <= most, StakeTooHigh(amount, most));
        if (arbitrator.isIn(ACTIVE)) _requireThawed();

        arbitrator = arbitrator.withStake(arbitrator.stake() + amount);
        _arbitrators[msg.sender] = arbitrator;

        emit StakeAdded(msg.sender, amount, arbitrator.stake());

        if (arbitrator.isIn(ACTIVE)) _weigh(msg.sender, arbitrator);
        _pull(_stakeToken, amount);
    }

    /// @inheritdoc IArbitratorPool
    function activate(address account) external {
        ArbitratorSlot arbitrator = _loadArbitrator(account, REGISTERED);
        _requireFrom(account, _after(arbitrator.registeredAt(), _activationDelay));
        _requireThawed();

        // Who came back before the old leaf was freed keeps it.
        if (arbitrator.leaf() == 0) arbitrator = arbitrator.withLeaf(_takeLeaf(account));
        arbitrator = arbitrator.withStatus(ArbitratorStatus.Active);
        _arbitrators[account] = arbitrator;

        emit Activated(account, arbitrator.leaf());

        _weigh(account, arbitrator);
    }

    /// @inheritdoc IArbitratorPool
    function requestExit() external {
        ArbitratorSlot arbitrator = _loadArbitrator(msg.sender, REGISTERED | ACTIVE);

        arbitrator = arbitrator.withStatus(ArbitratorStatus.Exiting).withExit(block.timestamp);
        _arbitrators[msg.sender] = arbitrator;

        emit ExitRequested(msg.sender, _after(block.timestamp, _unbondingDelay));

        if (_frozenBy() == 0) _weigh(msg.sender, arbitrator);
    }

    /// @inheritdoc IArbitratorPool
    function withdrawStake(address to) external nonReentrant {
        _requireRecipient(to);
        ArbitratorSlot arbitrator = _loadArbitrator(msg.sender, EXITING);
        _requireFrom(msg.sender, _after(arbitrator.exitAt(), _unbondingDelay));
        require(arbitrator.openCases() == 0, CasesOpen(msg.sender, arbitrator.openCases()));

        uint256 amount = arbitrator.stake();
        arbitrator = arbitrator.withStake(0).withStatus(ArbitratorStatus.Left);
        _arbitrators[msg.sender] = arbitrator;

        emit StakeWithdrawn(msg.sender, to, amount);

        if (_frozenBy() == 0) _removeLeaf(msg.sender, arbitrator);
        if (amount > 0) _stakeToken.safeTransfer(to, amount);
    }

    /// @inheritdoc IArbitratorPool
    function sync(address account) external {
        ArbitratorSlot arbitrator = _loadArbitrator(account, ~UNKNOWN);
        _requireThawed();

        if (arbitrator.isIn(LEFT)) _removeLeaf(account, arbitrator);
        else _weigh(account, arbitrator);
    }

    /// @inheritdoc IArbitratorPool
    function arbitrators(address account) external view returns (Arbitrator memory) {
        return _arbitrators[account].unpacked();
    }

    /// @inheritdoc IArbitratorPool
    function weightOf(address account) external view returns (uint256) {
        // Leaf 0 never weighs anything.
        return _tree.weightOf(_arbitrators[account].leaf());
    }

    /// @inheritdoc IArbitratorPool
    function targetWeightOf(address account) external view returns (uint256) {
        return _targetWeight(_arbitrators[account]);
    }

    /// @inheritdoc IArbitratorPool
    function totalWeight() external view returns (uint256) {
        return _tree.total();
    }

    /// Gives an arbitrator a case more to answer for.
    function _occupy(address account) internal {
        _arbitrators[account] = _arbitrators[account].withCase();
    }

    /// Takes an arbitrator off a case: what the case did to the reputation, and the weight that follows, now or by `sync`.
    function _release(bytes32 caseId, address account, int256 reputationChange) internal {
        ArbitratorSlot arbitrator = _arbitrators[account].withoutCase();
        uint256 reputation = _changed(arbitrator.reputation(), reputationChange);
        if (reputation != arbitrator.reputation()) {
            arbitrator = arbitrator.withReputation(reputation);
            emit ReputationChanged(caseId, account, uint8(reputation));
        }
        _arbitrators[account] = arbitrator;

        if (_frozenBy() == 0) _weigh(account, arbitrator);
    }

    /// Takes at most `most` of a stake. `_release` follows, and with it the weight.
    /// @param recipient for the event: whose balance the caller raises; zero for the case's bounty
    /// @return slashed what the stake could bear
    function _slash(bytes32 caseId, address account, uint256 most, address recipient)
        internal
        returns (uint256 slashed)
    {
        ArbitratorSlot arbitrator = _arbitrators[account];
        uint256 stake = arbitrator.stake();
        slashed = most < stake ? most : stake;
        if (slashed == 0) return 0;

        _arbitrators[account] = arbitrator.withStake(stake - slashed);

        emit Slashed(caseId, account, recipient, slashed, stake - slashed);
    }

    /// @param allowed a set of statuses
    function _loadArbitrator(address account, uint256 allowed) private view returns (ArbitratorSlot loaded) {
        loaded = _arbitrators[account];
        require(loaded.isIn(allowed), WrongArbitratorStatus(account, loaded.status()));
    }

    function _requireFrom(address account, uint256 opensAt) private view {
        require(block.timestamp >= opensAt, ArbitratorTooEarly(account, opensAt));
    }

    /// Writes the weight that the arbitrator should have. The tree must not be frozen.
    function _weigh(address account, ArbitratorSlot arbitrator) private {
        uint16 leaf = arbitrator.leaf();
        if (leaf == 0) return;
        uint256 weight = _targetWeight(arbitrator);
        if (_tree.set(leaf, weight)) emit WeightChanged(account, leaf, uint8(weight));
    }

    function _targetWeight(ArbitratorSlot arbitrator) private view returns (uint256) {
        uint256 reputation = arbitrator.reputation();
        if (!arbitrator.isIn(ACTIVE) || arbitrator.stake() < _minimumStake) return 0;
        if (arbitrator.openCases() >= _caseLimit || reputation == 0) return 0;
        unchecked {
            return reputation > WORTHLESS_REPUTATION ? reputation - WORTHLESS_REPUTATION : 1;
        }
    }

    function _takeLeaf(address account) private returns (uint16 leaf) {
        leaf = _registers.freeLeaf;
        if (leaf != 0) {
            _registers.freeLeaf = _leaves[leaf].nextFree;
        } else {
            leaf = _registers.lastLeaf;
            require(leaf < type(uint16).max, PoolFull());
            _registers.lastLeaf = ++leaf;
        }
        _leaves[leaf] = Leaf(account, 0);
    }

    /// Takes who left out of the tree.
    function _removeLeaf(address account, ArbitratorSlot arbitrator) private {
        uint16 leaf = arbitrator.leaf();
        if (leaf == 0) return;

        _weigh(account, arbitrator);
        _leaves[leaf] = Leaf(address(0), _registers.freeLeaf);
        _registers.freeLeaf = leaf;
        _arbitrators[account] = arbitrator.withLeaf(0);

        emit LeafFreed(account, leaf);
    }

    function _changed(uint256 reputation, int256 change) private pure returns (uint256) {
        unchecked {
            // A reputation is at most 100, a change at most ten.
            int256 result = int256(reputation) + change;
            if (result < 0) return 0;
            return result > HIGHEST_REPUTATION ? uint256(HIGHEST_REPUTATION) : uint256(result);
        }
    }
}
