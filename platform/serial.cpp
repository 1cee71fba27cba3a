// SPDX-License-Identifier: Apache-2.0
#include "platform/serial.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

namespace tillpost {
namespace {

struct Speed {
    unsigned baud;
    speed_t code;
};
constexpr std::array<Speed, 8> speeds{{{1200, B1200},
                                       {2400, B2400},
                                       {4800, B4800},
                                       {9600, B9600},
                                       {19200, B19200},
                                       {38400, B38400},
                                       {57600, B57600},
                                       {115200, B115200}}};

std::optional<speed_t> speed_code(unsigned baud) {
    for (const Speed& speed : speeds) {
        if (speed.baud == baud) return speed.code;
    }
    return std::nullopt;
}

/// The bits of c_cflag for "8N1" and its like.
std::optional<tcflag_t> framing_bits(const std::string& framing) {
    if (framing.size() != 3) return std::nullopt;
    tcflag_t bits = 0;
    if (framing[0] != '7' && framing[0] != '8') return std::nullopt;
    bits |= framing[0] == '7' ? CS7 : CS8;
    if (framing[1] != 'N' && framing[1] != 'E' && framing[1] != 'O') return std::nullopt;
    if (framing[1] != 'N') bits |= PARENB;
    if (framing[1] == 'O') bits |= PARODD;
    if (framing[2] != '1' && framing[2] != '2') return std::nullopt;
    if (framing[2] == '2') bits |= CSTOPB;
    return bits;
}

constexpr tcflag_t framing_mask = CSIZE | PARENB | PARODD | CSTOPB;

Error open_failure(int number) {
    switch (number) {
        case ENOENT:
        case ENXIO:
        case ENODEV:
        case EIO: return {Errc::not_connected, "device does not exist: is it plugged in?"};
        case EACCES:
        case EPERM: return {Errc::rejected, "permission denied: add the daemon's user to the device's group (dialout)"};
        case EBUSY:
        case EWOULDBLOCK: return {Errc::rejected, "another program has it open (busy)"};
        default: return system_error("open", number);
    }
}

Error settings_failure(const SerialSettings& settings) {
    return {Errc::invalid, "the device can't do " + std::to_string(settings.speed) + " baud " + settings.framing};
}

Result<void> configure(int line, const SerialSettings& settings) {
    termios now{};
    if (::tcgetattr(line, &now) != 0) return Error{Errc::invalid, "not a serial line"};
    const Result<termios> wanted = with_settings(now, settings);
    if (!wanted) return wanted.error();
    if (::tcsetattr(line, TCSANOW, &*wanted) != 0) {
        return errno == EINVAL ? settings_failure(settings) : system_error("set speed and framing", errno);
    }
    // tcsetattr(3) reports success when any one of the settings was taken.
    if (::tcgetattr(line, &now) != 0) return system_error("read the settings back", errno);
    const bool framed = (now.c_cflag & framing_mask) == (wanted->c_cflag & framing_mask);
    if (!framed || ::cfgetispeed(&now) != ::cfgetispeed(&*wanted)) return settings_failure(settings);
    return {};
}

}  // namespace

Result<termios> with_settings(termios line, const SerialSettings& settings) {
    const auto speed = speed_code(settings.speed);
    if (!speed) return Error{Errc::invalid, "speed " + std::to_string(settings.speed) + " is not a usual one"};
    const auto framing = framing_bits(settings.framing);
    if (!framing) return Error{Errc::invalid, "framing \"" + settings.framing + "\" is not like \"8N1\""};
    ::cfmakeraw(&line);
    line.c_cflag &= ~(framing_mask | CRTSCTS);
    line.c_cflag |= *framing | CREAD | CLOCAL;
    line.c_iflag &= ~(IXOFF | IXANY | IGNPAR | INPCK);
    if ((*framing & PARENB) != 0) line.c_iflag |= INPCK;
    line.c_cc[VMIN] = 1;  // with 0, a non-blocking read(2) of an idle line looks like its end
    line.c_cc[VTIME] = 0;
    ::cfsetispeed(&line, *speed);
    ::cfsetospeed(&line, *speed);
    return line;
}

Result<FileDescriptor> open_serial(const SerialSettings& settings) {
    const std::string step = "open " + settings.device;
    FileDescriptor line(::open(settings.device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (line.get() < 0) return open_failure(errno).with_context(step);
    if (::isatty(line.get()) == 0) return Error{Errc::invalid, "not a serial line"}.with_context(step);
    if (::flock(line.get(), LOCK_EX | LOCK_NB) != 0) return open_failure(errno).with_context(step);
    if (::ioctl(line.get(), TIOCEXCL) != 0) return system_error("take it for us alone", errno).with_context(step);
    const Result<void> configured = configure(line.get(), settings);
    if (!configured) return configured.error().with_context(step);
    return line;
}

}  // namespace tillpost
