// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "agent/capture/capture.hpp"
#include "agent/capture/quarantine_desk.hpp"
#include "agent/capture/reprocess_desk.hpp"
#include "agent/control/configuration.hpp"
#include "agent/forward/broker_link.hpp"
#include "agent/forward/forwarder.hpp"
#include "agent/journal/journal.hpp"
#include "agent/mqtt/broker_probe.hpp"
#include "agent/status/control_server.hpp"
#include "agent/status/page_server.hpp"
#include "agent/status/status.hpp"
#include "agent/status/waiting_since.hpp"
#include "drivers/driver.hpp"
#include "platform/network_watch.hpp"
#include "platform/signature.hpp"
#include "platform/stop_signals.hpp"
#include "platform/task_group.hpp"
#include "platform/unsaid_lines.hpp"
#include "platform/wall_timer.hpp"

namespace tillpost {

/// The composition root of tillpostd: builds the parts, starts and stops them in order, nothing else.
///
/// Stop order: devices (answer what is under way) → delivery (a bounded drain) → broker → journal.
class App {
public:
    App(asio::io_context& loop, Configuration configuration);
    ~App();

    /// Opens the journal and the sockets; what fails here keeps the daemon from starting.
    Result<void> start();
    /// Runs until SIGTERM, SIGINT or a failure of the storage; gives the exit code.
    int run();
    /// A name look-up is under way that the event loop's destructor would wait for; nothing else is left to do.
    bool looks_up() const { return probe_.looks_up(); }

private:
    std::unique_ptr<MessageSigner> device_signer();
    void guard_keys();
    Result<void> open_journal();
    Result<void> begin_recording();
    Result<void> start_drivers();
    void make_link(const MqttSettings& settings);
    void make_forwarder();
    Millis first_wait() const;
    void watch_network();
    void make_control_server();
    void make_page();
    void connect_parts();
    void stop(int exit_code, const std::string& why);
    asio::awaitable<void> shut_down();
    asio::awaitable<void> seal_the_rest(Millis within);
    asio::awaitable<void> seal_once(std::string cause);
    [[noreturn]] static void leave();
    asio::awaitable<bool> finish(TaskGroup& group, Millis within);
    asio::awaitable<void> drain_delivery(Millis within);
    asio::awaitable<void> feed_watchdog();
    asio::awaitable<void> watch_wall_clock();
    asio::awaitable<void> find_oldest();
    void note_waiting();
    Status status() const;
    void fill_journal(Status& status) const;
    void fill_delivery(Status& status) const;
    void fill_devices(Status& status) const;

    asio::io_context& loop_;
    Configuration configuration_;
    SystemClock clock_;
    Timestamp started_;
    std::vector<std::string> key_troubles_;  ///< Of the key files, for people
    StopSignals signals_;
    Wake changed_;  ///< For the shutdown: something was confirmed, or a group is idle.
    int exit_code_ = 0;
    bool stopping_ = false;
    bool sealed_ = false;

    std::unique_ptr<Journal> journal_;
    std::unique_ptr<Capture> capture_;
    std::unique_ptr<QuarantineDesk> quarantine_desk_;
    std::unique_ptr<ReprocessDesk> reprocess_desk_;
    std::unique_ptr<DayKeeper> days_;
    BrokerProbe probe_;
    std::unique_ptr<BrokerLink> link_;
    std::unique_ptr<Forwarder> forwarder_;
    NetworkWatch network_;
    WallTimer wall_timer_;
    std::unique_ptr<ControlServer> control_;
    std::unique_ptr<PageServer> page_;
    WaitingSince waiting_since_;
    UnsaidLines unsaid_lines_;
    std::vector<std::unique_ptr<Driver>> drivers_;

    TaskGroup journal_tasks_;
    TaskGroup forward_tasks_;
    TaskGroup driver_tasks_;
    TaskGroup service_tasks_;
    TaskGroup shutdown_task_;
};

}  // namespace tillpost
