// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>

#include "tests/support/agent_rig.hpp"

namespace tillpost::test {

/// The programs of config/README.md, byte for byte, beside an agent and a broker.
class ConsumerRig : public testing::Test {
protected:
    void SetUp() override {
        for (const char* candidate : {"python3", "/usr/bin/python3"}) {
            Process has_paho({candidate, {"-c", "import paho.mqtt.client"}});
            if (has_paho.wait() == 0) python = candidate;
        }
        if (python.empty() && std::getenv("CI") != nullptr) FAIL() << "CI installs python3-paho-mqtt";
        if (python.empty()) GTEST_SKIP() << "needs python3-paho-mqtt (./dev install contract)";
        std::size_t at = 0;
        program = next_program("consumer.py", at);
        (void)next_program("what_counts.py", at);
        sums = next_program("sums.py", at);
        database = folder.file("events.db");
    }
    /// The next program of the page behind `at`, written under that name.
    std::string next_program(const std::string& name, std::size_t& at) {
        const std::string page = content_of(TILLPOST_CONFIG_README);
        const std::string opening = "```python\n";
        const std::size_t start = page.find(opening, at);
        const std::size_t end = page.find("```\n", start + opening.size());
        if (start == std::string::npos || end == std::string::npos) {
            ADD_FAILURE() << "config/README.md has no program " << name;
            return "";
        }
        at = end + 4;
        return folder.write(name, page.substr(start + opening.size(), end - start - opening.size()));
    }
    void start_consumer() {
        const std::string port = std::to_string(rig.broker().port());
        consumer = std::make_unique<Process>(Process::Command{python, {program, "127.0.0.1", port, database}});
    }
    void kill_consumer() {
        consumer->kill(SIGKILL);
        (void)consumer->wait();
    }
    bool confirmed() {
        return wait_until([this] { return rig.everything_confirmed() || !consumer->running(); }) && consumer->running();
    }
    /// What a program says.
    std::string said_by(const std::string& path_or_code, std::vector<std::string> arguments) {
        const bool is_code = !path_or_code.ends_with(".py");
        arguments.insert(arguments.begin(), path_or_code);
        if (is_code) arguments.insert(arguments.begin(), "-c");
        Process process({python, std::move(arguments)});
        EXPECT_EQ(process.wait().value_or(-1), 0) << process.errors();
        return process.output();
    }

    TempDir folder;
    std::string python;
    std::string program;
    std::string sums;
    std::string database;
    AgentRig rig;
    std::unique_ptr<Process> consumer;
};

}  // namespace tillpost::test
