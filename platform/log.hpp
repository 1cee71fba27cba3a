// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

/// The log: one line an entry on standard error, `level message key=value …`, at most 2 KiB (cut with "…").
/// Under systemd the line carries a syslog priority prefix ("<4>", sd-daemon(3)), which the journal takes off;
/// elsewhere the time (RFC 3339, UTC), which the journal has by itself. Any thread may log; a line is written by one
/// write(2). Nothing waits for a reader that hangs: see LineOutput.
namespace tillpost::log {

enum class Level { debug, info, warn, error };

/// A key with its value as text. Values with spaces, =, " or \ are quoted, with \ before " and \; control characters
/// become ?. So what comes from a device cannot look like another field or line.
struct Field {
    Field(std::string_view name, std::string_view text) : key(name), value(text) {}
    Field(std::string_view name, const char* text) : key(name), value(text) {}
    Field(std::string_view name, std::integral auto number) : key(name), value(std::to_string(number)) {}
    std::string_view key;
    std::string value;
};
using Fields = std::initializer_list<Field>;

/// Before a process ends: gives a slow reader a second for what is kept.
void finish();

/// Lines below this level are not written. Set once at start.
void set_level(Level lowest);

void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warn(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});

/// The line as it is written, without priority prefix or time, and line break. For tests.
std::string format(Level level, std::string_view message, Fields fields);

}  // namespace tillpost::log
