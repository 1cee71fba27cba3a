// SPDX-License-Identifier: Apache-2.0
#include "platform/clock.hpp"

#include <sys/timex.h>

#include <algorithm>
#include <ctime>
#include <fstream>

namespace tillpost {

SystemClock::SystemClock() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::getline(file, boot_id_);
    std::erase(boot_id_, '-');
    if (boot_id_.size() != 32) boot_id_.assign(32, '0');  // not Linux's /proc: said by the value itself
}

Timestamp SystemClock::now() const {
    timespec boot{};
    ::clock_gettime(CLOCK_BOOTTIME, &boot);
    const auto since_boot = std::chrono::seconds(boot.tv_sec) + std::chrono::nanoseconds(boot.tv_nsec);
    const WallTime wall = wall_now();
    const auto offset = std::chrono::floor<std::chrono::minutes>(std::chrono::seconds(local_parts(wall).tm_gmtoff));
    return {wall, std::chrono::floor<Millis>(since_boot), synced(std::chrono::floor<Millis>(since_boot)), offset};
}

bool SystemClock::synced(Millis since_boot) const {
    const std::int64_t now = since_boot.count();
    if (now < ask_again_at_.load(std::memory_order_acquire)) return synced_.load(std::memory_order_relaxed);
    timex status{};
    const bool synced = ::adjtimex(&status) >= 0 && (status.status & STA_UNSYNC) == 0;
    synced_.store(synced, std::memory_order_relaxed);
    ask_again_at_.store(now + answer_lasts.count(), std::memory_order_release);
    return synced;
}

WallTime wall_of(const Timestamp& then, const Timestamp& now) {
    constexpr Millis noise{2'000};
    const WallTime by_now = now.wall - (now.since_boot - then.since_boot);
    return std::chrono::abs(by_now - then.wall) > noise ? by_now : then.wall;
}

std::string rfc3339(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss<Millis> clock(std::chrono::floor<Millis>(time - day));
    const int year = static_cast<int>(date.year());
    std::string text = "0000-00-00T00:00:00.000Z";
    const auto put = [&text](std::size_t end, std::int64_t number) {
        for (; number > 0; number /= 10) text[--end] = static_cast<char>('0' + number % 10);
    };
    put(4, std::clamp(year, 0, 9999));  // others are no time of this clock
    put(7, static_cast<unsigned>(date.month()));
    put(10, static_cast<unsigned>(date.day()));
    put(13, clock.hours().count());
    put(16, clock.minutes().count());
    put(19, clock.seconds().count());
    put(23, clock.subseconds().count());
    return text;
}

std::string offset_text(std::chrono::minutes utc_offset) {
    const std::int64_t minutes = std::chrono::abs(utc_offset).count();
    std::string text = utc_offset.count() < 0 ? "-00:00" : "+00:00";
    const auto put = [&text](std::size_t at, std::int64_t number) {
        text[at] = static_cast<char>('0' + number / 10 % 10);
        text[at + 1] = static_cast<char>('0' + number % 10);
    };
    put(1, minutes / 60);
    put(4, minutes % 60);
    return text;
}

std::tm local_parts(WallTime time) {
    const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    return parts;
}

std::chrono::seconds local_time_of_day(WallTime time) {
    const std::tm parts = local_parts(time);
    return std::chrono::hours(parts.tm_hour) + std::chrono::minutes(parts.tm_min) + std::chrono::seconds(parts.tm_sec);
}

}  // namespace tillpost
