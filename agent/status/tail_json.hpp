// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace tillpost {

/// What `tillpost tail` is told of an event that was captured.
struct CapturedEvent {
    std::string epoch;  ///< 16 hex digits
    std::uint64_t sequence = 0;
    std::string type;
    std::string time;  ///< RFC 3339
    std::string subject;
    std::string quality;
    std::string device;
    std::string rule{};  ///< Of what is in quarantine: why
};

/// The lines of the control socket, each with its line break. ASCII.
std::string captured_line(const CapturedEvent& event);
std::string sent_line(const std::string& epoch, std::uint64_t upto);
std::string confirmed_line(const std::string& epoch, std::uint64_t upto);
std::string skipped_line(std::uint64_t lines);
std::string error_line(std::string_view sentence);

/// What a client of the control socket asks for.
struct ControlRequest {
    enum class Kind { unknown, status, tail, day, quarantine, reprocess };  ///< "quarantine.…", "reprocess.…": any
    Kind kind = Kind::unknown;
    std::string date, till;  ///< day: "" for the newest, for all
};
ControlRequest parse_request(std::string_view line);

}  // namespace tillpost
