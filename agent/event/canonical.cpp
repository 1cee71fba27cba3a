// SPDX-License-Identifier: Apache-2.0
#include "agent/event/canonical.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "agent/event/json_text.hpp"
#include "agent/event/record_builder.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

/// What a number says, as far as its digits alone tell it.
std::string_view shortest_number(std::string_view text) {
    if (text.find_first_of("eE") != std::string_view::npos || text.find('.') == std::string_view::npos) return text;
    text = text.substr(0, text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.remove_suffix(1);
    return text == "-0" ? "0" : text;
}

/// nlohmann's SAX interface. What is open is kept as the texts of its members.
class Canon {
public:
    std::optional<std::string> take() { return std::move(whole_); }

    bool null() { return add("null", true); }
    bool boolean(bool value) { return add(value ? "true" : "false"); }
    bool number_integer(json::number_integer_t value) { return add(std::to_string(value)); }
    bool number_unsigned(json::number_unsigned_t value) { return add(std::to_string(value)); }
    bool number_float(json::number_float_t, const std::string& text) { return add(std::string(shortest_number(text))); }
    bool string(std::string& text) { return add(quoted(text)); }
    bool binary(json::binary_t&) { return false; }  // not in JSON text
    bool start_object(std::size_t) { return open(false); }
    bool key(std::string& name) {
        open_.back().name = quoted(name);
        return true;
    }
    bool end_object() { return close(); }
    bool start_array(std::size_t) { return open(true); }
    bool end_array() { return close(); }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) { return false; }

private:
    struct Open {
        bool is_array = false;
        std::string name;
        std::vector<std::pair<std::string, std::string>> members;
    };

    static std::string quoted(const std::string& text) {
        std::string out;
        append_json_string(out, text);
        return out;
    }

    bool open(bool is_array) {
        if (open_.size() == RecordBuilder::most_depth) return false;
        open_.push_back({is_array, {}, {}});
        return true;
    }

    bool close() {
        Open done = std::move(open_.back());
        open_.pop_back();
        if (!done.is_array) std::sort(done.members.begin(), done.members.end());
        std::string text(1, done.is_array ? '[' : '{');
        for (const auto& [name, value] : done.members) {
            if (text.size() > 1) text += ',';
            if (!done.is_array) text.append(name).append(":");
            text += value;
        }
        return add(text += done.is_array ? ']' : '}');
    }

    bool add(std::string value, bool is_null = false) {
        if (open_.empty()) {
            whole_ = std::move(value);
        } else if (!is_null || open_.back().is_array) {
            open_.back().members.emplace_back(open_.back().name, std::move(value));
        }
        return true;
    }

    std::vector<Open> open_;
    std::optional<std::string> whole_;
};

}  // namespace

std::optional<std::string> canonical_json(std::string_view text) {
    Canon canon;
    if (!json::sax_parse(text.data(), text.data() + text.size(), &canon)) return std::nullopt;
    return canon.take();
}

}  // namespace tillpost
