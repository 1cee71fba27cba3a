// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "platform/backoff.hpp"
#include "platform/clock.hpp"

namespace tillpost {

/// [flow-1] When to ask central with a hello, and whether events may go meanwhile. Pure.
///
/// Nothing goes before the first hello of a connection is answered. After a time without progress only hellos go, at
/// growing distances; each answer that shows no progress lets one message go.
class Probe {
public:
    enum class Mode {
        offline,
        greeting,  ///< A hello is due or unanswered; nothing is sent.
        flowing,
        probing  ///< No progress: hellos, and one message a backoff step.
    };

    Probe(Millis first, Millis longest) : steps_(first, longest) {}

    void connected(bool by_central, SteadyTime now);
    void disconnected();
    /// What was known of central no longer holds: ask at once, send nothing meanwhile.
    void greet(SteadyTime now);

    Mode mode() const { return mode_; }
    bool asking() const { return mode_ == Mode::greeting || mode_ == Mode::probing; }
    /// While asking: when the next hello is due.
    SteadyTime due() const { return step_ends_; }
    bool may_send() const { return mode_ == Mode::flowing || (mode_ == Mode::probing && allowed_); }

    /// `queue`: how long the line is busy with what was sent before.
    void hello_sent(SteadyTime now, SteadyTime::duration queue, std::uint64_t random);
    void message_sent() { allowed_ = false; }
    /// A receipt came. True if it is the first one for the last hello: what it does not cover counts as unsent.
    bool receipt(bool progress);

private:
    Mode mode_ = Mode::offline;
    Backoff steps_;
    SteadyTime step_ends_{};
    bool unanswered_ = false;
    bool allowed_ = false;
};

}  // namespace tillpost
