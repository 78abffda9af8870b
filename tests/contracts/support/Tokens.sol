// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice What the hostile tokens share: the books, and no transfer at all.
abstract contract Books {
    uint8 public immutable decimals;
    mapping(address owner => uint256) internal _balances;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    function balanceOf(address owner) public view virtual returns (uint256) {
        return _balances[owner];
    }

    function mint(address to, uint256 value) external {
        _balances[to] += value;
    }

    function approve(address spender, uint256 value) external {
        allowance[msg.sender][spender] = value;
    }

    function _move(address from, address to, uint256 value) internal {
        _balances[from] -= value;
        _balances[to] += value;
    }

    function _spend(address from, uint256 value) internal {
        allowance[from][msg.sender] -= value;
    }
}

/// @notice Answers nothing, and has no permits.
contract SilentToken is Books {
    constructor(uint8 decimals_) Books(decimals_) {}

    function transfer(address to, uint256 value) external {
        _move(msg.sender, to, value);
    }

    function transferFrom(address from, address to, uint256 value) external {
        _spend(from, value);
        _move(from, to, value);
    }
}

/// @notice Says false where others revert.
contract FalseToken is Books {
    bool public refusing;

    constructor() Books(6) {}

    function setRefusing(bool refusing_) external {
        refusing = refusing_;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        if (refusing || _balances[msg.sender] < value) return false;
        _move(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        if (refusing || _balances[from] < value || allowance[from][msg.sender] < value) return false;
        _spend(from, value);
        _move(from, to, value);
        return true;
    }
}

/// @notice Says true and moves nothing, or moves more than it was told to.
contract LyingToken is Books {
    int256 public mistake;

    constructor() Books(6) {}

    function setMistake(int256 mistake_) external {
        mistake = mistake_;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        _move(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        _move(from, to, uint256(int256(value) + mistake));
        return true;
    }
}

/// @notice Reverts on `transfer` while it refuses: plainly, with all gas burnt, or with an answer too long to copy.
contract RefusingToken is Books {
    enum Manner {
        Accept,
        Revert,
        Burn,
        RevertLong,
        AnswerLong,
        AnswerTwo
    }

    Manner public manner;

    constructor() Books(6) {}

    function setManner(Manner manner_) external {
        manner = manner_;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        if (manner == Manner.Revert) revert("no");
        if (manner == Manner.Burn) assert(gasleft() == 0);
        if (manner == Manner.RevertLong) {
            assembly {
                revert(0, 100000)
            }
        }
        if (manner == Manner.AnswerTwo) {
            assembly {
                mstore(0, 2)
                return(0, 32)
            }
        }
        _move(msg.sender, to, value);
        if (manner == Manner.AnswerLong) {
            assembly {
                mstore(0, 1)
                return(0, 100000)
            }
        }
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        _spend(from, value);
        _move(from, to, value);
        return true;
    }
}

/// @notice Balances grow and shrink by themselves.
contract RebasingToken is Books {
    uint256 public percent = 100;
    uint256 public nextPercent = 100;

    constructor() Books(6) {}

    function balanceOf(address owner) public view override returns (uint256) {
        return _balances[owner] * percent / 100;
    }

    /// The next transfer rebases.
    function setNext(uint256 percent_) external {
        nextPercent = percent_;
    }

    function transfer(address to, uint256 value) external {
        _move(msg.sender, to, value * 100 / percent);
    }

    function transferFrom(address from, address to, uint256 value) external {
        percent = nextPercent;
        _move(from, to, value * 100 / percent);
    }
}

interface ITokenWatcher {
    function tokensMoving(address from, address to, uint256 value) external;
    function tokensMoved(address from, address to, uint256 value) external;
}

/// @notice Calls those who want it before and after a transfer of theirs, as ERC-777 does.
contract ReentrantToken is ERC20 {
    mapping(address account => bool) public watches;

    constructor() ERC20("Reentrant", "RE") {}

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function mint(address to, uint256 value) external {
        _mint(to, value);
    }

    function watch() external {
        watches[msg.sender] = true;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (watches[from]) ITokenWatcher(from).tokensMoving(from, to, value);
        if (watches[to]) ITokenWatcher(to).tokensMoving(from, to, value);
        super._update(from, to, value);
        if (watches[from]) ITokenWatcher(from).tokensMoved(from, to, value);
        if (watches[to]) ITokenWatcher(to).tokensMoved(from, to, value);
    }
}

/// @notice A party that does something while its tokens move.
contract ReentrantParty is ITokenWatcher {
    struct Call {
        address target;
        bytes data;
    }

    Call[] private _before;
    Call[] private _after;
    uint256 public succeeded;
    uint256 public failed;

    constructor(ReentrantToken token, address escrow) {
        token.watch();
        token.approve(escrow, type(uint256).max);
    }

    function onMoving(address target, bytes calldata data) external {
        _before.push(Call(target, data));
    }

    function onMoved(address target, bytes calldata data) external {
        _after.push(Call(target, data));
    }

    function act(address target, bytes calldata data) external returns (bytes memory) {
        (bool ok, bytes memory answer) = target.call(data);
        if (!ok) {
            assembly {
                revert(add(answer, 32), mload(answer))
            }
        }
        return answer;
    }

    function tokensMoving(address, address, uint256) external {
        _run(_before);
    }

    function tokensMoved(address, address, uint256) external {
        _run(_after);
    }

    /// Each call is made once, in the order it was planned.
    function _run(Call[] storage calls) private {
        while (calls.length > 0) {
            Call memory next = calls[calls.length - 1];
            calls.pop();
            (bool ok,) = next.target.call(next.data);
            if (ok) ++succeeded;
            else ++failed;
        }
    }
}
