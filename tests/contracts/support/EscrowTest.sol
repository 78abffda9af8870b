// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IDisputeResolver} from "../../../contracts/interfaces/IDisputeResolver.sol";
import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {StandardToken} from "../../../contracts/mocks/StandardToken.sol";
import {Puppet} from "./Puppet.sol";
import {Test} from "./Test.sol";

/// @notice The escrow with what it inherits.
interface IEscrow is IP2PEscrow {
    function owner() external view returns (address);
    function transferOwnership(address owner_) external;
    function acceptOwnership() external;
    function eip712Domain()
        external
        view
        returns (bytes1, string memory, string memory, uint256, address, bytes32, uint256[] memory);
}

/// @notice An escrow with one token of 6 decimals (fee at least 5, amounts 5 to 10,000), a buyer and a seller.
abstract contract EscrowTest is Test {
    uint256 internal constant UNIT = 1e6;
    uint256 internal constant FUNDS = 1_000_000 * UNIT;
    /// Over 200, so that 5 % is more than the minimum fee; odd, so that halves differ.
    uint96 internal constant AMOUNT = 1_234_567_891;
    /// 5 % of it, rounded up.
    uint256 internal constant FEE = 61_728_395;
    /// 2027-01-15 08:00:00 UTC.
    uint256 internal constant NOW = 1_800_000_000;
    uint16 internal constant TODAY = 2571;

    struct Balances {
        uint256 escrow;
        uint256 buyer;
        uint256 seller;
        uint256 stranger;
    }

    IEscrow internal escrow;
    Puppet internal pool;
    StandardToken internal token;
    uint16 internal tokenId;

    address internal owner;
    address internal buyer;
    address internal seller;
    address internal stranger;
    address internal arbitrator;
    uint256 internal buyerKey;
    uint256 internal sellerKey;
    uint256 internal strangerKey;

    uint256 private _salt;

    function setUp() public virtual {
        vm.warp(NOW);
        owner = makeAddr("owner");
        (buyer, buyerKey) = makeAddrAndKey("buyer");
        (seller, sellerKey) = makeAddrAndKey("seller");
        (stranger, strangerKey) = makeAddrAndKey("stranger");
        arbitrator = makeAddr("arbitrator");

        pool = new Puppet();
        escrow = deployEscrow(pool, owner);
        token = new StandardToken(6);
        vm.prank(owner);
        tokenId = escrow.listToken(address(token), 5, 5, 10_000);
        fund(buyer);
        fund(seller);
    }

    // ------------------------------------------------------------------------------------------------------- Building

    function deployEscrow(IDisputeResolver pool_, address owner_) internal returns (IEscrow) {
        return IEscrow(deploy("P2PEscrow.sol:P2PEscrow", abi.encode(pool_, owner_)));
    }

    function fund(address who) internal {
        token.mint(who, FUNDS);
        vm.prank(who);
        token.approve(address(escrow), type(uint256).max);
    }

    function params() internal returns (IP2PEscrow.OrderParams memory p) {
        p = IP2PEscrow.OrderParams({
            seller: seller,
            tokenId: tokenId,
            token: address(token),
            amount: AMOUNT,
            confirmHours: 24,
            releaseHours: 72,
            termsHash: keccak256("terms"),
            productHash: keccak256("product"),
            buyerKeyHash: keccak256("key"),
            salt: bytes32(++_salt)
        });
    }

    function create(IP2PEscrow.OrderParams memory p) internal returns (bytes32 id) {
        vm.prank(buyer);
        id = escrow.createOrder(p);
    }

    function aCreated() internal returns (bytes32 id) {
        id = create(params());
    }

    function aConfirmed() internal returns (bytes32 id) {
        id = aCreated();
        vm.prank(seller);
        escrow.sellerConfirmDelivery(id, keccak256("delivery"));
    }

    function aDisputed() internal returns (bytes32 id) {
        id = aDisputed(buyer);
    }

    function aDisputed(address opener) internal returns (bytes32 id) {
        id = aConfirmed();
        vm.prank(opener);
        escrow.openDispute(id, keccak256("evidence"));
    }

    function anEnded() internal returns (bytes32 id) {
        id = aCreated();
        vm.prank(buyer);
        escrow.cancelOrder(id);
    }

    function live(IP2PEscrow.Status status) internal returns (bytes32) {
        if (status == IP2PEscrow.Status.Created) return aCreated();
        if (status == IP2PEscrow.Status.SellerConfirmed) return aConfirmed();
        return aDisputed();
    }

    // ------------------------------------------------------------------------------------------------------- Signing

    function sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    // ------------------------------------------------------------------------------------------------------- Looking

    function statusOf(bytes32 id) internal view returns (IP2PEscrow.Status) {
        return escrow.orders(id).status;
    }

    function balances() internal view returns (Balances memory) {
        return Balances({
            escrow: token.balanceOf(address(escrow)),
            buyer: token.balanceOf(buyer),
            seller: token.balanceOf(seller),
            stranger: token.balanceOf(stranger)
        });
    }

    function assertStatus(bytes32 id, IP2PEscrow.Status expected) internal view {
        vm.assertEq(uint256(statusOf(id)), uint256(expected), "status");
    }

    /// How much everyone has more than before; the stranger, and so everyone else, must not have changed.
    function assertMoved(Balances memory before, int256 toEscrow, int256 toBuyer, int256 toSeller) internal view {
        Balances memory current = balances();
        vm.assertEq(current.escrow, uint256(int256(before.escrow) + toEscrow), "balance of the escrow");
        vm.assertEq(current.buyer, uint256(int256(before.buyer) + toBuyer), "balance of the buyer");
        vm.assertEq(current.seller, uint256(int256(before.seller) + toSeller), "balance of the seller");
        vm.assertEq(current.stranger, before.stranger, "balance of the stranger");
    }

    /// Every field of the stored order but the status and the deadline is as it was.
    function assertSameTerms(IP2PEscrow.Order memory before, bytes32 id) internal view {
        IP2PEscrow.Order memory current = escrow.orders(id);
        vm.assertEq(current.seller, before.seller, "seller");
        vm.assertEq(current.buyer, before.buyer, "buyer");
        vm.assertEq(current.amount, before.amount, "amount");
        vm.assertEq(current.releaseHours, before.releaseHours, "releaseHours");
        vm.assertEq(current.tokenId, before.tokenId, "tokenId");
        vm.assertEq(current.createdDay, before.createdDay, "createdDay");
    }

    // ------------------------------------------------------------------------------------------------------- Events

    function expectCreated(address by, IP2PEscrow.OrderParams memory p) internal {
        bytes32 id = escrow.orderIdOf(by, p);
        uint32 deadline = uint32(block.timestamp + uint256(p.confirmHours) * 1 hours);
        vm.expectEmit(address(escrow));
        emit IP2PEscrow.OrderCreated(
            id,
            by,
            p.seller,
            p.tokenId,
            p.token,
            p.amount,
            deadline,
            p.confirmHours,
            p.releaseHours,
            p.termsHash,
            p.productHash,
            p.buyerKeyHash,
            p.salt
        );
    }

    // ------------------------------------------------------------------------------------------------------- Errors

    function expectWrongStatus(bytes32 id, IP2PEscrow.Status current) internal {
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.WrongStatus.selector, id, current));
    }

    function expectNotParty(bytes32 id, address caller) internal {
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.NotParty.selector, id, caller));
    }

    function expectTooEarly(bytes32 id, uint256 opensAt) internal {
        vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.TooEarly.selector, id, opensAt));
    }
}
