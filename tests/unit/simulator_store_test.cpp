// SPDX-License-Identifier: Apache-2.0
#include "drivers/simulator/store.hpp"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace tillpost::simulator {
namespace {

using Kind = Played::Kind;
using nlohmann::json;

constexpr int many = 20'000;

std::vector<Played> play(const PlaySettings& settings, int lines) {
    StorePlay store(settings);
    std::vector<Played> played;
    for (int i = 0; i < lines; ++i) played.push_back(store.next());
    return played;
}

std::vector<Played> play(std::uint64_t seed, int lines) {
    PlaySettings settings;
    settings.seed = seed;
    return play(settings, lines);
}

/// Some of everything.
const std::vector<Played>& long_play() {
    static const std::vector<Played> played = [] {
        PlaySettings settings;
        settings.seed = 7;
        settings.rates.wrong_totals = settings.rates.wrong_check_digit = 60;
        return play(settings, 6000);
    }();
    return played;
}

std::map<Kind, int> count_kinds(const std::vector<Played>& played) {
    std::map<Kind, int> kinds;
    for (const Played& line : played) ++kinds[line.kind];
    return kinds;
}

/// "1.79" with `places` 2 as 179; throws for anything that is not exactly such a text.
std::int64_t fixed(const json& value, std::size_t places) {
    std::string text = value.get<std::string>();
    const std::size_t point = text.find('.');
    if (point == std::string::npos) {
        text.append(places, '0');
    } else {
        if (text.size() - point - 1 != places) throw std::runtime_error("not " + std::to_string(places) + ": " + text);
        text.erase(point, 1);
    }
    return std::stoll(text);
}
std::int64_t cents(const json& value) {
    if (value.get<std::string>().find('.') == std::string::npos) throw std::runtime_error("no cents");
    return fixed(value, 2);
}

bool is_whole_transaction(Kind kind) {
    return kind == Kind::sale || kind == Kind::mixed || kind == Kind::returned || kind == Kind::conflict ||
           kind == Kind::wrong_check_digit || kind == Kind::duplicate;
}

/// Recomputed here, by another way than the generator's.
bool has_right_check_digit(const std::string& digits) {
    int sum = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const int weight = (digits.size() - i) % 2 == 0 ? 3 : 1;
        sum += (digits[i] - '0') * weight;
    }
    return sum % 10 == 0;
}

/// The line's amount, after checking it against quantity, price and discounts.
std::int64_t checked_amount(const json& line) {
    const std::int64_t thousandths = fixed(line["quantity"], 3);
    std::int64_t amount = (thousandths * cents(line["unit_price"]) + 500) / 1000;
    EXPECT_GT(thousandths, 0);
    for (const json& discount : line.value("discounts", json::array())) {
        EXPECT_GT(cents(discount["amount"]), 0);
        amount -= cents(discount["amount"]);
    }
    EXPECT_EQ(cents(line["amount"]), amount);
    EXPECT_GE(amount, 0);
    return line["direction"] == "return" ? -amount : amount;
}

struct Sums {
    std::int64_t gross = 0;
    std::map<std::string, std::int64_t> by_rate;
};

Sums sums_of(const json& record) {
    Sums sums;
    std::int64_t number = 0;
    for (const json& line : record["lines"]) {
        EXPECT_EQ(line["line"], ++number);
        const std::int64_t amount = checked_amount(line);
        sums.gross += amount;
        sums.by_rate[line["tax"]["rate"].get<std::string>()] += amount;
    }
    return sums;
}

/// 2 * |tax * (100 + rate) - gross * rate| <= 100 + rate: the tax is the nearest cent.
bool is_nearest(std::int64_t tax, std::int64_t gross, std::int64_t rate) {
    return 2 * std::abs(tax * (100 + rate) - gross * rate) <= 100 + rate;
}

