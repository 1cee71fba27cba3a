// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/central/conformance.hpp"

namespace tillpost {

using Lines = std::vector<std::string>;

/// What the cases have in common: the peer, a stream, and the first thing that was not as it must be.
class Play {
public:
    Play(ConformancePeer& agent, const ConformanceSettings& with)
        : peer(agent), settings(with), stream(agent.source(), next_ordinal()) {}

    /// A hello for all that the stream has; the answer is waited for.
    void greet() {
        peer.hello({stream.summary()});
        expect("an answer to the hello that quotes its number", [](const EpochReceipt&) { return true; });
    }
    void expect(const std::string& what, const std::function<bool(const EpochReceipt&)>& wanted) {
        expect_of(stream, what, wanted);
    }
    void expect_of(const TestStream& of, const std::string& what,
                   const std::function<bool(const EpochReceipt&)>& wanted) {
        if (!failed) note(peer.expect(of.epoch(), wanted), what);
    }
    /// `upto` and its hash, and no fork.
    void expect_upto(Sequence upto) { expect_upto_of(stream, upto); }
    void expect_upto_of(const TestStream& of, Sequence upto) {
        const Digest& hash = of.chain(upto);
        expect_of(of, "upto " + std::to_string(upto) + " with its chain hash, no fork",
                  [upto, hash](const EpochReceipt& got) { return got.upto == upto && got.hash == hash && !got.fork; });
    }
    void note(bool holds, const std::string& what) {
        if (failed) return;
        result.expected = what;
        failed = !holds || !peer.faults().empty();
        if (failed) result.came = peer.came();
    }
    void skip(const std::string& why) {
        result.verdict = CaseResult::Verdict::not_run;
        result.came = why;
    }

    ConformancePeer& peer;
    const ConformanceSettings& settings;
    TestStream stream;
    CaseResult result;
    bool failed = false;

private:
    static std::uint32_t next_ordinal() {
        static std::uint32_t ordinal = 0;
        return ++ordinal;
    }
};

}  // namespace tillpost
