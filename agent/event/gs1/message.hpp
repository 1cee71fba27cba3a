// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "agent/event/gs1/ai_table.hpp"

/// What a bar code's GS1 data says. Plain values.
namespace tillpost::gs1 {

/// Bounds of what is read; what is longer is refused as a whole. A QR code holds 7,089 characters at most.
constexpr std::size_t longest_input = 8192;
constexpr std::size_t most_elements = 128;
constexpr std::size_t most_faults = 16;

/// An AI and its value, which keeps to all rules of that AI.
struct Element {
    std::string ai;
    std::string value;
    std::size_t offset = 0;                  ///< Of the AI's first byte in the input.
    const Definition* definition = nullptr;  ///< Never null in a Message.
};

/// Something that breaks a rule of the standards.
struct Fault {
    std::string_view rule;   ///< A word of the list in README.md, "check_digit"; a constant.
    std::string ai;          ///< "" if it is not known or not about one.
    std::size_t offset = 0;  ///< Byte of the input, where it begins to be wrong.
    std::string text;        ///< A sentence for people.
    /// The elements are each right, but do not go together. GS1 wants that judged over all symbols of an item, so one
    /// scan alone may break it in good faith.
    bool association = false;
};

struct Message {
    std::vector<Element> elements;  ///< In the order of the input; an AI may come twice. Faulty ones are left out.
    std::vector<Fault> faults;      ///< At most `most_faults`, the first ones.

    bool ok() const { return faults.empty(); }
    /// No fault other than those of association.
    bool syntax_ok() const;
    /// The first element with this AI, nullptr if there is none.
    const Element* find(std::string_view ai) const;
    /// The first fault with this rule.
    const Fault* find_fault(std::string_view rule) const;

    void add(Fault fault);
    /// Checks the value by the AI's rules and adds it, or the fault. `value_offset`: of its first byte in the input.
    void add(std::string_view ai, std::string_view value, std::size_t offset, std::size_t value_offset,
             int current_year);
};

}  // namespace tillpost::gs1
