// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IDisputeResolver} from "../../../contracts/interfaces/IDisputeResolver.sol";
import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {Ruling} from "../../../contracts/interfaces/Ruling.sol";

/// @notice The other side of the escrow's seam, moved by strings: a test says what it answers and what it rules, so that
/// every answer a resolver may give is met, those of a broken one too.
contract Puppet is IDisputeResolver {
    struct Case {
        address buyer;
        address seller;
        address token;
        uint256 fee;
        uint256 opened;
        uint256 closed;
    }

    mapping(bytes32 id => Case) public cases;
    mapping(bytes32 id => mapping(address who => bool)) public isArbitratorOf;
    bool public hostile;

    mapping(bytes32 id => address) private _payee;
    mapping(bytes32 id => bool) private _ruled;
    mapping(bytes32 id => uint32) private _stage;

    error Hostile();

    modifier friendly() {
        require(!hostile, Hostile());
        _;
    }

    /// From now on the escrow gets no answer.
    function setHostile(bool hostile_) external {
        hostile = hostile_;
    }

    function openCase(bytes32 id, address buyer, address seller, address token, uint256 fee) external friendly {
        cases[id] = Case(buyer, seller, token, fee, cases[id].opened + 1, 0);
    }

    function closeCase(bytes32 id) external friendly returns (address, bool) {
        ++cases[id].closed;
        return (_payee[id], _ruled[id]);
    }

    function caseStage(bytes32 id) external view friendly returns (uint32) {
        return _stage[id];
    }

    function setAnswer(bytes32 id, address payee, bool ruled) external {
        _payee[id] = payee;
        _ruled[id] = ruled;
    }

    function setStage(bytes32 id, uint32 stage) external {
        _stage[id] = stage;
    }

    function setArbitrator(bytes32 id, address who) external {
        isArbitratorOf[id][who] = true;
    }

    function rule(IP2PEscrow escrow, bytes32 id, Ruling ruling, address feePayee) external {
        escrow.rule(id, ruling, feePayee);
    }
}
