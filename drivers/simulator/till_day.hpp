// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "drivers/simulator/record_text.hpp"

namespace tillpost::simulator {

/// What a POS adds up of one till and business date, and says at its closing. Pure.
class TillDay {
public:
    TillDay(std::string till, std::string business_date, std::int64_t session, std::int64_t first_number);

    /// What it sold, gave back and took a number for; training accounts for its number alone.
    void add(const Transaction& transaction);
    /// A record without goods.
    void add_control(std::string_view type);

    /// The lines `till_open` and `till_close`; their business key is their session's.
    std::string opening(std::string_view time) const;
    std::string closing(std::string_view time, std::int64_t last_number) const;
    std::string subject(std::string_view type) const;

    const std::string& business_date() const { return business_date_; }

private:
    static constexpr std::array<std::string_view, 3> tender_types{"cash", "card", "gift_card"};
    struct Sum {
        Cents amount = 0;
        std::int64_t count = 0;
    };
    void append_tenders(class JsonText& json) const;
    void append_sums(class JsonText& json) const;

    std::string till_;
    std::string business_date_;
    std::int64_t session_;
    std::int64_t first_number_;
    std::array<Sum, tender_types.size()> tenders_{};
    Totals totals_{};
    Cents gross_ = 0;  ///< As printed, wrong totals too
    std::int64_t sales_ = 0, returns_ = 0, no_sales_ = 0, controls_ = 0;
};

/// A number of the POS that is no sale: control (with its action), no_sale, other.
struct ControlRecord {
    std::string_view type;
    std::string_view action;
    Key key;
    std::string time;
    std::string operator_name;
};
std::string line_of(const ControlRecord& record);

}  // namespace tillpost::simulator
