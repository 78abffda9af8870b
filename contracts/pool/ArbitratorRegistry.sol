// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20, SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IArbitratorPool} from "../interfaces/IArbitratorPool.sol";
import {SortitionTree} from "../libraries/SortitionTree.sol";
import {PoolState} from "./PoolState.sol";

/// @title Who can be drawn, and with what weight
abstract contract ArbitratorRegistry is PoolState {
    using SafeERC20 for IERC20;
    using SortitionTree for SortitionTree.Tree;

    uint8 private constant FIRST_REPUTATION = 50;
    uint8 private constant HIGHEST_REPUTATION = 100;
    /// What a reputation is worth in the draw beyond this; up to it the weight is one.
    uint8 private constant WORTHLESS_REPUTATION = 40;

    /// @param owner zero while the leaf is free
    /// @param nextFree of a free leaf: the next free one, zero for none
    struct Leaf {
        address owner;
        uint16 nextFree;
    }

    SortitionTree.Tree internal _tree;
    mapping(uint256 leaf => Leaf) internal _leaves;
    mapping(address arbitrator => Arbitrator) internal _arbitrators;

    /// @inheritdoc IArbitratorPool
    function register(uint256 amount) external nonReentrant {
        require(_registers.escrow != address(0), NotLinked());
        Arbitrator memory arbitrator = _loadArbitrator(msg.sender);
        bool isNew = arbitrator.status == ArbitratorStatus.None;
        _requireStatus(msg.sender, arbitrator, isNew || arbitrator.status == ArbitratorStatus.Left);
        require(amount >= _minimumStake, StakeTooLow(amount, _minimumStake));
        require(amount <= type(uint96).max, StakeTooHigh(amount, type(uint96).max));

        if (isNew || arbitrator.reputation > FIRST_REPUTATION) arbitrator.reputation = FIRST_REPUTATION;
        arbitrator.stake = uint96(amount);
        arbitrator.registeredAt = uint32(block.timestamp);
        arbitrator.exitAt = 0;
        arbitrator.status = ArbitratorStatus.Registered;
        _storeArbitrator(msg.sender, arbitrator);

        emit Registered(msg.sender, amount, arbitrator.reputation, block.timestamp + _activationDelay);

        _pull(_stakeToken, amount);
    }

    /// @inheritdoc IArbitratorPool
    function addStake(uint256 amount) external nonReentrant {
        require(amount > 0, ZeroAmount());
        Arbitrator memory arbitrator = _loadArbitrator(msg.sender);
        bool isActive = arbitrator.status == ArbitratorStatus.Active;
        _requireStatus(msg.sender, arbitrator, isActive || arbitrator.status == ArbitratorStatus.Registered);
        uint256 most = type(uint96).max - arbitrator.stake;
        require(amount <= most, StakeTooHigh(amount, most));
        if (isActive) _requireThawed();

        arbitrator.stake += uint96(amount);
        _storeArbitrator(msg.sender, arbitrator);

        emit StakeAdded(msg.sender, amount, arbitrator.stake);

        if (isActive) _weigh(msg.sender, arbitrator);
        _pull(_stakeToken, amount);
    }

    /// @inheritdoc IArbitratorPool
    function activate(address account) external {
        Arbitrator memory arbitrator = _loadArbitrator(account);
        _requireStatus(account, arbitrator, arbitrator.status == ArbitratorStatus.Registered);
        uint256 opensAt = uint256(arbitrator.registeredAt) + _activationDelay;
        require(block.timestamp >= opensAt, ArbitratorTooEarly(account, opensAt));
        _requireThawed();

        // Who came back before the old leaf was freed keeps it.
        if (arbitrator.leaf == 0) arbitrator.leaf = _takeLeaf(account);
        arbitrator.status = ArbitratorStatus.Active;
        _storeArbitrator(account, arbitrator);

        emit Activated(account, arbitrator.leaf);

        _weigh(account, arbitrator);
    }

    /// @inheritdoc IArbitratorPool
    function requestExit() external {
        Arbitrator memory arbitrator = _loadArbitrator(msg.sender);
        _requireStatus(
            msg.sender,
            arbitrator,
            arbitrator.status == ArbitratorStatus.Registered || arbitrator.status == ArbitratorStatus.Active
        );

        arbitrator.exitAt = uint32(block.timestamp);
        arbitrator.status = ArbitratorStatus.Exiting;
        _storeArbitrator(msg.sender, arbitrator);

        emit ExitRequested(msg.sender, block.timestamp + _unbondingDelay);

        if (_frozenBy() == 0) _weigh(msg.sender, arbitrator);
    }

    /// @inheritdoc IArbitratorPool
    function withdrawStake(address to) external nonReentrant {
        _requireRecipient(to);
        Arbitrator memory arbitrator = _loadArbitrator(msg.sender);
        _requireStatus(msg.sender, arbitrator, arbitrator.status == ArbitratorStatus.Exiting);
        uint256 opensAt = uint256(arbitrator.exitAt) + _unbondingDelay;
        require(block.timestamp >= opensAt, ArbitratorTooEarly(msg.sender, opensAt));
        require(arbitrator.openCases == 0, CasesOpen(msg.sender, arbitrator.openCases));

        uint256 amount = arbitrator.stake;
        arbitrator.stake = 0;
        arbitrator.status = ArbitratorStatus.Left;

        emit StakeWithdrawn(msg.sender, to, amount);

        if (_frozenBy() == 0) {
            _weigh(msg.sender, arbitrator);
            _freeLeaf(msg.sender, arbitrator);
        }
        _storeArbitrator(msg.sender, arbitrator);
        if (amount > 0) _stakeToken.safeTransfer(to, amount);
    }

    /// @inheritdoc IArbitratorPool
    function sync(address account) external {
        Arbitrator memory arbitrator = _loadArbitrator(account);
        _requireStatus(account, arbitrator, arbitrator.status != ArbitratorStatus.None);
        _requireThawed();

        _weigh(account, arbitrator);
        if (arbitrator.status == ArbitratorStatus.Left) {
            _freeLeaf(account, arbitrator);
            _storeArbitrator(account, arbitrator);
        }
    }

    /// @inheritdoc IArbitratorPool
    function arbitrators(address arbitrator) external view returns (Arbitrator memory) {
        return _loadArbitrator(arbitrator);
    }

    /// @inheritdoc IArbitratorPool
    function weightOf(address arbitrator) external view returns (uint256) {
        // Leaf 0 never weighs anything.
        return _tree.weightOf(_arbitrators[arbitrator].leaf);
    }

    /// @inheritdoc IArbitratorPool
    function targetWeightOf(address arbitrator) external view returns (uint256) {
        return _targetWeight(_loadArbitrator(arbitrator));
    }

    /// @inheritdoc IArbitratorPool
    function totalWeight() external view returns (uint256) {
        return _tree.total();
    }

    /// Takes an arbitrator off a case: what the case did to the reputation, and the weight that follows, now or by `sync`.
    function _release(bytes32 caseId, address account, int256 reputationChange) internal {
        Arbitrator memory arbitrator = _loadArbitrator(account);
        --arbitrator.openCases;
        uint8 reputation = _changed(arbitrator.reputation, reputationChange);
        if (reputation != arbitrator.reputation) {
            arbitrator.reputation = reputation;
            emit ReputationChanged(caseId, account, reputation);
        }
        _storeArbitrator(account, arbitrator);

        if (_frozenBy() == 0) _weigh(account, arbitrator);
    }

    /// Takes at most `most` of a stake. `_release` follows, and with it the weight.
    /// @param recipient for the event: whose balance the caller raises; zero for the case's bounty
    /// @return slashed what the stake could bear
    function _slash(bytes32 caseId, address account, uint256 most, address recipient)
        internal
        returns (uint256 slashed)
    {
        uint256 stake = _arbitrators[account].stake;
        slashed = most < stake ? most : stake;
        if (slashed == 0) return 0;

        _arbitrators[account].stake = uint96(stake - slashed);

        emit Slashed(caseId, account, recipient, slashed, stake - slashed);
    }

    function _loadArbitrator(address account) internal view returns (Arbitrator memory) {
        return _arbitrators[account];
    }

    function _storeArbitrator(address account, Arbitrator memory changed) private {
        _arbitrators[account] = changed;
    }

    /// Writes the weight that the arbitrator should have. The tree must not be frozen.
    function _weigh(address account, Arbitrator memory arbitrator) private {
        if (arbitrator.leaf == 0) return;
        uint256 weight = _targetWeight(arbitrator);
        if (_tree.set(arbitrator.leaf, weight)) emit WeightChanged(account, arbitrator.leaf, uint8(weight));
    }

    function _targetWeight(Arbitrator memory arbitrator) private view returns (uint256) {
        if (arbitrator.status != ArbitratorStatus.Active) return 0;
        if (arbitrator.stake < _minimumStake || arbitrator.openCases >= _caseLimit) return 0;
        if (arbitrator.reputation == 0) return 0;
        return arbitrator.reputation > WORTHLESS_REPUTATION ? arbitrator.reputation - WORTHLESS_REPUTATION : 1;
    }

    function _takeLeaf(address account) private returns (uint16 leaf) {
        Registers memory registers = _registers;
        leaf = registers.freeLeaf;
        if (leaf != 0) {
            registers.freeLeaf = _leaves[leaf].nextFree;
        } else {
            require(registers.lastLeaf < type(uint16).max, PoolFull());
            leaf = ++registers.lastLeaf;
        }
        _registers = registers;
        _leaves[leaf] = Leaf(account, 0);
    }

    function _freeLeaf(address account, Arbitrator memory arbitrator) private {
        uint16 leaf = arbitrator.leaf;
        if (leaf == 0) return;

        _leaves[leaf] = Leaf(address(0), _registers.freeLeaf);
        _registers.freeLeaf = leaf;
        arbitrator.leaf = 0;

        emit LeafFreed(account, leaf);
    }

    function _requireStatus(address account, Arbitrator memory arbitrator, bool isAllowed) private pure {
        require(isAllowed, WrongArbitratorStatus(account, arbitrator.status));
    }

    function _changed(uint8 reputation, int256 change) private pure returns (uint8) {
        int256 result = int256(uint256(reputation)) + change;
        if (result < 0) return 0;
        if (result > int256(uint256(HIGHEST_REPUTATION))) return HIGHEST_REPUTATION;
        return uint8(uint256(result));
    }
}
