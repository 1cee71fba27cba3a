// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace tillpost {

/// Help for people: what CLI11 writes as "--in-flight UINT:INT in [1 - 4096]=64" is "--in-flight N", and behind its
/// description "(1 to 4096) [64]".
class HelpFormat : public CLI::Formatter {
public:
    std::string make_option_opts(const CLI::Option* option) const override {
        if (!option->get_option_text().empty()) return " " + option->get_option_text();
        std::string text;
        if (option->get_type_size() != 0) {
            const std::string type = option->get_type_name();
            const std::string name = type.substr(0, type.find(':'));
            const bool is_number = name == "UINT" || name == "INT" || name == "FLOAT";
            if (!name.empty()) text += " " + (is_number ? "N" : name);
            if (option->get_expected_max() == CLI::detail::expected_max_vector_size) text += " ...";
            if (option->get_required()) text += " (needed)";
        }
        for (const CLI::Option* other : option->get_needs()) text += " with " + other->get_name();
        return text;
    }

    std::string make_option_desc(const CLI::Option* option) const override {
        const std::string range = range_of(option->get_type_name());
        const std::string initial = option->get_default_str();
        return option->get_description() + (range.empty() ? "" : " (" + range + ")") +
               (initial.empty() ? "" : " [" + initial + "]");
    }

private:
    /// "1 to 4096" of "UINT:INT in [1 - 4096]", "5,3.1.1" of "TEXT:{5,3.1.1}"; "" of "TEXT".
    static std::string range_of(const std::string& type) {
        const std::size_t begin = type.find_first_of("[{");
        const std::size_t end = type.find_last_of("]}");
        if (begin == std::string::npos || end == std::string::npos || end < begin) return "";
        const std::string inside = type.substr(begin + 1, end - begin - 1);
        const std::size_t to = inside.find(" - ");
        return to == std::string::npos ? inside : number(inside.substr(0, to)) + " to " + number(inside.substr(to + 3));
    }
    /// "1000000" of "1e+06"
    static std::string number(const std::string& text) {
        std::array<char, 32> digits{};
        std::snprintf(digits.data(), digits.size(), "%.15g", std::strtod(text.c_str(), nullptr));
        return digits.data();
    }
};

}  // namespace tillpost
