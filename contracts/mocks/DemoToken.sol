// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

/// @title The money of the development chain
/// @notice Behaves as Tether's token does where that surprises: `transfer`, `transferFrom` and `approve` return
/// nothing at all. Unlike it, it knows EIP-2612 permits, and anyone may take some from the faucet.
contract DemoToken is EIP712, Nonces {
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    /// @notice The most that one call of the faucet gives, in whole tokens.
    uint256 public constant FAUCET_LIMIT_WHOLE = 100_000;

    string public name;
    string public symbol;
    uint8 public immutable decimals;
    uint256 public totalSupply;
    mapping(address owner => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    /// @notice Thrown when the owner has less than is to be moved.
    error InsufficientBalance(address owner, uint256 balance, uint256 needed);
    /// @notice Thrown when the spender may move less than it tries to.
    error InsufficientAllowance(address spender, uint256 allowance, uint256 needed);
    /// @notice Thrown when tokens are sent to the zero address.
    error InvalidReceiver(address receiver);
    /// @notice Thrown when a permit comes after its deadline.
    error PermitExpired(uint256 deadline);
    /// @notice Thrown when a permit was signed by anyone but its owner.
    error InvalidPermit(address signer, address owner);
    /// @notice Thrown when one call of the faucet asks for more than `FAUCET_LIMIT_WHOLE`.
    error FaucetLimit(uint256 amount, uint256 limit);

    constructor(string memory name_, string memory symbol_, uint8 decimals_) EIP712(name_, "1") {
        name = name_;
        symbol = symbol_;
        decimals = decimals_;
    }

    /// @notice Creates `amount` (smallest units) for `to`. Anyone.
    function faucet(address to, uint256 amount) external {
        uint256 limit = FAUCET_LIMIT_WHOLE * 10 ** decimals;
        require(amount <= limit, FaucetLimit(amount, limit));
        require(to != address(0), InvalidReceiver(to));

        totalSupply += amount;
        balanceOf[to] += amount;

        emit Transfer(address(0), to, amount);
    }

    function transfer(address to, uint256 value) external {
        _move(msg.sender, to, value);
    }

    function transferFrom(address from, address to, uint256 value) external {
        uint256 allowed = allowance[from][msg.sender];
        require(allowed >= value, InsufficientAllowance(msg.sender, allowed, value));
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - value;

        _move(from, to, value);
    }

    function approve(address spender, uint256 value) external {
        _approve(msg.sender, spender, value);
    }

    /// @notice EIP-2612.
    function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
    {
        require(block.timestamp <= deadline, PermitExpired(deadline));
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(PERMIT_TYPEHASH, owner, spender, value, _useNonce(owner), deadline))
        );
        address signer = ECDSA.recover(digest, v, r, s);
        require(signer == owner, InvalidPermit(signer, owner));

        _approve(owner, spender, value);
    }

    /// @notice EIP-2612.
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    function _move(address from, address to, uint256 value) private {
        uint256 balance = balanceOf[from];
        require(balance >= value, InsufficientBalance(from, balance, value));
        require(to != address(0), InvalidReceiver(to));

        balanceOf[from] = balance - value;
        balanceOf[to] += value;

        emit Transfer(from, to, value);
    }

    function _approve(address owner, address spender, uint256 value) private {
        allowance[owner][spender] = value;

        emit Approval(owner, spender, value);
    }
}
