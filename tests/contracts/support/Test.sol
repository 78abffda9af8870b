// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Vm} from "./Vm.sol";

/// @notice What every Solidity test stands on: the cheatcodes, and the hooks that the invariant runner asks for.
abstract contract Test {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    address[] private _targets;
    address[] private _excludedSenders;
    FuzzSelector[] private _selectors;

    /// @notice Asked by the runner: which contracts an invariant run calls.
    function targetContracts() public view returns (address[] memory) {
        return _targets;
    }

    /// @notice Asked by the runner: who must not call them.
    function excludeSenders() public view returns (address[] memory) {
        return _excludedSenders;
    }

    /// @notice Asked by the runner: which of their functions.
    function targetSelectors() public view returns (FuzzSelector[] memory) {
        return _selectors;
    }

    function target(address contract_) internal {
        _targets.push(contract_);
    }

    function target(address contract_, bytes4[] memory selectors) internal {
        _targets.push(contract_);
        _selectors.push(FuzzSelector(contract_, selectors));
    }

    function excludeSender(address sender) internal {
        _excludedSenders.push(sender);
    }

    /// @notice Folds any number into [min, max]; its ends are as likely as anything within.
    function bound(uint256 value, uint256 min, uint256 max) internal pure returns (uint256) {
        if (value >= min && value <= max) return value;
        uint256 size = max - min + 1;
        return size == 0 ? value : min + value % size;
    }

    /// @notice Deploys a compiled contract, `File.sol:Name`, as it is deployed elsewhere: optimised, and without having
    /// been compiled into the test. Reverts as its constructor does.
    function deploy(string memory artifact, bytes memory arguments) internal returns (address deployed) {
        bytes memory code = abi.encodePacked(vm.getCode(artifact), arguments);
        assembly {
            deployed := create(0, add(code, 32), mload(code))
            if iszero(deployed) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }

    function makeAddr(string memory name) internal returns (address account) {
        (account,) = makeAddrAndKey(name);
    }

    function makeAddrAndKey(string memory name) internal returns (address account, uint256 key) {
        key = uint256(keccak256(bytes(name)));
        account = vm.addr(key);
        vm.label(account, name);
    }
}
