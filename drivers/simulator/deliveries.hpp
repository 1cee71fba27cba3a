// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "drivers/simulator/record_text.hpp"
#include "drivers/simulator/store_clock.hpp"

namespace tillpost::simulator {

/// The back door: deliveries of a few suppliers, some of them short or damaged. Numbers ascend without gaps.
class Deliveries {
public:
    explicit Deliveries(Random& random);
    Receiving next(Random& random, const Catalogue& catalogue, const StoreClock& clock);

private:
    struct Supplier {
        std::string gln;
        std::string company;  ///< The GS1 company prefix, of which its SSCCs begin.
        std::int64_t pallets = 0;
    };
    static std::string next_sscc(Supplier& supplier);

    std::vector<Supplier> suppliers_;
    std::int64_t documents_ = 1'000;
};

}  // namespace tillpost::simulator
