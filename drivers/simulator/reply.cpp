// SPDX-License-Identifier: Apache-2.0
#include "drivers/simulator/reply.hpp"

#include <nlohmann/json.hpp>

namespace tillpost::simulator {
namespace {

using nlohmann::json;

std::optional<Reply> recorded(Reply::Kind kind, const json& content) {
    const auto epoch = content.find("epoch");
    const auto sequence = content.find("sequence");
    if (epoch == content.end() || !epoch->is_string()) return std::nullopt;
    if (sequence == content.end() || !sequence->is_number_unsigned()) return std::nullopt;
    return Reply{kind, epoch->get<std::string>(), sequence->get<std::uint64_t>(), ""};
}

}  // namespace

std::optional<Reply> parse_reply(std::string_view line) {
    const json reply = json::parse(line, nullptr, false);
    if (!reply.is_object() || reply.size() != 1) return std::nullopt;
    const json& content = reply.front();
    if (!content.is_object()) return std::nullopt;
    const std::string& kind = reply.begin().key();
    if (kind == "accepted") return recorded(Reply::Kind::accepted, content);
    if (kind == "quarantined") return recorded(Reply::Kind::quarantined, content);
    const auto reason = content.find("reason");
    if (kind != "refused" || reason == content.end() || !reason->is_string()) return std::nullopt;
    return Reply{Reply::Kind::refused, "", 0, reason->get<std::string>()};
}

}  // namespace tillpost::simulator
