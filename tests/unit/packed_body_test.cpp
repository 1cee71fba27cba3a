// SPDX-License-Identifier: Apache-2.0
// [intact-1] How bodies lie in the file: what was packed comes out again, and whatever lies there does no harm.
#include "agent/journal/packed_body.hpp"

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

#include "agent/event/intake.hpp"
#include "agent/wire/line.hpp"
#include "drivers/simulator/store.hpp"
#include "platform/bytes.hpp"
#include "tests/unit/packed_with.hpp"

namespace tillpost {
namespace {

const std::string magic = "\x01\x28\xb5\x2f\xfd";
const std::string newest_magic = "\x02\x28\xb5\x2f\xfd";

std::string noise(std::size_t size, unsigned seed = 7) {
    std::mt19937 random(seed);
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
}

std::string body_of(std::string data, const std::string& type = "sale") {
    Event event;
    event.type = type;
    event.subject = "pos/T01/2026-11-23/1";
    event.data = std::move(data);
    Stamp stamp{{}, "729424ae2c224129a72d7b55ffb89731", {}};
    return encode_body("urn:tillpost:acme:0042:till-01", event, stamp);
}

std::vector<std::string> sales(std::size_t count) {
    simulator::StorePlay play{simulator::PlaySettings{}};
    std::vector<std::string> bodies;
    while (bodies.size() < count) bodies.push_back(body_of(play.next().line));
    return bodies;
}

std::string packed(std::string_view body) {
    Packer packer;
    return std::string(packer.pack(body));
}

/// A frame's descriptor, the bytes behind it, and one block as it is, the last.
std::string frame(std::string_view header, std::string_view content) {
    const auto size = static_cast<unsigned>(content.size()) << 3 | 1U;
    std::string made = magic + std::string(header);
    for (int i = 0; i < 3; ++i) made += static_cast<char>(size >> 8 * i & 0xff);
    return made + std::string(content);
}

std::string bytes_of(const std::string& hex) {
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    return bytes;
}

struct Case {
    std::string name;
    std::string body;
};

class PackedBodyTest : public ::testing::TestWithParam<Case> {};

TEST_P(PackedBodyTest, ComesOutAsItWentIn) {
    Packer packer;
    Unpacker unpacker;
    const std::string& body = GetParam().body;
    for (int again = 0; again < 3; ++again) {
        const std::string stored(packer.pack(body));
        EXPECT_TRUE(unpacker.unpacked(stored) == body);
        EXPECT_EQ(unpacker.size(stored).value_or(stored.size()), body.size());
        EXPECT_LE(stored.size(), body.size() + 64);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, PackedBodyTest,
    ::testing::Values(
        Case{"empty", ""}, Case{"one_byte", "\""}, Case{"one_nought", std::string(1, '\0')},
        Case{"the_sign_alone", "\x01"}, Case{"of_a_dictionary_to_come", "\x03\x28\xb5\x2f\xfd"},
        Case{"begins_like_a_packed_one", newest_magic}, Case{"begins_like_an_older_one", magic},
        Case{"begins_like_a_frame", "\x28\xb5\x2f\xfd" + noise(99)}, Case{"is_a_packed_one", packed(body_of("{}"))},
        Case{"is_packed_twice", packed(packed(body_of("{}")))}, Case{"noise", noise(1'000)},
        Case{"noise_behind_the_sign", "\x01" + noise(1'000)}, Case{"a_sale", body_of("{\"n\":1}")},
        Case{"one_letter", std::string(100'000, 'x')}, Case{"noughts", std::string(100'000, '\0')},
        Case{"the_dictionary", std::string(packing_dictionary(1))}, Case{"a_megabyte_of_noise", noise(1 << 20)},
        Case{"a_megabyte_of_text", body_of(std::string(1 << 20, 'x'))},
        Case{"the_largest", std::string(most_packed, 'x')}, Case{"larger", std::string(most_packed + 1, 'x')}),
    [](const auto& which) { return which.param.name; });

TEST(PackerTest, MakesBodiesAThirdOfTheirSizeOrLess) {
    Packer packer;
    std::size_t before = 0;
    std::size_t after = 0;
    for (const std::string& body : sales(500)) {
        before += body.size();
        after += packer.pack(body).size();
    }
    EXPECT_LT(3 * after, before);
    EXPECT_EQ(packed(noise(1'000).replace(0, 1, "{")).front(), '{') << "what does not become smaller stays";
}

// A released dictionary never changes, and whatever was packed with it is read for ever. Not to be mended: the first
// value differs when somebody has changed a released one, and every journal in the field would be unreadable.
TEST(PackingDictionaryTest, IsTheReleasedOne) {
    EXPECT_EQ(to_hex(Sha256()(packing_dictionary(1))),
              "cb88c188dd3eeb7540c56a8871cfe0837a0467f7ca5d76d364c6935a330c6c9b");
    EXPECT_EQ(to_hex(Sha256()(packing_dictionary(2))),
              "6dcd9356133f2ff37989763e528a702eb6881a7984856f68c0330a38ef6d7cf4");
    EXPECT_TRUE(packing_dictionary(2).ends_with(packing_dictionary(1)));
    for (const std::int64_t none : {0, 3, -1, 257}) EXPECT_EQ(packing_dictionary(none), "");
    const std::string body =
        body_of(R"({"type":"sale","till":"T01","number":"1","business_date":"2026-11-23","lines":[]})");
    const std::string stored = bytes_of(
        "0128b52ffd600a01e5030012440e15a0b70d832b1eb591609caabb162b2d65a24d00700c6b1183018e3bb1ed4b0d8e52a59c"
        "2c9eab37fee869f1a8cf3bb105b3541fcd4c32d0061500cb733205206f3f14cba06ee4165c150356cc04ec1cd27001a7c354"
        "c10cc0bc950300fdb3cc023c2f04b0009c4b155537b365200ae0926ae098c70d980708");
    EXPECT_EQ(Unpacker().unpacked(stored), body);
    const std::string by_the_second = bytes_of(
        "0228b52ffd61020a0125030013c40a5f7c2103184c2a1fcd081151d93b755dcc14bb246b9fb899555a6d733f99668478e48e"
        "3de6de4dd6a66a0115fccb73d8cbedbf9261c9903faf02ad18ca3b7fb800464c151f31ef79802f4b5279c49504e7d2b9dd4d"
        "3fdc71563590c40de85a4112");
    EXPECT_EQ(Unpacker().unpacked(by_the_second), body);
    Unpacker both;
    for (int again = 0; again < 2; ++again) {
        EXPECT_EQ(both.unpacked(by_the_second), body);
        EXPECT_EQ(both.unpacked(stored), body);
    }
}

TEST(PackerTest, PacksTighterWithTheSecondDictionaryThanWithTheFirst) {
    Packer packer;
    std::size_t newest = 0;
    std::size_t first = 0;
    for (const std::string& body : sales(300)) {
        newest += packer.pack(body).size();
        first += test::packed_with(1, body).size();
        EXPECT_EQ(Unpacker().unpacked(test::packed_with(1, body)), body);
    }
    EXPECT_LT(newest + 300 * 20, first) << "twenty bytes less each";
}

TEST(UnpackerTest, WhatIsCutOffOrFlippedIsNeverTakenForTheBody) {
    const std::string body = sales(3).back();
    const std::string stored = packed(body);
    Unpacker unpacker;
    Sha256 sha;
    const Digest digest = sha(body);
    for (std::size_t size = 0; size < stored.size(); ++size) {
        EXPECT_EQ(unpacker.unpacked(stored.substr(0, size)), stored.substr(0, size));
    }
    EXPECT_EQ(unpacker.unpacked(stored + "x"), stored + "x");
    int unlike = 0;
    for (std::size_t bit = 0; bit < 8 * stored.size(); ++bit) {
        std::string flipped = stored;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        const std::string found = unpacker.unpacked(flipped);
        EXPECT_EQ(found == body, sha(found) == digest);
        unlike += found == body ? 0 : 1;
    }
    EXPECT_GT(unlike, static_cast<int>(7 * stored.size()));
    EXPECT_EQ(unpacker.unpacked(stored), body) << "and none of it stays behind";
}

TEST(UnpackerTest, RandomBytesBehindTheSignAreHarmless) {
    Unpacker unpacker;
    std::mt19937 random(3);
    for (unsigned i = 0; i < 20'000; ++i) {
        const std::string stored = (i % 2 == 0 ? magic : newest_magic) + noise(random() % 60, i);
        const std::string found = unpacker.unpacked(stored);
        EXPECT_LE(found.size(), std::max(most_packed, stored.size()));
    }
}

TEST(UnpackerTest, AFrameIsNotBelievedMoreThanItsBytesProve) {
    const std::string content = "\"specversion\":\"1.0\"";
    const auto of_size = [&](std::uint64_t says) {
        std::string header = "\xe0";  // 8 bytes of size, one segment
        for (int i = 0; i < 8; ++i) header += static_cast<char>(says >> 8 * i & 0xff);
        return frame(header, content);
    };
    Unpacker unpacker;
    EXPECT_EQ(unpacker.unpacked(of_size(content.size())), content);
    const std::uint64_t small = content.size();
    for (const std::uint64_t says : {small - 1, small + 1, std::uint64_t{most_packed}, std::uint64_t{most_packed} + 1,
                                     std::uint64_t{1} << 32, ~std::uint64_t{0}, ~std::uint64_t{1}}) {
        EXPECT_EQ(unpacker.unpacked(of_size(says)), of_size(says)) << says;
        EXPECT_LE(unpacker.size(of_size(says)).value_or(0), most_packed);
    }
    const std::string of_no_size = frame(std::string("\x00\x58", 2), content);
    EXPECT_EQ(unpacker.unpacked(of_no_size), of_no_size);
    const std::string of_another_dictionary = frame("\x21\x63\x13", content);
    EXPECT_EQ(unpacker.unpacked(of_another_dictionary), of_another_dictionary);
    std::string of_a_later_one = packed(body_of("{}"));
    of_a_later_one[0] = 3;
    EXPECT_EQ(unpacker.unpacked(of_a_later_one), of_a_later_one);
}

TEST(PackerTest, EachThreadHasItsOwn) {
    const std::vector<std::string> bodies = sales(200);
    std::vector<int> wrong(8, 0);
    std::vector<std::thread> threads;
    for (int& each : wrong) {
        threads.emplace_back([&bodies, &each] {
            Packer packer;
            Unpacker unpacker;
            for (const std::string& body : bodies) {
                each += unpacker.unpacked(std::string(packer.pack(body))) == body ? 0 : 1;
            }
        });
    }
    for (std::thread& each : threads) each.join();
    EXPECT_EQ(wrong, std::vector<int>(8, 0));
}

TEST(PackedFinderTest, FindsWholeOnesAndTheBeginningOfWhatIsCutOff) {
    PackedFinder finder;
    const std::string body = sales(5).back();
    for (const std::string& stored : {packed(body), test::packed_with(1, body)}) {
        const std::string bytes = noise(500) + stored + "\x28\xb5\x2f\xfd" + noise(500);
        const std::size_t at = PackedFinder::next(bytes, 0);
        EXPECT_EQ(at, 500U);
        EXPECT_EQ(PackedFinder::next(bytes, at), at);
        EXPECT_EQ(PackedFinder::next(bytes, at + 1), std::string::npos) << "a frame that is none of ours";
        EXPECT_EQ(finder.unpack(std::string_view(bytes).substr(at)).text, body) << "whatever lies behind it";
    }
    EXPECT_EQ(PackedFinder::next(magic + newest_magic, 0), 0U);
    EXPECT_EQ(PackedFinder::next(magic + newest_magic, 1), magic.size());
    EXPECT_EQ(PackedFinder::next(magic, 5), std::string::npos);
    EXPECT_EQ(PackedFinder::next(magic.substr(1), 0), std::string::npos);
    EXPECT_EQ(PackedFinder::next("", 0), std::string::npos);
    EXPECT_EQ(finder.unpack(magic).text, "");
    EXPECT_EQ(finder.unpack("no frame").text, "");

    const std::string large = body_of(noise(300'000));
    std::string text;
    for (const char byte : large) text += "0123456789abcdef"[byte & 15];
    const std::string stored = packed(text);
    const PackedFinder::Found begin = finder.unpack(std::string_view(stored).substr(0, stored.size() - 1));
    EXPECT_FALSE(begin.whole);
    EXPECT_GE(begin.text.size(), std::size_t{128} << 10);
    EXPECT_TRUE(text.starts_with(begin.text));
    EXPECT_EQ(finder.unpack(stored).text, text);
    EXPECT_TRUE(finder.unpack(stored).whole);
}

}  // namespace
}  // namespace tillpost
