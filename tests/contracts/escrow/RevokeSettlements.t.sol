// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {EscrowTest} from "../support/EscrowTest.sol";

contract RevokeSettlementsTest is EscrowTest {
    function test_revokeSettlements_raisesTheCallersNonce() public {
        for (uint256 i = 1; i < 4; ++i) {
            vm.expectEmit(address(escrow));
            emit IP2PEscrow.SettlementsRevoked(seller, i);
            vm.prank(seller);
            escrow.revokeSettlements();
            vm.assertEq(escrow.nonces(seller), i);
        }
        vm.assertEq(escrow.nonces(buyer), 0);
    }
}
