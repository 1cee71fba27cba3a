// SPDX-License-Identifier: Apache-2.0
#include "platform/bytes.hpp"

#include <gtest/gtest.h>

#include <set>

namespace tillpost {
namespace {

struct Vector {
    const char* name;
    std::string message;
    const char* digest;
};

class Sha256Test : public ::testing::TestWithParam<Vector> {};

// FIPS 180-4 examples (NIST CSRC, "SHA_All").
INSTANTIATE_TEST_SUITE_P(
    Vectors, Sha256Test,
    ::testing::Values(Vector{"empty", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
                      Vector{"abc", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
                      Vector{"two_blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                             "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
                      Vector{"a_million_a", std::string(1'000'000, 'a'),
                             "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}),
    [](const auto& which) { return which.param.name; });

TEST_P(Sha256Test, GivesTheStandardsDigest) {
    Sha256 hash;
    EXPECT_EQ(to_hex(hash(GetParam().message)), GetParam().digest);
    EXPECT_EQ(to_hex(hash(GetParam().message)), GetParam().digest) << "the second time with the same object";
}

TEST_P(Sha256Test, GivesTheSameForTheMessageInParts) {
    Sha256 hash;
    const std::string_view message = GetParam().message;
    const std::size_t half = message.size() / 2;
    EXPECT_EQ(to_hex(hash({message.substr(0, half), "", message.substr(half)})), GetParam().digest);
}

TEST(HexTest, WritesLowerCase) {
    EXPECT_EQ(to_hex(std::uint64_t{0}), "0000000000000000");
    EXPECT_EQ(to_hex(std::uint64_t{0x0123456789abcdef}), "0123456789abcdef");
    EXPECT_EQ(to_hex(~std::uint64_t{0}), "ffffffffffffffff");
    const std::array<std::uint8_t, 3> bytes{0x00, 0xaf, 0xff};
    std::string text = "x";
    append_hex(text, bytes);
    EXPECT_EQ(text, "x00afff");
}

TEST(HexTest, ReadsBackWhatItWrote) {
    for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}, random_number()}) {
        EXPECT_EQ(number_from_hex(to_hex(number)), number);
    }
    Digest digest;
    fill_random(digest);
    EXPECT_EQ(digest_from_hex(to_hex(digest)), digest);
    EXPECT_EQ(view(digest).size(), 32U);
}

class BadHexTest : public ::testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Texts, BadHexTest,
                         ::testing::Values("", "0", "000000000000000", "00000000000000000", "000000000000000G",
                                           "00000000000000AB", "0x00000000000000", " 00000000000000",
                                           "+000000000000000", "00000000-0000000",
                                           std::string("000000000000000\0", 16)));

TEST_P(BadHexTest, IsNoNumber) { EXPECT_EQ(number_from_hex(GetParam()), std::nullopt); }

TEST_P(BadHexTest, IsNoDigest) { EXPECT_EQ(digest_from_hex(GetParam() + std::string(48, '0')), std::nullopt); }

TEST(RandomTest, DoesNotRepeat) {
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(random_number());
    EXPECT_EQ(seen.size(), 1000U);
}

}  // namespace
}  // namespace tillpost
