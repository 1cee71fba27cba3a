// SPDX-License-Identifier: Apache-2.0
// [complete-1] What is mapped again counts as it did, whatever was corrected or voided before or is afterwards: a day's
// certificate, what returns have given back, and the consumer of config/README.md agree on each combination.
#include <array>
#include <cstdio>
#include <tuple>

#include "tests/unit/capture_day_consumer.hpp"

namespace tillpost {
namespace {

/// Sums of what counts at a consumer, and pieces given back of sale 90.
constexpr const char* sum_up = R"py(
import json, sys
from decimal import Decimal
events = [json.loads(line) for line in open(sys.argv[1])]
gross = cash = tax = pieces = Decimal(0)
for event in what_counts([each for each in events if "type" in each]):
    data = event["data"]
    gross += Decimal((data.get("totals") or {}).get("gross", 0))
    cash += sum(Decimal(each["amount"]) for each in data.get("tenders") or [])
    tax += sum(Decimal(each["amount"] or 0) for each in data.get("taxes") or [])
    pieces += sum(Decimal(line["quantity"]) for line in data.get("lines") or [] if "original" in line)
print(*("%.2f" % each for each in (gross, cash, tax)), "%d" % pieces)
)py";

struct Correct {
    const char* what;  ///< sale, return, training, replace, reverse, supplement; void of a number; "training void" …
    int of = 0;        ///< Number of the step
};

struct Combination {
    const char* name;
    std::vector<Correct> steps;
};
void PrintTo(const Combination& each, std::ostream* out) { *out << each.name; }

const Combination combinations[] = {
    {"Plain", {{"sale"}, {"sale"}}},
    {"Reversed", {{"sale"}, {"sale"}, {"reverse", 1}}},
    {"ReversalReversed", {{"sale"}, {"sale"}, {"reverse", 1}, {"reverse", 3}}},
    {"ReversedThrice", {{"sale"}, {"reverse", 1}, {"reverse", 2}, {"reverse", 3}}},
    {"ReversedTwiceAndOneBack", {{"sale"}, {"reverse", 1}, {"reverse", 1}, {"reverse", 3}}},
    {"OldReversalReversed", {{"sale"}, {"reverse", 1}, {"replace", 1}, {"reverse", 2}}},
    {"Voided", {{"sale"}, {"sale"}, {"void", 1}}},
    {"VoidedTwice", {{"sale"}, {"void", 1}, {"void", 1}}},
    {"VoidReversed", {{"sale"}, {"void", 1}, {"reverse", 2}}},
    {"ReplacedAndVoided", {{"sale"}, {"replace", 1}, {"void", 1}}},
    {"VoidedAndReplaced", {{"sale"}, {"void", 1}, {"replace", 1}}},
    {"Replaced", {{"sale"}, {"sale"}, {"replace", 1}}},
    {"ReplacementReplaced", {{"sale"}, {"replace", 1}, {"replace", 2}}},
    {"ReplacedTwice", {{"sale"}, {"replace", 1}, {"replace", 1}}},
    {"ReplacementReversed", {{"sale"}, {"replace", 1}, {"reverse", 2}}},
    {"ReplacedAndReversed", {{"sale"}, {"replace", 1}, {"reverse", 1}, {"reverse", 3}}},
    {"ReversalReplaced", {{"sale"}, {"reverse", 1}, {"replace", 2}, {"reverse", 3}}},
    {"ReplacementVoided", {{"sale"}, {"replace", 1}, {"void", 2}}},
    {"ReplacementVoidedTwice", {{"sale"}, {"replace", 1}, {"void", 2}, {"void", 2}}},
    {"ReplacementVoidedAndReplaced", {{"sale"}, {"replace", 1}, {"void", 2}, {"replace", 1}}},
    {"ReversalVoided", {{"sale"}, {"sale"}, {"reverse", 1}, {"void", 3}}},
    {"ReversalVoidedTwice", {{"sale"}, {"reverse", 1}, {"void", 2}, {"void", 2}}},
    {"ReversalOfAReplacedVoided", {{"sale"}, {"replace", 1}, {"reverse", 1}, {"void", 3}}},
    {"OldReversalVoided", {{"sale"}, {"reverse", 1}, {"replace", 1}, {"void", 2}}},
    {"VoidVoided", {{"sale"}, {"void", 1}, {"void", 2}}},
    {"SupplementReplaced", {{"sale"}, {"supplement", 1}, {"replace", 2}}},
    {"SupplementReplacementReplaced", {{"sale"}, {"supplement", 1}, {"replace", 2}, {"replace", 3}}},
    {"SupplementReversedAndVoided", {{"sale"}, {"supplement", 1}, {"reverse", 2}, {"void", 2}}},
    {"ReversedInTraining", {{"sale"}, {"sale"}, {"training reverse", 1}}},
    {"ReplacedInTraining", {{"sale"}, {"sale"}, {"training replace", 1}, {"reverse", 3}}},
    {"VoidedInTraining", {{"sale"}, {"sale"}, {"training void", 1}, {"reverse", 1}}},
    {"ReversalReversedInTraining", {{"sale"}, {"reverse", 1}, {"training reverse", 2}, {"reverse", 2}}},
    {"TrainingInTraining", {{"sale"}, {"training"}, {"training replace", 2}, {"training void", 2}, {"replace", 2}}},
    {"TrainingReplacementVoided", {{"sale"}, {"training replace", 1}, {"void", 2}}},
    {"ReturnVoidedInTraining", {{"return"}, {"training void", 1}}},
    {"ReturnReversedInTraining", {{"return"}, {"training reverse", 1}, {"training replace", 1}}},
    {"ReturnReplacementVoided", {{"return"}, {"replace", 1}, {"void", 2}}},
    {"ReturnReversalVoided", {{"return"}, {"return"}, {"reverse", 1}, {"void", 3}}},
    {"ReturnSupplementReplaced", {{"return"}, {"supplement", 1}, {"replace", 2}}},
    {"Supplemented", {{"sale"}, {"supplement", 1}, {"reverse", 1}}},
    {"Training", {{"sale"}, {"training"}, {"reverse", 2}, {"void", 2}}},
    {"Return", {{"return"}, {"sale"}}},
    {"ReturnReversed", {{"return"}, {"return"}, {"reverse", 1}}},
    {"ReturnReversalReversed", {{"return"}, {"reverse", 1}, {"reverse", 2}}},
    {"ReturnReversedThrice", {{"return"}, {"reverse", 1}, {"reverse", 2}, {"reverse", 3}}},
    {"ReturnVoided", {{"return"}, {"return"}, {"void", 1}}},
    {"ReturnReplaced", {{"return"}, {"replace", 1}, {"replace", 2}}},
    {"ReturnReplacedReversed", {{"return"}, {"replace", 1}, {"reverse", 1}, {"reverse", 3}}},
    {"ReturnReplacementReversed", {{"return"}, {"replace", 1}, {"reverse", 2}}},
    {"ReturnSupplemented", {{"return"}, {"supplement", 1}}},
};

/// When records are mapped again: behind all corrections, from the last to the first; between them, and behind.
enum class When { behind, always };

using Mapped = std::tuple<Combination, When>;

std::string name_of(const Mapped& mapped) {
    return std::get<0>(mapped).name + std::string(std::get<1>(mapped) == When::behind ? "Behind" : "Always");
}

class MappedAgainTest : public ConsumedDayTest, public testing::WithParamInterface<Mapped> {
protected:
    void SetUp() override {
        quiet = 1h;
        send(line("sale", 90, goods(R"("direction":"sale",)", "1", "1.00"), "1.00"));
    }
    static std::string goods(const std::string& more, const std::string& quantity, const std::string& amount) {
        return R"({"line":1,"kind":"goods","item":"7","unit":"EA",)" + more + R"("quantity":")" + quantity +
               R"(","amount":")" + amount + "\"}";
    }
    static std::string line(const std::string& type, int number, const std::string& lines, const std::string& amount,
                            const std::string& more = "") {
        return head(type, number) + R"(,"lines":[)" + lines + R"(],"tenders":[{"type":"cash","amount":")" + amount +
               R"("}],"taxes":[{"rate":"19","base":"1","amount":"0.19"}],"totals":{"net":"1","tax":"0","gross":")" +
               amount + "\"}" + more + "}";
    }
    static std::string head(const std::string& type, int number) {
        return R"({"type":")" + type + R"(","till":"T01","number":)" + std::to_string(number) +
               R"(,"business_date":"2026-11-23","time":"2026-11-23T10:00:00Z","currency":"EUR","operator":"Ms Fink",)"
               R"("shift":"early")";
    }
    /// Sale or return, as what it corrects is one.
    static std::string record(bool gives_back, int number, const std::string& more) {
        const std::string pieces = std::to_string(number % 7 + 1);
        const std::string original =
            R"("direction":"return","original":{"till":"T01","business_date":"2026-11-23","number":"90","line":1},)";
        return gives_back ? line("return", number, goods(original, pieces, pieces), "-" + pieces + ".00", more)
                          : line("sale", number, goods(R"("direction":"sale",)", pieces, pieces), pieces + ".00", more);
    }
    void run(const Correct& step) {
        const std::string prefix = "training ";
        std::string what = step.what;
        const std::string mode = what.starts_with("training") ? R"(,"mode":"training")" : "";
        if (what.starts_with(prefix)) what.erase(0, prefix.size());
        const int number = static_cast<int>(ids.size()) + 1;
        bool gives_back = what == "return";
        std::string more = mode;
        if (step.of > 0) {
            gives_back = returns[static_cast<std::size_t>(step.of) - 1];
            more = mode + R"(,"corrects":")" + ids[static_cast<std::size_t>(step.of) - 1] + R"(","corrects_kind":")" +
                   what + R"(","reason":"r","actor":"a")";
        }
        if (what == "void") {
            send(head("void", number) + R"(,"scope":"post","reason":"r","amount":"1","original":{"number":")" +
                 std::to_string(step.of) + "\"}" + mode + "}");
        } else {
            send(record(gives_back, number, more));
        }
        ids.push_back(event_id(journal->live().epoch, journal->live().last));
        returns.push_back(gives_back);
    }
    static std::string amount_in(const json& list, const char* name, const char* word) {
        for (const json& each : list.is_array() ? list : json::array()) {
            if (each[name] == word) return each["amount"];
        }
        return "0";
    }
    static std::string two_digits(const std::string& text) {
        std::array<char, 32> digits{};
        (void)std::snprintf(digits.data(), digits.size(), "%.2f", std::strtod(text.c_str(), nullptr));
        return digits.data();
    }
    /// In the words of the consumer; the pieces by what a return of one more is marked with.
    std::string at_box() {
        const json said = till();
        const json sums = said.value("corrected_sums", said["sums"])[0];
        const std::string gross = sums.value("totals", json::object()).value("gross", "0");
        const std::string cash = amount_in(sums.value("tenders", json()), "type", "cash");
        const std::string tax = amount_in(sums.value("taxes", json()), "rate", "19");
        return two_digits(gross) + " " + two_digits(cash) + " " + two_digits(tax) + " ";
    }
    int given_back() {
        send(record(true, 98, ""));  // one piece
        const auto read = await(journal->read({journal->live().last, journal->live().last}, 1 << 20));
        const std::string quality = json::parse(read->line(0))["quality"];
        const std::string mark = "return_quantity:/lines/0/quantity=";
        const std::size_t at = quality.find(mark);
        return at == std::string::npos ? 0 : std::atoi(quality.c_str() + at + mark.size()) - 1;
    }

    std::vector<std::string> ids;
    std::vector<bool> returns;
};

