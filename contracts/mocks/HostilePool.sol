// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice A resolver that answers nothing: every call reverts, with all the gas it was given where `burn` is set.
contract HostilePool {
    bool private immutable _burn;

    error Hostile();

    constructor(bool burn) {
        _burn = burn;
    }

    fallback() external payable {
        if (_burn) assert(false);
        revert Hostile();
    }
}
