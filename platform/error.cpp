// SPDX-License-Identifier: Apache-2.0
#include "platform/error.hpp"

#include <cerrno>

namespace tillpost {
namespace {

class Category final : public std::error_category {
public:
    const char* name() const noexcept override { return "tillpost"; }
    std::string message(int code) const override {
        switch (static_cast<Errc>(code)) {
            case Errc::cancelled: return "cancelled";
            case Errc::corrupt: return "data is corrupt";
            case Errc::full: return "storage is full";
            case Errc::invalid: return "invalid value";
            case Errc::io: return "input/output error";
            case Errc::not_connected: return "not connected";
            case Errc::rejected: return "rejected by the peer";
            case Errc::retains_nothing: return "the peer keeps nothing";
            case Errc::taken_over: return "taken over by another";
            case Errc::timeout: return "timed out";
            case Errc::too_large: return "too large for the peer";
            case Errc::unreadable: return "the disk cannot read it";
        }
        return "unknown";
    }
};

std::string errno_words(int number) {
    std::string words = std::generic_category().message(number);
    if (number != EFBIG) return words;
    return words +
           ": the file size limit of this process (ulimit -f; of the unit: LimitFSIZE=) or of the file system is "
           "reached: raise it";
}

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
    static const Category category;
    return {static_cast<int>(code), category};
}

Error system_error(std::string_view step, int number) {
    const Errc code = number == ENOSPC || number == EDQUOT ? Errc::full : Errc::io;
    return {code, std::string(step) + ": " + errno_words(number)};
}

}  // namespace tillpost
