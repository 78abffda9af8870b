// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IArbitratorPool} from "../../../contracts/interfaces/IArbitratorPool.sol";
import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {Ruling} from "../../../contracts/interfaces/Ruling.sol";
import {StandardToken} from "../../../contracts/mocks/StandardToken.sol";
import {TetherLike} from "../../../contracts/mocks/TetherLike.sol";
import {IApprovable, PoolTest} from "../support/PoolTest.sol";
import {FalseToken, LyingToken, RebasingToken, RefusingToken, SilentToken} from "../support/Tokens.sol";

/// @notice Stakes and deposits in tokens that behave badly.
contract WeirdTokensTest is PoolTest {
    /// Another pool, with its escrow, whose stakes and orders are in these tokens.
    function open(address stakeToken_, address token_) private {
        open(stakeToken_, token_, STAKE, 10_000);
    }

    function open(address stakeToken_, address token_, uint256 minimumStake) private {
        open(stakeToken_, token_, minimumStake, 10_000);
    }

    function open(address stakeToken_, address token_, uint256 minimumStake, uint24 maxAmount) private {
        IArbitratorPool.Parameters memory p = defaults();
        p.stakeToken = stakeToken_;
        p.minimumStake = uint96(minimumStake);
        pool = deployPool(p);
        escrow = IP2PEscrow(deploy("P2PEscrow.sol:P2PEscrow", abi.encode(pool, address(this))));
        pool.link(address(escrow));
        escrow.listToken(token_, 5, 5, maxAmount);
        // Every token of these tests mints and approves alike.
        stakeToken = StandardToken(stakeToken_);
        token = StandardToken(token_);
        fund(buyer);
        fund(seller);
    }

    function joins(uint256 amount) private {
        vm.prank(buyer);
        pool.register(amount);
    }

    function expectInexact(uint256 expected, uint256 received) private {
        vm.expectRevert(abi.encodeWithSelector(IArbitratorPool.InexactTransfer.selector, expected, received));
    }

    function expectFailed(address token_) private {
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, token_));
    }

    // ---------------------------------------------------------------------------------------------------- Decimals

    /// Damages are 2 F of the order's token in units of the stake token: here 10 of the arbitrator's 500.
    function test_tokens_ofAnyDecimals() public {
        uint8[4] memory orders = [0, 6, 18, 27];
        uint8[4] memory stakes = [18, 0, 22, 6];
        for (uint256 i; i < 4; ++i) {
            uint256 unit = 10 ** stakes[i];
            uint256 fee = 5 * 10 ** orders[i];
            open(address(new StandardToken(stakes[i])), address(new StandardToken(orders[i])), 500 * unit, 79);
            for (uint256 j; j < 6; ++j) {
                stakeToken.mint(arbitrator(j), 500 * unit);
                vm.startPrank(arbitrator(j));
                IApprovable(address(stakeToken)).approve(address(pool), type(uint256).max);
                pool.register(500 * unit);
                vm.stopPrank();
            }
            token.mint(buyer, 100 * 10 ** orders[i]);
            pass(7 days);
            for (uint256 j; j < 6; ++j) {
                pool.activate(arbitrator(j));
            }

            bytes32 id = overturned(uint96(20 * 10 ** orders[i]));

            vm.assertEq(pool.balances(address(stakeToken), buyer), 10 * unit, "damages");
            vm.assertEq(pool.arbitrators(holderOf(id)).stake, 490 * unit, "the rest of the stake");
            vm.assertEq(pool.balances(address(token), buyer), 2 * fee, "two thirds of the deposit");
            vm.assertEq(escrow.withdrawable(address(token), buyer), fee, "the fee");
            vm.assertEq(token.balanceOf(address(pool)), 3 * fee, "deposit");
            vm.assertEq(stakeToken.balanceOf(address(pool)), 3_000 * unit, "stakes and damages");
        }
    }

    function overturned(uint96 amount) private returns (bytes32 id) {
        IP2PEscrow.OrderParams memory p = IP2PEscrow.OrderParams({
            seller: seller,
            tokenId: 1,
            token: address(token),
            amount: amount,
            confirmHours: 24,
            releaseHours: 72,
            termsHash: 0,
            productHash: 0,
            buyerKeyHash: 0,
            salt: 0
        });
        vm.startPrank(buyer);
        id = escrow.createOrder(p);
        escrow.openDispute(id, 0);
        vm.stopPrank();
        draw();
        pass(24 hours);
        rule(id, Ruling.Seller);
        vm.prank(buyer);
        pool.appeal(id);
        draw();
        for (uint256 i; i < 3; ++i) {
            commit(id, i, Ruling.Buyer);
        }
        pass(48 hours + 1);
        for (uint256 i; i < 3; ++i) {
            reveal(id, i, Ruling.Buyer);
        }
        pass(24 hours);
        pool.finalise(id);
    }

    function deployOutside(IArbitratorPool.Parameters calldata parameters) external returns (IArbitratorPool) {
        return deployPool(parameters);
    }

    /// A stake is one word with 96 bits for the amount.
    function test_stakeToken_hasAtMost22Decimals() public {
        IArbitratorPool.Parameters memory p = defaults();
        p.stakeToken = address(new StandardToken(23));
        vm.expectRevert(
            abi.encodeWithSelector(
                IArbitratorPool.OutOfBounds.selector, "stake token decimals", uint256(23), uint256(0), uint256(22)
            )
        );
        this.deployOutside(p);
    }

    // ------------------------------------------------------------------------------------------------ Other manners

    function test_tokens_thatAnswerNothing() public {
        open(address(new SilentToken(18)), address(new SilentToken(6)));
        joins(STAKE);
        vm.startPrank(buyer);
        pool.addStake(7);
        pool.requestExit();
        pass(14 days);
        uint256 before = stakeToken.balanceOf(keeper);
        pool.withdrawStake(keeper);
        vm.stopPrank();
        vm.assertEq(stakeToken.balanceOf(keeper), before + STAKE + 7);
        vm.assertEq(stakeToken.balanceOf(address(pool)), 0);
    }

    function test_tokens_thatSayFalse() public {
        FalseToken refusing = new FalseToken();
        open(address(refusing), address(new StandardToken(6)), 500e6);
        refusing.setRefusing(true);
        expectFailed(address(refusing));
        joins(500e6);

        refusing.setRefusing(false);
        joins(500e6);
        vm.prank(buyer);
        pool.requestExit();
        pass(14 days);
        refusing.setRefusing(true);
        expectFailed(address(refusing));
        vm.prank(buyer);
        pool.withdrawStake(buyer);
        vm.assertEq(pool.arbitrators(buyer).stake, 500e6, "the stake is still there");
    }

    function test_tokens_thatTakeAFee() public {
        TetherLike taking = new TetherLike(18);
        open(address(taking), address(new StandardToken(6)));
        taking.setFees(100, type(uint256).max);
        expectInexact(STAKE, STAKE * 99 / 100);
        joins(STAKE);

        taking.setFees(0, 0);
        joins(STAKE);
        taking.setFees(100, type(uint256).max);
        expectInexact(1e18, 99e16);
        vm.prank(buyer);
        pool.addStake(1e18);
    }

    /// The deposit of an appeal, in the order's token.
    function test_appeal_revertsIfTheDepositDoesNotArriveWhole() public {
        TetherLike taking = new TetherLike(6);
        open(address(new StandardToken(18)), address(taking));
        arbitrators(1);
        bytes32 id = openRuledCase(Ruling.Seller);
        taking.setFees(100, type(uint256).max);
        expectInexact(3 * FEE, 3 * FEE * 99 / 100);
        vm.prank(buyer);
        pool.appeal(id);
        vm.assertEq(uint256(statusOf(id)), uint256(IArbitratorPool.CaseStatus.Ruled));
    }

    function test_tokens_thatLie() public {
        LyingToken lying = new LyingToken();
        open(address(lying), address(new StandardToken(6)), 500e6);
        int256[3] memory mistakes = [-int256(500e6), -1, int256(1)];
        for (uint256 i; i < 3; ++i) {
            lying.setMistake(mistakes[i]);
            expectInexact(500e6, uint256(int256(500e6) + mistakes[i]));
            joins(500e6);
        }
    }

    function test_tokens_thatRebase() public {
        RebasingToken rebasing = new RebasingToken();
        open(address(rebasing), address(new StandardToken(6)), 500e6);
        register(keeper, 500e6);
        // Doubles what is there while the stake arrives, then takes half of it away.
        rebasing.setNext(200);
        expectInexact(500e6, 1_000e6);
        joins(500e6);
        rebasing.setNext(1);
        expectInexact(500e6, 5e6);
        joins(500e6);
    }

    function register(address account, uint256 amount) private {
        fund(account);
        vm.prank(account);
        pool.register(amount);
    }

    /// What is there shrinks by more than what arrives: the difference is no huge number.
    function test_tokens_thatShrinkWhatIsThere() public {
        RebasingToken rebasing = new RebasingToken();
        open(address(rebasing), address(new StandardToken(6)), 500e6);
        register(keeper, 100_000e6);
        rebasing.setNext(50);
        expectInexact(500e6, 0);
        joins(500e6);
    }

    /// A token that stands still delays its own payments and nothing else.
    function test_tokens_thatPause() public {
        TetherLike pausing = new TetherLike(18);
        open(address(pausing), address(new StandardToken(6)));
        arbitrators(1);
        bytes32 id = openDrawnCase();
        pausing.setPaused(true);
        pass(72 hours + 1);
        pool.replaceArbitrator(id);
        vm.warp(uint256(pool.cases(id).openedAt) + 30 days + 1);
        pool.breakStalemate(id);
        vm.assertEq(pool.balances(address(pausing), buyer), 25e18);
        vm.expectRevert(TetherLike.Paused.selector);
        vm.prank(buyer);
        pool.withdraw(address(pausing), buyer);

        pausing.setPaused(false);
        uint256 before = pausing.balanceOf(buyer);
        vm.prank(buyer);
        pool.withdraw(address(pausing), buyer);
        vm.assertEq(pausing.balanceOf(buyer), before + 25e18);
    }

    /// A payee on a blacklist blocks nobody, and is paid elsewhere.
    function test_tokens_thatBlacklistAPayee() public {
        TetherLike listing = new TetherLike(18);
        open(address(listing), address(new StandardToken(6)));
        arbitrators(1);
        bytes32 id = openDrawnCase();
        address silent = holderOf(id);
        listing.setBlackListed(buyer, true);
        listing.setBlackListed(silent, true);
        pass(72 hours + 1);
        pool.replaceArbitrator(id);
        vm.warp(uint256(pool.cases(id).openedAt) + 30 days + 1);
        pool.breakStalemate(id);
        vm.assertEq(uint256(escrow.orders(id).status), uint256(IP2PEscrow.Status.Stalemate));

        vm.expectRevert(abi.encodeWithSelector(TetherLike.BlackListed.selector, buyer));
        vm.prank(buyer);
        pool.withdraw(address(listing), buyer);
        vm.prank(buyer);
        pool.withdraw(address(listing), keeper);
        vm.assertEq(listing.balanceOf(keeper), 25e18);

        pool.skip(1);
        vm.startPrank(silent);
        pool.requestExit();
        pass(14 days);
        vm.expectRevert(abi.encodeWithSelector(TetherLike.BlackListed.selector, silent));
        pool.withdrawStake(silent);
        pool.withdrawStake(keeper);
        vm.stopPrank();
        vm.assertEq(listing.balanceOf(keeper), 25e18 + 450e18);
    }

    /// Reverts plainly, with all gas, with too long an answer, or says something else than yes.
    function test_tokens_thatRefuseInAnyManner() public {
        RefusingToken refusing = new RefusingToken();
        open(address(refusing), address(new StandardToken(6)), 500e6);
        joins(500e6);
        vm.prank(buyer);
        pool.requestExit();
        pass(14 days);
        RefusingToken.Manner[4] memory manners = [
            RefusingToken.Manner.Revert,
            RefusingToken.Manner.Burn,
            RefusingToken.Manner.RevertLong,
            RefusingToken.Manner.AnswerTwo
        ];
        for (uint256 i; i < 4; ++i) {
            refusing.setManner(manners[i]);
            vm.prank(buyer);
            (bool success,) =
                address(pool).call{gas: 3_000_000}(abi.encodeCall(pool.withdrawStake, (keeper)));
            vm.assertFalse(success);
            vm.assertEq(pool.arbitrators(buyer).stake, 500e6);
        }
        refusing.setManner(RefusingToken.Manner.AnswerLong);
        vm.prank(buyer);
        pool.withdrawStake(keeper);
        vm.assertEq(refusing.balanceOf(keeper), 500e6);
    }
}
