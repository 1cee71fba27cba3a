// SPDX-License-Identifier: Apache-2.0
#include "agent/event/json_handler.hpp"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "agent/event/json_input.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

Rejection not_json(std::string detail) { return {"not_json", "", std::move(detail)}; }

/// What the library says, without the token that it quotes: from "syntax error" to "; last read".
Rejection rejection_of(std::string_view message, const std::string& at) {
    const std::size_t start = message.find("syntax error");
    if (start == std::string_view::npos) {
        return {"number_range", "", at + "a number is out of range: beyond 1.8e308 it cannot be held"};
    }
    if (message.find("ill-formed UTF-8 byte") != std::string_view::npos) {
        return {"invalid_utf8", "",
                at + "the text is not UTF-8: convert it from what the till writes, such as "
                     "Windows-1252 or ISO 8859-1"};
    }
    return not_json(at + std::string(message.substr(start, message.find("; last read") - start)));
}

/// nlohmann's SAX interface, passed on to the builder. `input`: where what is read comes from, if it skips.
class JsonHandler {
public:
    explicit JsonHandler(RecordBuilder& builder, const JsonInput* input = nullptr) : builder_(builder), input_(input) {}

    bool null() { return builder_.scalar(Value()); }
    bool boolean(bool value) { return builder_.scalar(Value(Value::Kind::boolean, value ? "true" : "false")); }
    bool number_integer(json::number_integer_t value) { return integer(value); }
    bool number_unsigned(json::number_unsigned_t value) { return integer(value); }
    bool number_float(json::number_float_t, const std::string& text) {
        return builder_.scalar(Value(Value::Kind::number, text));
    }
    bool string(std::string& text) { return builder_.scalar(Value(Value::Kind::text, content(text))); }
    bool binary(json::binary_t&) { return false; }  // not in JSON text
    bool start_object(std::size_t) { return builder_.begin_object(); }
    bool key(std::string& name) { return builder_.key(content(name)); }
    bool end_object() { return builder_.end_object(); }
    bool start_array(std::size_t) { return builder_.begin_array(); }
    bool end_array() { return builder_.end_array(); }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) {
        rejection_ = rejection_of(error.what(), "byte " + std::to_string(position) + ": ");
        rejection_->field = builder_.place();
        return false;
    }

    std::optional<Rejection> rejection() const { return rejection_ ? rejection_ : builder_.rejection(); }

private:
    /// The library reads a string's last quote before it hands the string over, and nothing behind it.
    std::string_view content(std::string_view read) const {
        return input_ != nullptr && input_->is_skipped() ? input_->skipped() : read;
    }

    template <class Integer>
    bool integer(Integer value) {
        std::array<char, 24> digits;
        const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
        const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
        return builder_.scalar(Value(Value::Kind::number, text));
    }

    RecordBuilder& builder_;
    const JsonInput* input_;
    std::optional<Rejection> rejection_;
};

}  // namespace

std::optional<Rejection> parse_json(std::string_view text, RecordBuilder& builder) {
    // The library takes a NUL byte for the end of its input ("{}\0junk" would pass) and skips a byte order mark.
    const std::size_t zero = text.find('\0');
    if (zero != std::string_view::npos)
        return not_json("byte " + std::to_string(zero + 1) + ": a NUL byte (is it UTF-16? UTF-8 is expected)");
    if (text.starts_with("\xef\xbb\xbf")) return not_json("byte 1: a byte order mark: write UTF-8 without one");
    if (text.empty()) return not_json("an empty line");
    builder.clear(text);
    JsonInput input(text);
    JsonHandler quick(builder, &input);
    if (json::sax_parse(JsonInput::Iterator(input), JsonInput::Iterator(), &quick)) return std::nullopt;
    // Whatever is wrong is said of the whole text, with its bytes counted.
    builder.clear(text);
    JsonHandler handler(builder);
    const bool parsed = json::sax_parse(text.data(), text.data() + text.size(), &handler);
    if (parsed) return std::nullopt;
    return handler.rejection().value_or(not_json("it cannot be read"));
}

}  // namespace tillpost
