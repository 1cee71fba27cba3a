// SPDX-License-Identifier: Apache-2.0
// Two real days of a retailer's invoices, as a connector would send them: sales, cancellations, and stock corrections
// that went through the till. The files are not part of the project (UCI Online Retail, CC BY 4.0): the test is for
// whoever has them, in TILLPOST_SHARED_DATA or in ../shared/data beside the sources.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "agent/event/intake.hpp"
#include "agent/event/redaction/redactor.hpp"

namespace tillpost {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using CsvRow = std::map<std::string, std::string>;
using Invoices = std::map<std::string, std::vector<CsvRow>>;

fs::path sample_folder() {
    const char* const named = std::getenv("TILLPOST_SHARED_DATA");
    return fs::path(named != nullptr && *named != '\0' ? named : TILLPOST_SHARED_DATA_BESIDE) / "online-retail";
}

/// RFC 4180, without line breaks in fields.
std::vector<std::string> fields_of(const std::string& line) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (const char c : line) {
        if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            fields.emplace_back();
        } else if (c != '\r') {
            fields.back() += c;
        }
    }
    return fields;
}

Invoices invoices_of(const fs::path& file) {
    std::ifstream input(file);
    std::string line;
    std::getline(input, line);
    const auto names = fields_of(line);
    Invoices invoices;
    while (std::getline(input, line)) {
        const auto fields = fields_of(line);
        EXPECT_EQ(fields.size(), names.size()) << line;
        CsvRow row;
        for (std::size_t i = 0; i < std::min(fields.size(), names.size()); ++i) row[names[i]] = fields[i];
        invoices[row["InvoiceNo"]].push_back(std::move(row));
    }
    return invoices;
}

/// Of a decimal without exponent, in thousandths.
long long thousandths(const std::string& text) {
    const std::size_t point = std::min(text.find('.'), text.size());
    std::string fraction = point < text.size() ? text.substr(point + 1, 3) : "";
    fraction.resize(3, '0');
    return std::stoll(text.substr(0, point) + fraction);
}

std::string money(long long thousandths) {
    const long long size = std::abs(thousandths);
    const std::string fraction = std::to_string(1000 + size % 1000).substr(1);
    return (thousandths < 0 ? "-" : "") + std::to_string(size / 1000) + "." + fraction;
}

/// A cancellation's number begins with C.
std::string record_of(const std::string& number, const std::vector<CsvRow>& rows, long long& gross) {
    const bool is_return = number.front() == 'C';
    ordered_json record{{"type", is_return ? "return" : "sale"}, {"till", "web"}, {"number", number}};
    const std::string& time = rows.front().at("InvoiceDate");
    record["business_date"] = time.substr(0, 10);
    record["time"] = time.substr(0, 10) + "T" + time.substr(11) + "Z";
    record["currency"] = "GBP";
    record["offline"] = false;
    record["origin"] = {{"adapter", "csv"}};
    record["lines"] = ordered_json::array();
    gross = 0;
    for (const CsvRow& row : rows) {
        const long long quantity = std::stoll(row.at("Quantity"));
        const long long amount = std::abs(quantity) * thousandths(row.at("UnitPrice"));
        ordered_json line{{"line", record["lines"].size() + 1}, {"kind", "goods"}, {"item", row.at("StockCode")}};
        line["direction"] = quantity < 0 ? "return" : "sale";
        line["description"] = row.at("Description");
        line["quantity"] = std::to_string(std::abs(quantity));
        line["unit"] = "EA";
        line["unit_price"] = row.at("UnitPrice");
        line["amount"] = money(amount);
        if (quantity < 0) line["unlinked"] = true;
        gross += quantity < 0 ? -amount : amount;
        record["lines"].push_back(std::move(line));
    }
    record["tenders"] = ordered_json::array({{{"type", "account"}, {"amount", money(gross)}}});
    record["totals"] = {{"net", money(gross)}, {"tax", "0"}, {"gross", money(gross)}};
    return record.dump();
}

struct SampleDay {
    const char* file;
    std::size_t sales, returns;
    long long gross;  ///< Thousandths of a pound
};

class SampleTest : public ::testing::TestWithParam<SampleDay> {
protected:
    void take(const std::string& number, const std::string& record) {
        EXPECT_FALSE(redactor.redact_line(record).changed) << number << " holds no card";
        auto taken = intake.parse(record);
        if (const auto* rejection = std::get_if<Rejection>(&taken)) {
            ++counts["quarantined: " + rejection->rule];
            EXPECT_FALSE(rejection->rule.empty() || rejection->detail.empty()) << number;
            return;
        }
        const Event& event = std::get<Event>(taken);
        EXPECT_TRUE(subjects.insert(event.subject).second) << event.subject;
        EXPECT_NE(event.subject.find(number), std::string::npos) << event.subject;
        ++counts[event.type];
        for (const std::string& mark : event.quality.marks()) ++counts["marked: " + mark.substr(0, mark.find(':'))];
    }

    Redactor redactor;
    Intake intake;
    std::map<std::string, std::size_t> counts;
    std::set<std::string> subjects;
};

TEST_P(SampleTest, EveryInvoiceIsTaken) {
    const fs::path file = sample_folder() / GetParam().file;
    if (!fs::exists(file)) GTEST_SKIP() << file << " is not here";
    long long sum = 0;
    for (const auto& [number, rows] : invoices_of(file)) {
        long long gross = 0;
        take(number, record_of(number, rows, gross));
        sum += gross;
    }
    for (const auto& [what, count] : counts) std::cout << GetParam().file << ": " << what << " " << count << "\n";
    EXPECT_EQ(counts["sale"], GetParam().sales);
    EXPECT_EQ(counts["return"], GetParam().returns);
    EXPECT_EQ(sum, GetParam().gross);
    for (const auto& [what, count] : counts) {
        const bool expected = what == "sale" || what == "return" || what == "marked: incomplete";
        EXPECT_TRUE(expected || count == 0) << what << ": " << count;
    }
}

INSTANTIATE_TEST_SUITE_P(OnlineRetail, SampleTest,
                         ::testing::Values(SampleDay{"2010-12-01.csv", 137, 6, 58'635'560},
                                           SampleDay{"2011-06-10.csv", 79, 13, 22'540'660}),
                         [](const auto& which) { return "Day" + std::to_string(which.index); });

}  // namespace
}  // namespace tillpost
