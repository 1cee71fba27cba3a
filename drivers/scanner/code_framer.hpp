// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/scanner/settings.hpp"

namespace tillpost {

/// Cuts a scanner's byte stream into codes. No I/O and no clock: bytes and times in, codes and faults out.
///
/// A code is what stands between prefix (and AIM identifier) and suffix, any bytes but NUL; GS (0x1D) passes. Never
/// holds more than one code of the longest length. What is between two codes (line breaks, NUL) is left out.
class CodeFramer {
public:
    enum class Fault {
        none,
        too_long,   ///< Noise, or a wrong speed or suffix: dropped up to the next suffix or gap.
        gap,        ///< It stopped half-way.
        noise,      ///< A NUL inside: a break, or a parity error, on the line.
        no_prefix,  ///< It lacks the prefix.
        empty       ///< Nothing is left behind prefix and AIM identifier.
    };
    struct Item {
        Fault fault = Fault::none;
        std::string code;  ///< Fault::none
        std::string aim;   ///< Fault::none: "]cm" (ISO/IEC 15424), "" if none was sent
    };

    explicit CodeFramer(const SerialScannerSettings& settings);

    /// Takes bytes that came at `now` and appends what they complete.
    void push(std::string_view bytes, SteadyTime now, std::vector<Item>& out);
    /// Gives up a code that stopped half-way: its deadline() is over.
    void expire(SteadyTime now, std::vector<Item>& out);
    /// The device was not read for a while: the code under way has its whole time again.
    void go_on(SteadyTime now);
    /// When the code under way has to go on; nullopt when there is none.
    std::optional<SteadyTime> deadline() const;
    /// The device is gone: gives up what is under way.
    void reset(std::vector<Item>& out);

private:
    void take(char byte, std::vector<Item>& out);
    void finish(std::vector<Item>& out);
    Item item_of(std::string_view text) const;
    bool between_codes(char byte) const;

    std::string prefix_;
    std::string suffix_;
    bool aim_;
    std::size_t longest_code_;
    std::size_t longest_text_;  ///< With prefix, AIM identifier and suffix.
    Millis longest_gap_;

    std::string text_;
    bool noise_ = false;
    bool skipping_ = false;
    SteadyTime last_{};
};

/// For people: "longer than a code may be".
const char* describe(CodeFramer::Fault fault);

}  // namespace tillpost