TEST_P(MappedAgainTest, CountsAsItDid) {
    const auto& [combination, when] = GetParam();
    const bool behind = when == When::behind;
    for (const Correct& step : combination.steps) {
        run(step);
        if (!behind && ids.size() == 1) map_again("operator");
    }
    const std::string before = at_box();
    EXPECT_EQ(before, at_consumer(sum_up).substr(0, before.size())) << till();
    const json unapplied = till()["counts"]["unapplied"];
    map_again(behind ? "operator" : "shift", behind);
    EXPECT_EQ(at_box(), before) << "nothing that counts is others\n" << till();
    EXPECT_EQ(till()["counts"]["unapplied"], unapplied) << till();
    EXPECT_GT(mapped, 0U);
    map_again("taxes", behind);
    const std::string consumed = at_consumer(sum_up);
    EXPECT_EQ(at_box(), consumed.substr(0, consumed.rfind(' ') + 1)) << till();
    EXPECT_EQ(till()["counts"]["unapplied"], unapplied) << till();
    crash();
    EXPECT_EQ(at_box(), consumed.substr(0, consumed.rfind(' ') + 1)) << "read again: " << till();
    EXPECT_EQ(given_back(), std::atoi(consumed.c_str() + consumed.rfind(' ')));
}

using ManyMappedAgainTest = MappedAgainTest;

