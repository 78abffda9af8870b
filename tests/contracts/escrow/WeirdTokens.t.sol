// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {StandardToken} from "../../../contracts/mocks/StandardToken.sol";
import {TetherLike} from "../../../contracts/mocks/TetherLike.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {FalseToken, LyingToken, RebasingToken, RefusingToken, SilentToken} from "../support/Tokens.sol";

interface IMintable {
    function mint(address to, uint256 value) external;
    function approve(address spender, uint256 value) external;
    function balanceOf(address owner) external view returns (uint256);
}

contract WeirdTokensTest is EscrowTest {
    IMintable private weird;

    // ------------------------------------------------------------------------------------------------------- Decimals

    function test_tokens_ofAnyDecimals() public {
        uint8[5] memory decimals = [0, 2, 6, 18, 27];
        for (uint256 i; i < decimals.length; ++i) {
            _list(address(new StandardToken(decimals[i])), 79);
            uint256 unit = 10 ** decimals[i];
            bytes32 id = _create(uint96(79 * unit));
            vm.prank(seller);
            escrow.sellerConfirmDelivery(id, 0);
            vm.prank(buyer);
            escrow.openDispute(id, 0);
            vm.assertEq(weird.balanceOf(address(escrow)), 79 * unit + 5 * unit, "amount and fee");

            vm.warp(block.timestamp + 91 days);
            escrow.forceStalemate(id);
            vm.assertEq(weird.balanceOf(seller), 79 * unit / 2, "lower half");
            vm.assertEq(weird.balanceOf(buyer), 1000 * unit - 79 * unit / 2, "upper half and fee");
            vm.assertEq(weird.balanceOf(address(escrow)), 0, "all out");
        }
    }

    // ------------------------------------------------------------------------------------------------ Other manners

    function test_tokens_thatAnswerNothing() public {
        _list(address(new SilentToken(6)), 10_000);
        bytes32 id = _create(AMOUNT);
        vm.prank(buyer);
        escrow.buyerConfirmReceived(id);
        vm.assertEq(weird.balanceOf(seller), AMOUNT);
    }

    function test_tokens_thatSayFalse() public {
        FalseToken token_ = new FalseToken();
        _list(address(token_), 10_000);
        bytes32 id = _create(AMOUNT);
        token_.setRefusing(true);
        _createReverts();
        vm.prank(buyer);
        escrow.buyerConfirmReceived(id);
        _isDeferred(id, seller, AMOUNT);

        vm.prank(seller);
        vm.expectRevert();
        escrow.withdraw(address(token_), seller);
        token_.setRefusing(false);
        vm.prank(seller);
        escrow.withdraw(address(token_), seller);
        vm.assertEq(weird.balanceOf(seller), AMOUNT);
    }

    function test_tokens_thatRefuseInAnyManner() public {
        RefusingToken token_ = new RefusingToken();
        _list(address(token_), 10_000);
        RefusingToken.Manner[4] memory manners = [
            RefusingToken.Manner.Revert,
            RefusingToken.Manner.Burn,
            RefusingToken.Manner.RevertLong,
            RefusingToken.Manner.AnswerTwo
        ];
        for (uint256 i; i < manners.length; ++i) {
            token_.setManner(RefusingToken.Manner.Accept);
            bytes32 id = _create(AMOUNT);
            token_.setManner(manners[i]);
            vm.prank(buyer);
            escrow.buyerConfirmReceived{gas: 4_000_000}(id);
            assertStatus(id, IP2PEscrow.Status.Completed);
            vm.assertEq(escrow.withdrawable(address(token_), seller), (i + 1) * uint256(AMOUNT), "deferred");
        }
    }

    function test_tokens_thatAnswerTooMuch() public {
        RefusingToken token_ = new RefusingToken();
        _list(address(token_), 10_000);
        bytes32 id = _create(AMOUNT);
        token_.setManner(RefusingToken.Manner.AnswerLong);
        vm.prank(buyer);
        escrow.buyerConfirmReceived{gas: 4_000_000}(id);
        vm.assertEq(weird.balanceOf(seller), AMOUNT, "paid");
        vm.assertEq(escrow.withdrawable(address(token_), seller), 0, "and not twice");
    }

    function test_tokens_thatTakeAFee() public {
        TetherLike token_ = new TetherLike(6);
        _list(address(token_), 10_000);
        token_.setFees(1, 1e12);
        IP2PEscrow.OrderParams memory p = _params(AMOUNT);
        vm.prank(buyer);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InexactTransfer.selector, AMOUNT, AMOUNT - AMOUNT / 10_000));
        escrow.createOrder(p);

        token_.setFees(0, 0);
        bytes32 id = _create(AMOUNT);
        token_.setFees(1, 1e12);
        vm.prank(buyer);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InexactTransfer.selector, FEE, FEE - FEE / 10_000));
        escrow.openDispute(id, 0);
    }

    function test_tokens_thatLie() public {
        LyingToken token_ = new LyingToken();
        _list(address(token_), 10_000);
        int256[3] memory errors = [-int256(uint256(AMOUNT)), -1, 1];
        for (uint256 i; i < errors.length; ++i) {
            token_.setMistake(errors[i]);
            IP2PEscrow.OrderParams memory p = _params(AMOUNT);
            vm.prank(buyer);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IP2PEscrow.InexactTransfer.selector, AMOUNT, uint256(int256(uint256(AMOUNT)) + errors[i])
                )
            );
            escrow.createOrder(p);
        }
    }

    function test_tokens_thatRebase() public {
        RebasingToken token_ = new RebasingToken();
        _list(address(token_), 10_000);
        _create(uint96(100 * UNIT));
        IP2PEscrow.OrderParams memory p = _params(uint96(100 * UNIT));
        // Up, then down: the escrow's own balance changes under the transfer.
        token_.setNext(200);
        vm.prank(buyer);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InexactTransfer.selector, 100 * UNIT, 200 * UNIT));
        escrow.createOrder(p);
        token_.setNext(1);
        vm.prank(buyer);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InexactTransfer.selector, 100 * UNIT, UNIT));
        escrow.createOrder(p);
    }

    /// The balance falls under the transfer: the difference is no huge number.
    function test_tokens_thatShrinkWhatIsThere() public {
        RebasingToken token_ = new RebasingToken();
        _list(address(token_), 10_000);
        weird.mint(address(escrow), 1_000_000 * UNIT);
        IP2PEscrow.OrderParams memory p = _params(uint96(10 * UNIT));
        token_.setNext(50);
        vm.prank(buyer);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InexactTransfer.selector, 10 * UNIT, 0));
        escrow.createOrder(p);
    }

    function test_tokens_thatPause() public {
        TetherLike token_ = new TetherLike(6);
        _list(address(token_), 10_000);
        bytes32 id = _create(AMOUNT);
        vm.prank(seller);
        escrow.sellerConfirmDelivery(id, 0);
        token_.setPaused(true);
        _createReverts();
        vm.warp(NOW + 73 hours);
        escrow.releaseOrder(id);
        _isDeferred(id, seller, AMOUNT);
    }

    /// A payee on a blacklist keeps nobody else from being paid.
    function test_tokens_thatBlacklistOneSide() public {
        TetherLike token_ = new TetherLike(6);
        _list(address(token_), 10_000);
        weird.mint(seller, FUNDS);
        vm.prank(seller);
        weird.approve(address(escrow), type(uint256).max);
        for (uint256 i; i < 2; ++i) {
            address refused = [buyer, seller][i];
            bytes32 id = _create(AMOUNT);
            vm.prank(seller);
            escrow.openDispute(id, 0);
            uint256 buyerBefore = weird.balanceOf(buyer);
            uint256 sellerBefore = weird.balanceOf(seller);
            token_.setBlackListed(refused, true);
            vm.warp(block.timestamp + 91 days);
            escrow.forceStalemate(id);
            token_.setBlackListed(refused, false);

            uint256 half = AMOUNT / 2;
            assertStatus(id, IP2PEscrow.Status.Stalemate);
            vm.assertEq(weird.balanceOf(buyer), buyerBefore + (refused == buyer ? 0 : half + 1), "buyer");
            vm.assertEq(weird.balanceOf(seller), sellerBefore + (refused == seller ? 0 : half + FEE), "seller");
            vm.assertEq(
                escrow.withdrawable(address(token_), refused), refused == buyer ? half + 1 : half + FEE, "deferred"
            );
        }
    }

    /// The token is gone altogether.
    function test_tokens_thatVanish() public {
        _list(address(new SilentToken(6)), 10_000);
        bytes32 id = _create(AMOUNT);
        vm.etch(address(weird), "");
        vm.prank(buyer);
        escrow.buyerConfirmReceived(id);
        assertStatus(id, IP2PEscrow.Status.Completed);
        vm.assertEq(escrow.withdrawable(address(weird), seller), AMOUNT, "deferred");
    }

    // ----------------------------------------------------------------------------------------------------------- Gas

    /// With whatever gas a caller comes: a healthy payment is made, or nothing at all happened.
    function test_pay_neverDefersForLackOfGas(uint256 gas_) public {
        bytes32 id = aConfirmed();
        gas_ = bound(gas_, 30_000, 500_000);
        vm.prank(buyer);
        (bool ok,) = address(escrow).call{gas: gas_}(abi.encodeCall(escrow.buyerConfirmReceived, (id)));

        vm.assertEq(escrow.withdrawable(address(token), seller), 0, "deferred");
        vm.assertEq(token.balanceOf(seller), FUNDS + (ok ? AMOUNT : 0), "paid");
        assertStatus(id, ok ? IP2PEscrow.Status.Completed : IP2PEscrow.Status.SellerConfirmed);
        if (gas_ < 300_000) vm.assertFalse(ok, "too little");
        if (gas_ > 340_000) vm.assertTrue(ok, "enough");
    }

    function test_pay_revertsWithTooLittleGas() public {
        bytes32 id = aConfirmed();
        vm.prank(buyer);
        vm.expectPartialRevert(IP2PEscrow.TooLittleGas.selector);
        escrow.buyerConfirmReceived{gas: 300_000}(id);
    }

    /// Each payment of a call has its own 300,000.
    function test_pay_asksForGasBeforeEveryPayment() public {
        bytes32 id = aDisputed();
        vm.warp(NOW + 91 days);
        for (uint256 gas_ = 280_000; gas_ < 520_000; gas_ += 2_500) {
            uint256 snapshot = vm.snapshotState();
            (bool ok,) = address(escrow).call{gas: gas_}(abi.encodeCall(escrow.forceStalemate, (id)));
            vm.assertEq(token.balanceOf(seller), FUNDS + (ok ? AMOUNT / 2 : 0), "seller");
            vm.assertEq(token.balanceOf(address(escrow)), ok ? 0 : AMOUNT + FEE, "escrow");
            vm.revertToState(snapshot);
        }
    }

    // --------------------------------------------------------------------------------------------------------- Helpers

    function _list(address token_, uint24 maxAmountWhole) private {
        weird = IMintable(token_);
        vm.prank(owner);
        tokenId = escrow.listToken(token_, 5, 5, maxAmountWhole);
        weird.mint(buyer, 1000 * 10 ** escrow.token(tokenId).decimals);
        weird.mint(buyer, maxAmountWhole == 79 ? 0 : FUNDS);
        vm.prank(buyer);
        weird.approve(address(escrow), type(uint256).max);
    }

    function _params(uint96 amount) private returns (IP2PEscrow.OrderParams memory p) {
        p = params();
        p.token = address(weird);
        p.amount = amount;
    }

    function _create(uint96 amount) private returns (bytes32) {
        return create(_params(amount));
    }

    function _createReverts() private {
        IP2PEscrow.OrderParams memory p = _params(AMOUNT);
        vm.prank(buyer);
        vm.expectRevert();
        escrow.createOrder(p);
    }

    function _isDeferred(bytes32 id, address payee, uint256 amount) private view {
        assertStatus(id, IP2PEscrow.Status.Completed);
        vm.assertEq(weird.balanceOf(payee), 0, "not paid");
        vm.assertEq(escrow.withdrawable(address(weird), payee), amount, "deferred");
    }
}
