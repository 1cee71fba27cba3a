// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "agent/capture/reprocess_desk.hpp"
#include "tests/support/process.hpp"
#include "tests/unit/capture_day_fixture.hpp"

namespace tillpost {

/// Business days of the agent, beside those of the consumer of config/README.md, "What counts".
class ConsumedDayTest : public CaptureDayTest {
protected:
    void ask(json members) {
        members["reason"] = "a repair";
        for (;;) {
            ReprocessDesk desk(*capture, *journal);
            const json said = json::parse(await(desk.answer(json{{"reprocess.events", members}}.dump(), 1000)));
            ASSERT_TRUE(said.contains("reprocessed")) << said;
            mapped += said["reprocessed"]["corrected"].get<std::uint64_t>();
            if (said["reprocessed"]["next"].get<std::string>().empty()) return;
            members["after"] = said["reprocessed"]["next"];
            members["upto"] = said["reprocessed"]["upto"];
        }
    }
    /// Under a configuration that drops one member more; each from the last to the first, or all at once.
    void map_again(const char* dropped, bool backwards = false) {
        privacy.fields.push_back({dropped, "", PrivacySettings::Policy::drop});
        crash();
        const Sequence last = journal->live().last;
        for (Sequence at = last; backwards && at >= 1; --at) ask({{"from", at}, {"to", at}});
        if (!backwards) ask(json::object());
    }
    std::string lines() {
        const auto read = await(journal->read({1, journal->live().last}, 64 << 20));
        EXPECT_TRUE(read);
        return read ? read->text : std::string();
    }
    /// What the program says that `more` makes of the page's `what_counts`.
    std::string at_consumer(const std::string& more) {
        const std::string page = test::content_of(TILLPOST_CONFIG_README);
        const std::string opening = "```python\n";
        const std::size_t start = page.rfind(opening, page.find("def what_counts")) + opening.size();
        EXPECT_GT(start, opening.size());
        const std::string program = page.substr(start, page.find("```", start) - start) + more;
        test::Process process(
            {"/usr/bin/python3", {dir.write("sum_up.py", program), dir.write("lines.jsonl", lines())}});
        EXPECT_EQ(process.wait().value_or(-1), 0) << process.errors();
        return process.output();
    }

    std::uint64_t mapped = 0;
};

}  // namespace tillpost
