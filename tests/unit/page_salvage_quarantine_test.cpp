// SPDX-License-Identifier: Apache-2.0
// [durable-3] Records in quarantine of a journal that SQLite cannot read any more.
#include <algorithm>

#include "agent/event/glance.hpp"
#include "agent/journal/own_events.hpp"
#include "agent/journal/page_records.hpp"
#include "tests/unit/salvage_fixture.hpp"

namespace tillpost {
namespace {

class QuarantineSalvageTest : public StoreSalvageTest {
protected:
    /// Its id.
    std::string hold(const std::string& bytes) {
        const Rejection rejection{"total_mismatch", "/totals/gross", "the totals are not the lines'"};
        Draft held;
        held.device = "feed";
        held.event = own::held_back("feed", rejection, bytes, glance_at(bytes));
        held.quarantine = Draft::Quarantine{bytes, rejection.rule, rejection.field};
        return add(std::move(held)).quarantine_id;
    }
    static std::string record(int n, std::size_t size = 20) {
        return "{\"held\":" + std::to_string(n) + ",\"till\":\"7\",\"x\":\"" + test::filler(size) + "\"}";
    }
    void discard(const std::string& id) {
        QuarantineDecision decision;
        decision.id = id;
        decision.user = 1000;
        decision.reason = "a test";
        const auto decided = store->decide(decision);
        ASSERT_TRUE(decided) << decided.error().message;
    }
    /// Pages of the file that have this in their bytes.
    std::vector<std::size_t> pages_with(const std::string& text) const {
        const std::string file = test::content_of(settings.path);
        std::vector<std::size_t> found;
        for (std::size_t at = 0; at < file.size() / page; ++at) {
            if (file.substr(at * page, page).find(text) != std::string::npos) found.push_back(at);
        }
        return found;
    }
    /// What the log says meanwhile.
    std::string said_by_salvage() {
        ::testing::internal::CaptureStderr();
        salvage();
        return ::testing::internal::GetCapturedStderr();
    }
};

TEST_F(QuarantineSalvageTest, RecordsThatAreGoneAreCountedInTheLog) {
    add_many(10);
    std::string last;
    for (int n = 0; n < 4; ++n) last = hold(record(n));
    discard(last);
    settle();
    const auto theirs = pages_with("\"held\":");
    ASSERT_FALSE(theirs.empty());
    destroy_page(0);
    for (const std::size_t each : theirs) destroy_page(each);
    const std::string said = said_by_salvage();
    EXPECT_NE(said.find("records in quarantine of the damaged journal cannot be read"), std::string::npos) << said;
    EXPECT_NE(said.find("no event says what was decided on them"), std::string::npos) << said;
    EXPECT_NE(said.find(" records=3 "), std::string::npos) << "one was decided on: " << said;
    EXPECT_EQ(store->quarantined(), 0);
    EXPECT_EQ(numbers().size(), 10U);
}

StoredRow event_of(const std::string& type, const std::string& data, std::uint8_t digest) {
    Event event;
    event.type = type;
    event.data = data;
    StoredRow row;
    row.body = encode_body(source, event, Stamp{{}, std::string(36, '0'), {}});
    row.digest.fill(digest);
    return row;
}

TEST(PageRecordsTest, AnEventWithoutItsRecordIsCountedOnce) {
    Digest content{};
    content.fill(7);
    const std::string with_digest = ",\"digest\":\"" + to_hex(content) + "\"";
    const std::string data = "{\"rule\":\"r\"" + with_digest + "}";
    const PageRecords::Known same{1, first_bytes_of(content)};
    const auto all = [](std::int64_t) { return true; };
    const std::int64_t first = std::int64_t{1} << 44;
    PageRecords records;
    records.note_event(first + 1, event_of("quarantined", data, 1));
    records.note_event(first + 1, event_of("quarantined", data, 1));      // a page that is free has it, too
    records.note_event(2 * first + 5, event_of("quarantined", data, 1));  // and another epoch
    records.note_event(first + 2, event_of("quarantined", "{\"rule\":\"r\"}", 2));
    records.note_event(first + 3, event_of("sale", data, 3));
    records.settle();
    EXPECT_EQ(records.missing({}, all), 2U);
    EXPECT_EQ(records.missing({}, [&](std::int64_t position) { return position > 2 * first; }), 1U);
    EXPECT_EQ(records.missing({same}, all), 1U) << "under another number";
    EXPECT_EQ(records.missing({{first + 2, 0}}, all), 1U);
    EXPECT_EQ(records.missing({{first + 2, 0}, same}, all), 0U);
    EXPECT_EQ(records.missing({{first + 2, first_bytes_of(content)}}, all), 1U) << "it stands for one of them";
    records.note_event(first + 4, event_of("released", "{\"record\":\"Q1-2\"}", 4));
    records.note_event(first + 6, event_of("discarded", "{\"record\":\"Q1-1\"" + with_digest + "}", 5));
    records.note_event(first + 7, event_of("discarded", "{\"record\":\"nonsense\"" + with_digest + "}", 6));
    records.settle();
    EXPECT_EQ(records.missing({}, all), 0U);
}

}  // namespace
}  // namespace tillpost
