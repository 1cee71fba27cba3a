// SPDX-License-Identifier: Apache-2.0
// [durable-2] A disk that cannot read now may be able to later: what is only unread is not lost.
#include <numeric>

#include "agent/journal/witness.hpp"
#include "tests/support/fault_vfs.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/unit/salvage_fixture.hpp"

namespace tillpost {
namespace {

using test::Faults;

constexpr int events = test::sanitized ? 80 : 240;
const std::vector<Millis> short_pauses{Millis(0), Millis(0)};

class SalvageErrorTest : public StoreSalvageTest {
protected:
    SalvageErrorTest() {
        faults_.paused = true;
        settings.ballast_bytes = 0;
    }
    ~SalvageErrorTest() override {
        faults_.stop();
        faults_.paused = false;
    }

    /// A file with keys, the newest events in its WAL, and a record in quarantine; it lies aside, and a new one is
    /// begun.
    void fill() {
        if (aside_.empty()) make();
        store.reset();
        for (const std::string ending : {"", "-wal"}) {
            fs::copy_file(dir.file("kept") + ending, aside_ + ending, fs::copy_options::overwrite_existing);
            fs::remove(settings.path + ending);
        }
        fs::remove(Witness::beside(settings.path));  // a new file, not one that lost its events
        auto opened = Store::open(settings, clock, 2);
        ASSERT_TRUE(opened) << opened.error().message;
        store = std::move(*opened);
        store->set_salvaging(true);
    }
    void make() {
        add_from(1);
        settle();
        open();
        add_from(events / 2 + 1);
        add(rejected("rubbish"));
        for (const std::string ending : {"", "-wal"}) fs::copy_file(settings.path + ending, dir.file("kept") + ending);
        store.reset();
        const auto aside = set_aside(settings.path, clock.now().wall);
        ASSERT_TRUE(aside) << aside.error().message;
        aside_ = *aside;
    }
    static Draft numbered(int n) {
        return draft("key-" + std::to_string(n),
                     "{\"n\":" + std::to_string(n) + ",\"x\":\"" + test::filler(400) + "\"}");
    }
    void add_from(int first) {
        std::vector<Draft> drafts;
        for (int n = first; n < first + events / 2; ++n) drafts.push_back(numbered(n));
        ASSERT_TRUE(store->append(drafts));
    }

    static constexpr std::size_t nowhere = std::string::npos;
    /// The page of the damaged file that has the n-th event.
    std::size_t page_of(int n) const {
        const std::size_t at = test::place_of(test::content_of(aside_), "\"n\":" + std::to_string(n) + ",");
        return at == nowhere ? nowhere : at / page;
    }

    /// SQLite cannot open it then.
    void destroy_header() const {
        std::fstream file(aside_, std::ios::in | std::ios::out | std::ios::binary);
        const std::string noise(100, '\x5a');
        file.write(noise.data(), static_cast<std::streamsize>(noise.size()));
    }

    /// With the faults that were set; only reading the damaged file meets them.
    template <class Read>
    auto reading(Read read) {
        faults_.paused = false;
        auto found = read();
        faults_.paused = true;
        return found;
    }
    /// nullopt when all that can be read is taken over.
    std::optional<Error> take_over_with_faults(const Patience& patience = {}) {
        auto damaged = reading([&] { return Salvage::open(aside_, std::nullopt, {}, patience); });
        if (!damaged) return damaged.error();
        return take_from(**damaged);
    }
    std::optional<Error> take_from(Salvage& damaged) {
        const auto all = [&](const auto& read, const auto& upto) -> std::optional<Error> {
            for (;;) {
                auto slice = reading([&] { return read(upto()); });
                if (!slice) return slice.error();
                if (!*slice) return std::nullopt;
                if (const auto taken = store->adopt(**slice); !taken) return taken.error();
            }
        };
        const auto progress = [&] { return *store->salvage_progress(aside_); };
        if (auto failed = all([&](auto at) { return damaged.rows(at); }, [&] { return progress().rows; }))
            return failed;
        if (auto failed = all([&](auto at) { return damaged.keys(at); }, [&] { return progress().keys; }))
            return failed;
        std::int64_t at = 0;
        return all(
            [&](auto from) {
                auto records = damaged.quarantine(from);
                if (records && *records) at = (*records)->upto;
                return records;
            },
            [&] { return at; });
    }
    void expect_events() {
        std::vector<int> all(events);
        std::iota(all.begin(), all.end(), 1);
        EXPECT_EQ(numbers(), all);
        EXPECT_EQ(said_lost(), 0);
    }
    void expect_everything() {
        expect_events();
        EXPECT_EQ(store->quarantined(), 1);
        std::vector<Draft> drafts;
        drafts.push_back(numbered(7));
        const auto answers = store->append(drafts);
        ASSERT_TRUE(answers);
        EXPECT_TRUE(answers->front().repeat) << "its key moved";
    }

