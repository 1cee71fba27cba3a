// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/central/store.hpp"
#include "tests/support/fixed_clock.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/central_line_maker.hpp"

namespace tillpost::test {

inline const AgentName sending_agent{"acme", "s1", "till3"};

/// A receiver's file, and an agent whose lines are committed to it.
class CentralFileTest : public ::testing::Test {
protected:
    CentralFileTest() { open(); }

    void open() {
        store.reset();
        auto opened = CentralStore::open(path, CentralStore::Missing::create, clock);
        ASSERT_TRUE(opened) << opened.error().message;
        store = std::move(*opened);
    }
    Committed commit(const std::vector<std::string>& lines, const AgentName& from = sending_agent) {
        return commit_payload(joined(lines), from);
    }
    Committed commit_payload(const std::string& payload, const AgentName& from = sending_agent) {
        auto committed = store->commit({{from, payload}}, true);
        EXPECT_TRUE(committed) << committed.error().message;
        return committed ? std::move(*committed) : Committed();
    }

    TempDir folder;
    std::string path = folder.file("central.db");
    FixedClock clock;
    std::unique_ptr<CentralStore> store;
    LineMaker maker{sending_agent.source(), 0xe1};
};

}  // namespace tillpost::test
