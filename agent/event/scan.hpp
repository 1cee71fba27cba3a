// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "agent/event/event.hpp"

namespace tillpost {

/// The event of one bar code that a scanner of the agent's own read (agent/event/README.md, "scan").
///
/// `code`: the symbol's characters without AIM identifier, prefix and suffix; any bytes, their number is the driver's
/// to bound. `aim`: AIM identifier (ISO/IEC 15424) such as "]E0", "" if the scanner sends none.
///
/// `gtin` is given where the symbol is one: EAN/UPC by its AIM identifier (]E0, ]E3, ]E4; UPC-E in eight digits stands
/// for its GTIN-12), and digits of a GTIN's length with the right check digit from ITF (]I0 to ]I2, 14 digits) or from
/// a scanner that sends no identifier. Only EAN/UPC promise a check digit, so only there a wrong one is marked.
Event make_scan_event(std::string_view device, std::string_view code, std::string_view aim);

}  // namespace tillpost
