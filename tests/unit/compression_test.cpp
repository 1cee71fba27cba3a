// SPDX-License-Identifier: Apache-2.0
#include "agent/wire/compression.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tillpost {
namespace {

std::string lines(int count) {
    std::string all;
    for (int i = 0; i < count; ++i) {
        all +=
            R"({"id":"0123456789abcdef-)" + std::to_string(i) + R"(","type":"sale","data":{"total":"12.50"}})" + "\n";
    }
    return all;
}

std::string noise(std::size_t size) {
    std::mt19937 random(7);
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
}

TEST(CompressionTest, GivesBackWhatWentInAndTakesAThirdOrLess) {
    Compressor compressor;
    for (const int count : {10, 100, 5'000}) {
        const std::string all = lines(count);
        const auto frame = compressor.compress(all);
        ASSERT_TRUE(frame);
        EXPECT_LT(frame->size(), all.size() / 3);
        const auto back = decompress(*frame);
        ASSERT_TRUE(back) << back.error().message;
        EXPECT_EQ(*back, all);
    }
}

TEST(CompressionTest, LeavesAloneWhatWouldNotBecomeSmaller) {
    Compressor compressor;
    for (const std::string& text : {std::string(), std::string("x"), lines(1), noise(60'000)}) {
        EXPECT_FALSE(compressor.compress(text)) << text.size();
    }
    EXPECT_TRUE(compressor.compress(lines(50))) << "and goes on";
}

TEST(CompressionTest, RefusesAFrameThatIsCutOffAnywhere) {
    const std::string frame = Compressor().compress(lines(200)).value();
    for (std::size_t size = 0; size < frame.size(); ++size) {
        EXPECT_FALSE(decompress(frame.substr(0, size))) << size;
    }
}

TEST(CompressionTest, RefusesWhatIsNoFrameOrMoreThanOne) {
    const std::string frame = Compressor().compress(lines(200)).value();
    for (const std::string& bytes : {std::string("text"), noise(1'000), frame + "x", frame + frame}) {
        EXPECT_FALSE(decompress(bytes)) << bytes.size();
    }
}

TEST(CompressionTest, NeverUnpacksMoreThanTheBound) {
    const std::string frame = Compressor().compress(std::string(50'000'000, 'x')).value();
    EXPECT_LT(frame.size(), 10'000U);
    const auto refused = decompress(frame);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("more than 16777216 bytes"), std::string::npos) << refused.error().message;
    const std::string exact(100'000, 'y');
    const std::string small = Compressor().compress(exact).value();
    EXPECT_TRUE(decompress(small, 100'000));
    EXPECT_FALSE(decompress(small, 99'999));
}

TEST(CompressionTest, AnyBitMayBeWrongAndNothingBreaks) {
    std::string frame = Compressor().compress(lines(50)).value();
    for (std::size_t bit = 0; bit < 8 * frame.size(); ++bit) {
        frame[bit / 8] = static_cast<char>(frame[bit / 8] ^ (1 << bit % 8));
        const auto lines = decompress(frame);
        EXPECT_TRUE(!lines || lines->size() <= most_unpacked);
        frame[bit / 8] = static_cast<char>(frame[bit / 8] ^ (1 << bit % 8));
    }
}

}  // namespace
}  // namespace tillpost
