// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/event/event.hpp"
#include "agent/event/json_text.hpp"
#include "platform/bytes.hpp"
#include "platform/clock.hpp"
#include "platform/error.hpp"

/// The line, in which an event is digested, stored, sent and archived (agent/README.md, "The line").
/// Pure; one thread per Sha256.
namespace tillpost {

using Epoch = std::uint64_t;
using Sequence = std::uint64_t;  ///< From 1, gapless within an epoch.

/// 16 digits on the wire; the journal's row number keeps it in 44 bits.
constexpr Sequence last_sequence = (Sequence{1} << 44) - 1;

constexpr std::size_t line_prefix_size = 174;

/// What the journal knows and the event does not.
struct Stamp {
    Timestamp recorded;
    std::string boot_id;
    std::array<std::uint8_t, 16> salt;
};

/// The part of a line that is frozen at commit: from `"specversion"` to the closing brace.
std::string encode_body(const std::string& source, const Event& event, const Stamp& stamp);

/// What makes a body's event the same again: its business key, and the data as they came. Views into the body.
struct BodyKey {
    std::string subject;
    std::string_view data;
};
/// nullopt for a body without a business key, or one that encode_body() did not make.
std::optional<BodyKey> body_key(std::string_view body);

/// The text of an attribute of a body, as it stands between its quotes; "" without it. Views into the body.
std::string_view body_attribute(std::string_view body, std::string_view name);
/// The same without its escapes.
std::string body_text(std::string_view body, std::string_view name);
/// "sale" of a body; "" if it names no type of ours.
std::string_view body_type(std::string_view body);
/// The data of a body as they came, "" for one that encode_body() did not make. A view into it.
std::string_view body_data(std::string_view body);

/// What a body says before its data, as far as a start reads it again. Views into the body.
struct BodyHead {
    std::string_view type;     ///< "sale"
    std::string_view quality;  ///< "ok", or marks
    bool late = false;
    std::string subject;  ///< "" if there is none
    std::string_view data;
};
/// nullopt for a body that encode_body() did not make.
std::optional<BodyHead> body_head(std::string_view body);

/// chain(0) of an epoch.
Digest chain_start(Sha256& sha, std::string_view source, Epoch epoch);
/// chain(n) from chain(n-1) and digest(n).
Digest chain_next(Sha256& sha, const Digest& previous, Epoch epoch, Sequence sequence, const Digest& digest);

std::string event_id(Epoch epoch, Sequence sequence);
/// The same read back; nullopt for any other text.
std::optional<std::pair<Epoch, Sequence>> number_of_event(std::string_view id);
/// The 174 bytes before the body.
std::string line_prefix(Epoch epoch, Sequence sequence, const Digest& chain);
void append_line_prefix(std::string& out, Epoch epoch, Sequence sequence, const Digest& chain);

/// What stands in a body's place where the content does not travel: a tombstone's ending, a lost line's.
std::string withheld_ending(const Digest& digest, std::string_view reason);
std::string lost_ending(std::string_view reason);

/// A line taken apart; the views point into it.
struct Line {
    enum class Kind {
        event,
        withheld,  ///< A tombstone: digest and reason travel, the content does not.
        lost       ///< Content destroyed: no digest; the chain starts anew at the next line.
    };
    Kind kind = Kind::event;
    Epoch epoch = 0;
    Sequence sequence = 0;
    Digest chain;
    Digest digest;            ///< event: computed here; withheld: as said; lost: zeros
    std::string_view body;    ///< event
    std::string_view reason;  ///< withheld, lost
};

/// Errc::invalid, with what is wrong, unless the prefix is well-formed to the byte.
Result<Line> parse_line(Sha256& sha, std::string_view line);

}  // namespace tillpost
