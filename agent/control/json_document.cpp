// SPDX-License-Identifier: Apache-2.0
#include "agent/control/json_document.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace tillpost {
namespace {

using nlohmann::json;

constexpr std::size_t longest_quote = 80;
constexpr std::size_t longest_sentence = 300;  // of the parser, with what it expected

std::string cut(std::string text, std::size_t longest = longest_quote) {
    if (text.size() <= longest) return text;
    return text.substr(0, longest) + "…";  // ASCII up to here, so no character is split
}

/// The parser takes a NUL for the end of its input: what stands behind one would count as said, and be ignored.
bool is_without_nul(std::string_view text, Problems& problems) {
    const std::size_t at = text.find('\0');
    if (at == std::string_view::npos) return true;
    const std::string_view before = text.substr(0, at);
    const std::size_t column = at - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
    problems.add("", "is not JSON: a NUL byte at line " +
                         std::to_string(std::count(before.begin(), before.end(), '\n') + 1) + ", column " +
                         std::to_string(column) + " (is it UTF-16, or was it cut short by a crash? UTF-8 is expected)");
    return false;
}

/// What the parser's sentence says, without its own name and number: "[json.exception.parse_error.101] …".
std::string parser_sentence(const std::exception& error) {
    const std::string what = error.what();
    const auto end = what.find("] ");
    const std::string sentence = end == std::string::npos ? what : what.substr(end + 2);
    const std::string shown = json(sentence).dump(-1, ' ', true, json::error_handler_t::replace);
    return shown.substr(1, shown.size() - 2);
}

/// Walks over the text once before anything is built: depth, duplicate keys, and where the JSON breaks.
class Check final : public nlohmann::json_sax<json> {
public:
    explicit Check(Problems& problems) : problems_(problems) {}

    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t& written) override {
        value();
        problems_.note_number(path(), written);
        return true;
    }
    bool string(string_t&) override { return value(); }
    bool binary(binary_t&) override { return value(); }
    bool start_object(std::size_t) override { return enter(false); }
    bool start_array(std::size_t) override { return enter(true); }
    bool end_object() override { return leave(); }
    bool end_array() override { return leave(); }
    bool key(string_t& name) override;
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override;

private:
    struct Level {
        bool array = false;
        std::size_t index = 0;
        std::set<std::string> keys{};
        std::string step{};  ///< The key or index that is being read.
    };
    bool value();
    bool enter(bool array);
    bool leave();
    std::string path() const;

    Problems& problems_;
    std::vector<Level> levels_;
};

bool Check::value() {
    if (!levels_.empty() && levels_.back().array) levels_.back().step = std::to_string(levels_.back().index++);
    return true;
}

bool Check::enter(bool array) {
    value();
    if (levels_.size() == deepest_document) {
        problems_.add(path(), "is nested too deeply: at most " + std::to_string(deepest_document) + " levels");
        return false;
    }
    levels_.push_back({array});
    return true;
}

bool Check::leave() {
    levels_.pop_back();
    return true;
}

bool Check::key(string_t& name) {
    levels_.back().step = shown_key(name);
    if (!levels_.back().keys.insert(name).second) {
        problems_.add(path(), "is given twice: which of the two is meant?");
    }
    return true;
}

bool Check::parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) {
    const bool number = dynamic_cast<const nlohmann::detail::out_of_range*>(&error) != nullptr;
    if (number) problems_.add(path(), "is a number that is too large: " + parser_sentence(error));
    if (!number) problems_.add("", "is not JSON: " + cut(parser_sentence(error), longest_sentence));
    return false;
}

std::string Check::path() const {
    std::string result;
    for (const Level& level : levels_) result += "/" + level.step;
    return result;
}

}  // namespace

void Problems::add(std::string_view where, std::string_view what) {
    if (count_++ >= most) return;
    lines_.push_back(origin_ + ": " + std::string(where.empty() ? "the document" : where) + " " + std::string(what));
}

void Problems::note_number(std::string where, std::string_view written) {
    if (numbers_.size() < most) numbers_.emplace(std::move(where), cut(std::string(written)));
}

std::string Problems::shown(const std::string& where, const json& value) const {
    const auto written = value.is_number_float() ? numbers_.find(where) : numbers_.end();
    return written == numbers_.end() ? shown_value(value) : written->second;
}

std::string Problems::text() const {
    std::string result;
    for (const std::string& line : lines_) result += (result.empty() ? "" : "\n") + line;
    if (count_ > most) result += "\n" + origin_ + ": and " + std::to_string(count_ - most) + " more";
    return result;
}

std::optional<json> parse_document(std::string_view text, Problems& problems) {
    if (text.size() > largest_document) {
        problems.add("", "is larger than " + std::to_string(largest_document / 1024) + " KiB");
        return std::nullopt;
    }
    if (!is_without_nul(text, problems)) return std::nullopt;
    Check check(problems);
    if (!json::sax_parse(text, &check, json::input_format_t::json, true, true)) return std::nullopt;
    return json::parse(text, nullptr, false, true);
}

std::string shown_value(const json& value) {
    if (value.is_object()) return "an object";
    if (value.is_array()) return "a list";
    return cut(value.dump(-1, ' ', true, json::error_handler_t::replace));
}

std::string shown_key(const std::string& key) {
    const std::string text = json(key).dump(-1, ' ', true, json::error_handler_t::replace);
    return cut(text.substr(1, text.size() - 2));
}

}  // namespace tillpost
