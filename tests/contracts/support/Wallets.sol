// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice An account of the ERC-1271 kind: it says yes to the hashes it was told.
contract ContractWallet {
    mapping(bytes32 hash => bool) public approved;

    function approve(bytes32 hash) external {
        approved[hash] = true;
    }

    function act(address target, bytes calldata data) external {
        (bool ok, bytes memory answer) = target.call(data);
        if (!ok) {
            assembly {
                revert(add(answer, 32), mload(answer))
            }
        }
    }

    function isValidSignature(bytes32 hash, bytes calldata) external view returns (bytes4) {
        return approved[hash] ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @notice The code of a delegated account (ERC-7702) that knows nothing of signatures.
contract PlainDelegate {
    function version() external pure returns (uint256) {
        return 1;
    }
}

/// @notice An account whose answers to `isValidSignature` are broken.
contract BrokenWallet {
    uint256 public immutable manner;

    constructor(uint256 manner_) {
        manner = manner_;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes memory) {
        if (manner == 0) revert("no");
        if (manner == 1) {
            // The right first bytes, and too few of them.
            assembly {
                mstore(0, 0x1626ba7e00000000000000000000000000000000000000000000000000000000)
                return(0, 4)
            }
        }
        if (manner == 2) {
            // The right first bytes, and others after them.
            assembly {
                mstore(0, 0x1626ba7e00000000000000000000000000000000000000000000000000000001)
                return(0, 32)
            }
        }
        return "yes";
    }
}
