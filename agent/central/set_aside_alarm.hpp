// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tillpost {

/// Tells people that lines of an agent are set aside: at once, and then at most once an hour what has come since. One
/// agent's; pure. What is unsaid at the hour's end waits for the agent's next lines.
class SetAsideAlarm {
public:
    enum class Why { malformed, divergent, broken };

    /// A line, again or for the first time. `what` says which one, without anything of its content.
    void note(Why why, std::string_view what);
    /// The sentence that is to be said at that time (milliseconds since 1970); nullopt: none.
    std::optional<std::string> due(std::int64_t now);

private:
    std::array<std::uint64_t, 3> unsaid_{};  ///< By Why
    std::string first_;                      ///< Of these
    std::optional<std::int64_t> said_;
};

}  // namespace tillpost
