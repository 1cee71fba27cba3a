// SPDX-License-Identifier: Apache-2.0
#include "agent/central/envelope.hpp"

#include <nlohmann/json.hpp>

namespace tillpost {
namespace {

using nlohmann::json;

/// Keeps the wanted attributes of the outermost object and checks the rest for form only, so that a large
/// `data` costs no memory.
class AttributeReader final : public nlohmann::json_sax<json> {
public:
    explicit AttributeReader(Envelope& envelope) : envelope_(envelope) {}

    bool null() override { return scalar(); }
    bool boolean(bool) override { return scalar(); }
    bool number_integer(number_integer_t) override { return scalar(); }
    bool number_unsigned(number_unsigned_t) override { return scalar(); }
    bool number_float(number_float_t, const string_t&) override { return scalar(); }
    bool binary(binary_t&) override { return false; }
    bool string(string_t& text) override {
        if (depth_ == 1 && wanted_ != nullptr) *wanted_ = std::move(text);
        return depth_ > 0;
    }
    bool key(string_t& name) override {
        if (depth_ == 1) wanted_ = attribute(name);
        return true;
    }
    bool start_object(std::size_t) override { return enter(); }
    bool start_array(std::size_t) override { return depth_ > 0 && enter(); }
    bool end_object() override { return leave(); }
    bool end_array() override { return leave(); }
    bool parse_error(std::size_t, const std::string&, const json::exception&) override { return false; }

private:
    std::string* attribute(const std::string& name) {
        if (name == "source") return &envelope_.source;
        if (name == "type") return &envelope_.type;
        if (name == "time") return &envelope_.time;
        if (name == "subject") return &envelope_.subject;
        if (name == "quality") return &envelope_.quality;
        return nullptr;
    }
    /// An attribute that we want is a string, or the event is refused.
    bool scalar() const { return depth_ > 1 || (depth_ == 1 && wanted_ == nullptr); }
    bool enter() {
        if (depth_ == 1 && wanted_ != nullptr) return false;
        ++depth_;
        return true;
    }
    bool leave() {
        --depth_;
        return true;
    }

    Envelope& envelope_;
    std::string* wanted_ = nullptr;
    int depth_ = 0;
};

}  // namespace

bool Envelope::has_mark(std::string_view mark) const {
    std::string_view rest = quality;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        const std::string_view one = rest.substr(0, end);
        // A mark is "rule" or "rule:/json/pointer".
        if (one.substr(0, one.find(':')) == mark) return true;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
}

std::optional<Envelope> read_envelope(std::string_view body) {
    Envelope envelope;
    AttributeReader reader(envelope);
    const std::string text = std::string("{").append(body);
    if (!json::sax_parse(text, &reader)) return std::nullopt;
    return envelope;
}

std::string_view data_of(std::string_view body) {
    // Quotes inside strings are escaped, and no attribute before it is an object: the first hit is the member.
    constexpr std::string_view name = ",\"data\":";
    const std::size_t at = body.find(name);
    if (at == std::string_view::npos || !body.ends_with('}')) return {};
    return body.substr(at + name.size(), body.size() - at - name.size() - 1);
}

}  // namespace tillpost
