// SPDX-License-Identifier: Apache-2.0
// `tillpost-central import`: what came on a stick, and the answer that goes back on it.
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "agent/central/import.hpp"
#include "agent/central/named_signers.hpp"
#include "agent/central/program.hpp"
#include "platform/files.hpp"
#include "platform/printable.hpp"

namespace tillpost {
namespace {

void say(const std::string& what) { std::fprintf(stderr, "tillpost-central import: %s\n", printable(what).c_str()); }

int no_start(const Error& error) {
    say(error.message);
    return 2;
}

Result<SignerPolicy> policy_of(const CentralOptions& options) {
    SignerPolicy policy;
    policy.accept_new = options.accept_new;
    policy.replace = options.replace;
    for (const std::string& text : options.trusted) {
        if (auto done = add_named_signer(text, policy); !done) return done.error().with_context("--trust");
    }
    return policy;
}

/// Before anything is taken: an answer must be possible.
Result<void> check_answer(const CentralOptions& options) {
    if (auto done = check_signer({options.key_file, options.certificate_file}); !done) return done;
    if (::access(options.receipts.c_str(), W_OK | X_OK) == 0) return {};
    return system_error("--receipts " + options.receipts, errno);
}

std::string count(std::uint64_t number, const char* what) {
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

std::string text_of(const StickImport::Missing& missing) {
    std::string text;
    for (const Range& range : missing.ranges) {
        text += (text.empty() ? "" : ", ") + std::to_string(range.from) + ".." + std::to_string(range.to);
    }
    return text + (missing.ranges.size() == StickImport::most_missing ? " and maybe more" : "");
}

class Command {
public:
    Command(const CentralOptions& options, CentralStore& store, SignerPolicy policy)
        : options_(options),
          central_{options.key_file, options.certificate_file},
          import_(store, std::move(policy)),
          progress_(::isatty(STDERR_FILENO) == 1) {}

    /// Nothing of any file is in the database, and it did not fail.
    bool took_nothing() const { return files_ == 0 && !failed_; }

    int run() {
        for (const std::string& file : options_.files) {
            if (auto done = take(file); !done) return store_failed(done.error());
        }
        for (const AgentName& agent : import_.agents()) {
            if (auto done = answer(agent); !done) return store_failed(done.error());
        }
        say(count(files_, "file") + " imported, " + std::to_string(refused_) + " refused; " + count(lines_, "event") +
            ", " + std::to_string(fresh_) + " new");
        return good_ ? 0 : 1;
    }

private:
    int store_failed(const Error& error) {
        failed_ = true;
        say("the database failed: " + error.message +
            ". What is committed stays, no receipt was written for the rest: " +
            (error.code == Errc::full ? "make room and " : "") + "run the same command again, nothing counts twice");
        return 1;
    }

    void refuse(const std::string& file, const std::string& why) {
        say(file + ": refused, nothing of it is taken: " + why);
        ++refused_;
        good_ = false;
    }

    Result<void> take(const std::string& file) {
        const Result<Chunk> chunk = open_chunk(file, central_);
        if (!chunk) {
            refuse(file, chunk.error().message);
            return {};
        }
        const auto admission = import_.admit(*chunk);
        if (!admission) return admission.error();
        if (!admission->refused.empty()) {
            refuse(file, admission->refused);
            return {};
        }
        if (admission->recorded) {
            say(chunk->head.source + ": from now on its files are to be signed by the certificate " +
                chunk->fingerprint);
        }
        const auto taken = import_.take(*chunk, [&](std::size_t done, std::size_t all) { show(file, done, all); });
        if (!taken) return taken.error().with_context(file);
        report(file, *chunk, *taken);
        return {};
    }

    /// On a terminal, one line that is written over.
    void show(const std::string& file, std::size_t done, std::size_t all) const {
        if (!progress_) return;
        std::fprintf(stderr, "\r%s: %zu %%%s", file.c_str(), all == 0 ? 100 : done * 100 / all,
                     done == all ? "\r\033[K" : "");
        std::fflush(stderr);
    }

    void report(const std::string& file, const Chunk& chunk, const StickImport::Taken& taken) {
        const CentralCounters& counters = taken.counters;
        ++files_;
        lines_ += taken.lines;
        fresh_ += counters.taken;
        say(file + ": " + chunk.head.source + ", " + count(taken.lines, "event") + ", " +
            std::to_string(counters.taken) + " new");
        const std::uint64_t aside = counters.malformed + counters.divergent + counters.broken;
        if (aside > 0) {
            say(file + ": " + count(aside, "line") + " set aside (" + std::to_string(counters.malformed) +
                " malformed, " + std::to_string(counters.divergent) + " divergent, " + std::to_string(counters.broken) +
                " broken): see the table set_aside");
        }
        if (counters.crowded > 0) {
            say(file + ": " + count(counters.crowded, "line") + " left for later, there are too many gaps: import " +
                "the missing files, and then this one again");
        }
        for (const std::string& alarm : taken.alarms) say(file + ": ALARM: " + alarm);
        good_ = good_ && aside == 0 && counters.crowded == 0 && taken.alarms.empty();
    }

    /// From what is committed; what cannot be written is said, and the other agents get theirs.
    Result<void> answer(const AgentName& agent) {
        const Result<ExportReceipt> receipt = import_.receipt(agent);
        if (!receipt) return receipt.error();
        const auto missing = import_.missing(agent);
        if (!missing) return missing.error();
        for (const StickImport::Missing& each : *missing) {
            say(agent.source() + ": MISSING of epoch " + to_hex(each.epoch) + ": " + text_of(each) +
                ". Import the files that have them, or export again on the box" +
                (each.any_confirmed ? ", with --all: it takes them for confirmed, and leaves them out otherwise" : ""));
        }
        good_ = good_ && missing->empty();
        const std::string path = options_.receipts + "/" + agent.client_id() + ".receipt";
        if (auto done = write(path, *receipt); !done) {
            say(path + ": " + done.error().message + ". The events are committed: run the same command again");
            good_ = false;
            return {};
        }
        std::printf("%s\n", path.c_str());
        std::fflush(stdout);
        return {};
    }

    Result<void> write(const std::string& path, const ExportReceipt& receipt) const {
        const Result<std::string> letter = sign(encode(receipt), central_);
        if (!letter) return letter.error();
        return write_file(path, *letter, 0644);
    }

    const CentralOptions& options_;
    Signer central_;
    StickImport import_;
    bool progress_;
    bool good_ = true, failed_ = false;
    std::uint64_t files_ = 0, refused_ = 0, lines_ = 0, fresh_ = 0;
};

/// A database of this command's own making that holds nothing: another command would take it for central's.
void remove_new(const std::string& database) {
    for (const char* each : {"-wal", "-shm", ""}) {
        const Result<void> done = remove_file(database + each);
        if (!done && file_exists(database + each)) return say(done.error().message);
    }
    say("nothing was taken, and so no database " + database + " was made");
}

}  // namespace

int run_import(const CentralOptions& options) {
    Result<SignerPolicy> policy = policy_of(options);
    if (!policy) return no_start(policy.error());
    if (auto done = check_answer(options); !done) return no_start(done.error());
    const SystemClock clock;
    // No new file unasked: its receipts would free events that only a mistyped name holds.
    const auto missing = options.create ? CentralStore::Missing::create : CentralStore::Missing::refuse;
    const bool is_new = options.create && !file_exists(options.database);
    auto store = CentralStore::open(options.database, missing, clock);
    if (!store && store.error().code == Errc::rejected) {
        say(store.error().message + ". Stop it, import, and start it again: its agents wait meanwhile");
        return 2;
    }
    if (!store && !file_exists(options.database)) {
        say(store.error().message + ". Correct --db; if central has no database yet, --create makes one");
        return 2;
    }
    if (!store) return no_start(store.error());
    Command command(options, **store, std::move(*policy));
    const int code = command.run();
    if (!is_new || !command.took_nothing()) return code;
    store->reset();
    remove_new(options.database);
    return code;
}

}  // namespace tillpost
