// SPDX-License-Identifier: Apache-2.0
#include "drivers/simulator/deliveries.hpp"

#include <algorithm>

namespace tillpost::simulator {
namespace {

constexpr std::size_t suppliers = 8;

Receiving::Line make_line(Random& random, const Catalogue& catalogue, StoreClock::Days today) {
    Receiving::Line line;
    line.article = &catalogue.pick(random);
    line.expected = random.between(1, 20) * 6;
    line.received = line.expected;
    if (random.chance(600)) line.received -= random.between(1, line.expected);
    if (random.chance(400)) line.rejected = std::min(line.received, random.between(1, 6));
    line.lot = "L" + std::to_string(random.between(100'000, 999'999));
    line.expiry = text_of(today + std::chrono::days(random.between(5, 400)));
    return line;
}

}  // namespace

Deliveries::Deliveries(Random& random) {
    for (std::size_t i = 0; i < suppliers; ++i) {
        Supplier supplier;
        supplier.company = "40" + std::to_string(random.between(10'000, 99'999));
        supplier.gln = random_number_with_check_digit(random, supplier.company, 13);
        suppliers_.push_back(std::move(supplier));
    }
}

Receiving Deliveries::next(Random& random, const Catalogue& catalogue, const StoreClock& clock) {
    Supplier& supplier = suppliers_[random.below(suppliers)];
    Receiving receiving;
    receiving.document = "GR-" + std::to_string(++documents_);
    receiving.business_date = clock.date();
    receiving.time = clock.time();
    receiving.supplier = supplier.gln;
    receiving.purchase_order = "PO-" + std::to_string(random.between(4'500'000'000, 4'509'999'999));
    receiving.despatch_advice = "DA-" + std::to_string(random.between(80'000'000, 89'999'999));
    for (std::int64_t i = random.between(1, 4); i > 0; --i) receiving.ssccs.push_back(next_sscc(supplier));
    for (std::int64_t i = random.between(1, 10); i > 0; --i) {
        receiving.lines.push_back(make_line(random, catalogue, clock.day()));
    }
    return receiving;
}

/// Extension digit 3, company prefix, serial reference, check digit (GS1 General Specifications, 3.2.2: AI 00).
std::string Deliveries::next_sscc(Supplier& supplier) {
    std::string serial = std::to_string(++supplier.pallets);
    serial.insert(0, 16 - supplier.company.size() - serial.size(), '0');
    std::string sscc = "3" + supplier.company + serial;
    sscc += check_digit(sscc);
    return sscc;
}

}  // namespace tillpost::simulator
