// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "platform/error.hpp"

namespace tillpost::cli {

enum class SendOutput { text, failures_only, json };

/// "accepted <event>", "quarantined <record>: <rule>" or "refused <reason>", if the line is an answer of the feed's;
/// else
/// "". Pure.
std::string feed_answer(std::string_view line);

/// Which lines of the input wait for their answer, and what became of the others. The feed answers in the order of
/// the lines. Pure; harmless for a terminal.
class SendLedger {
public:
    explicit SendLedger(SendOutput output) : output_(output) {}

    /// Line `number` of the input is on its way.
    void sent(std::uint64_t number) { waiting_.push_back(number); }
    std::size_t waiting() const { return waiting_.size(); }

    /// What to print for an answer, with its line break, "" for nothing. Errc::invalid when it is none;
    /// Errc::rejected with the reason for a refusal that answers no line: the whole connection is refused.
    Result<std::string> answer(std::string_view line);

    /// What is not known when the connection is lost: "lines 5 to 9 have no answer: …", "" if every line has one.
    std::string unanswered() const;
    /// "12 lines: 10 accepted, 1 quarantined, 1 refused"
    std::string summary() const;

    /// 1: a line was refused; 3: none was, but one went to quarantine; 0: all accepted.
    int exit_code() const;

private:
    enum Outcome { accepted, quarantined, refused, outcomes };
    SendOutput output_;
    std::deque<std::uint64_t> waiting_;
    std::uint64_t counts_[outcomes] = {};
};

}  // namespace tillpost::cli
