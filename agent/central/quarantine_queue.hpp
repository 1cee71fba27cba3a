// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/wire/line.hpp"
#include "agent/wire/moves.hpp"

namespace tillpost {

/// What the agents' `quarantined`, `released`, `corrected` and `discarded` events say: the exception queue, as central
/// can know it. The records themselves stay in the stores. Pure.
class QuarantineQueue {
public:
    struct Record {
        std::string source;
        std::string event;  ///< Id of the `quarantined` event
        std::string about;  ///< Id of the event whose content it is, "" for a record that became none
        std::string recorded;
        std::string device, rule, field, digest;
        std::string type, business_class, till, number, business_date, amount, currency;  ///< "": not known
        std::uint64_t size = 0;
        std::string decision;  ///< released, corrected, discarded; "" while it is open
        std::string decided, actor, reason, became;
    };
    enum class Sort {
        age,          ///< The oldest first
        amount,       ///< Of each currency the largest first, whatever its sign; those without one last
        record_class  ///< Critical, normal, bulk, unknown; within one the oldest first
    };

    /// `moves`: what the agents' `reissued` events say.
    explicit QuarantineQueue(Moves moves) : moves_(std::move(moves)) {}

    /// An event that counts; `body` as it is stored.
    void take(std::string_view source, Epoch epoch, Sequence sequence, std::string_view body);
    /// All are taken: what was decided is put to its records. Once.
    void settle();

    std::vector<Record> open(Sort sort) const { return chosen(sort, true); }
    std::vector<Record> decided(Sort sort) const { return chosen(sort, false); }

private:
    struct Decision {
        Epoch epoch = 0;  ///< Where it says so
        std::string source, quarantined, digest, word, time, actor, reason, became;
    };
    std::vector<Record> chosen(Sort sort, bool open) const;
    Record* record_of(const Decision& decision);
    std::string place_of(const Decision& decision) const;

    Moves moves_;
    std::vector<Record> records_;
    std::vector<Decision> decisions_;
    std::map<std::string, std::size_t> by_event_;        ///< In records_
    std::multimap<std::string, std::size_t> by_digest_;  ///< Source, a line break, digest
};

/// For people, the open ones; `all`: the decided ones behind them.
std::string table_of(const QuarantineQueue& queue, QuarantineQueue::Sort sort, bool all);
std::string json_of(const QuarantineQueue& queue, QuarantineQueue::Sort sort, bool all);

}  // namespace tillpost
