// SPDX-License-Identifier: Apache-2.0
// What is wrong with the text itself; the test is in configuration_broken_test.cpp.
#include "agent/control/json_document.hpp"
#include "tests/unit/configuration_broken.hpp"

namespace tillpost::test {
namespace {

INSTANTIATE_TEST_SUITE_P(
    Json, BrokenConfigurationTest,
    ::testing::Values(
        Broken{"empty", "", {"is not JSON"}}, Broken{"only_a_comment", "// nothing", {"is not JSON"}},
        Broken{"garbage", std::string("\xff\xfe\0\x01", 4), {"is not JSON", "line 1"}},
        Broken{"escape_in_garbage", "{\x1b[2J}", {"is not JSON"}},
        Broken{"a_list", "[]", {"the document is a list", "an object"}},
        Broken{"trailing_comma", "{\n\"agent\": {},\n}", {"is not JSON", "line 3"}},
        Broken{"text_behind", minimal + " x", {"is not JSON"}},
        Broken{"nul_and_text_behind",
               minimal + std::string("\n \0garbage", 10),
               {"is not JSON", "a NUL byte at line 6, column 2"}},
        Broken{"nul_at_the_end", minimal + std::string(1, '\0'), {"a NUL byte at line 5, column 2"}},
        Broken{"nul_in_a_comment", std::string("/*\0*/", 5) + minimal, {"a NUL byte at line 1, column 3"}},
        Broken{"cut_short", minimal.substr(0, minimal.size() / 2), {"is not JSON"}},
        Broken{"number_too_large",
               with("journal", R"({"path": "/j", "keep_days": 1e999})"),
               {"/journal/keep_days is a number that is too large", "1e999"}},
        Broken{"huge", minimal + std::string(largest_document, ' '), {"larger than 256 KiB"}},
        Broken{"deep", std::string(100'000, '['), {"nested too deeply", "16 levels"}},
        Broken{"deep_inside",
               with("log", R"({"level": )" + std::string(15, '[') + std::string(15, ']') + "}"),
               {"/log/level/0/0", "nested too deeply"}},
        Broken{"unfinished_comment", "/* " + minimal, {"is not JSON"}},
        Broken{"duplicate_key", with("log", R"({"level": "info", "level": "info"})"), {"/log/level is given twice"}},
        Broken{"duplicate_key_by_escape",
               with("log", R"({"level": "info", "lev\u0065l": "info"})"),
               {"/log/level is given twice"}},
        Broken{"duplicate_key_in_a_list",
               with("scanners", R"([{"name": "a", "device": "/a"}, {"name": "b", "device": "/b", "name": "b"}])"),
               {"/scanners/1/name is given twice"}}),
    name_of);

}  // namespace
}  // namespace tillpost::test
