// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "drivers/simulator/deliveries.hpp"
#include "drivers/simulator/sold_goods.hpp"
#include "drivers/simulator/till_day.hpp"

namespace tillpost::simulator {

struct PlaySettings {
    /// How often in ten thousand lines; what is left are sales.
    struct Rates {
        std::uint32_t returns = 620;   ///< Transactions that only return goods …
        std::uint32_t unlinked = 400;  ///< … of which, in ten thousand, without a receipt.
        std::uint32_t mixed = 60;      ///< Sales with return lines
        std::uint32_t receiving = 100;
        std::uint32_t duplicate = 20;  ///< The same bytes once more, a few lines later
        std::uint32_t conflict = 5;    ///< The same number with another basket, a few lines later
        std::uint32_t broken = 10;     ///< What no one can read or identify
        std::uint32_t unknown_type = 5;
        std::uint32_t wrong_totals = 10;
        std::uint32_t wrong_check_digit = 10;
        std::uint32_t control = 200;  ///< whole_days: numbers that are no sale: sign-on, cancel, training …
    };
    std::uint64_t seed = 1;
    unsigned tills = 4;  ///< 1 … 99
    std::string store = "0042";
    StoreClock::Days first_day = std::chrono::year(2026) / 11 / 23;
    Rates rates{};
    /// Tills are opened in the morning and closed in the evening, with the POS's own totals.
    bool whole_days = false;
};

/// One line for the feed, without line break.
struct Played {
    enum class Kind : std::uint8_t {
        sale,
        mixed,
        returned,
        receiving,
        duplicate,
        conflict,
        broken,
        unknown_type,
        wrong_totals,
        wrong_check_digit,
        till_open,
        till_close,
        control,
        training
    };
    Kind kind = Kind::sale;
    std::string line;
    std::string subject;  ///< Its business key as the agent forms it; "" for a broken line.
};

/// What a store does all day, line by line: the same settings give the same bytes, everywhere.
///
/// Pure, and bounded however long it plays. The transaction numbers of each till and the numbers of the receiving
/// documents ascend without gaps; a broken line takes no number (the POS sends the same one again, whole).
class StorePlay {
public:
    explicit StorePlay(const PlaySettings& settings);
    Played next();
    /// whole_days: what the tills say when the play ends: each one's closing.
    std::vector<Played> close();
    /// What the scanner sees meanwhile: the code of some article.
    const std::string& scanned(Random& random) const { return catalogue_.pick(random).gtin; }

private:
    struct Till {
        std::string name;
        std::int64_t next_number = 1;
        std::int64_t sessions = 0;
        std::optional<TillDay> day{};  ///< whole_days: since it was opened
    };
    /// What is to come after some more lines.
    struct FollowUp {
        std::uint64_t due;
        Played duplicate;
        Transaction conflict;  ///< If `duplicate` is empty.
    };
    Transaction begin_transaction();
    Played transaction();
    Played finish(const Transaction& transaction, Played::Kind kind);
    Played play_return(Transaction transaction, std::vector<Item> items);
    Played play_sale(Transaction transaction);
    Played control();
    Played training();
    void open_tills();
    void close_tills();
    Played due();
    Played receiving();
    Played broken();
    Played unknown_type();
    void fill(Transaction& transaction, std::vector<Item> items);
    void plan_follow_up(const Transaction& transaction, const Played& played);
    bool take_follow_up(Played& played);
    std::uint64_t when_due();

    PlaySettings settings_;
    Random random_;
    Catalogue catalogue_;
    Deliveries deliveries_;
    SoldGoods sold_;
    StoreClock clock_;
    std::vector<Till> tills_;
    Till* till_ = nullptr;  ///< Of the transaction that was begun last.
    std::vector<FollowUp> follow_ups_;
    std::deque<Played> due_;  ///< What comes before anything else: openings, closings
    std::uint64_t played_ = 0;
};

}  // namespace tillpost::simulator
