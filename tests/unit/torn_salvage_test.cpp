// SPDX-License-Identifier: Apache-2.0
// [durable-3] A leaf page whose end is zeros: a sector that was torn, or never written. SQLite reads it without an
// error, and its rows come out with the number 0, without content, or out of their order.
#include <map>
#include <set>

#include "agent/event/glance.hpp"
#include "agent/journal/own_events.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/unit/salvage_fixture.hpp"

namespace tillpost {
namespace {

constexpr int sold = test::sanitized ? 150 : 300;
constexpr int each_record = 5;  // events to one record in quarantine

class TornSalvageTest : public StoreSalvageTest {
protected:
    static std::string key(int n) { return "k" + std::to_string(n); }
    static std::string data(int n) {
        return "{\"n\":" + std::to_string(n) + ",\"x\":\"" +
               test::filler(100 + static_cast<std::size_t>(n % 7) * 60).substr(static_cast<std::size_t>(n % 50)) +
               "\"}";
    }
    static std::string record(int n) {
        return "{\"held\":" + std::to_string(n) + ",\"x\":\"" + test::filler(n % 9 == 4 ? 5'000 : 500) + "\"}";
    }
    static Draft held(const std::string& bytes) {
        const Rejection rejection{"total_mismatch", "/totals/gross", "the totals are not the lines'"};
        Draft draft;
        draft.device = "feed";
        draft.event = own::held_back("feed", rejection, bytes, glance_at(bytes));
        draft.quarantine = Draft::Quarantine{bytes, rejection.rule, rejection.field};
        return draft;
    }
    /// Events with keys, all of which are in the table, and records in quarantine between them.
    void fill() {
        settings.keys_in_memory = 8;
        open();
        for (int first = 0; first < sold; first += 50) {
            std::vector<Draft> drafts;
            for (int n = first; n < first + 50; ++n) {
                drafts.push_back(draft(key(n), data(n)));
                if (n % each_record == 0) drafts.push_back(held(record(n)));
            }
            ASSERT_TRUE(store->append(drafts));
            maintain();
        }
        live_ = store->live();
        records_ = static_cast<int>(store->quarantined());
        settle();
        whole_ = test::content_of(settings.path);
        for (int n = 0; n < sold; n += each_record) contents_.insert(record(n));
    }
    /// The leaf pages of a table, or of an index, in order; from 0.
    std::map<std::string, std::vector<std::size_t>> leaves() {
        std::map<std::string, std::vector<std::size_t>> found;
        auto database = Database::open_damaged(settings.path);
        auto rows = (*database)->prepare("SELECT name, pageno FROM dbstat WHERE pagetype = 'leaf' ORDER BY name, path");
        EXPECT_TRUE(rows) << rows.error().message;
        while (rows && *rows->step()) {
            found[std::string(rows->bytes(0))].push_back(static_cast<std::size_t>(rows->integer(1)) - 1);
        }
        return found;
    }
    void tear(const std::vector<std::size_t>& numbers, std::size_t kept, char filling = '\0') {
        std::string file = whole_;
        for (const std::size_t each : numbers) file.replace(each * page + kept, page - kept, page - kept, filling);
        store.reset();
        for (const auto& each : fs::directory_iterator(fs::path(settings.path).parent_path())) fs::remove(each);
        std::ofstream(settings.path, std::ios::binary) << file;
        note_damage(settings.path, live_, "test");
        ::testing::internal::CaptureStderr();
        salvage();
        said_ = ::testing::internal::GetCapturedStderr();
    }
    /// Those n whose bodies are whole in the file still.
    std::vector<int> whole_events(const std::vector<std::size_t>& numbers, std::size_t kept) const {
        std::string file = whole_;
        for (const std::size_t each : numbers) file.replace(each * page + kept, page - kept, page - kept, '\0');
        const std::string text = test::revealed(std::move(file));
        std::vector<int> found;
        for (int n = 0; n < sold; ++n) {
            if (text.find("\"data\":" + data(n)) != std::string::npos) found.push_back(n);
        }
        return found;
    }
    /// A number that the log says, 0 if it does not.
    std::int64_t said(const std::string& line, const std::string& name) const {
        const std::size_t at = said_.find(line);
        const std::size_t value = at == std::string::npos ? at : said_.find(" " + name + "=", at);
        return value == std::string::npos ? 0 : std::atoll(said_.c_str() + value + name.size() + 2);
    }
    void check_events(const std::vector<int>& there) {
        std::vector<int> found = numbers();
        EXPECT_EQ(found, there);
        std::int64_t quarantined = 0;
        for (const std::string& line : all_lines()) quarantined += line.find("tillpost.quarantined.v1") < line.size();
        EXPECT_EQ(static_cast<std::int64_t>(found.size()) + quarantined + said_lost(), sold + records_)
            << "each is either there or named, once";
        EXPECT_EQ(store->lost(), said_lost());
    }
    void check_records() {
        std::int64_t whole = 0;
        std::int64_t altered = 0;
        for (int sequence = 1; sequence <= sold + records_; ++sequence) {
            const auto found = store->quarantine_record("Q1-" + std::to_string(sequence));
            if (!found) continue;
            EXPECT_EQ(found->decision.word, "");
            altered += found->altered ? 1 : 0;
            whole += found->altered ? 0 : 1;
            EXPECT_TRUE(found->altered || contents_.contains(found->bytes)) << found->id;
        }
        EXPECT_LE(altered, 1) << "the one that the tear goes through";
        EXPECT_EQ(store->quarantined(), whole + altered);
        const std::int64_t gone = said("no event says what was decided on them", "records");
        EXPECT_EQ(whole + altered + gone, records_) << said_;
    }
    /// What a POS sends again is known, unless its event is lost.
    void check_keys(const std::vector<int>& there) {
        const std::set<int> known(there.begin(), there.end());
        for (int n = 0; n < sold; n += 7) {
            const Recorded again = add(draft(key(n), data(n)));
            EXPECT_EQ(again.repeat, known.contains(n)) << n;
            EXPECT_EQ(again.quality, again.repeat ? "" : "possible_repeat") << n;
        }
    }

    EpochSummary live_;
    int records_ = 0;
    std::set<std::string> contents_;
    std::string whole_, said_;
};

class TornLeafTest : public TornSalvageTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(TornLeafTest, CostsWhatItHadAndNothingElse) {
    fill();
    const auto all = leaves();
    const std::string asked = GetParam();
    const std::set<std::string> apart{"event", "quarantine", "business_key", "epoch", "counter"};
    const std::vector<std::size_t> places =
        asked == "others" ? std::vector<std::size_t>{512} : std::vector<std::size_t>{512, 1'024, 2'048};
    int torn = 0;
    for (const auto& [name, pages] : all) {
        if (asked == "others" ? apart.contains(name) : name != asked) continue;
        std::vector<std::vector<std::size_t>> tears{{pages.front()}, {pages.back()}, {pages[pages.size() / 2]}};
        if (pages.size() > 4) tears.push_back({pages[1], pages[2], pages[4]});
        if (pages.size() == 1 || asked == "others") tears.resize(1);
        for (const auto& numbers : tears) {
            for (const std::size_t kept : places) {
                SCOPED_TRACE(name + ", page " + std::to_string(numbers[0]) + " and " +
                             std::to_string(numbers.size() - 1) + " more, torn at " + std::to_string(kept));
                tear(numbers, kept);
                if (HasFatalFailure()) return;
                const std::vector<int> there = whole_events(numbers, kept);
                check_events(there);
                check_records();
                check_keys(there);
                ++torn;
            }
        }
    }
    EXPECT_GE(torn, 3);
}

// [once-2] Keys of events that are deleted stand in the table alone.
TEST_F(TornSalvageTest, ADamagedPageOfKeysCostsItsOwnKeysAndMarksWhatComesUnderThem) {
    settings.keep = std::chrono::seconds(0);
    fill();
    open();
    ASSERT_TRUE(store->confirm(receipt(store->live().last)));
    maintain();
    live_ = store->live();
    tamper("VACUUM");
    settle();
    whole_ = test::content_of(settings.path);
    ASSERT_EQ(whole_events({}, page).size(), 0U) << "nothing but their keys is left";
    const std::vector<std::size_t> pages = leaves()["business_key"];
    const int of_a_page = 2 * sold / static_cast<int>(pages.size());  // at most
    ASSERT_GE(pages.size(), 2U);
    for (const std::size_t which : {std::size_t{0}, pages.size() / 2, pages.size() - 1}) {
        for (const char filling : {'\0', 'Z'}) {
            SCOPED_TRACE("leaf " + std::to_string(which) + (filling == 'Z' ? " is gone" : " is torn"));
            tear({pages[which]}, filling == 'Z' ? 0 : 512, filling);
            if (HasFatalFailure()) return;
            int unknown = 0;
            for (int n = 0; n < sold; ++n) {
                const Recorded again = add(draft(key(n), data(n)));
                unknown += again.repeat ? 0 : 1;
                EXPECT_EQ(again.quality, again.repeat ? "" : "possible_repeat") << n;
            }
            EXPECT_GT(unknown, 0);
            EXPECT_LE(unknown, filling == 'Z' ? 2 * of_a_page : of_a_page)
                << "those of a page, and at most as many again";
        }
    }
}

// Fewer cells than there were: SQLite passes over the others without a word.
TEST_F(TornSalvageTest, RecordsThatSQLitePassesOverAreSaid) {
    fill();
    const std::vector<std::size_t> pages = leaves()["quarantine"];
    whole_.replace(pages[pages.size() / 2] * page + 3, 2, 2, '\0');
    tear({}, page);
    EXPECT_LT(store->quarantined(), records_);
    check_records();
}

INSTANTIATE_TEST_SUITE_P(Tables, TornLeafTest,
                         ::testing::Values("event", "quarantine", "business_key", "epoch", "counter", "others"),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace tillpost
