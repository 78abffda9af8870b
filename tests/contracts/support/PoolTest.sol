// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IArbitratorPool} from "../../../contracts/interfaces/IArbitratorPool.sol";
import {IDrandBeacon} from "../../../contracts/interfaces/IDrandBeacon.sol";
import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {Ruling} from "../../../contracts/interfaces/Ruling.sol";
import {StandardToken} from "../../../contracts/mocks/StandardToken.sol";
import {BlsSigner} from "./BlsSigner.sol";
import {Test} from "./Test.sol";
import {Vm} from "./Vm.sol";

/// @notice A token that need not answer.
interface IApprovable {
    function approve(address spender, uint256 amount) external;
}

/// @notice A pool with its beacon, its escrow, a stake token and another in which orders are paid.
abstract contract PoolTest is Test {
    uint256 internal constant SECRET = 0xbeac0;
    uint64 internal constant GENESIS = 1_700_000_000;

    /// Tether on BNB Smart Chain has 18 decimals, here with orders in a token that has 6.
    uint256 internal constant STAKE = 500e18;
    uint96 internal constant AMOUNT = 1_000e6;
    uint256 internal constant FEE = 50e6;
    bytes32 internal constant REASON = keccak256("because");

    IDrandBeacon internal beacon;
    IArbitratorPool internal pool;
    IP2PEscrow internal escrow;
    StandardToken internal stakeToken;
    StandardToken internal token;

    address internal buyer = makeAddr("buyer");
    address internal seller = makeAddr("seller");
    address internal keeper = makeAddr("keeper");

    uint256 private _orders;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        beacon = deployBeacon(BlsSigner.keyOf(SECRET), BlsSigner.sign(SECRET, 1));
        stakeToken = new StandardToken(18);
        token = new StandardToken(6);
        pool = deployPool(defaults());
        escrow = IP2PEscrow(deploy("P2PEscrow.sol:P2PEscrow", abi.encode(pool, address(this))));
        pool.link(address(escrow));
        escrow.listToken(address(token), 5, 5, 10_000);
        fund(buyer);
        fund(seller);
    }

    function deployBeacon(uint256[8] memory key, uint256[4] memory knownAnswer) internal returns (IDrandBeacon) {
        return IDrandBeacon(
            deploy("DrandBeacon.sol:DrandBeacon", abi.encode(key, GENESIS, period(), uint64(1), knownAnswer))
        );
    }

    /// The beacon's, in seconds.
    function period() internal pure virtual returns (uint64) {
        return 3;
    }

    function deployPool(IArbitratorPool.Parameters memory parameters) internal returns (IArbitratorPool) {
        return IArbitratorPool(deploy("ArbitratorPool.sol:ArbitratorPool", abi.encode(parameters)));
    }

    function defaults() internal view returns (IArbitratorPool.Parameters memory) {
        return IArbitratorPool.Parameters({
            beacon: beacon,
            stakeToken: address(stakeToken),
            minimumStake: uint96(STAKE),
            activationDelay: 7 days,
            unbondingDelay: 14 days,
            rulingEarliest: 24 hours,
            rulingLatest: 72 hours,
            appealWindow: 48 hours,
            commitWindow: 48 hours,
            revealWindow: 24 hours,
            margin: 10 minutes,
            roundStep: 120,
            freezeLead: 60,
            caseLimit: 15
        });
    }

    function fund(address account) internal {
        token.mint(account, 1_000_000e6);
        stakeToken.mint(account, 1_000_000e18);
        vm.startPrank(account);
        IApprovable(address(token)).approve(address(escrow), type(uint256).max);
        IApprovable(address(token)).approve(address(pool), type(uint256).max);
        IApprovable(address(stakeToken)).approve(address(pool), type(uint256).max);
        vm.stopPrank();
    }

    function pass(uint256 duration) internal {
        vm.warp(vm.getBlockTimestamp() + duration);
    }

    // ------------------------------------------------------------------------------------------------ Arbitrators

    function register(address account) internal {
        fund(account);
        vm.prank(account);
        pool.register(STAKE);
    }

    function arbitrator(uint256 number) internal returns (address) {
        return makeAddr(string.concat("arbitrator ", vm.toString(number)));
    }

    /// As many arbitrators who can be drawn from now on.
    function arbitrators(uint256 count) internal {
        for (uint256 i; i < count; ++i) {
            register(arbitrator(i));
        }
        pass(7 days);
        for (uint256 i; i < count; ++i) {
            pool.activate(arbitrator(i));
        }
    }

    // ------------------------------------------------------------------------------------------------------ Cases

    function createOrder(address from, address to) internal returns (bytes32 id) {
        return createOrder(from, to, AMOUNT);
    }

    function createOrder(address from, address to, uint96 amount) internal returns (bytes32 id) {
        IP2PEscrow.OrderParams memory params = IP2PEscrow.OrderParams({
            seller: to,
            tokenId: 1,
            token: address(token),
            amount: amount,
            confirmHours: 24,
            releaseHours: 72,
            termsHash: 0,
            productHash: 0,
            buyerKeyHash: 0,
            salt: bytes32(++_orders)
        });
        vm.prank(from);
        return escrow.createOrder(params);
    }

    function openCase() internal returns (bytes32 id) {
        return openCase(AMOUNT);
    }

    function openCase(uint96 amount) internal returns (bytes32 id) {
        id = createOrder(buyer, seller, amount);
        vm.prank(buyer);
        escrow.openDispute(id, 0);
    }

    function statusOf(bytes32 id) internal view returns (IArbitratorPool.CaseStatus) {
        return pool.cases(id).status;
    }

    function holderOf(bytes32 id) internal view returns (address) {
        return pool.cases(id).arbitrator;
    }

    /// Signs the round of the queue's head, lets its time come and draws for as many cases as wait for it.
    function draw() internal {
        (,, uint64 round, uint256 roundTime,) = pool.nextDraw();
        if (vm.getBlockTimestamp() < roundTime) vm.warp(roundTime);
        vm.prank(keeper);
        pool.draw(BlsSigner.sign(SECRET, round), type(uint256).max);
    }

    function openDrawnCase() internal returns (bytes32 id) {
        id = openCase();
        draw();
        require(statusOf(id) == IArbitratorPool.CaseStatus.Drawn, "nobody was drawn");
    }

    function rule(bytes32 id, Ruling ruling) internal {
        vm.prank(holderOf(id));
        pool.resolveDispute(id, ruling, REASON);
    }

    function openRuledCase(Ruling ruling) internal returns (bytes32 id) {
        id = openDrawnCase();
        pass(24 hours);
        rule(id, ruling);
    }

    function openAppealedCase(Ruling ruling) internal returns (bytes32 id) {
        id = openRuledCase(ruling);
        vm.prank(ruling == Ruling.Buyer ? seller : buyer);
        pool.appeal(id);
    }

    function openSeatedCase(Ruling ruling) internal returns (bytes32 id) {
        id = openAppealedCase(ruling);
        draw();
        require(statusOf(id) == IArbitratorPool.CaseStatus.PanelSeated, "no panel was drawn");
    }

    /// How many events of a kind are among those that were recorded.
    function recorded(bytes32 topic) internal returns (uint256 count) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] == topic) ++count;
        }
    }

    function panelist(bytes32 id, uint256 seat) internal view returns (address) {
        return pool.appeals(id).seats[seat].panelist;
    }

    function commit(bytes32 id, uint256 seat, Ruling vote) internal {
        address voter = panelist(id, seat);
        bytes32 commitment = pool.voteCommitment(id, voter, vote, bytes32(seat));
        vm.prank(voter);
        pool.commitVote(id, commitment);
    }

    function reveal(bytes32 id, uint256 seat, Ruling vote) internal {
        vm.prank(panelist(id, seat));
        pool.revealVote(id, vote, bytes32(seat));
    }
}