void expect_consistent(const json& record) {
    const Sums sums = sums_of(record);
    std::int64_t tax_sum = 0;
    EXPECT_EQ(record["taxes"].size(), sums.by_rate.size());
    for (const json& tax : record["taxes"]) {
        const auto rate = tax["rate"].get<std::string>();
        EXPECT_EQ(cents(tax["base"]) + cents(tax["amount"]), sums.by_rate.at(rate));
        EXPECT_TRUE(is_nearest(cents(tax["amount"]), sums.by_rate.at(rate), std::stoll(rate)));
        tax_sum += cents(tax["amount"]);
    }
    std::int64_t paid = 0;
    for (const json& tender : record["tenders"]) {
        paid += cents(tender["amount"]);
        if (!tender.contains("tendered")) continue;
        EXPECT_EQ(cents(tender["tendered"]) - cents(tender["change"]), cents(tender["amount"]));
        EXPECT_GE(cents(tender["change"]), 0);
    }
    const json& totals = record["totals"];
    EXPECT_EQ(cents(totals["gross"]), sums.gross);
    EXPECT_EQ(cents(totals["tax"]), tax_sum);
    EXPECT_EQ(cents(totals["net"]) + cents(totals["tax"]), sums.gross);
    EXPECT_EQ(paid, sums.gross);
}

std::string key_of(const json& record) {
    return "pos/" + record["till"].get<std::string>() + "/" + record["business_date"].get<std::string>() + "/" +
           record["number"].get<std::string>();
}

TEST(StorePlayTest, PlaysTheSameBytesForTheSameSeed) {
    const std::vector<Played> first = play(42, 3000);
    const std::vector<Played> second = play(42, 3000);
    const std::vector<Played> other = play(43, 3000);
    int same_as_other = 0;
    for (std::size_t i = 0; i < first.size(); ++i) {
        ASSERT_EQ(first[i].line, second[i].line) << i;
        ASSERT_EQ(first[i].subject, second[i].subject) << i;
        if (first[i].line == other[i].line) ++same_as_other;
    }
    EXPECT_EQ(same_as_other, 0);
}

