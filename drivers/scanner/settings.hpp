// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>

#include "platform/clock.hpp"

namespace tillpost {

/// A bar code scanner on a serial line (RS-232, USB-CDC, virtual COM).
struct SerialScannerSettings {
    std::string name;                 ///< "scanner-1"
    std::string device;               ///< "/dev/serial/by-id/…"
    unsigned speed = 9600;            ///< 1200 … 115200 baud
    std::string framing = "8N1";      ///< data bits 7 or 8, parity N, E or O, stop bits 1 or 2
    std::string prefix;               ///< Bytes before each code, taken off; a scan without it is refused and counted.
    std::string suffix = "\r";        ///< Bytes that end a code: "\r", "\n", "\r\n", "\t", "\x03"
    bool aim = true;                  ///< The scanner sends an AIM identifier ("]E0") before the code.
    std::size_t longest_code = 1024;  ///< Longer ones are dropped and reported: noise or a wrong speed.
    Millis longest_gap{2'000};        ///< A code that stops half-way for longer is dropped and reported.
    Millis short_absence{10'000};     ///< A device that is away for less is no event: a plug that is touched.
    Millis first_retry{500};          ///< Reopening after the device vanished: full jitter from here …
    Millis longest_retry{30'000};     ///< … up to here, for ever.
};

}  // namespace tillpost
