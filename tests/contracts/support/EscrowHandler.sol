// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {Ruling} from "../../../contracts/interfaces/Ruling.sol";
import {StandardToken} from "../../../contracts/mocks/StandardToken.sol";
import {TetherLike} from "../../../contracts/mocks/TetherLike.sol";
import {Puppet} from "./Puppet.sol";
import {Test} from "./Test.sol";

interface IToken {
    function mint(address to, uint256 value) external;
    function approve(address spender, uint256 value) external;
    function balanceOf(address owner) external view returns (uint256);
}

/// @notice Moves an escrow through everything that can happen to it, and keeps its own books beside.
/// @dev No call of it may revert: it only does what must be possible, so it also shows that this is possible.
contract EscrowHandler is Test {
    struct Known {
        bytes32 id;
        address buyer;
        address seller;
        address opener;
        uint16 tokenId;
        uint256 amount;
        uint256 fee;
        IP2PEscrow.Status status;
    }

    uint256 public constant PEOPLE = 4;
    uint256 public constant EVERYONE = 6;
    uint16 public constant TOKENS = 2;

    IP2PEscrow public immutable escrow;
    Puppet public immutable pool;
    TetherLike public immutable tether;

    /// Buyers and sellers, and then two arbitrators.
    address[6] public people;
    uint256[6] private _keys;
    address[3] public tokens;

    Known[] private _known;
    /// What a person should have, in hand and to withdraw.
    mapping(address token => mapping(address person => uint256)) public worth;
    /// What the escrow should hold for live orders, for open disputes, and by mistake.
    mapping(address token => uint256) public amountsHeld;
    mapping(address token => uint256) public feesHeld;
    mapping(address token => uint256) public stray;

    mapping(string what => uint256) public calls;

    constructor(IP2PEscrow escrow_, Puppet pool_) {
        escrow = escrow_;
        pool = pool_;
        tether = new TetherLike(6);
        tokens = [address(0), address(new StandardToken(18)), address(tether)];
        for (uint256 i; i < EVERYONE; ++i) {
            (people[i], _keys[i]) = makeAddrAndKey(string.concat("person ", vm.toString(i)));
            for (uint256 t = 1; t <= TOKENS; ++t) {
                IToken(tokens[t]).mint(people[i], 1e30);
                worth[tokens[t]][people[i]] = 1e30;
                vm.prank(people[i]);
                IToken(tokens[t]).approve(address(escrow), type(uint256).max);
            }
        }
    }

    function count() external view returns (uint256) {
        return _known.length;
    }

    function known(uint256 index) external view returns (Known memory) {
        return _known[index];
    }

    /// The escrow holds what it owes and what was sent to it by mistake, no more and no less. Everyone has, in hand or to
    /// withdraw, what the orders' ends gave to them, and nobody anything else.
    function checkBooks() external view {
        for (uint256 t = 1; t <= TOKENS; ++t) {
            address token = tokens[t];
            uint256 owed = amountsHeld[token] + feesHeld[token] + stray[token];
            for (uint256 i; i < EVERYONE; ++i) {
                address person = people[i];
                uint256 credited = escrow.withdrawable(token, person);
                owed += credited;
                vm.assertEq(IToken(token).balanceOf(person) + credited, worth[token][person], "worth");
            }
            vm.assertEq(IToken(token).balanceOf(address(escrow)), owed, "balance");
        }
    }

    // ---------------------------------------------------------------------------------------------- The ordinary way

    function createOrder(uint256 buyer, uint256 seller, uint256 tokenId, uint256 amount, uint256 hours_) external {
        buyer = bound(buyer, 0, PEOPLE - 1);
        seller = bound(seller, 0, PEOPLE - 2);
        if (seller >= buyer) ++seller;
        IP2PEscrow.OrderParams memory p;
        p.seller = people[seller];
        p.tokenId = uint16(bound(tokenId, 1, TOKENS));
        p.token = tokens[p.tokenId];
        uint256 unit = p.tokenId == 1 ? 1e18 : 1e6;
        p.amount = uint96(bound(amount, 5 * unit, 10_000 * unit));
        p.confirmHours = uint16(bound(hours_, 24, 1440));
        p.releaseHours = uint16(bound(uint256(keccak256(abi.encode(hours_))), 24, 1440));
        p.salt = bytes32(_known.length);
        if (_refused(p.token, people[buyer])) return;

        vm.prank(people[buyer]);
        bytes32 id = escrow.createOrder(p);

        worth[p.token][people[buyer]] -= p.amount;
        amountsHeld[p.token] += p.amount;
        _known.push(
            Known(id, people[buyer], p.seller, address(0), p.tokenId, p.amount, 0, IP2PEscrow.Status.Created)
        );
        ++calls["created"];
    }

    function cancel(uint256 which, bool bySeller) external {
        (Known storage order, bool found) = _pick(which, IP2PEscrow.Status.Created);
        if (!found) return;
        vm.prank(bySeller ? order.seller : order.buyer);
        escrow.cancelOrder(order.id);
        _ended(order, IP2PEscrow.Status.Cancelled, order.amount, 0);
    }

    function confirm(uint256 which) external {
        (Known storage order, bool found) = _pick(which, IP2PEscrow.Status.Created);
        if (!found) return;
        vm.prank(order.seller);
        escrow.sellerConfirmDelivery(order.id, bytes32(which));
        order.status = IP2PEscrow.Status.SellerConfirmed;
        ++calls["confirmed"];
    }

    function extend(uint256 which, uint256 extra) external {
        (Known storage order, bool found) = _pickLive(which);
        if (!found || order.status == IP2PEscrow.Status.Disputed) return;
        IP2PEscrow.Order memory stored = escrow.orders(order.id);
        uint256 latest = 1577836800 + uint256(stored.createdDay) * 1 days + 180 days;
        if (stored.deadline + 1 hours > latest) return;
        vm.prank(order.status == IP2PEscrow.Status.Created ? order.buyer : order.seller);
        escrow.extend(order.id, bound(extra, 1, (latest - stored.deadline) / 1 hours));
        ++calls["extended"];
    }

    function receive_(uint256 which, uint256 answer) external {
        (Known storage order, bool found) = _pickLive(which);
        if (!found || !_canClose(order)) return;
        address payee = _prepare(order, answer);
        vm.prank(order.buyer);
        escrow.buyerConfirmReceived(order.id);
        _closed(order, payee, answer);
        _ended(order, IP2PEscrow.Status.Completed, 0, order.amount);
    }

    function refund(uint256 which, uint256 answer) external {
        (Known storage order, bool found) = _pickLive(which);
        if (!found || !_canClose(order)) return;
        address payee = _prepare(order, answer);
        vm.prank(order.seller);
        escrow.refundBuyer(order.id);
        _closed(order, payee, answer);
        _ended(order, IP2PEscrow.Status.Cancelled, order.amount, 0);
    }

    function timeouts(uint256 from, uint256 length) external {
        if (_known.length == 0) return;
        from = bound(from, 0, _known.length - 1);
        length = bound(length, 1, 8);
        bytes32[] memory ids = new bytes32[](length);
        uint256 due;
        for (uint256 i; i < length; ++i) {
            Known storage order = _known[(from + i) % _known.length];
            ids[i] = order.id;
            if (!_isLive(order.status) || block.timestamp <= escrow.orders(order.id).deadline) continue;
            ++due;
            _timeOut(order);
        }
        vm.prank(people[0]);
        vm.assertEq(escrow.processTimeouts(ids), due, "ended");
    }

    // ----------------------------------------------------------------------------------------------------- Disputes

    function openDispute(uint256 which, bool bySeller) external {
        (Known storage order, bool found) = _pickLive(which);
        if (!found || order.status == IP2PEscrow.Status.Disputed || pool.hostile()) return;
        address opener = bySeller ? order.seller : order.buyer;
        address token = tokens[order.tokenId];
        if (_refused(token, opener)) return;
        uint256 unit = order.tokenId == 1 ? 1e18 : 1e6;
        order.fee = (order.amount + 19) / 20;
        if (order.fee < 5 * unit) order.fee = 5 * unit;

        vm.prank(opener);
        escrow.openDispute(order.id, 0);

        order.opener = opener;
        order.status = IP2PEscrow.Status.Disputed;
        worth[token][opener] -= order.fee;
        feesHeld[token] += order.fee;
        ++calls["disputed"];
    }

    function settle(uint256 which, bool bySeller, uint256 share, uint256 answer) external {
        (Known storage order, bool found) = _pickLive(which);
        if (!found || !_canClose(order)) return;
        address payee = _prepare(order, answer);
        share = bound(share, 0, order.amount);
        address signer = bySeller ? order.buyer : order.seller;
        bytes memory signature = _sign(signer, order.id, share);
        uint256 nonce = escrow.nonces(signer);

        vm.prank(bySeller ? order.seller : order.buyer);
        escrow.settle(order.id, share, nonce, type(uint256).max, signature);

        _closed(order, payee, answer);
        _ended(order, IP2PEscrow.Status.Settled, share, order.amount - share);
    }

    function rule(uint256 which, uint256 ruling, uint256 payee) external {
        (Known storage order, bool found) = _pick(which, IP2PEscrow.Status.Disputed);
        if (!found) return;
        address feePayee = people[bound(payee, PEOPLE, EVERYONE - 1)];
        ruling = bound(ruling, 1, 3);
        pool.rule(escrow, order.id, Ruling(ruling), feePayee);

        if (ruling == uint256(Ruling.Stalemate)) return _stalemate(order);
        address token = tokens[order.tokenId];
        feesHeld[token] -= order.fee;
        worth[token][feePayee] += order.fee;
        if (ruling == uint256(Ruling.Buyer)) _ended(order, IP2PEscrow.Status.ResolvedBuyer, order.amount, 0);
        else _ended(order, IP2PEscrow.Status.ResolvedSeller, 0, order.amount);
    }

    function revoke(uint256 who) external {
        vm.prank(people[bound(who, 0, PEOPLE - 1)]);
        escrow.revokeSettlements();
    }

    // ------------------------------------------------------------------------------------------------------ The world

    function withdraw(uint256 who, uint256 tokenId, uint256 to) external {
        address token = tokens[bound(tokenId, 1, TOKENS)];
        address person = people[bound(who, 0, EVERYONE - 1)];
        address payee = people[bound(to, 0, EVERYONE - 1)];
        if (escrow.withdrawable(token, person) == 0 || _refused(token, payee)) return;
        vm.prank(person);
        uint256 amount = escrow.withdraw(token, payee);
        worth[token][person] -= amount;
        worth[token][payee] += amount;
        ++calls["withdrawn"];
    }

    function pass(uint256 duration) external {
        vm.warp(block.timestamp + bound(duration, 1, 20 days));
    }

    function setBlackListed(uint256 who, bool listed) external {
        tether.setBlackListed(people[bound(who, 0, EVERYONE - 1)], listed);
    }

    function setHostile(uint256 dice) external {
        pool.setHostile(dice % 4 == 0);
    }

    function donate(uint256 tokenId, uint256 amount) external {
        address token = tokens[bound(tokenId, 1, TOKENS)];
        amount = bound(amount, 1, 1e18);
        IToken(token).mint(address(escrow), amount);
        stray[token] += amount;
    }

    /// Somebody who has nothing to do with an order tries all that is not for everyone.
    function intrude(uint256 which, uint256 what) external {
        if (_known.length == 0) return;
        bytes32 id = _known[which % _known.length].id;
        bytes[9] memory attempts = [
            abi.encodeCall(escrow.cancelOrder, (id)),
            abi.encodeCall(escrow.sellerConfirmDelivery, (id, 0)),
            abi.encodeCall(escrow.buyerConfirmReceived, (id)),
            abi.encodeCall(escrow.refundBuyer, (id)),
            abi.encodeCall(escrow.extend, (id, 1)),
            abi.encodeCall(escrow.openDispute, (id, 0)),
            abi.encodeCall(escrow.settle, (id, 0, 0, type(uint256).max, "")),
            abi.encodeCall(escrow.rule, (id, Ruling.Buyer, address(this))),
            abi.encodeCall(escrow.withdraw, (tokens[1], address(this)))
        ];
        (bool ok,) = address(escrow).call(attempts[what % attempts.length]);
        vm.assertFalse(ok, "intruder");
        ++calls["intruded"];
    }

    // ----------------------------------------------------------------------------------------------------------- Books

    function _timeOut(Known storage order) private {
        if (order.status == IP2PEscrow.Status.Created) _ended(order, IP2PEscrow.Status.Expired, order.amount, 0);
        else if (order.status == IP2PEscrow.Status.SellerConfirmed) {
            _ended(order, IP2PEscrow.Status.Completed, 0, order.amount);
        } else {
            _stalemate(order);
        }
    }

    function _stalemate(Known storage order) private {
        address token = tokens[order.tokenId];
        feesHeld[token] -= order.fee;
        worth[token][order.opener] += order.fee;
        _ended(order, IP2PEscrow.Status.Stalemate, order.amount - order.amount / 2, order.amount / 2);
    }

    /// What the pool will answer when the case is closed: nobody, an arbitrator who was drawn, or one who ruled.
    function _prepare(Known storage order, uint256 answer) private returns (address payee) {
        if (answer % 3 > 0) payee = people[PEOPLE + answer % 2];
        pool.setAnswer(order.id, payee, answer % 3 == 2);
    }

    function _closed(Known storage order, address payee, uint256 answer) private {
        if (order.status != IP2PEscrow.Status.Disputed) return;
        address token = tokens[order.tokenId];
        uint256 kept;
        if (payee != address(0)) kept = answer % 3 == 2 ? order.fee : order.tokenId == 1 ? 5e18 : 5e6;
        feesHeld[token] -= order.fee;
        worth[token][payee] += kept;
        worth[token][order.opener] += order.fee - kept;
        ++calls["closed"];
    }

    function _ended(Known storage order, IP2PEscrow.Status status, uint256 toBuyer, uint256 toSeller) private {
        address token = tokens[order.tokenId];
        vm.assertEq(toBuyer + toSeller, order.amount, "all of it");
        amountsHeld[token] -= order.amount;
        worth[token][order.buyer] += toBuyer;
        worth[token][order.seller] += toSeller;
        order.status = status;
        ++calls["ended"];
    }

    function _sign(address signer, bytes32 id, uint256 share) private view returns (bytes memory) {
        bytes32 digest = escrow.settlementDigest(id, share, escrow.nonces(signer), type(uint256).max);
        for (uint256 i; i < PEOPLE; ++i) {
            if (people[i] != signer) continue;
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keys[i], digest);
            return abi.encodePacked(r, s, v);
        }
        revert("nobody");
    }

    function _refused(address token, address person) private view returns (bool) {
        return token == address(tether) && tether.isBlackListed(person);
    }

    function _canClose(Known storage order) private view returns (bool) {
        return order.status != IP2PEscrow.Status.Disputed || !pool.hostile();
    }

    function _isLive(IP2PEscrow.Status status) private pure returns (bool) {
        return status >= IP2PEscrow.Status.Created && status <= IP2PEscrow.Status.Disputed;
    }

    /// The first of the latest 16 orders, from `which` on, that stands there.
    function _pick(uint256 which, IP2PEscrow.Status status) private view returns (Known storage order, bool) {
        return _find(which, uint256(status), uint256(status));
    }

    function _pickLive(uint256 which) private view returns (Known storage order, bool) {
        return _find(which, uint256(IP2PEscrow.Status.Created), uint256(IP2PEscrow.Status.Disputed));
    }

    function _find(uint256 which, uint256 from, uint256 to) private view returns (Known storage order, bool) {
        uint256 size = _known.length < 16 ? _known.length : 16;
        which %= 16;
        for (uint256 i; i < size; ++i) {
            order = _known[_known.length - 1 - (which + i) % size];
            if (uint256(order.status) >= from && uint256(order.status) <= to) return (order, true);
        }
        assembly {
            order.slot := 0
        }
        return (order, false);
    }
}