TEST_P(ManyMappedAgainTest, AreAppliedHoweverMany) {
    constexpr int sales = static_cast<int>(day::DayLedger::most_corrections) + 44;
    for (int number = 100; number < 100 + sales; ++number) send(record(false, number, ""));
    const std::string before = at_box();
    map_again("operator");
    EXPECT_EQ(at_box(), before);
    EXPECT_EQ(till().count("corrected_sums"), 0U) << "no sum is another one";
    map_again("taxes");
    EXPECT_EQ(mapped, 2U * (sales + 1));
    const std::string consumed = at_consumer(sum_up);
    EXPECT_EQ(at_box(), consumed.substr(0, consumed.rfind(' ') + 1)) << till();
    EXPECT_EQ(till()["counts"]["unapplied"], 0);
}

using ClosingMappedAgainTest = MappedAgainTest;

TEST_P(ClosingMappedAgainTest, SaysWhatItSaysNowWhereItStands) {
    const auto closing = [this](int number, const char* kind = nullptr, const std::string& of = "") {
        const std::string corrects = kind == nullptr ? ""
                                                     : R"(,"corrects":")" + of + R"(","corrects_kind":")" + kind +
                                                           R"(","reason":"r","actor":"a")";
        send(head("till_close", number) +
             R"(,"session":1,"first_number":90,"last_number":90,"tenders":[{"type":"cash",)" +
             R"("amount":"1.00","expected":"1","counted":"1"}],"batches":[{"terminal":"1","amount":"5"}])" + corrects +
             "}");
        return event_id(journal->live().epoch, journal->live().last);
    };
    const std::string first = closing(91);
    EXPECT_EQ(till()["differences"][0]["of"], "batches") << till();
    map_again("operator");
    EXPECT_EQ(till()["differences"][0]["of"], "batches") << till();
    map_again("batches");
    EXPECT_EQ(till()["closings"], 1) << till();
    EXPECT_EQ(till()["closings_fit"], "corrected") << till();
    const std::string reversal = closing(92, "reverse", first);
    map_again("shift");
    EXPECT_EQ(till()["closings"], 0) << till();
    closing(93, "reverse", reversal);
    for (const bool again : {false, true}) {
        if (again) crash();
        EXPECT_EQ(till()["closings"], 1) << till();
        EXPECT_EQ(till()["closings_fit"], "corrected") << till();
        EXPECT_EQ(till()["counts"]["unapplied"], 0) << till();
    }
}

INSTANTIATE_TEST_SUITE_P(All, ClosingMappedAgainTest, testing::Values(Mapped{combinations[0], When::behind}),
                         [](const auto& which) { return name_of(which.param); });

INSTANTIATE_TEST_SUITE_P(All, ManyMappedAgainTest, testing::Values(Mapped{combinations[0], When::behind}),
                         [](const auto& which) { return name_of(which.param); });

INSTANTIATE_TEST_SUITE_P(All, MappedAgainTest,
                         testing::Combine(testing::ValuesIn(combinations), testing::Values(When::behind, When::always)),
                         [](const auto& which) { return name_of(which.param); });

}  // namespace
}  // namespace tillpost
