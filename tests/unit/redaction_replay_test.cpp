// SPDX-License-Identifier: Apache-2.0
// The fuzzer's function on its corpus, and on what becomes of it when bytes are changed: in every build, without
// libFuzzer.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <random>

#include "tests/support/sanitized.hpp"
#include "tests/support/temp_dir.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace tillpost::test {
namespace {

TEST(RedactionReplayTest, HoldsForTheCorpusAndItsNeighbours) {
    constexpr int neighbours = sanitized ? 200 : 2'000;
    const std::string alphabet("\x01\"\\{}[]:,/%=;^>*- .0149uDBp\xef\xbc\x94\0", 32);
    std::mt19937 random(1);
    std::size_t files = 0;
    for (const auto& file : std::filesystem::directory_iterator(TILLPOST_REDACTION_CORPUS)) {
        const std::string seed = content_of(file.path());
        for (int i = 0; i < neighbours; ++i) {
            std::string input = seed;
            for (unsigned changes = random() % 4; changes > 0 && !input.empty(); --changes) {
                const std::size_t at = random() % input.size();
                const std::string sign(1, alphabet[random() % alphabet.size()]);
                input.replace(at, random() % 2, random() % 2 == 0 ? sign : "");
            }
            SCOPED_TRACE(file.path());
            LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
        }
        ++files;
    }
    EXPECT_GE(files, 11U);
}

}  // namespace
}  // namespace tillpost::test
