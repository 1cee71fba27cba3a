// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tillpost {

/// What is wrong with a document, collected so that a person can repair all of it in one go. Bounded: after
/// `most` problems only their number grows.
class Problems {
public:
    explicit Problems(std::string origin) : origin_(std::move(origin)) {}

    /// `where` is a JSON pointer, "" for the document; `what` goes on from there: "is 3: expected …".
    void add(std::string_view where, std::string_view what);
    /// How a number at `where` is written that no integer holds: read as a double it would be shown as another.
    void note_number(std::string where, std::string_view written);
    /// A value as a message quotes it, such a number as it is written.
    std::string shown(const std::string& where, const nlohmann::json& value) const;
    bool empty() const { return count_ == 0; }
    /// One problem a line: "<origin>: <where> <what>".
    std::string text() const;

    static constexpr std::size_t most = 50;

private:
    std::string origin_;
    std::vector<std::string> lines_;
    std::map<std::string, std::string> numbers_;
    std::size_t count_ = 0;
};

constexpr std::size_t largest_document = 256 * 1024;
constexpr int deepest_document = 16;

/// A JSON text in which // and /* */ comments may stand. nullopt, with the reason among the problems, if it is not
/// JSON, too large or too deep. A duplicate key is a problem too, but the document is given, so that reading it can
/// find more.
std::optional<nlohmann::json> parse_document(std::string_view text, Problems& problems);

/// A value as a message quotes it: JSON in ASCII without control characters, cut when long.
std::string shown_value(const nlohmann::json& value);
/// A key as a message shows it, under the same restrictions, without quotes.
std::string shown_key(const std::string& key);

}  // namespace tillpost
