// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "agent/wire/protocol.hpp"

namespace tillpost::test {

/// Makes the lines of one epoch as an agent does: each continues the chain.
class LineMaker {
public:
    explicit LineMaker(std::string source, Epoch epoch = 0xe1)
        : source_(std::move(source)), epoch_(epoch), chain_(chain_start(sha_, source_, epoch)) {}

    /// A sale with the given business key and data.
    std::string sale(const std::string& subject, const std::string& data = "{\"total\":\"1.00\"}",
                     const std::string& quality = "") {
        Event event;
        event.type = "sale";
        event.subject = subject;
        event.data = data;
        if (!quality.empty()) event.quality.mark(quality);
        return body(body_of(event));
    }
    /// The same sale recorded once more, as a person released it.
    std::string released(const std::string& subject, const std::string& data, const std::string& first) {
        Event event;
        event.type = "sale";
        event.subject = subject;
        event.data = data;
        event.causation = event_id(epoch_, 1);
        event.correlation = first;
        return body(body_of(event));
    }
    std::string next() { return sale("T1-" + std::to_string(sequence_ + 1)); }
    std::vector<std::string> next(int count) {
        std::vector<std::string> lines;
        for (int i = 0; i < count; ++i) lines.push_back(next());
        return lines;
    }
    /// The line that carries exactly this body.
    std::string body(const std::string& body) {
        last_digest_ = sha_(body);
        return prefix(last_digest_) + body;
    }
    std::string tombstone(const std::string& subject) {
        Event event;
        event.type = "sale";
        event.subject = subject;
        event.data = "{}";
        withheld_body_ = body_of(event);
        last_digest_ = sha_(withheld_body_);
        return prefix(last_digest_) + "\"digest\":\"" + to_hex(last_digest_) + "\",\"withheld\":\"size\"}";
    }
    /// An event of the agent about its own stream.
    std::string own(const std::string& type, const std::string& data) {
        Event event;
        event.type = type;
        event.data = data;
        return body(body_of(event));
    }
    std::string reissued(Epoch former, Sequence from, Sequence to, const std::string& cause = "fork") {
        return own("reissued", "{\"epoch\":\"" + to_hex(former) + "\",\"ordinal\":1,\"from\":" + std::to_string(from) +
                                   ",\"to\":" + std::to_string(to) + ",\"count\":" + std::to_string(to - from + 1) +
                                   ",\"cause\":\"" + cause + "\"}");
    }
    std::string loss(Epoch epoch, const std::string& ranges, const std::string& reason = "unreadable") {
        return own("loss", "{\"epoch\":\"" + to_hex(epoch) + "\",\"ranges\":" + ranges +
                               ",\"count\":1,\"class\":\"unknown\",\"reason\":\"" + reason + "\"}");
    }
    std::string gone(Epoch epoch, Range range, const Digest& before, const Digest& after) {
        return own("gone", "{\"epoch\":\"" + to_hex(epoch) + "\",\"from\":" + std::to_string(range.from) +
                               ",\"to\":" + std::to_string(range.to) + ",\"before\":\"" + to_hex(before) +
                               "\",\"after\":\"" + to_hex(after) + "\"}");
    }
    /// The body of a line that this or another maker made: what a copy under another number carries.
    static std::string body_in(const std::string& line) { return line.substr(line_prefix_size); }
    /// The chain in a line.
    static Digest chain_in(const std::string& line) { return digest_from_hex(line.substr(108, 64)).value(); }
    /// The last tombstone's line with its content.
    std::string filled() { return line_prefix(epoch_, sequence_, chain_) + withheld_body_; }
    std::string lost() {
        Digest destroyed;
        fill_random(destroyed);
        return prefix(destroyed) + "\"lost\":\"damage\"}";
    }

    std::string body_of(const Event& event) {
        Stamp stamp{{WallTime(Millis(1'795'000'000'000)), Millis(5), true}, std::string(32, 'b'), {}};
        const std::uint64_t salt = ++salt_;
        for (std::size_t i = 0; i < 8; ++i) stamp.salt[i] = static_cast<std::uint8_t>(salt >> (8 * i));
        stamp.salt[8] = static_cast<std::uint8_t>(epoch_);
        return encode_body(source_, event, stamp);
    }

    const std::string& source() const { return source_; }
    Epoch epoch() const { return epoch_; }
    Sequence sequence() const { return sequence_; }
    const Digest& chain() const { return chain_; }

    /// Goes on with other content under the same numbers: a clone of the journal.
    LineMaker clone() const {
        LineMaker other(source_, epoch_);
        other.sequence_ = sequence_;
        other.chain_ = chain_;
        other.salt_ = salt_ + 1'000'000;
        return other;
    }

private:
    std::string prefix(const Digest& digest) {
        ++sequence_;
        chain_ = chain_next(sha_, chain_, epoch_, sequence_, digest);
        return line_prefix(epoch_, sequence_, chain_);
    }

    std::string source_;
    Epoch epoch_;
    Sha256 sha_;
    Digest chain_;
    Digest last_digest_{};
    Sequence sequence_ = 0;
    std::uint64_t salt_ = 0;
    std::string withheld_body_;
};

/// The payload of a message with these lines.
inline std::string joined(const std::vector<std::string>& lines) {
    std::string payload;
    for (const std::string& line : lines) payload += line + "\n";
    return payload;
}

}  // namespace tillpost::test
