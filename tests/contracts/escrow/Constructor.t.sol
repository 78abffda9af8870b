// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IP2PEscrow} from "../../../contracts/interfaces/IP2PEscrow.sol";
import {IDisputeResolver} from "../../../contracts/interfaces/IDisputeResolver.sol";
import {EscrowTest} from "../support/EscrowTest.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

contract ConstructorTest is EscrowTest {
    function test_constructor_revertsIfThePoolIsNoContract() public {
        for (uint256 i; i < 2; ++i) {
            address refused = [address(0), stranger][i];
            vm.expectRevert(abi.encodeWithSelector(IP2PEscrow.InvalidPool.selector, refused));
            deployEscrow(IDisputeResolver(refused), owner);
        }
    }

    function test_constructor_takesAPoolOfOneByte() public {
        vm.etch(stranger, hex"00");
        vm.assertEq(address(deployEscrow(IDisputeResolver(stranger), owner).pool()), stranger);
    }

    function test_constructor_revertsWithoutAnOwner() public {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableInvalidOwner.selector, address(0)));
        deployEscrow(pool, address(0));
    }

    function test_constructor_fixesPoolAndDomain() public view {
        vm.assertEq(address(escrow.pool()), address(pool));
        vm.assertEq(escrow.owner(), owner);
        (, string memory name, string memory version, uint256 chainId, address verifier,,) = escrow.eip712Domain();
        vm.assertEq(name, "P2PEscrow");
        vm.assertEq(version, "1");
        vm.assertEq(chainId, block.chainid);
        vm.assertEq(verifier, address(escrow));
    }

    function test_orders_isAllZeroForAnUnknownId(bytes32 id) public view {
        bytes memory order = abi.encode(escrow.orders(id));
        vm.assertEq(order, new bytes(9 * 32));
    }
}
