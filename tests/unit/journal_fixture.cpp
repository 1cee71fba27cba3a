// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/journal_fixture.hpp"

namespace tillpost {

asio::awaitable<void> JournalTest::confirm(EpochReceipt receipt, std::optional<Confirmation>& outcome) {
    Result<Confirmation> confirmation = co_await journal->confirm(std::move(receipt));
    EXPECT_TRUE(confirmation);
    if (confirmation) outcome = *confirmation;
}

asio::awaitable<void> JournalTest::salvage(bool& ended) {
    co_await journal->run_salvage();
    ended = true;
}

}  // namespace tillpost
