// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "drivers/simulator/basket.hpp"

/// The lines of the feed, as agent/event/README.md describes them.
namespace tillpost::simulator {

class JsonText;

struct Transaction {
    std::string_view type;  ///< sale, return, or something that nobody knows
    std::string_view mode = "production";
    Key key;
    std::string time;
    std::string operator_name;
    std::string_view store;
    std::vector<Item> items;
    std::vector<Tender> tenders;
    Totals totals;
    Cents totals_off = 0;                   ///< Added to the gross total: a POS that cannot add.
    std::optional<std::size_t> misprinted;  ///< The item whose GTIN gets a wrong check digit.
};

std::string line_of(const Transaction& transaction);

struct Receiving {
    struct Line {
        const Article* article = nullptr;
        std::int64_t expected = 0;
        std::int64_t received = 0;
        std::int64_t rejected = 0;
        std::string lot;
        std::string expiry;
    };
    std::string document;
    std::string business_date;
    std::string time;
    std::string supplier;
    std::string purchase_order;
    std::string despatch_advice;
    std::vector<std::string> ssccs;
    std::vector<Line> lines;
};

std::string line_of(const Receiving& receiving);

/// The members that say from where a record comes, and that the POS was online.
void append_origin(JsonText& json, std::string_view key);

}  // namespace tillpost::simulator
