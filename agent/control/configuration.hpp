// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/day/settings.hpp"
#include "agent/event/gs1/measure_template.hpp"
#include "agent/event/redaction/settings.hpp"
#include "agent/event/settings.hpp"
#include "agent/forward/settings.hpp"
#include "agent/journal/settings.hpp"
#include "agent/mqtt/connection.hpp"
#include "agent/status/page_address.hpp"
#include "agent/wire/protocol.hpp"
#include "drivers/feed/settings.hpp"
#include "drivers/scanner/settings.hpp"
#include "platform/device_key.hpp"
#include "platform/error.hpp"
#include "platform/log.hpp"

namespace tillpost {

/// Everything that can be set, checked. What the parts must learn from each other (journal.source, broker.client_id,
/// broker.will) is left to the app.
struct Configuration {
    AgentName name;
    JournalSettings journal;
    MqttSettings broker;                  ///< address: the preferred one.
    std::vector<std::string> brokers;     ///< All addresses, in order of preference.
    Millis return_to_preferred{300'000};  ///< Between looks at a better broker, on the average.
    std::string password_file;            ///< Where broker.password comes from, "" for none.
    std::string proxy_credentials_file;   ///< Where broker.proxy_credentials come from, "" for none.
    DeviceKeyFiles device;                ///< Beside the journal, unless said otherwise
    std::string central_certificate;      ///< Who can read exports and signs receipts for them; "" for none
    DeliverySettings delivery;
    PrivacySettings privacy;  ///< Without `key`, until load_configuration() has read it.
    std::optional<FeedSettings> feed;
    std::vector<SerialScannerSettings> scanners;
    std::vector<RuleSetting> rules;                      ///< Severities; none: every broken rule is a note.
    std::vector<KeySetting> keys;                        ///< Business keys that are not their types' own.
    std::vector<gs1::MeasureTemplate> in_store_numbers;  ///< How the shop's numbers with a price or weight are built.
    DaySettings day;
    std::string time_zone;                                      ///< Of all local times; "": the machine's.
    std::string control_socket = "/run/tillpost/control.sock";  ///< "" for none
    std::optional<PageAddress> page;                            ///< Where the local page listens; none: nowhere
    log::Level log_level = log::Level::info;
};

/// Pure: no file is looked at. `origin` is the name of the text in messages. Errc::invalid with all problems, one a
/// line, each with its place, the wrong value and what is allowed there.
Result<Configuration> parse_configuration(std::string_view text, const std::string& origin);

/// The files it names are there and can be read; a directory for each file to be made is there. Errc::invalid with all
/// problems, one a line.
Result<void> check_files(const Configuration& configuration, const std::string& origin);

/// [durable-1] The readable files of the broker's hold what TLS needs. Apart, because a start goes on without: what is
/// wrong with them keeps no event out, it keeps events from central. Errc::invalid with all problems, one a line.
Result<void> check_tls_files(const Configuration& configuration, const std::string& origin);

/// What is as it is because the configuration leaves it out, for people, a line each: the time zone that applies, and
/// whose silence nobody notices.
std::vector<std::string> left_to_defaults(const Configuration& configuration);

/// Reads and parses the file; those that it names are not looked at: they are another machine's, perhaps.
Result<Configuration> read_configuration(const std::string& path);

/// Reads, parses and checks the file, and reads the password. For the start: it blocks.
Result<Configuration> load_configuration(const std::string& path);

}  // namespace tillpost
