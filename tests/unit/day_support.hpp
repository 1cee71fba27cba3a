// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "agent/day/book.hpp"
#include "agent/event/intake.hpp"

namespace tillpost::day {

/// Events as a feed sends them, given to a book as if they were recorded.
class DayTest : public ::testing::Test {
protected:
    /// Gives the event's id.
    std::string take(const std::string& line, const std::string& more_quality = "") {
        auto parsed = intake.parse(line);
        const Event* event = std::get_if<Event>(&parsed);
        if (event == nullptr || event->day == nullptr) {
            ADD_FAILURE() << "no event of a business day: " << line;
            return {};
        }
        DayEvent taken;
        taken.type = event->type;
        taken.mode = event->mode;
        taken.subject = event->subject;
        taken.corrects = !event->corrects.empty();
        const std::string quality = more_quality.empty() ? event->quality.text() : more_quality;
        taken.quality = quality;
        taken.facts = event->day.get();
        taken.late = book.is_late(*event->day);
        taken.id = "0123456789abcdef-" + id_digits(++sequence);
        const auto original = original_of(*event);
        taken.original = original ? &*original : nullptr;
        taken.replaces = event->corrects_kind == "replace";
        book.take(taken);
        journal[taken.id] = {taken.id, event->type, is_summed(event->mode), taken.corrects, event->day};
        journal[taken.id].is_supplement = event->corrects_kind == "supplement";
        if (!event->subject.empty()) first_of_key.emplace(event->subject, taken.id);
        return taken.id;
    }
    /// As the journal finds it.
    std::optional<DayOriginal> original_of(const Event& event) const {
        const bool corrects = !event.corrects.empty() && event.corrects_kind != "supplement";
        if (!corrects && event.day->voids.empty()) return std::nullopt;
        std::string id = corrects ? event.corrects : event.day->voids;
        const auto of_key = first_of_key.find(id);
        if (of_key != first_of_key.end()) id = of_key->second;
        const auto found = journal.find(id);
        return found != journal.end() ? found->second : DayOriginal{id, {}, true, false, nullptr};
    }
    static std::string id_digits(int number) {
        const std::string digits = std::to_string(number);
        return std::string(16 - digits.size(), '0') + digits;
    }
    static std::string record(const std::string& type, const std::string& number, const std::string& more = "") {
        return R"({"type":")" + type + R"(","till":"T01","business_date":"2026-11-23","time":"2026-11-23T10:00:00Z")" +
               (number.empty() ? "" : R"(,"number":")" + number + "\"") + more + "}";
    }
    /// One line, one tender, one tax rate.
    static std::string sale(const std::string& number, const std::string& amount, const std::string& currency = "EUR",
                            const std::string& more = "") {
        return record("sale", number,
                      R"(,"currency":")" + currency +
                          R"(","lines":[{"line":1,"kind":"goods","direction":"sale",)"
                          R"("item":"1","quantity":"1","unit":"EA","amount":")" +
                          amount + R"("}],"tenders":[{"type":"cash","amount":")" + amount +
                          R"("}],"taxes":[{"rate":"19.0","base":")" + amount + R"(","amount":"0"}],"totals":{"net":")" +
                          amount + R"(","tax":"0","gross":")" + amount + "\"}" + more);
    }
    static std::string close(const std::string& first, const std::string& last, const std::string& cash,
                             const std::string& more = "") {
        return record("till_close", "",
                      R"(,"session":1,"currency":"EUR","first_number":")" + first + R"(","last_number":")" + last +
                          R"(","tenders":[{"type":"cash","amount":")" + cash + R"(","expected":"0","counted":"0"}])" +
                          more);
    }
    const DayLedger& ledger(const std::string& date = "2026-11-23", const std::string& till = "T01") {
        static const DayLedger none;
        const DayLedger* found = book.find(till, date);
        EXPECT_NE(found, nullptr);
        return found == nullptr ? none : *found;
    }
    nlohmann::json certificate_now(const std::string& date = "2026-11-23") { return certificate_of(ledger(date)); }
    nlohmann::json certificate_of(const DayLedger& of_day) {
        return nlohmann::json::parse(
            certificate(of_day, of_day.revision + 1, book.circumstances(of_day, "till_close")));
    }
    void certify(const std::string& date = "2026-11-23", const std::string& till = "T01") {
        const DayLedger& of_day = ledger(date, till);
        const Circumstances now = book.circumstances(of_day, "late");
        book.certified(till, date,
                       {of_day.revision + 1, now.quarantined, "late", WallTime(Millis(1'795'428'930'123)),
                        reasons(of_day, now).empty()});
    }

    Intake intake;
    DayBook book;
    int sequence = 0;
    std::map<std::string, DayOriginal> journal;  ///< By id
    std::map<std::string, std::string> first_of_key;
};

}  // namespace tillpost::day
