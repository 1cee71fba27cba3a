// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tillpost::simulator {

/// The feed's answer to one line (drivers/feed/README.md).
struct Reply {
    enum class Kind { accepted, quarantined, refused };
    Kind kind = Kind::refused;
    std::string epoch;           ///< accepted, quarantined
    std::uint64_t sequence = 0;  ///< accepted, quarantined
    std::string reason;          ///< refused

    /// No later try can help.
    bool is_final_refusal() const { return kind == Kind::refused && reason.starts_with("line_too_long"); }
};

/// nullopt for anything that is not such an answer.
std::optional<Reply> parse_reply(std::string_view line);

}  // namespace tillpost::simulator
