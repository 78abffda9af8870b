// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {EscrowTest, IEscrow} from "../support/EscrowTest.sol";
import {BrokenWallet, ContractWallet, PlainDelegate} from "../support/Wallets.sol";

contract SettleTest is EscrowTest {
    uint256 private constant SHARE = 1_000_000_001;

    // -------------------------------------------------------------------------------------------------------- Reverts

    function test_settle_revertsUnlessLive() public {
        bytes32[2] memory ids = [bytes32(0), anEnded()];
        for (uint256 i; i < ids.length; ++i) {
            IP2PEscrow.Status current = statusOf(ids[i]);
            expectWrongStatus(ids[i], current);
            vm.prank(buyer);
            escrow.settle(ids[i], 0, 0, NOW, "");
        }
    }

    function test_settle_revertsIfNotParty() public {
        bytes32 id = aCreated();
        bytes memory signature = sign(sellerKey, _digest(id, SHARE, 0, NOW));
        vm.prank(stranger);
        expectNotParty(id, stranger);
        escrow.settle(id, SHARE, 0, NOW, signature);
    }

    function test_settle_revertsIfTheBuyerGotMoreThanThereIs() public {
        bytes32 id = aCreated();
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InvalidSplit.selector, id, uint256(AMOUNT) + 1, AMOUNT));
        vm.prank(buyer);
        escrow.settle(id, uint256(AMOUNT) + 1, 0, NOW, "");
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InvalidSplit.selector, id, uint256(AMOUNT) + 1, AMOUNT));
        escrow.settlementDigest(id, uint256(AMOUNT) + 1, 0, NOW);
    }

    function test_settle_revertsASecondAfterTheSignaturesDeadline() public {
        bytes32 id = aCreated();
        bytes memory signature = sign(sellerKey, _digest(id, SHARE, 0, NOW + 100));
        vm.warp(NOW + 101);
        vm.prank(buyer);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.TooLate.selector, id, NOW + 100));
        escrow.settle(id, SHARE, 0, NOW + 100, signature);

        vm.warp(NOW + 100);
        vm.prank(buyer);
        escrow.settle(id, SHARE, 0, NOW + 100, signature);
    }

    function test_settle_revertsWithAnotherNonce() public {
        bytes32 id = aCreated();
        bytes memory signature = sign(sellerKey, _digest(id, SHARE, 1, NOW));
        vm.prank(buyer);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InvalidNonce.selector, seller, 1, 0));
        escrow.settle(id, SHARE, 1, NOW, signature);
    }

    function test_settle_revertsAfterARevocation() public {
        bytes32 id = aCreated();
        bytes memory signature = sign(sellerKey, _digest(id, SHARE, 0, NOW));
        vm.prank(seller);
        escrow.revokeSettlements();
        vm.prank(buyer);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InvalidNonce.selector, seller, 0, 1));
        escrow.settle(id, SHARE, 0, NOW, signature);

        // A revocation of the caller's own signatures takes back nothing of the other side's.
        signature = sign(sellerKey, _digest(id, SHARE, 1, NOW));
        vm.prank(buyer);
        escrow.revokeSettlements();
        vm.prank(buyer);
        escrow.settle(id, SHARE, 1, NOW, signature);
    }

    /// Some tokens refuse to move nothing, and a deferred payment of nothing would be an entry that no one can withdraw.
    function test_settle_asksTheTokenForNoEmptyTransfer() public {
        bytes32 id = aCreated();
        bytes memory signature = sign(sellerKey, _digest(id, AMOUNT, 0, NOW));
        vm.expectCall(address(token), abi.encodeCall(token.transfer, (seller, 0)), 0);
        vm.prank(buyer);
        escrow.settle(id, AMOUNT, 0, NOW, signature);
    }

    function test_settle_revertsWithTheCallersOwnSignature() public {
        bytes32 id = aCreated();
        _refuses(id, buyer, sign(buyerKey, _digest(id, SHARE, 0, NOW)));
        _refuses(id, seller, sign(sellerKey, _digest(id, SHARE, 0, NOW)));
        _refuses(id, buyer, sign(strangerKey, _digest(id, SHARE, 0, NOW)));
    }

    function test_settle_revertsIfAnythingElseWasSigned() public {
        bytes32 id = aCreated();
        bytes32 other = aCreated();
        _refuses(id, buyer, sign(sellerKey, _digest(other, SHARE, 0, NOW)));
        _refuses(id, buyer, sign(sellerKey, _digest(id, SHARE - 1, 0, NOW)));
        _refuses(id, buyer, sign(sellerKey, _digest(id, SHARE, 0, NOW + 1)));
        _refuses(id, buyer, sign(sellerKey, _digest(id, SHARE, 1, NOW)));
    }

    function test_settle_revertsWithASignatureForAnotherStatus() public {
        bytes32 id = aCreated();
        bytes memory signature = sign(sellerKey, _digest(id, SHARE, 0, NOW));
        vm.prank(seller);
        escrow.sellerConfirmDelivery(id, 0);
        _refuses(id, buyer, signature);

        signature = sign(sellerKey, _digest(id, SHARE, 0, NOW));
        vm.prank(buyer);
        escrow.openDispute(id, 0);
        _refuses(id, buyer, signature);
    }

    function test_settle_revertsWithASignatureForAnotherStageOfTheCase() public {
        bytes32 id = aDisputed();
        bytes memory signature = sign(sellerKey, _digest(id, SHARE, 0, NOW));
        pool.setStage(id, 1);
        _refuses(id, buyer, signature);
        pool.setStage(id, 0);
        vm.prank(buyer);
        escrow.settle(id, SHARE, 0, NOW, signature);
    }

    function test_settle_revertsWithASignatureForAnotherEscrow() public {
        IEscrow twin = deployEscrow(pool, owner);
        bytes32 id = aCreated();
        bytes32 digest = _digestIn(address(twin), block.chainid, id, SHARE, 0, NOW);
        _refuses(id, buyer, sign(sellerKey, digest));
    }

    function test_settle_revertsWithASignatureForAnotherChain() public {
        bytes32 id = aCreated();
        bytes memory signature = sign(sellerKey, _digest(id, SHARE, 0, NOW));
        _refuses(id, buyer, sign(sellerKey, _digestIn(address(escrow), block.chainid + 1, id, SHARE, 0, NOW)));
        // The chain splits: what was signed for the one is nothing on the other.
        vm.chainId(block.chainid + 1);
        _refuses(id, buyer, signature);
    }

    function test_settle_revertsWithAMalformedSignature() public {
        bytes32 id = aCreated();
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(sellerKey, _digest(id, SHARE, 0, NOW));
        _refuses(id, buyer, "");
        _refuses(id, buyer, abi.encodePacked(r, s));
        _refuses(id, buyer, abi.encodePacked(r, s, v, uint8(0)));
        _refuses(id, buyer, abi.encodePacked(r, s, uint8(0)));
        _refuses(id, buyer, abi.encodePacked(bytes32(0), bytes32(0), v));
        // The other of the two values of s that fit.
        bytes32 high = bytes32(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141 - uint256(s));
        _refuses(id, buyer, abi.encodePacked(r, high, v == 27 ? uint8(28) : uint8(27)));
    }

    function test_settle_isNotReplayedOnceDone() public {
        bytes32 id = aCreated();
        bytes memory signature = sign(sellerKey, _digest(id, SHARE, 0, NOW));
        vm.prank(buyer);
        escrow.settle(id, SHARE, 0, NOW, signature);
        expectWrongStatus(id, IP2PEscrow.Status.Settled);
        vm.prank(buyer);
        escrow.settle(id, SHARE, 0, NOW, signature);
    }

    // --------------------------------------------------------------------------------------------------------- Effects

    function test_settle_splitsFromEveryLiveStateForEitherCaller(uint256 kind, bool byBuyer, uint256 share) public {
        bytes32 id = live(
            [IP2PEscrow.Status.Created, IP2PEscrow.Status.SellerConfirmed, IP2PEscrow.Status.Disputed][bound(kind, 0, 2)]
        );
        share = bound(share, 0, AMOUNT);
        IP2PEscrow.Order memory order = escrow.orders(id);
        bool disputed = order.status == IP2PEscrow.Status.Disputed;
        Balances memory before = balances();
        bytes memory signature = sign(byBuyer ? sellerKey : buyerKey, _digest(id, share, 0, NOW));

        vm.expectEmit(address(escrow));
        emit IP2PEscrow.OrderSettled(id, byBuyer ? buyer : seller, share, AMOUNT - share);
        if (disputed) {
            vm.expectEmit(address(escrow));
            emit IP2PEscrow.DisputeClosed(id, buyer, address(0), FEE, 0);
        }
        vm.prank(byBuyer ? buyer : seller);
        escrow.settle(id, share, 0, NOW, signature);

        assertStatus(id, IP2PEscrow.Status.Settled);
        assertSameTerms(order, id);
        int256 fee = disputed ? int256(FEE) : int256(0);
        assertMoved(before, -int96(AMOUNT) - fee, int256(share) + fee, int256(AMOUNT - share));
        vm.assertEq(escrow.nonces(buyer) + escrow.nonces(seller), 0, "settling uses no nonce up");
    }

    function test_settle_paysTheArbitratorWhatItEarned() public {
        bytes32 id = aDisputed(seller);
        pool.setAnswer(id, arbitrator, false);
        Balances memory before = balances();
        bytes memory signature = sign(buyerKey, _digest(id, SHARE, 0, NOW));
        vm.expectEmit(address(escrow));
        emit IP2PEscrow.DisputeClosed(id, seller, arbitrator, FEE - 5 * UNIT, 5 * UNIT);
        vm.prank(seller);
        escrow.settle(id, SHARE, 0, NOW, signature);
        assertMoved(
            before,
            -int256(AMOUNT + FEE - 5 * UNIT),
            int256(SHARE),
            int256(AMOUNT - SHARE + FEE - 5 * UNIT)
        );
        vm.assertEq(escrow.withdrawable(address(token), arbitrator), 5 * UNIT);
    }

    function test_settle_digestIsWhatTheOtherSideSigns() public {
        bytes32 id = aDisputed();
        pool.setStage(id, 77);
        vm.assertEq(escrow.settlementDigest(id, SHARE, 3, NOW), _digest(id, SHARE, 3, NOW));
    }

    /// Without a dispute there is no case: the pool is not asked, and cannot keep two who agree from parting.
    function test_settle_ofAnUndisputedOrderAsksThePoolNothing() public {
        bytes32 id = aConfirmed();
        pool.setStage(id, 7);
        pool.setHostile(true);
        bytes32 digest = escrow.settlementDigest(id, SHARE, 0, NOW);
        vm.prank(buyer);
        escrow.settle(id, SHARE, 0, NOW, sign(sellerKey, digest));
        assertStatus(id, IP2PEscrow.Status.Settled);
    }

    // -------------------------------------------------------------------------------------------------------- Accounts

    function test_settle_takesTheWordOfAContractWallet() public {
        ContractWallet wallet = new ContractWallet();
        bytes32 id = _orderFrom(address(wallet));
        _refuses(id, buyer, "");
        wallet.approve(_digest(id, SHARE, 0, NOW));
        vm.prank(buyer);
        escrow.settle(id, SHARE, 0, NOW, "");
        vm.assertEq(token.balanceOf(address(wallet)), AMOUNT - SHARE);
    }

    function test_settle_letsAContractWalletCall() public {
        ContractWallet wallet = new ContractWallet();
        bytes32 id = _orderFrom(address(wallet));
        bytes memory signature = sign(buyerKey, _digest(id, SHARE, 0, NOW));
        wallet.act(address(escrow), abi.encodeCall(escrow.settle, (id, SHARE, 0, NOW, signature)));
        assertStatus(id, IP2PEscrow.Status.Settled);
    }

    function test_settle_refusesABrokenWallet() public {
        for (uint256 manner; manner < 4; ++manner) {
            BrokenWallet wallet = new BrokenWallet(manner);
            bytes32 id = _orderFrom(address(wallet));
            vm.prank(buyer);
            vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InvalidSignature.selector, id, wallet));
            escrow.settle(id, SHARE, 0, NOW, "");
        }
    }

    /// ERC-7702: the account has code, which knows nothing of ERC-1271, and still signs with its key.
    function test_settle_takesTheKeyOfADelegatedAccount() public {
        bytes32 id = aCreated();
        vm.etch(seller, address(new PlainDelegate()).code);
        bytes memory signature = sign(sellerKey, _digest(id, SHARE, 0, NOW));
        _refuses(id, buyer, sign(strangerKey, _digest(id, SHARE, 0, NOW)));
        vm.prank(buyer);
        escrow.settle(id, SHARE, 0, NOW, signature);
    }

    function test_settle_takesTheWordOfADelegatedAccountsCode() public {
        bytes32 id = aCreated();
        vm.etch(seller, address(new ContractWallet()).code);
        ContractWallet(seller).approve(_digest(id, SHARE, 0, NOW));
        vm.prank(buyer);
        escrow.settle(id, SHARE, 0, NOW, "");
    }

    // --------------------------------------------------------------------------------------------------------- Helpers

    function _orderFrom(address wallet) private returns (bytes32 id) {
        IP2PEscrow.OrderParams memory p = params();
        p.seller = wallet;
        id = create(p);
    }

    function _refuses(bytes32 id, address by, bytes memory signature) private {
        address signer = by == buyer ? escrow.orders(id).seller : buyer;
        vm.prank(by);
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InvalidSignature.selector, id, signer));
        escrow.settle(id, SHARE, 0, NOW, signature);
    }

    function _digest(bytes32 id, uint256 buyerAmount, uint256 nonce, uint256 deadline) private view returns (bytes32) {
        return _digestIn(address(escrow), block.chainid, id, buyerAmount, nonce, deadline);
    }

    /// EIP-712, spelled out again.
    function _digestIn(
        address contract_,
        uint256 chainId,
        bytes32 id,
        uint256 buyerAmount,
        uint256 nonce,
        uint256 deadline
    ) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("P2PEscrow"),
                keccak256("1"),
                chainId,
                contract_
            )
        );
        bytes32 settlement = keccak256(
            abi.encode(
                keccak256(
                    "Settlement(bytes32 id,uint8 status,uint32 caseStage,uint256 buyerAmount,uint256 sellerAmount,uint256 nonce,uint256 deadline)"
                ),
                id,
                uint8(statusOf(id)),
                pool.caseStage(id),
                buyerAmount,
                AMOUNT - buyerAmount,
                nonce,
                deadline
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, settlement));
    }
}
