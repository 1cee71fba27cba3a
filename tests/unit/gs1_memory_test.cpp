// SPDX-License-Identifier: Apache-2.0
// What reading takes of memory follows from the bounds of message.hpp, whatever comes.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "agent/event/gs1/digital_link.hpp"
#include "agent/event/gs1/element_string.hpp"
#include "agent/event/gs1/scan_data.hpp"

namespace {

struct Memory {
    std::size_t calls = 0;
    std::size_t bytes = 0;  ///< Of all calls together
    std::size_t held = 0;
    std::size_t most = 0;  ///< At one moment
};
Memory memory;

}  // namespace

void* operator new(std::size_t size) {
    void* const made = std::malloc(size);
    if (made == nullptr) throw std::bad_alloc();
    const std::size_t usable = ::malloc_usable_size(made);
    ++memory.calls;
    memory.bytes += usable;
    memory.held += usable;
    memory.most = std::max(memory.most, memory.held);
    return made;
}
void operator delete(void* gone) noexcept {
    if (gone == nullptr) return;
    memory.held -= std::min(memory.held, ::malloc_usable_size(gone));
    std::free(gone);
}
void operator delete(void* gone, std::size_t) noexcept { operator delete(gone); }

namespace tillpost::gs1 {
namespace {

constexpr int year = 2026;

std::string times(std::size_t count, const std::string& text) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += text;
    return all;
}

/// As long as what is read at all.
std::string filled(const std::string& start, const std::string& with) {
    std::string text = start + times(longest_input / with.size(), with);
    text.resize(longest_input);
    return text;
}

template <class Read>
Memory taken(Read read) {
    memory = {};
    {
        const auto kept = read();
        static_cast<void>(kept);
        return memory;
    }
}

Memory taken_by_all(const std::string& text) {
    Memory most;
    const auto note = [&most](const Memory& now) {
        most.calls = std::max(most.calls, now.calls);
        most.bytes = std::max(most.bytes, now.bytes);
        most.most = std::max(most.most, now.most);
    };
    note(taken([&] { return parse_element_string(text, year); }));
    note(taken([&] { return parse_caret_string(text, year); }));
    note(taken([&] { return parse_bracketed(text, year); }));
    note(taken([&] { return parse_digital_link(text, year); }));
    note(taken([&] { return read_text(text, year); }));
    for (const char* const aim : {"", "]C1", "]d2", "]Q3", "]E0", "]e0", "]A0"}) {
        note(taken([&] { return read_scan(text, aim, year); }));
    }
    return most;
}

struct Hostile {
    const char* name;
    std::string text;
};
void PrintTo(const Hostile& each, std::ostream* out) { *out << each.name; }

class HostileTest : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileTest, TakesNoMoreThanTheBoundsSay) {
    const Memory most = taken_by_all(GetParam().text);
    EXPECT_LE(most.calls, 1'000U);
    EXPECT_LE(most.bytes, 64 * longest_input);
    EXPECT_LE(most.most, 48 * longest_input) << "at one moment";
}

INSTANTIATE_TEST_SUITE_P(
    Longest, HostileTest,
    ::testing::Values(Hostile{"zeros", filled("", "0")}, Hostile{"nines", filled("", "9")},
                      Hostile{"separators", filled("", "\x1d")}, Hostile{"carets", filled("^", "^")},
                      Hostile{"brackets", filled("(", "(")}, Hostile{"bracketed_batches", filled("", "(10)A")},
                      Hostile{"bracketed_gtins", filled("", "(01)09506000134352")},
                      Hostile{"gtins", filled("", "0109506000134352")}, Hostile{"dates", filled("", "17261128")},
                      Hostile{"batches", filled("", "10A\x1d")}, Hostile{"company_internal", filled("", "91A\x1d")},
                      Hostile{"unknown", filled("", "051\x1d")}, Hostile{"composites", filled("", "|]e0")},
                      Hostile{"escapes", filled("https://id.gs1.org/01/09506000134352/10/", "%41")},
                      Hostile{"broken_escapes", filled("https://id.gs1.org/01/09506000134352/10/", "%")},
                      Hostile{"slashes", filled("https://id.gs1.org", "/")},
                      Hostile{"keys", filled("https://id.gs1.org", "/01/09506000134352")},
                      Hostile{"parameters", filled("https://id.gs1.org/01/09506000134352?17=261128", "&91=A")},
                      Hostile{"strange_parameters", filled("https://id.gs1.org/01/09506000134352?a=b", "&a=b")}),
    [](const auto& which) { return std::string(which.param.name); });

TEST(Gs1MemoryTest, WhatIsLongerIsRefusedWithoutACopy) {
    for (const Hostile& each :
         {Hostile{"digits", std::string(4U << 20U, '1')}, Hostile{"brackets", times(1U << 20U, "(10)")},
          Hostile{"link", "https://id.gs1.org/01/" + std::string(4U << 20U, '1')}}) {
        const Memory most = taken_by_all(each.text);
        EXPECT_LE(most.bytes, 1'024U) << each.name;
    }
}

TEST(Gs1MemoryTest, AnOrdinaryScanTakesAHandfulOfAllocations) {
    const std::string label =
        "010950600013435217261128"
        "10ABC123\x1d"
        "21SERIAL0000000001";
    const Memory most = taken([&] { return read_scan(label, "]C1", year); });
    EXPECT_LE(most.calls, 16U);
    EXPECT_LE(most.bytes, 2'048U);
    const std::string article = "4006381333931";
    EXPECT_LE(taken([&] { return read_scan(article, "]E0", year); }).calls, 4U);
}

}  // namespace
}  // namespace tillpost::gs1
