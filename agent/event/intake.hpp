// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "agent/event/event.hpp"

namespace tillpost {

class KeyRules;

/// Turns one line of a feed (agent/event/README.md, "What a line looks like") into an Event.
///
/// What cannot be read, or says neither what it is nor which one, is a Rejection. Anything else that is wrong is a mark
/// in Event::quality, and the event travels. Never throws for what is in the line; its memory is bounded by the line's
/// length, which is the feed's to bound. One thread at a time; keep one: buffers are used again.
class Intake {
public:
    /// What the configuration says of all lines.
    struct Settings {
        std::shared_ptr<const KeyRules> keys{};  ///< nullptr: each type has its own, and this store is not known.
        /// Types whose records nobody wants to be complete.
        std::set<std::string, std::less<>> partial{};
        std::size_t most_marks = Quality::most_marks;  ///< Of one line
    };
    Intake() : Intake(Settings()) {}
    explicit Intake(Settings settings);
    ~Intake();
    /// `entry`: how the line came, see Event::entry. The line without its line break.
    std::variant<Event, Rejection> parse(std::string_view line, std::string_view entry = "pos");

    static constexpr std::size_t longest_key_part = 64;  ///< Bytes of till, number, document.

private:
    struct Buffers;
    Settings settings_;
    std::unique_ptr<Buffers> buffers_;
};

/// [once-2] What a line that is no event by the present keys was by the newest of the former ones that made it one,
/// without a business key; nullopt if it is one today, or never was. Pure.
std::optional<Event> event_by_former(std::string_view line, const KeyRules& present, std::span<const KeyRules> former);

/// One part of a business key: "%", "/" and control characters become %XX.
void append_key_part(std::string& out, std::string_view part);

}  // namespace tillpost
