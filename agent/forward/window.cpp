// SPDX-License-Identifier: Apache-2.0
#include "agent/forward/window.hpp"

#include <algorithm>

namespace tillpost {
namespace {

constexpr std::uint64_t smallest_batch = 4 << 10;
constexpr std::uint32_t others = 2;  // hello and state need places of the Receive Maximum, too
// Fixed header 5, topic length 2 and topic of at most 91, packet identifier 2, property `content-encoding: zstd` 30.
constexpr std::uint64_t packet_overhead = 130;
constexpr std::uint64_t smallest_message =
    Window::smallest_packet - packet_overhead;  // a prefix and a tombstone's rest

/// The slowest line that must not look dead: 64 kbit/s. In bytes a second.
constexpr std::uint64_t slowest_line = 8'000;

std::uint64_t bytes_in(std::uint64_t rate, LineRate::Duration time) {
    return static_cast<std::uint64_t>(static_cast<double>(rate) * std::chrono::duration<double>(time).count());
}

}  // namespace

void Window::connected(std::uint32_t receive_maximum, std::uint32_t largest_packet) {
    const std::uint32_t places = receive_maximum >= 2 * others ? receive_maximum - others : 1;
    most_messages_ = std::max(1U, std::min(settings_.window, places));
    const std::uint64_t packet = largest_packet == 0 ? 268'435'455 : largest_packet;
    largest_message_ = std::max(smallest_message, packet > packet_overhead ? packet - packet_overhead : 0);
    line_.connected();
    disconnected();
}

void Window::disconnected() {
    under_way_.clear();
    bytes_ = 0;
}

bool Window::room(Lane lane, bool reserve) const {
    if (alone_ && !under_way_.empty()) return false;
    const bool held = reserve && lane == Lane::backlog;
    const std::size_t reserved = !held || most_messages_ == 1 ? 0 : most_messages_ < 8 ? 1 : 2;
    const std::uint64_t extra = held ? 0 : batch_bytes();
    return under_way_.size() < most_messages_ - reserved && (bytes_ == 0 || bytes_ < most_bytes() + extra);
}

std::uint64_t Window::batch_bytes() const {
    // The broker acknowledges whole messages: while one crawls along nothing comes back.
    const std::uint64_t crawling = bytes_in(slowest_line, settings_.keep_alive / 3);
    const std::uint64_t most = std::min({settings_.batch_bytes, largest_message_, crawling});
    return std::min(most, std::max(smallest_batch, line_.rate() / 2));
}

std::uint64_t Window::most_bytes() const {
    if (line_.round_trip_is_old()) return batch_bytes();
    const std::uint64_t batches = 2 * batch_bytes();
    const std::uint64_t written = bytes_in(slowest_line, settings_.keep_alive * 5 / 4);
    const std::uint64_t under_way = bytes_in(line_.rate(), line_.round_trip()) + batches;
    const std::uint64_t trusted = std::max(written - std::min(written, batches),
                                           std::min(under_way, bytes_in(slowest_line, settings_.patience())));
    const std::uint64_t line = bytes_in(line_.rate(), 2 * line_.round_trip() + Millis(10));
    return std::clamp(line, batches, std::max(batches, std::min(settings_.window_bytes, trusted)));
}

void Window::sent(Ticket ticket, Range range, std::uint64_t bytes, bool busy, SteadyTime now) {
    if (under_way_.empty()) quiet_since_ = now;
    const bool clear = bytes_ == 0 || bytes_ + bytes <= 2 * batch_bytes();
    under_way_.emplace(ticket, Message{range, bytes, bytes, line_.sent(now, busy, clear)});
    bytes_ += bytes;
}

void Window::paid(Ticket ticket, std::uint64_t bytes) {
    if (const auto at = under_way_.find(ticket); at != under_way_.end()) at->second.packet = bytes;
}

bool Window::answered(Ticket ticket, bool acknowledged, SteadyTime now) {
    const auto at = under_way_.find(ticket);
    if (at == under_way_.end()) return false;
    quiet_since_ = now;
    if (acknowledged) alone_ = false;
    line_.acknowledged(at->second.mark, acknowledged ? at->second.bytes : 0, now);
    bytes_ -= at->second.bytes;
    under_way_.erase(at);
    return true;
}

SteadyTime Window::answer_due() const {
    if (under_way_.empty()) return SteadyTime::max();
    return quiet_since_ + settings_.patience() + line_.time_for(bytes_);
}

}  // namespace tillpost
