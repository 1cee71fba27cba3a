// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/event/decimal.hpp"
#include "agent/event/event_types.hpp"
#include "agent/event/key_rules.hpp"
#include "agent/event/record.hpp"

namespace tillpost {

/// What the day's certificate needs of an event, taken while its line is parsed. Pure values.
///
/// Amounts are named by short paths, the same for what was captured and for what a POS's closing says:
/// `tender/<type>`, `tax/<rate>`, `line/<kind>/<direction>`, `total/<net, tax, gross, rounding>`, `movement/<type>`,
/// `voided`; of what was captured alone `cashless`, what customers paid in other tenders than cash; and of a closing
/// alone `expected/<type>` (less its opening), `count/<sales …>`, `count/tender/<type>`, `count/numbers` and `batches`.
struct DayFacts {
    struct Amount {
        std::string name;
        Decimal amount;
        Decimal base{};           ///< tax: what it is of
        std::uint32_t count = 1;  ///< How many it sums up
    };
    std::string till;
    std::string store;     ///< As its business key has it; "": the agent's own
    std::string till_key;  ///< Both, as till_text() has them: the ledger's
    std::string business_date;
    std::string number;    ///< "" if it took none
    std::string currency;  ///< "" if it has none
    std::vector<Amount> amounts;
    bool unreadable = false;  ///< An amount is missing, no decimal or too large: no sum with it can be trusted.

    std::string voids;  ///< What of this store a post-void takes back: voided_subject(); else ""

    // Of a till_close
    std::string session;       ///< As the record names it; "": it does not
    std::string first_number;  ///< "" if the session used no numbers
    std::string last_number;
    std::vector<std::string> missing;  ///< What the POS itself misses

    static constexpr std::size_t most_amounts = 128;
    static constexpr std::size_t most_missing = 1024;
};

/// nullptr for what belongs to no till's business day: another type, or till or business date are not there.
std::shared_ptr<DayFacts> take_day_facts(const Record& record, const EventType& type, const KeyRules& rules);

}  // namespace tillpost