TEST(StorePlayTest, PlaysTheSameBytesOnEveryMachine) {
    std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
    for (const Played& played : play(1, 1000)) {
        for (const char c : played.line) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
    EXPECT_EQ(hash, 12404312295158875557U)
        << "the play has changed: results of before cannot be compared with those of now";
}

TEST(StorePlayTest, NeverPutsALineBreakIntoALine) {
    for (const Played& played : long_play()) {
        ASSERT_FALSE(played.line.empty());
        ASSERT_EQ(played.line.find_first_of("\r\n"), std::string::npos);
        ASSERT_LT(played.line.size(), 16U * 1024);
    }
}

TEST(StorePlayTest, PlaysTransactionsWhoseLinesTaxesTendersAndTotalsAgree) {
    for (const Played& played : long_play()) {
        if (!is_whole_transaction(played.kind)) continue;
        const json record = json::parse(played.line);
        expect_consistent(record);
        ASSERT_FALSE(HasFailure()) << played.line;
        ASSERT_EQ(played.subject, key_of(record));
        ASSERT_EQ(record["currency"], "EUR");
    }
}

TEST(StorePlayTest, PlaysWrongTotalsThatAreWrongByOneCentOnly) {
    int found = 0;
    for (const Played& played : long_play()) {
        if (played.kind != Kind::wrong_totals) continue;
        json record = json::parse(played.line);
        const std::int64_t gross = sums_of(record).gross;
        ASSERT_EQ(cents(record["totals"]["gross"]), gross + 1);
        ++found;
    }
    EXPECT_GT(found, 5);
}

TEST(StorePlayTest, GivesEveryArticleAGtinWithARightCheckDigitExceptWhereItShallBeWrong) {
    for (const Played& played : long_play()) {
        if (!is_whole_transaction(played.kind) && played.kind != Kind::receiving) continue;
        if (played.kind == Kind::duplicate) continue;  // may be one of a wrong one
        int wrong = 0;
        const json record = json::parse(played.line);
        for (const json& line : record["lines"]) {
            ASSERT_EQ(line["gtin"].get<std::string>().size(), 13U);
            if (!has_right_check_digit(line["gtin"])) ++wrong;
        }
        ASSERT_EQ(wrong, played.kind == Kind::wrong_check_digit ? 1 : 0) << played.line;
    }
}

TEST(StorePlayTest, SellsUnderSeveralTaxRatesAndByWeight) {
    std::map<std::string, int> rates;
    std::map<std::string, int> units;
    std::map<std::string, int> tenders;
    int discounts = 0;
    for (const Played& played : long_play()) {
        if (played.kind != Kind::sale) continue;
        const json record = json::parse(played.line);
        ASSERT_GE(record["lines"].size(), 1U);
        ASSERT_LE(record["lines"].size(), 12U);
        ++tenders[record["tenders"].size() > 1 ? "several" : record["tenders"][0]["type"].get<std::string>()];
        for (const json& line : record["lines"]) {
            ++rates[line["tax"]["rate"]];
            ++units[line["unit"]];
            if (line.contains("discounts")) ++discounts;
        }
    }
    for (const char* rate : {"19", "7", "0"}) EXPECT_GT(rates[rate], 200) << rate;
    for (const char* unit : {"EA", "KGM"}) EXPECT_GT(units[unit], 200) << unit;
    for (const char* tender : {"cash", "card", "gift_card", "several"}) EXPECT_GT(tenders[tender], 100) << tender;
    EXPECT_GT(discounts, 200);
}

TEST(StorePlayTest, ReturnsFiveToEightPercentOfItsTransactions) {
    for (const std::uint64_t seed : {1U, 2U, 3U, 7U}) {
        int transactions = 0;
        int returns = 0;
        int with_returned_lines = 0;
        for (const Played& played : play(seed, many)) {
            if (played.kind == Kind::broken || played.kind == Kind::receiving) continue;
            ++transactions;
            if (played.kind == Kind::returned) ++returns;
            if (played.kind == Kind::returned || played.kind == Kind::mixed) ++with_returned_lines;
        }
        EXPECT_GT(returns * 100, transactions * 5) << seed;
        EXPECT_LT(with_returned_lines * 100, transactions * 8) << seed;
    }
}

/// What was sold and has not come back, by original line.
struct Sold {
    std::int64_t quantity = 0;
    std::int64_t amount = 0;
    std::string gtin;
};
using Stock = std::map<std::string, Sold>;

/// 1 for a return without a receipt, else 0.
int take_back(const json& line, Stock& stock) {
    EXPECT_FALSE(line["reason"].get<std::string>().empty());
    EXPECT_FALSE(line["disposition"].get<std::string>().empty());
    if (!line.contains("original")) {
        EXPECT_EQ(line.value("unlinked", false), true);
        return 1;
    }
    const json& original = line["original"];
    EXPECT_EQ(original["store"], "0042");
    const auto sold = stock.find(key_of(original) + "#" + std::to_string(original["line"].get<int>()));
    if (sold == stock.end()) {
        ADD_FAILURE() << "was never sold: " << line;
        return 0;
    }
    EXPECT_EQ(sold->second.gtin, line["gtin"]);
    sold->second.quantity -= fixed(line["quantity"], 3);
    sold->second.amount -= cents(line["amount"]);
    EXPECT_GE(sold->second.quantity, 0) << "came back more often than it was sold: " << line;
    EXPECT_GE(sold->second.amount, 0) << "more money back than was paid: " << line;
    EXPECT_TRUE(sold->second.quantity > 0 || sold->second.amount == 0) << line;
    return 0;
}

TEST(StorePlayTest, TakesBackOnlyWhatItSoldBeforeAndNothingTwice) {
    Stock stock;
    int unlinked = 0;
    int linked = 0;
    for (const Played& played : long_play()) {
        const bool sells = played.kind == Kind::wrong_totals || played.kind == Kind::wrong_check_digit;
        const bool first_time = played.kind != Kind::duplicate && played.kind != Kind::conflict;
        if (!first_time || !(is_whole_transaction(played.kind) || sells)) continue;
        const json record = json::parse(played.line);
        for (const json& line : record["lines"]) {
            if (line["direction"] == "return") {
                const int without_receipt = take_back(line, stock);
                unlinked += without_receipt;
                linked += 1 - without_receipt;
                continue;
            }
            ASSERT_NE(record["type"], "return");
            const bool misprinted = !has_right_check_digit(line["gtin"]);
            Sold& sold = stock[played.subject + "#" + std::to_string(line["line"].get<int>())];
            sold = {fixed(line["quantity"], 3), cents(line["amount"]), line["gtin"]};
            if (misprinted) sold.gtin.back() = check_digit(sold.gtin.substr(0, 12));
        }
        ASSERT_FALSE(HasFailure()) << played.line;
    }
    EXPECT_GT(linked, 300);
    EXPECT_GT(unlinked, 3);
    EXPECT_LT(unlinked, linked / 10);
}

TEST(StorePlayTest, NumbersEachTillWithoutGapsAndNeverGoesBackInTime) {
    std::map<std::string, std::int64_t> numbers;
    std::set<std::string> dates;
    std::string last_time;
    for (const Played& played : long_play()) {
        if (played.kind == Kind::broken || played.kind == Kind::duplicate || played.kind == Kind::conflict) continue;
        const json record = json::parse(played.line);
        const std::string time = record["time"];
        ASSERT_LE(last_time, time);
        last_time = time;
        ASSERT_EQ(time.substr(0, 10), record["business_date"]);
        ASSERT_EQ(time.size(), std::string("2026-11-23T10:15:30.123+01:00").size());
        dates.insert(record["business_date"]);
        if (played.kind == Kind::receiving) {
            ASSERT_EQ(record["document"], "GR-" + std::to_string(1001 + numbers["document"]++));
        } else {
            ASSERT_EQ(record["number"], std::to_string(++numbers[record["till"]]));
        }
    }
    EXPECT_EQ(numbers.size(), 5U);
    EXPECT_EQ(*dates.begin(), "2026-11-23");
    EXPECT_GE(dates.size(), 2U);
}

TEST(StorePlayTest, SendsDuplicatesByteForByteAndConflictsWithOtherContent) {
    PlaySettings settings;
    settings.rates.duplicate = 300;
    settings.rates.conflict = 300;
    std::map<std::string, std::string> first;
    int duplicates = 0;
    int conflicts = 0;
    for (const Played& played : play(settings, 5000)) {
        if (played.kind == Kind::duplicate) {
            ++duplicates;
            ASSERT_EQ(first.at(played.subject), played.line);
        } else if (played.kind == Kind::conflict) {
            ++conflicts;
            ASSERT_NE(first.at(played.subject), played.line);
            ASSERT_EQ(key_of(json::parse(played.line)), played.subject);
        } else if (!played.subject.empty()) {
            ASSERT_TRUE(first.emplace(played.subject, played.line).second) << "used twice: " << played.subject;
        }
    }
    EXPECT_GT(duplicates, 80);
    EXPECT_GT(conflicts, 80);
}

/// Whether the line is an object with a type and a whole business key, no name twice.
bool is_acceptable(const std::string& line) {
    std::vector<std::set<std::string>> names;
    bool twice = false;
    const json::parser_callback_t watch = [&](int, json::parse_event_t event, json& value) {
        if (event == json::parse_event_t::object_start) names.emplace_back();
        if (event == json::parse_event_t::object_end) names.pop_back();
        if (event == json::parse_event_t::key && !names.back().insert(value.get<std::string>()).second) twice = true;
        return true;
    };
    const json record = json::parse(line, watch, false);
    if (!record.is_object() || twice) return false;
    return record.contains("till") && record.contains("business_date") && record.contains("number");
}

TEST(StorePlayTest, BreaksLinesInWaysThatNobodyCanAccept) {
    PlaySettings settings;
    settings.rates.broken = 5000;
    int broken = 0;
    int not_json = 0;
    for (const Played& played : play(settings, 4000)) {
        if (played.kind != Kind::broken) continue;
        ++broken;
        ASSERT_FALSE(is_acceptable(played.line)) << played.line;
        ASSERT_EQ(played.subject, "");
        if (!json::accept(played.line)) ++not_json;
    }
    EXPECT_GT(broken, 1500);
    EXPECT_GT(not_json, broken / 3);
    EXPECT_LT(not_json, broken * 2 / 3);
}

TEST(StorePlayTest, KeepsToTheRatesItIsGiven) {
    PlaySettings settings;
    settings.rates = {1000, 0, 500, 400, 300, 200, 300, 200, 300, 200};
    std::map<Kind, int> kinds = count_kinds(play(settings, many));
    const std::map<Kind, double> wanted{
        {Kind::duplicate, 300}, {Kind::conflict, 200},  {Kind::broken, 300},       {Kind::unknown_type, 200},
        {Kind::receiving, 400}, {Kind::returned, 1000}, {Kind::wrong_totals, 300}, {Kind::wrong_check_digit, 200}};
    for (const auto& [kind, rate] : wanted) {
        const double expected = rate * many / 10'000;
        EXPECT_GT(kinds[kind], expected * 0.6) << static_cast<int>(kind);
        EXPECT_LT(kinds[kind], expected * 1.2) << static_cast<int>(kind);
    }
}

TEST(StorePlayTest, PlaysOnlyWhatIsRightWhenAllRatesAreZero) {
    PlaySettings settings;
    settings.rates = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    EXPECT_EQ(count_kinds(play(settings, 2000)), (std::map<Kind, int>{{Kind::sale, 2000}}));
}

TEST(StorePlayTest, NamesUnknownTypesWithANumberOfTheirOwn) {
    PlaySettings settings;
    settings.rates.unknown_type = 3000;
    for (const Played& played : play(settings, 200)) {
        if (played.kind != Kind::unknown_type) continue;
        const json record = json::parse(played.line);
        ASSERT_EQ(record["type"], "loyalty");
        ASSERT_EQ(key_of(record), played.subject);
    }
}

TEST(StorePlayTest, ReceivesDeliveriesSomeShortSomeDamaged) {
    PlaySettings settings;
    settings.rates.receiving = 5000;
    int shorter = 0;
    int damaged = 0;
    std::set<std::string> ssccs;
    for (const Played& played : play(settings, 2000)) {
        if (played.kind != Kind::receiving) continue;
        const json record = json::parse(played.line);
        ASSERT_EQ(played.subject, "receiving/" + record["document"].get<std::string>());
        ASSERT_EQ(record["supplier"].get<std::string>().size(), 13U);
        ASSERT_TRUE(has_right_check_digit(record["supplier"]));
        ASSERT_EQ(record["status"], "closed");
        for (const json& sscc : record["ssccs"]) {
            ASSERT_EQ(sscc.get<std::string>().size(), 18U);
            ASSERT_TRUE(has_right_check_digit(sscc));
            ASSERT_TRUE(ssccs.insert(sscc).second) << "a pallet arrives once: " << sscc;
        }
        for (const json& line : record["lines"]) {
            const std::int64_t rejected = line.contains("rejected") ? fixed(line["rejected"], 0) : 0;
            ASSERT_EQ(fixed(line["accepted"], 0) + rejected, fixed(line["received"], 0));
            ASSERT_GE(fixed(line["accepted"], 0), 0);
            ASSERT_TRUE(parse_day(line["expiry"].get<std::string>()));
            ASSERT_GT(line["expiry"], record["business_date"]);
            if (line["received"] != line["expected"]) ++shorter;
            if (rejected > 0) ++damaged;
        }
    }
    EXPECT_GT(shorter, 50);
    EXPECT_GT(damaged, 50);
}

TEST(StorePlayTest, ScansArticlesOfItsCatalogue) {
    const StorePlay store{PlaySettings{}};
    Random random(5);
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(has_right_check_digit(store.scanned(random)));
}

}  // namespace
}  // namespace tillpost::simulator
