// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <termios.h>

#include <string>

#include "platform/error.hpp"
#include "platform/files.hpp"

namespace tillpost {

/// How to talk on a serial line (RS-232, USB-CDC, virtual COM, pseudo terminal).
struct SerialSettings {
    std::string device;           ///< "/dev/serial/by-id/…"
    unsigned speed = 9600;        ///< 1200 … 115200 baud
    std::string framing = "8N1";  ///< data bits 7 or 8, parity N, E or O, stop bits 1 or 2
};

/// Opens the device raw, non-blocking and for us alone: other opens fail (TIOCEXCL), and who asks by flock(2) is told,
/// which holds for root too. Without flow control; modem lines are ignored. Nothing is restored on close.
/// A byte with a parity error, and a break, are read as NUL.
///
/// Errc::not_connected: there is no such device now. Errc::rejected: no permission, or another program has it open.
/// Errc::invalid: not a serial line, or one that can't do these settings.
Result<FileDescriptor> open_serial(const SerialSettings& settings);

/// `line` made raw, with the speed and framing of the settings; Errc::invalid says which of them is not known.
Result<termios> with_settings(termios line, const SerialSettings& settings);

}  // namespace tillpost
