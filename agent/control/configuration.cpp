// SPDX-License-Identifier: Apache-2.0
#include "agent/control/configuration.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/control/keys_reader.hpp"
#include "agent/control/object_reader.hpp"
#include "agent/control/privacy_reader.hpp"
#include "agent/control/rules.hpp"

namespace tillpost {
namespace {

using nlohmann::json;
using std::chrono::hours;
using std::chrono::seconds;

constexpr std::size_t most_brokers = 8;
constexpr std::size_t most_scanners = 32;
constexpr std::size_t most_accounts = 64;
constexpr std::size_t most_templates = 64;
constexpr std::size_t most_rates = 16;
constexpr std::size_t most_rules = 128;
constexpr std::size_t most_hours = 28;
constexpr std::size_t most_tills = 256;
constexpr std::size_t most_feed_memory_kb = 128 << 10;  // half of the unit's MemoryMax

template <class T, class U>
void assign(T& to, std::optional<U> value) {
    if (value) to = T(std::move(*value));
}

void read_agent(ObjectReader agent, AgentName& name, Problems& problems) {
    assign(name.tenant, agent.text("tenant", rules::name, Need::required));
    assign(name.store, agent.text("store", rules::name, Need::required));
    assign(name.node, agent.text("node", rules::name, Need::required));
    const std::size_t together = name.tenant.size() + name.store.size() + name.node.size();
    if (together > rules::longest_names) {
        problems.add(agent.path(), "has " + std::to_string(together) +
                                       " characters in tenant, store and node: expected at most " +
                                       std::to_string(rules::longest_names) + " together");
    }
}

/// Both are parts of the file's limit, and would never be reached.
void check_sizes(ObjectReader& journal, const JournalSettings& settings) {
    const std::string most = "at most limit_mb, which is " + std::to_string(settings.most_bytes >> 20);
    if (settings.keep_bytes > settings.most_bytes) journal.refuse("keep_mb", most);
    if (settings.ballast_bytes > settings.most_bytes) journal.refuse("ballast_mb", most);
}

void read_journal(ObjectReader journal, JournalSettings& settings) {
    assign(settings.path, journal.text("path", rules::path, Need::required));
    if (const auto days = journal.number("keep_days", {0, 3650})) settings.keep = hours(24 * *days);
    if (const auto size = journal.number("keep_mb", {16, 1 << 20})) settings.keep_bytes = *size << 20;
    if (const auto size = journal.number("limit_mb", {64, 1 << 20})) settings.most_bytes = *size << 20;
    if (const auto size = journal.number("ballast_mb", {0, 1024})) settings.ballast_bytes = *size << 20;
    check_sizes(journal, settings);
    assign(settings.remembered_keys, journal.number("remember_keys", {0, 10'000'000}));
    if (const auto days = journal.number("remember_keys_days", {1, 3650})) settings.remember_keys = hours(24 * *days);
}

/// "HH:MM", checked already.
std::chrono::minutes minutes_of(std::string_view time) {
    return std::chrono::minutes(((time[0] - '0') * 10 + time[1] - '0') * 60 + (time[3] - '0') * 10 + time[4] - '0');
}

void read_audit(ObjectReader audit, Configuration& configuration) {
    constexpr std::int64_t default_step_s = 2;
    assign(configuration.journal.seal_every, audit.number("seal_every", {10, 100'000}));
    configuration.journal.clock_step = seconds(audit.number("clock_step_s", {1, 3600}).value_or(default_step_s));
}

void read_device(ObjectReader device, Configuration& configuration) {
    const std::string& journal = configuration.journal.path;
    const std::string folder = journal.substr(0, journal.rfind('/') + 1);
    configuration.device = {folder + "device.key", folder + "device.pem"};
    assign(configuration.device.key, device.text("key_file", rules::device_key));
    assign(configuration.device.certificate, device.text("certificate_file", rules::device_certificate));
}

/// What one key of the broker asks of the others.
void check_broker(ObjectReader& broker, const Configuration& configuration) {
    const MqttSettings& settings = configuration.broker;
    const auto is_secure = [](const std::string& address) {
        return address.starts_with("ssl://") || address.starts_with("wss://");
    };
    const auto& brokers = configuration.brokers;
    const bool secure = std::any_of(brokers.begin(), brokers.end(), is_secure);
    if (secure && settings.ca_file.empty()) {
        broker.miss("ca_file",
                    "the PEM file of the authorities that may vouch for an ssl:// broker; the system's are not used");
    }
    if (!secure && !brokers.empty() && !settings.proxy.empty()) {
        broker.refuse("proxy", "no proxy, or an ssl:// or wss:// address: only what is encrypted goes through one");
    }
    if (!configuration.proxy_credentials_file.empty() && settings.proxy.empty()) {
        broker.miss("proxy", "the proxy that proxy_credentials_file is for");
    }
    if (!settings.certificate_file.empty() && settings.key_file.empty()) {
        broker.miss("key_file", "the private key of certificate_file");
    }
    if (!settings.key_file.empty() && settings.certificate_file.empty()) {
        broker.miss("certificate_file", "the certificate of key_file");
    }
    if (!configuration.password_file.empty() && settings.username.empty()) {
        broker.miss("username", "the user whose password is in password_file");
    }
}

void read_broker(ObjectReader broker, Configuration& configuration) {
    MqttSettings& settings = configuration.broker;
    assign(configuration.brokers, broker.one_or_more("address", rules::address, most_brokers, Need::required));
    if (!configuration.brokers.empty()) settings.address = configuration.brokers.front();
    if (const auto time = broker.number("return_s", {1, 86'400})) configuration.return_to_preferred = seconds(*time);
    assign(settings.proxy, broker.text("proxy", rules::proxy));
    assign(configuration.proxy_credentials_file, broker.text("proxy_credentials_file", rules::proxy_credentials));
    assign(settings.protocol, broker.choice<int>("protocol", {{"5", 5}, {"3.1.1", 3}}));
    if (const auto time = broker.number("keep_alive_s", {5, 3600})) settings.keep_alive = seconds(*time);
    if (const auto time = broker.number("connect_timeout_s", {1, 120})) settings.connect_timeout = seconds(*time);
    if (const auto size = broker.number("max_packet_kb", {1, 262'143})) {
        configuration.delivery.largest_packet = static_cast<std::uint32_t>(*size) << 10;
    }
    assign(settings.username, broker.text("username", rules::user_name));
    assign(configuration.password_file, broker.text("password_file", rules::password_file));
    const auto ca_file = broker.text("ca_file", rules::certificates);
    assign(settings.ca_file, ca_file);
    assign(settings.certificate_file, broker.text("certificate_file", rules::certificates));
    assign(settings.key_file, broker.text("key_file", rules::private_key));
    check_broker(broker, configuration);
}

DailyRate read_rate(ObjectReader& rate) {
    DailyRate result;
    const auto from = rate.text("from", rules::time_of_day);
    const auto to = rate.text("to", rules::time_of_day);
    if (from) rate.miss("to", "the time at which the limit ends, or neither \"from\" nor \"to\" for all day");
    if (to) rate.miss("from", "the time at which the limit begins, or neither \"from\" nor \"to\" for all day");
    if (from) result.from = minutes_of(*from);
    if (to) result.to = minutes_of(*to);
    if (from && to && *from == *to) rate.refuse("to", "another time than \"from\", or neither of them for all day");
    assign(result.rate.bytes, rate.number("bytes_s", {1'000, 1'000'000'000}));
    assign(result.rate.messages, rate.number("messages_s", {1, 100'000}));
    if (!result.rate.messages) rate.miss("bytes_s", "bytes a second, or \"messages_s\", or both");
    return result;
}

/// What an older MQTT cannot say.
void check_protocol(ObjectReader& delivery, const DeliverySettings& settings, int protocol) {
    if (protocol == 5) return;
    if (settings.compress != DeliverySettings::Compress::none) {
        delivery.refuse("compress", "\"none\", or broker/protocol \"5\": an older MQTT cannot say what is compressed");
    }
    if (settings.confirm == DeliverySettings::Confirm::broker) {
        delivery.refuse(
            "confirm",
            "\"central\", or broker/protocol \"5\": by MQTT 3.1.1 a broker acknowledges what it refuses, and "
            "throws away, too (its rules forbid it, or it is too large), and that would be deleted here");
    }
}

void read_delivery(ObjectReader delivery, int protocol, Configuration& configuration) {
    DeliverySettings& settings = configuration.delivery;
    using Confirm = DeliverySettings::Confirm;
    assign(settings.confirm,
           delivery.choice<Confirm>("confirm", {{"central", Confirm::central}, {"broker", Confirm::broker}}));
    using Compress = DeliverySettings::Compress;
    assign(settings.compress,
           delivery.choice<Compress>("compress", {{"none", Compress::none}, {"zstd", Compress::zstd}}));
    check_protocol(delivery, settings, protocol);
    using Order = DeliverySettings::Order;
    assign(settings.order, delivery.choice<Order>("order", {{"lanes", Order::lanes}, {"strict", Order::strict}}));
    if (const auto time = delivery.number("live_s", {1, 3600})) settings.live_for = seconds(*time);
    if (const auto size = delivery.number("batch_kb", {1, 1024}))
        settings.batch_bytes = static_cast<std::size_t>(*size) << 10;
    assign(settings.window, delivery.number("window", {1, 1000}));
    if (const auto size = delivery.number("window_kb", {4, 65536}))
        settings.window_bytes = static_cast<std::uint64_t>(*size) << 10;
    if (const auto time = delivery.number("first_retry_ms", {0, 300'000})) settings.spread_retry = Millis(*time);
    if (const auto time = delivery.number("hello_minutes", {1, 1440}))
        settings.idle_hello = std::chrono::minutes(*time);
    assign(configuration.journal.receiver, delivery.text("receiver", rules::receiver));
    delivery.objects("rates", most_rates,
                     [&settings](ObjectReader& each) { settings.rates.push_back(read_rate(each)); });
}

void read_day(ObjectReader day, Configuration& configuration) {
    if (const auto time = day.text("ends_at", rules::time_of_day)) configuration.day.ends_at = minutes_of(*time);
    assign(configuration.time_zone, day.text("time_zone", rules::time_zone));
}

TradingHours read_hours(ObjectReader& reader) {
    constexpr std::array<std::string_view, 7> names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    TradingHours result;
    if (const auto from = reader.text("from", rules::time_of_day, Need::required)) result.from = minutes_of(*from);
    if (const auto to = reader.text("to", rules::time_of_day, Need::required)) result.to = minutes_of(*to);
    const auto days = reader.texts("days", rules::weekday, names.size());
    if (!days) return result;
    result.days = {};
    for (const std::string& day : *days) {
        const auto at = std::find(names.begin(), names.end(), day);
        if (at != names.end()) result.days[static_cast<std::size_t>(at - names.begin())] = true;
    }
    return result;
}

void read_silence(ObjectReader& feed, DaySettings& settings) {
    feed.objects("trading_hours", most_hours,
                 [&settings](ObjectReader& each) { settings.hours.push_back(read_hours(each)); });
    assign(settings.tills, feed.texts("tills", rules::till, most_tills));
    if (const auto time = feed.number("silence_min", {1, 1440})) settings.silence = std::chrono::minutes(*time);
}

/// What the connections may hold all together, if each peer sends all but the end of its longest line and reads no
/// answer.
void check_memory(ObjectReader& feed, const FeedSettings& settings) {
    const std::size_t each = settings.most_memory_each() >> 10;
    const std::size_t most = most_feed_memory_kb / each;
    if (settings.most_connections <= most) return;
    feed.refuse("connections", "at most " + std::to_string(most) + " with lines of " +
                                   std::to_string(settings.longest_line >> 10) + " KiB (line_kb): each may take " +
                                   std::to_string(each) + " KiB, and all together " +
                                   std::to_string(most_feed_memory_kb >> 10) + " MiB");
}

void read_feed(ObjectReader feed, std::optional<FeedSettings>& settings, DaySettings& days) {
    if (!feed.exists()) return;
    settings.emplace();
    assign(settings->socket_path, feed.text("socket", rules::socket, Need::required));
    assign(settings->socket_group, feed.text("socket_group", rules::account));
    assign(settings->users, feed.texts("users", rules::account, most_accounts));
    assign(settings->groups, feed.texts("groups", rules::account, most_accounts));
    if (const auto port = feed.number("tcp_port", {1, 65535})) settings->tcp_port = static_cast<std::uint16_t>(*port);
    if (const auto size = feed.number("line_kb", {1, 1024}))
        settings->longest_line = static_cast<std::size_t>(*size) << 10;
    assign(settings->window, feed.number("window", {1, 4096}));
    assign(settings->most_connections, feed.number("connections", {1, 1024}));
    if (const auto time = feed.number("idle_s", {1, 86'400})) settings->idle = std::chrono::seconds(*time);
    check_memory(feed, *settings);
    read_silence(feed, days);
    days.feed = settings->name;
}

SerialScannerSettings read_scanner(ObjectReader& scanner) {
    SerialScannerSettings settings;
    assign(settings.name, scanner.text("name", rules::name, Need::required));
    assign(settings.device, scanner.text("device", rules::device, Need::required));
    assign(settings.speed, scanner.number_of("speed", {1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200}));
    assign(settings.framing, scanner.text("framing", rules::framing));
    assign(settings.prefix, scanner.text("prefix", rules::prefix));
    assign(settings.suffix, scanner.text("suffix", rules::suffix));
    if (settings.prefix.find(settings.suffix) != std::string::npos) {
        scanner.refuse("prefix", "a prefix that does not hold the suffix, which would end each code within it");
    }
    assign(settings.aim, scanner.flag("aim"));
    assign(settings.longest_code, scanner.number("longest_code", {16, 65536}));
    return settings;
}

void read_scanners(ObjectReader& root, Configuration& configuration) {
    root.objects("scanners", most_scanners, [&configuration](ObjectReader& each) {
        SerialScannerSettings scanner = read_scanner(each);
        if (configuration.feed && scanner.name == configuration.feed->name) {
            each.refuse("name", "another name: this is the feed's");
        }
        for (const SerialScannerSettings& other : configuration.scanners) {
            if (other.name == scanner.name) each.refuse("name", "another name: an earlier scanner has this one");
            if (other.device == scanner.device)
                each.refuse("device", "another device: an earlier scanner has this one");
        }
        configuration.scanners.push_back(std::move(scanner));
    });
}

/// What would be held back by a rule that is always a note travels: who wants it otherwise must know.
void refuse_what_is_always_a_note(const RuleSetting& setting, ObjectReader& rule) {
    const KnownRule* const known = find_rule(setting.rule);
    if (known == nullptr || known->configurable()) return;
    rule.refuse("rule",
                "another rule: " + setting.rule + " is always a note, because " + std::string(known->always_a_note));
}

/// A severity for a type that has nothing of what the rule compares would never have an effect.
void refuse_types_without(const RuleSetting& setting, ObjectReader& rule) {
    const KnownRule* const known = find_rule(setting.rule);
    if (known == nullptr || known->types.empty()) return;
    const auto has_it = [known](const std::string& type) {
        return std::find(known->types.begin(), known->types.end(), type) != known->types.end();
    };
    if (std::all_of(setting.types.begin(), setting.types.end(), has_it)) return;
    std::string allowed;
    for (const std::string_view type : known->types) allowed.append(allowed.empty() ? "" : ", ").append(type);
    rule.refuse("types", "only types that have what " + setting.rule + " compares: " + allowed);
}

RuleSetting read_rule(ObjectReader& rule) {
    RuleSetting setting;
    assign(setting.rule, rule.text("rule", rules::marking_rule, Need::required));
    assign(setting.types, rule.texts("types", rules::feed_type, feed_types().size()));
    if (rule.has_empty_list("types"))
        rule.refuse("types", "at least one type, or no \"types\": the rule is for all of them then");
    assign(setting.severity,
           rule.choice<Severity>(
               "severity", {{"note", Severity::note}, {"quarantine", Severity::quarantine}, {"off", Severity::off}}));
    rule.miss("severity", "\"note\" or \"quarantine\"");
    refuse_what_is_always_a_note(setting, rule);
    refuse_types_without(setting, rule);
    if (setting.severity == Severity::off && !rules::may_be_off(setting.rule)) {
        rule.refuse("severity", "\"note\" or \"quarantine\": only incomplete can be off");
    }
    return setting;
}

void read_scans(ObjectReader scans, std::vector<gs1::MeasureTemplate>& templates, Problems& problems) {
    const auto texts = scans.texts("in_store_numbers", rules::measure_template, most_templates);
    if (!texts) return;
    auto parsed = gs1::parse_templates(*texts);
    if (parsed) {
        templates = std::move(*parsed);
    } else {
        problems.add(scans.path() + "/in_store_numbers", "has a wrong one: " + parsed.error().message);
    }
}

/// One would take the other's place, or be opened as what it is not.
void check_paths_differ(const Configuration& configuration, Problems& problems) {
    const std::array<std::pair<const char*, std::string>, 3> paths{
        {{"/journal/path", configuration.journal.path},
         {"/feed/socket", configuration.feed ? configuration.feed->socket_path : std::string()},
         {"/control/socket", configuration.control_socket}}};
    for (auto later = paths.begin(); later != paths.end(); ++later) {
        const auto same = std::find_if(paths.begin(), later, [&](const auto& each) {
            return !each.second.empty() && each.second == later->second;
        });
        if (same == later) continue;
        problems.add(later->first, "is " + shown_value(later->second) + ": expected another path than " + same->first);
    }
}

void read_page(ObjectReader page, Configuration& configuration) {
    const auto address = page.text("address", rules::page_address);
    if (!address) return;
    configuration.page = *parse_page_address(*address);
    const bool taken = configuration.feed && configuration.feed->tcp_port == configuration.page->port;
    if (taken) page.refuse("address", "another port than /feed/tcp_port");
}

void read_log(ObjectReader log, log::Level& level) {
    assign(level, log.choice<log::Level>("level", {{"debug", log::Level::debug},
                                                   {"info", log::Level::info},
                                                   {"warn", log::Level::warn},
                                                   {"error", log::Level::error}}));
}

}  // namespace

Result<Configuration> parse_configuration(std::string_view text, const std::string& origin) {
    Problems problems(origin);
    const std::optional<json> document = parse_document(text, problems);
    if (!document) return Error{Errc::invalid, problems.text()};
    Configuration configuration;
    {
        ObjectReader root(&*document, "", problems);
        read_agent(root.object("agent", Need::required), configuration.name, problems);
        read_journal(root.object("journal", Need::required), configuration.journal);
        read_device(root.object("device"), configuration);
        read_audit(root.object("audit"), configuration);
        assign(configuration.central_certificate,
               root.object("export").text("central_certificate", rules::certificates));
        read_broker(root.object("broker", Need::required), configuration);
        read_delivery(root.object("delivery"), configuration.broker.protocol, configuration);
        configuration.privacy = read_privacy(root.object("privacy"));
        read_day(root.object("day"), configuration);
        read_feed(root.object("feed"), configuration.feed, configuration.day);
        read_scanners(root, configuration);
        root.objects("rules", most_rules,
                     [&configuration](ObjectReader& each) { configuration.rules.push_back(read_rule(each)); });
        configuration.keys = read_keys(root);
        read_scans(root.object("scans"), configuration.in_store_numbers, problems);
        assign(configuration.control_socket, root.object("control").text("socket", rules::socket_or_none));
        read_page(root.object("page"), configuration);
        read_log(root.object("log"), configuration.log_level);
        check_paths_differ(configuration, problems);
    }
    if (!problems.empty()) return Error{Errc::invalid, problems.text()};
    return configuration;
}

}  // namespace tillpost
