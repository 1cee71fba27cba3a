// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "agent/journal/record.hpp"
#include "platform/error.hpp"

/// What is said of quarantine on the control socket: JSON in ASCII, one object a line. Pure.
namespace tillpost {

struct QuarantineRequest {
    enum class Verb { list, show, release, correct, discard };
    Verb verb = Verb::list;
    QuarantineQuery query;   ///< list
    std::string id;          ///< The others
    std::size_t offset = 0;  ///< show: of the bytes
    std::string actor, reason;
    std::string line;     ///< correct
    std::string as_type;  ///< correct: the new record's type, if it is meant to be another one than the held record's
    bool changes_key = false;  ///< correct: the new record is meant to be another one than the held record
};

constexpr std::size_t most_listed = 50;       ///< Records in one answer.
constexpr std::size_t most_shown = 32 << 10;  ///< Bytes of a record in one answer.

/// Errc::invalid, with what is wrong and what is allowed.
Result<QuarantineRequest> parse_quarantine_request(std::string_view line);

/// {"quarantine":{"open":<all>,"records":[…]}}
std::string page_line(const QuarantinePage& page);
/// {"record":{…,"offset":<first byte>,"hex":"<its bytes from there on, as many as one answer holds>"}}
std::string record_line(const QuarantineRecord& record, std::size_t offset);
/// {"decided":{"id":…,"event":<what says so>,"became":<the event that it became>,"repeat":…}}
std::string decided_line(const std::string& id, const Decided& decided);
/// {"error":"<sentence>"}
std::string quarantine_error_line(std::string_view sentence);

}  // namespace tillpost
