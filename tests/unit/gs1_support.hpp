// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "agent/event/gs1/element_string.hpp"

namespace tillpost::gs1 {

/// What the tests take for now.
constexpr int test_year = 2026;

/// "^" as the separator GS, which cannot be read in a table.
inline std::string with_gs(std::string_view text) {
    std::string out(text);
    std::replace(out.begin(), out.end(), '^', '\x1d');
    return out;
}

/// "01=09506000134352 10=ABC check_digit@15(01)": the elements, then the faults with their byte and AI.
inline std::string told(const Message& message) {
    std::string out;
    for (const Element& element : message.elements)
        out.append(element.ai).append("=").append(element.value).append(" ");
    for (const Fault& fault : message.faults) {
        out.append(fault.rule).append("@").append(std::to_string(fault.offset));
        if (!fault.ai.empty()) out.append("(").append(fault.ai).append(")");
        out += ' ';
    }
    if (!out.empty()) out.pop_back();
    return out;
}

struct ElementStringRow {
    std::string_view text;  ///< "^" is the separator.
    std::string_view told;
};
inline void expect_element_strings(std::initializer_list<ElementStringRow> table) {
    for (const ElementStringRow& row : table)
        EXPECT_EQ(told(parse_element_string(with_gs(row.text), test_year)), row.told) << row.text;
}

}  // namespace tillpost::gs1
