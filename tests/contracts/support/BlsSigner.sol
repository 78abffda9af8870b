// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice A beacon's operator: keys and signatures of BLS12-381 made with the chain's own precompiles.
library BlsSigner {
    bytes private constant GENERATOR_OF_G2 =
        hex"00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
        hex"0000000000000000000000000000000013e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
        hex"000000000000000000000000000000000ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801"
        hex"000000000000000000000000000000000606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be";
    bytes private constant MODULUS =
        hex"1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";
    bytes private constant TAG = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";

    function keyOf(uint256 secret) internal view returns (uint256[8] memory) {
        return abi.decode(_run(0x0e, abi.encodePacked(GENERATOR_OF_G2, secret), 256), (uint256[8]));
    }

    function sign(uint256 secret, uint64 round) internal view returns (uint256[4] memory) {
        return multiply(messageOf(round), secret);
    }

    function multiply(uint256[4] memory point, uint256 scalar) internal view returns (uint256[4] memory) {
        return abi.decode(_run(0x0c, abi.encodePacked(abi.encode(point), scalar), 128), (uint256[4]));
    }

    function add(uint256[4] memory a, uint256[4] memory b) internal view returns (uint256[4] memory) {
        return abi.decode(_run(0x0b, abi.encode(a, b), 128), (uint256[4]));
    }

    function messageOf(uint64 round) internal view returns (uint256[4] memory) {
        bytes memory uniform = _expand(abi.encodePacked(sha256(abi.encodePacked(round))), 128);
        return add(_map(uniform, 0), _map(uniform, 64));
    }

    /// expand_message_xmd of RFC 9380 with SHA-256.
    function _expand(bytes memory message, uint16 length) private pure returns (bytes memory output) {
        bytes memory tag = abi.encodePacked(TAG, uint8(TAG.length));
        bytes32 first = sha256(abi.encodePacked(new bytes(64), message, length, uint8(0), tag));
        bytes32 block_;
        for (uint8 i = 1; output.length < length; ++i) {
            block_ = sha256(abi.encodePacked(i == 1 ? first : first ^ block_, i, tag));
            output = abi.encodePacked(output, block_);
        }
    }

    function _map(bytes memory uniform, uint256 offset) private view returns (uint256[4] memory) {
        bytes memory half = new bytes(64);
        for (uint256 i; i < 64; ++i) {
            half[i] = uniform[offset + i];
        }
        bytes memory element =
            _run(0x05, abi.encodePacked(uint256(64), uint256(1), uint256(48), half, uint8(1), MODULUS), 48);
        return abi.decode(_run(0x10, abi.encodePacked(uint128(0), element), 128), (uint256[4]));
    }

    function _run(uint160 precompile, bytes memory input, uint256 length) private view returns (bytes memory output) {
        bool success;
        (success, output) = address(precompile).staticcall(input);
        require(success && output.length == length, "precompile failed");
    }
}
