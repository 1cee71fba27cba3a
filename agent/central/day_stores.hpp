// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/central/days.hpp"
#include "agent/event/decimal.hpp"

namespace tillpost {

/// A store's business date, all its tills together. Pure.
struct StoreDay {
    std::string store;
    std::size_t tills = 0;            ///< Known, or expected
    std::size_t complete = 0;         ///< Of them
    std::vector<std::string> silent;  ///< Those that never reported
    std::uint64_t missing = 0;        ///< Numbers, those between the nodes of one till included
    /// What the tills' closings are above and below what was captured, each by itself: one till's surplus does not make
    /// good what another one lacks.
    struct Difference {
        std::string of, currency;
        std::optional<Decimal> above = Decimal(), below = Decimal();  ///< nullopt: the parts cannot be added.
    };
    std::vector<Difference> differences;     ///< In the order in which they first come
    std::vector<std::string> uncertified{};  ///< Tills of which there are events here, and no certificate

    bool is_complete() const { return complete == tills; }
};

/// Of StoreDays::tills(), which are by store.
std::vector<StoreDay> stores_of(const std::vector<StoreDays::Till>& tills);

/// For people, without a line break: "acme/s1: NOT complete, 1 of 3 tills is; never reported: T03; 2 numbers missing;
/// closing - captured: tender/cash +100.00 and -2.50 EUR".
std::string line_of(const StoreDay& store);

/// "tender/cash -2.50 EUR, count/sales 1"
std::string text_of(const std::vector<StoreDays::Difference>& differences);

}  // namespace tillpost
