// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice A token with everything that makes Tether's hard to hold: no answer from a transfer, a fee that can be
/// switched on, a blacklist, a pause, a successor it can be handed over to. Reads the same state on a transfer as it
/// does, so that gas can be measured. Its owner is everyone.
contract TetherLike {
    struct Fees {
        uint256 basisPoints;
        uint256 maximum;
    }

    uint8 public immutable decimals;
    uint256 public totalSupply;
    mapping(address owner => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    mapping(address account => bool) public isBlackListed;
    bool public paused;
    address public successor;
    Fees private _fees;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    error Paused();
    error BlackListed(address account);
    error NotEnough(uint256 available, uint256 needed);

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    function mint(address to, uint256 value) external {
        totalSupply += value;
        balanceOf[to] += value;
        emit Transfer(address(0), to, value);
    }

    function setFees(uint256 basisPoints, uint256 maximum) external {
        _fees = Fees(basisPoints, maximum);
    }

    function setBlackListed(address account, bool listed) external {
        isBlackListed[account] = listed;
    }

    function setPaused(bool paused_) external {
        paused = paused_;
    }

    function approve(address spender, uint256 value) external {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
    }

    function transfer(address to, uint256 value) external {
        _move(msg.sender, to, value);
    }

    function transferFrom(address from, address to, uint256 value) external {
        uint256 allowed = allowance[from][msg.sender];
        require(allowed >= value, NotEnough(allowed, value));
        if (allowed < type(uint256).max) allowance[from][msg.sender] = allowed - value;
        _move(from, to, value);
    }

    function _move(address from, address to, uint256 value) private {
        require(!paused, Paused());
        require(!isBlackListed[from], BlackListed(from));
        require(!isBlackListed[to], BlackListed(to));
        require(successor == address(0), Paused());
        uint256 fee = value * _fees.basisPoints / 10_000;
        if (fee > _fees.maximum) fee = _fees.maximum;
        uint256 balance = balanceOf[from];
        require(balance >= value, NotEnough(balance, value));

        balanceOf[from] = balance - value;
        balanceOf[to] += value - fee;
        totalSupply -= fee;

        emit Transfer(from, to, value - fee);
    }
}
