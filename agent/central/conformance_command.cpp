// SPDX-License-Identifier: Apache-2.0
// `tillpost-central conformance`: the command line of the receiver conformance test.
#include <algorithm>
#include <cstdio>

#include "agent/central/conformance.hpp"
#include "agent/central/program.hpp"
#include "agent/event/json_text.hpp"
#include "platform/printable.hpp"

namespace tillpost {
namespace {

constexpr std::size_t width = 36;          // of a case's name, and a blank
constexpr Millis longest_silence{10'000};  // before it is said that nobody is there

int complain(const std::string& what) {
    std::fprintf(stderr, "tillpost-central conformance: %s\n", printable(what).c_str());
    return 2;
}

const char* word(CaseResult::Verdict verdict) {
    if (verdict == CaseResult::Verdict::passed) return "passed";
    return verdict == CaseResult::Verdict::failed ? "FAILED" : "not run";
}

void print(const CaseResult& result, bool json) {
    std::string text;
    if (json) {
        text = "{\"case\":\"" + result.name + "\",\"verdict\":\"" + word(result.verdict) + "\",\"expected\":";
        append_json_string(text, result.expected);
        append_json_string(text += ",\"came\":", result.came);
        text += "}\n";
    } else {
        text = result.name + std::string(width - std::min(result.name.size(), width - 1), ' ') + word(result.verdict);
        if (result.verdict == CaseResult::Verdict::not_run) text += ": " + printable(result.came);
        if (result.verdict == CaseResult::Verdict::failed) {
            text += "\n    expected: " + result.expected + "\n    came:     " + printable(result.came);
        }
        text += "\n";
    }
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

}  // namespace

int run_conformance_command(const CentralOptions& options) {
    // Each case leaves an epoch, and a receiver keeps track of so many of one agent: a test in CI would use them up.
    const std::string node = options.node.empty() ? "agent-" + to_hex(random_number()).substr(8) : options.node;
    const auto name =
        AgentName::from_topic("tillpost/v1/" + options.tenant + "/" + options.store + "/" + node + "/hello");
    if (!name || name->second != "hello")
        return complain("--tenant, --store and --node are names of [A-Za-z0-9_-], 64 characters together");
    const auto names = conformance_case_names();
    for (const std::string& wanted : options.cases) {
        if (std::find(names.begin(), names.end(), wanted) == names.end()) return complain("no case " + wanted);
    }
    Result<MqttSettings> mqtt = mqtt_settings(options, name->first.client_id());
    if (!mqtt) return complain(mqtt.error().message);
    ConformancePeer peer(std::move(*mqtt), name->first, Millis(1000) * options.patience_seconds);
    if (auto done = peer.connect(); !done) return complain(done.error().message);

    const Millis patience = std::min(Millis(1000) * options.patience_seconds, longest_silence);
    if (!peer.answered(patience)) {
        return complain(
            "no receiver answers a hello on " + name->first.topic("hello") + " within " +
            std::to_string(patience.count() / 1000) +
            " s: is one running, connected to this broker, subscribed to that topic, and allowed to publish "
            "to " +
            name->first.topic("receipt") + "?");
    }
    std::fprintf(options.json ? stderr : stdout, "plays %s\n", name->first.source().c_str());
    std::size_t failed = 0, passed = 0, not_run = 0;
    run_conformance(peer, {options.cases, options.restore_command}, [&](const CaseResult& result) {
        print(result, options.json);
        failed += result.verdict == CaseResult::Verdict::failed ? 1 : 0;
        passed += result.verdict == CaseResult::Verdict::passed ? 1 : 0;
        not_run += result.verdict == CaseResult::Verdict::not_run ? 1 : 0;
    });
    if (!options.json) std::printf("%zu passed, %zu failed, %zu not run\n", passed, failed, not_run);
    if (options.all_cases) failed += not_run;
    return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace tillpost