    Faults& faults_ = test::install_fault_vfs();
    std::string aside_;
};

TEST_F(SalvageErrorTest, AReadErrorThatPassesCostsNothing) {
    int n = 0;
    for (;; ++n) {
        SCOPED_TRACE("read " + std::to_string(n) + " fails once");
        ASSERT_NO_FATAL_FAILURE(fill());
        faults_.fail(Faults::Kind::io_error, n, false, Faults::read);
        const auto failed = take_over_with_faults();
        const bool met = faults_.injected > 0;
        faults_.stop();
        ASSERT_FALSE(failed) << failed->message;
        ASSERT_NO_FATAL_FAILURE(expect_everything());
        if (!met || HasFailure()) break;
    }
    EXPECT_GT(n, 20) << "the reads of a file of that size";
}

TEST_F(SalvageErrorTest, NothingIsCalledLostWhileTheDiskIsAwayAndTheNextStartGoesOn) {
    for (const bool ends : {false, true}) {
        for (const int n : {0, 5, 10}) {
            SCOPED_TRACE("from read " + std::to_string(n) + " on all fail" + (ends ? ", at the last try" : ""));
            ASSERT_NO_FATAL_FAILURE(fill());
            auto damaged = Salvage::open(aside_, std::nullopt, {}, Patience{short_pauses, ends});
            ASSERT_TRUE(damaged);
            faults_.fail(Faults::Kind::io_error, n, true, Faults::read);
            const auto failed = take_from(**damaged);
            EXPECT_GT(faults_.injected, 0);
            faults_.stop();
            ASSERT_TRUE(failed);
            EXPECT_TRUE(is_io(*failed)) << failed->message;
            EXPECT_EQ(said_lost(), 0);
            damaged->reset();
            const auto rest = take_over_with_faults();
            ASSERT_FALSE(rest) << rest->message;
            ASSERT_NO_FATAL_FAILURE(expect_everything());
        }
    }
}

// A second of errors, longer than the short pauses: while the file is opened, in its log, in the pages.
TEST_F(SalvageErrorTest, AnErrorThatOutlastsThePausesCostsNothing) {
    for (const bool header : {true, false}) {
        int waited = 0;
        for (int n = 0;; ++n) {
            SCOPED_TRACE((header ? "" : "no header, ") + std::string("read ") + std::to_string(n) + " and seven more");
            ASSERT_NO_FATAL_FAILURE(fill());
            if (!header) destroy_header();
            faults_.fail(Faults::Kind::io_error, n, true, Faults::read);
            faults_.burst = 8;
            int tries = 1;
            auto failed = take_over_with_faults({short_pauses, false});
            const bool met = faults_.injected > 0;
            for (; failed && tries < 10; ++tries) {
                ASSERT_TRUE(is_io(*failed)) << failed->message;
                ASSERT_EQ(said_lost(), 0);
                failed = take_over_with_faults({short_pauses, false});
            }
            faults_.stop();
            ASSERT_FALSE(failed) << failed->message;
            ASSERT_NO_FATAL_FAILURE(header ? expect_everything() : expect_events());
            waited += tries - 1;
            if (!met || HasFailure()) break;
        }
        EXPECT_GT(waited, 20) << "each of them stopped it at least once";
    }
}

// Left for later, and later it can be read: no row is lost for it.
TEST_F(SalvageErrorTest, APlaceThatIsNotReadYetIsNotLost) {
    ASSERT_NO_FATAL_FAILURE(fill());
    const std::size_t bad = page_of(events / 4);
    ASSERT_NE(bad, nowhere) << "the event is still in the log";
    faults_.fail(Faults::Kind::io_error, 0, true, Faults::read);
    faults_.only_at = static_cast<long long>(bad * page);
    const auto failed = take_over_with_faults({short_pauses, false});
    EXPECT_GT(faults_.injected, 0);
    faults_.stop();
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->code, Errc::unreadable) << failed->message;
    EXPECT_EQ(said_lost(), 0);
    const auto rest = take_over_with_faults();
    ASSERT_FALSE(rest) << rest->message;
    ASSERT_NO_FATAL_FAILURE(expect_everything());
}

// The very sector fails for ever, and what stands in it is not what was written: its rows are named, and no others.
TEST_F(SalvageErrorTest, APlaceThatIsNeverReadCostsItsOwnRows) {
    ASSERT_NO_FATAL_FAILURE(fill());
    const std::size_t bad = page_of(events / 4);
    ASSERT_NE(bad, nowhere) << "the event is still in the log";
    settings.path.swap(aside_);
    destroy_page(bad);
    settings.path.swap(aside_);
    faults_.fail(Faults::Kind::io_error, 0, true, Faults::read);
    faults_.only_at = static_cast<long long>(bad * page);
    const auto failed = take_over_with_faults();
    EXPECT_GT(faults_.injected, 0);
    faults_.stop();
    ASSERT_FALSE(failed) << failed->message;
    const auto lost = static_cast<std::size_t>(said_lost());
    EXPECT_GT(lost, 0U);
    EXPECT_LT(lost, 10U);
    EXPECT_EQ(numbers().size() + lost, static_cast<std::size_t>(events));
}

}  // namespace
}  // namespace tillpost
