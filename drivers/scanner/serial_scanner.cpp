// SPDX-License-Identifier: Apache-2.0
#include "drivers/scanner/serial_scanner.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <utility>

#include "platform/bytes.hpp"
#include "platform/log.hpp"
#include "platform/serial.hpp"

namespace tillpost {
namespace {

constexpr Millis stable_after{5'000};  // a device that lasts as long is tried again soon when it vanishes
constexpr Millis looks_for_room{5};

}  // namespace

SerialScanner::SerialScanner(asio::any_io_executor loop, SerialScannerSettings settings, Sink& sink)
    : settings_(std::move(settings)),
      sink_(sink),
      framer_(settings_),
      port_(loop),
      gap_timer_(loop),
      wake_(loop),
      counts_(std::make_shared<Counts>()),
      backoff_(settings_.first_retry, settings_.longest_retry),
      absence_(settings_.short_absence) {
    counts_->name = settings_.name;
}

Result<void> SerialScanner::start() {
    const std::string step = "scanner " + settings_.name;
    if (settings_.suffix.empty()) return Error{Errc::invalid, "no suffix"}.with_context(step);
    if (settings_.longest_code == 0) return Error{Errc::invalid, "longest_code is 0"}.with_context(step);
    // Without a pause, a device that isn't there would be looked for without end.
    if (settings_.first_retry < Millis(1) || settings_.longest_retry < settings_.first_retry) {
        return Error{Errc::invalid, "first_retry must be 1 ms or more, and longest_retry not less"}.with_context(step);
    }
    const SerialSettings line{settings_.device, settings_.speed, settings_.framing};
    if (const auto known = with_settings(termios{}, line); !known) return known.error().with_context(step);
    return {};
}

asio::awaitable<void> SerialScanner::run() {
    for (;;) {
        if (draining_) co_return;
        const Result<void> opened = open();
        if (opened) {
            came_up();
            co_await read_codes();
        } else {
            went_down(opened.error().message);
        }
        if (draining_) co_return;
        const Millis delay = std::min(next_delay(), absence_.untold(steady_now()));
        co_await wake_.wait_for(delay);
    }
}

Result<void> SerialScanner::open() {
    Result<FileDescriptor> line = open_serial({settings_.device, settings_.speed, settings_.framing});
    if (!line) return line.error();
    boost::system::error_code failure;
    port_.assign(line->get(), failure);
    if (failure) return system_error("watch " + settings_.device, failure.value());
    line->release();
    opened_ = steady_now();
    return {};
}

asio::awaitable<void> SerialScanner::read_codes() {
    for (;;) {
        co_await input_or_deadline();
        if (draining_) break;
        framer_.expire(steady_now(), items_);
        const bool alive = read();
        submit_items();
        if (!alive || draining_) break;
        co_await room_for_more();
        if (draining_) break;
    }
    close();
}

/// Nobody reads the device meanwhile: USB holds it back, a terminal has a buffer. What is half there can't be overdue.
asio::awaitable<void> SerialScanner::room_for_more() {
    if (counts_->waiting < most_waiting) co_return;
    while (counts_->waiting >= most_waiting && !draining_) co_await wake_.wait_for(looks_for_room);
    framer_.go_on(steady_now());
}

/// Returns when bytes are there, the device is gone, the code under way is overdue, or drain() is called.
asio::awaitable<void> SerialScanner::input_or_deadline() {
    gap_timer_.expires_at(framer_.deadline().value_or(SteadyTime::max()));
    auto first = asio::experimental::make_parallel_group(
        port_.async_wait(asio::posix::stream_descriptor::wait_read, asio::deferred),
        gap_timer_.async_wait(asio::deferred));
    auto one = asio::experimental::wait_for_one();
    co_await first.async_wait(one, asio::use_awaitable);
}

/// False when the device is gone.
bool SerialScanner::read() {
    std::array<char, most_read> bytes;
    const ssize_t got = ::read(port_.native_handle(), bytes.data(), bytes.size());
    if (got > 0) {
        framer_.push({bytes.data(), static_cast<std::size_t>(got)}, steady_now(), items_);
        return true;
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    went_down(got == 0 ? "the device hung up" : system_error("the device vanished", errno).message);
    return false;
}

void SerialScanner::submit_items() {
    for (CodeFramer::Item& item : items_) {
        if (item.fault == CodeFramer::Fault::none) {
            submit(std::move(item));
        } else {
            dropped(item.fault);
        }
    }
    items_.clear();
}

void SerialScanner::submit(CodeFramer::Item item) {
    ++counts_->codes;
    ++counts_->waiting;
    Observation observation;
    observation.kind = Observation::Kind::scan;
    observation.device = settings_.name;
    observation.bytes = std::move(item.code);
    observation.aim = std::move(item.aim);
    auto answer = [counts = counts_](const Outcome& outcome) {
        --counts->waiting;
        answered(*counts, outcome);
    };
    sink_.submit(std::move(observation), std::move(answer));
}

void SerialScanner::answered(Counts& counts, const Outcome& outcome) {
    if (outcome.kind != Outcome::Kind::refused) return;
    ++counts.refused;
    auto line = [scanner = counts.name, why = outcome.reason](std::uint64_t times) {
        log::error("scan refused and lost: scan again", {{"scanner", scanner}, {"why", why}, {"times", times}});
    };
    const std::string word = outcome.reason.substr(0, outcome.reason.find(':'));
    counts.refusals_said[word].say(steady_now(), std::move(line));
}

void SerialScanner::dropped(CodeFramer::Fault fault) {
    ++dropped_;
    auto line = [scanner = settings_.name, why = describe(fault)](std::uint64_t times) {
        log::warn("a code was dropped", {{"scanner", scanner}, {"why", why}, {"times", times}});
    };
    drops_said_[fault].say(steady_now(), std::move(line));
}

void SerialScanner::close() {
    framer_.reset(items_);
    submit_items();
    boost::system::error_code ignored;
    port_.close(ignored);
    if (draining_) detail_ = "stopped";
    up_ = false;
}

void SerialScanner::came_up() {
    up_ = true;
    detail_ = "reads " + settings_.device;
    log::info("scanner is there", {{"scanner", settings_.name}, {"device", settings_.device}});
    tell(true, absence_.back(steady_now()));
}

// One line a change: a scanner that stays away for a week is not news every 30 seconds.
void SerialScanner::went_down(const std::string& reason) {
    if (up_ || reason != detail_) log::warn("scanner is not there", {{"scanner", settings_.name}, {"why", reason}});
    up_ = false;
    detail_ = reason;
    tell(false, absence_.gone(steady_now()));
}

void SerialScanner::tell(bool there, const std::optional<Millis>& away) {
    if (away) sink_.presence({settings_.name, there, detail_, *away});
}

/// Full jitter: uniform in 0 … cap. A device that opens and fails at once does not count as back.
Millis SerialScanner::next_delay() {
    const bool lasted = opened_ != SteadyTime{} && steady_now() - opened_ >= stable_after;
    opened_ = {};
    if (lasted) backoff_.reset();
    return backoff_.next(random_number());
}

void SerialScanner::drain() {
    draining_ = true;
    wake_.notify();
    gap_timer_.cancel();
}

std::vector<Driver::Health> SerialScanner::health() const {
    Health health;
    health.name = settings_.name;
    health.up = up_;
    health.detail = detail_;
    health.observations = counts_->codes;
    if (counts_->waiting >= most_waiting)
        health.detail += ", not read on before the storage has " + std::to_string(counts_->waiting) + " codes";
    if (dropped_ > 0)
        health.detail += ", " + std::to_string(dropped_) + (dropped_ == 1 ? " code" : " codes") + " dropped";
    if (counts_->refused > 0)
        health.detail +=
            ", " + std::to_string(counts_->refused) + (counts_->refused == 1 ? " code" : " codes") + " refused";
    return {health};
}

}  // namespace tillpost
