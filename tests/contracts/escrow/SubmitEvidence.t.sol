// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

contract SubmitEvidenceTest is EscrowTest {
    function test_submitEvidence_revertsUnlessDisputed() public {
        bytes32[4] memory ids = [bytes32(0), aCreated(), aConfirmed(), anEnded()];
        for (uint256 i; i < ids.length; ++i) {
            IP2PEscrow.Status current = statusOf(ids[i]);
            expectWrongStatus(ids[i], current);
            vm.prank(buyer);
            escrow.submitEvidence(ids[i], 0);
        }
    }

    function test_submitEvidence_revertsForAnyoneElse() public {
        bytes32 id = aDisputed();
        bytes32 other = aDisputed();
        pool.setArbitrator(other, arbitrator);
        for (uint256 i; i < 2; ++i) {
            address caller = [stranger, arbitrator][i];
            vm.prank(caller);
            expectNotParty(id, caller);
            escrow.submitEvidence(id, 0);
        }
    }

    function test_submitEvidence_stampsThePartiesAndTheArbitrators() public {
        bytes32 id = aDisputed();
        pool.setArbitrator(id, arbitrator);
        IP2PEscrow.Order memory order = escrow.orders(id);
        Balances memory before = balances();
        for (uint256 i; i < 3; ++i) {
            address caller = [buyer, seller, arbitrator][i];
            vm.expectEmit(address(escrow));
            emit IP2PEscrow.EvidenceSubmitted(id, caller, bytes32(i));
            vm.prank(caller);
            escrow.submitEvidence(id, bytes32(i));
        }
        assertStatus(id, order.status);
        assertSameTerms(order, id);
        vm.assertEq(escrow.orders(id).deadline, order.deadline);
        assertMoved(before, 0, 0, 0);
    }
}
