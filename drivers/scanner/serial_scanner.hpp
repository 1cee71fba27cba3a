// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/driver.hpp"
#include "drivers/scanner/absence.hpp"
#include "drivers/scanner/code_framer.hpp"
#include "drivers/scanner/settings.hpp"
#include "platform/backoff.hpp"
#include "platform/log_limit.hpp"
#include "platform/wake.hpp"

namespace tillpost {

/// A bar code scanner on a serial line (drivers/scanner/README.md): each code is submitted as a scan. Loop thread only.
///
/// Survives its device: reopens it for ever, with full jitter. A scanner can't be told that its code was refused, so
/// refusals are logged and counted. While `most_waiting` codes wait for their outcome, the device is not read on.
class SerialScanner final : public Driver {
public:
    static constexpr std::size_t most_waiting = 1024;  ///< And what came with the last of them, in `most_read` bytes
    static constexpr std::size_t most_read = 4096;

    SerialScanner(asio::any_io_executor loop, SerialScannerSettings settings, Sink& sink);

    /// Errc::invalid for settings that no device could work with. The device itself may come later.
    Result<void> start() override;
    asio::awaitable<void> run() override;
    void drain() override;
    std::vector<Health> health() const override;

private:
    /// Outlives the driver: the sink's answers may come later.
    struct Counts {
        std::string name;
        std::uint64_t codes = 0;
        std::uint64_t refused = 0;
        std::size_t waiting = 0;
        std::map<std::string, LogLimit> refusals_said{};  ///< By the reason's word
    };

    Result<void> open();
    asio::awaitable<void> read_codes();
    asio::awaitable<void> input_or_deadline();
    asio::awaitable<void> room_for_more();
    bool read();
    void submit_items();
    void submit(CodeFramer::Item item);
    void dropped(CodeFramer::Fault fault);
    static void answered(Counts& counts, const Outcome& outcome);
    void close();
    void came_up();
    void went_down(const std::string& reason);
    void tell(bool there, const std::optional<Millis>& away);
    Millis next_delay();

    SerialScannerSettings settings_;
    Sink& sink_;
    CodeFramer framer_;
    asio::posix::stream_descriptor port_;
    asio::steady_timer gap_timer_;
    Wake wake_;
    std::vector<CodeFramer::Item> items_;
    std::shared_ptr<Counts> counts_;
    std::uint64_t dropped_ = 0;
    std::map<CodeFramer::Fault, LogLimit> drops_said_;
    Backoff backoff_;
    SteadyTime opened_{};
    Absence absence_;
    bool up_ = false;
    bool draining_ = false;
    std::string detail_ = "not started";
};

}  // namespace tillpost
