// SPDX-License-Identifier: Apache-2.0
// A subscriber that only counts event lines, until so many have come or the time is up. A line with the text
// live-<nanoseconds since 1970>- was sent by a device at that moment: how long it took is told, too. One JSON object.
#include <mqtt/async_client.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Steady = std::chrono::steady_clock;

struct Counted {
    std::int64_t lines = 0;
    Steady::time_point first, last;
    std::vector<double> live_ms;
};

double now_ms() {
    return std::chrono::duration<double, std::milli>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void take(Counted& counted, std::string_view payload) {
    counted.last = Steady::now();
    if (counted.lines == 0) counted.first = counted.last;
    counted.lines += std::count(payload.begin(), payload.end(), '\n');
    if (payload.back() != '\n') ++counted.lines;
    constexpr std::string_view mark = "live-";
    for (std::size_t at = payload.find(mark); at != payload.npos; at = payload.find(mark, at + 1)) {
        const double sent = std::strtod(payload.data() + at + mark.size(), nullptr) / 1e6;
        counted.live_ms.push_back(now_ms() - sent);
    }
}

double quantile(std::vector<double>& values, double part) {
    std::sort(values.begin(), values.end());
    return values.empty() ? -1 : values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App arguments{"Counts event lines", "bench_count"};
    std::string address;
    std::int64_t events = 0;
    std::size_t live = 0;
    double seconds = 60;
    arguments.add_option("address", address)->required();
    arguments.add_option("--events", events, "End after so many lines; 0: at the end of the time");
    arguments.add_option("--live", live, "End after so many that say when they were sent");
    arguments.add_option("--seconds", seconds, "End after that time");
    CLI11_PARSE(arguments, argc, argv);
    mqtt::async_client client(address, "bench-count", mqtt::create_options(MQTTVERSION_5));
    mqtt::connect_options options;
    options.set_mqtt_version(MQTTVERSION_5);
    client.start_consuming();
    client.connect(options)->wait();
    client.subscribe("tillpost/v1/+/+/+/events", 0)->wait();
    std::printf("subscribed\n");
    std::fflush(stdout);
    Counted counted;
    const auto end = Steady::now() + std::chrono::duration<double>(seconds);
    const auto has_all = [&] {
        return (events != 0 && counted.lines >= events) || (live != 0 && counted.live_ms.size() >= live);
    };
    while (Steady::now() < end && !has_all()) {
        mqtt::const_message_ptr message;
        if (!client.try_consume_message_for(&message, std::chrono::milliseconds(200)) || !message) continue;
        const auto& payload = message->get_payload_ref();
        if (!payload.empty()) take(counted, std::string_view(payload.data(), payload.size()));
    }
    const double took = std::chrono::duration<double>(counted.last - counted.first).count();
    std::printf("{\"lines\":%lld,\"seconds\":%.3f,\"live\":%zu,\"p50_ms\":%.2f,\"p99_ms\":%.2f}\n",
                static_cast<long long>(counted.lines), took, counted.live_ms.size(), quantile(counted.live_ms, 0.5),
                quantile(counted.live_ms, 0.99));
    client.disconnect()->wait();
    return 0;
}
