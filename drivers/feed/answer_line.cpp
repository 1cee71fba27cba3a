// SPDX-License-Identifier: Apache-2.0
#include "drivers/feed/answer_line.hpp"

#include <nlohmann/json.hpp>

namespace tillpost {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t longest_text = 512;  // a JSON pointer into a peer's record is as long as the peer's names

/// Cut bytes may be no UTF-8: dump() replaces what is not.
std::string cut(std::string_view text) { return std::string(text.substr(0, longest_text)); }

std::string line_of(const char* kind, Json what) {
    Json object;
    object[kind] = std::move(what);
    return object.dump(-1, ' ', true, Json::error_handler_t::replace) + '\n';
}

// By hand: this is every line's answer, and nothing in it needs escaping.
std::string accepted_line(const Outcome& outcome) {
    std::string line = R"({"accepted":{"epoch":")";
    line.append(outcome.epoch).append(R"(","sequence":)").append(std::to_string(outcome.sequence)).append("}}\n");
    return line;
}

std::string quarantined_line(const Outcome& outcome) {
    Json what;
    what["epoch"] = outcome.epoch;
    what["sequence"] = outcome.sequence;
    what["id"] = cut(outcome.quarantine_id);
    what["rule"] = cut(outcome.rule);
    what["field"] = cut(outcome.field);
    return line_of("quarantined", std::move(what));
}

}  // namespace

std::string answer_line(const Outcome& outcome) {
    switch (outcome.kind) {
        case Outcome::Kind::accepted: return accepted_line(outcome);
        case Outcome::Kind::quarantined: return quarantined_line(outcome);
        case Outcome::Kind::refused: break;
    }
    return refusal_line(outcome.reason);
}

std::string refusal_line(std::string_view reason) {
    Json what;
    what["reason"] = cut(reason);
    return line_of("refused", std::move(what));
}

}  // namespace tillpost
