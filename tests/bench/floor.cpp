// SPDX-License-Identifier: Apache-2.0
// The floors: bare SQLite inserts of the journal's row with the journal's settings, and bare Paho publishing. What the
// agent does on top of them is what `./dev bench` shows. Prints one JSON object.
#include <mqtt/async_client.h>
#include <sqlite3.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <deque>
#include <string>
#include <thread>
#include <vector>

namespace {

using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

void require(bool ok, const char* what) {
    if (ok) return;
    std::fprintf(stderr, "bench_floor: %s failed\n", what);
    std::exit(1);
}

double quantile(std::vector<double>& sorted, double part) {
    std::sort(sorted.begin(), sorted.end());
    return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

class BareJournal {
public:
    explicit BareJournal(const std::string& path) {
        require(sqlite3_open(path.c_str(), &db_) == SQLITE_OK, "open");
        execute(
            "PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=EXTRA; PRAGMA journal_mode=WAL;"
            "PRAGMA wal_autocheckpoint=2000; PRAGMA cache_size=-2000; PRAGMA secure_delete=FAST;"
            "CREATE TABLE event (position INTEGER PRIMARY KEY, recorded INTEGER NOT NULL, digest BLOB NOT NULL,"
            " chain BLOB NOT NULL, body BLOB) STRICT");
        require(sqlite3_prepare_v2(db_, "INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5)", -1, &insert_, nullptr) ==
                    SQLITE_OK,
                "prepare");
    }
    ~BareJournal() {
        sqlite3_finalize(insert_);
        sqlite3_close(db_);
    }
    BareJournal(const BareJournal&) = delete;
    BareJournal& operator=(const BareJournal&) = delete;

    /// What retention does once all is confirmed, in transactions of `rows`.
    void remove_all(int rows) {
        sqlite3_stmt* remove = nullptr;
        require(sqlite3_prepare_v2(db_, "DELETE FROM event WHERE position <= ?1", -1, &remove, nullptr) == SQLITE_OK,
                "prepare");
        for (sqlite3_int64 upto = rows; upto < position_ + rows; upto += rows) {
            sqlite3_reset(remove);
            sqlite3_bind_int64(remove, 1, upto);
            require(sqlite3_step(remove) == SQLITE_DONE, "delete");
        }
        sqlite3_finalize(remove);
    }

    void commit(int rows, const std::string& body) {
        execute("BEGIN IMMEDIATE");
        for (int i = 0; i < rows; ++i) {
            sqlite3_reset(insert_);
            sqlite3_bind_int64(insert_, 1, ++position_);
            sqlite3_bind_int64(insert_, 2, 1'795'428'930'123);
            sqlite3_bind_blob(insert_, 3, digest_.data(), 32, SQLITE_STATIC);
            sqlite3_bind_blob(insert_, 4, digest_.data(), 32, SQLITE_STATIC);
            sqlite3_bind_blob(insert_, 5, body.data(), static_cast<int>(body.size()), SQLITE_STATIC);
            require(sqlite3_step(insert_) == SQLITE_DONE, "insert");
        }
        sqlite3_reset(insert_);
        execute("COMMIT");
    }

private:
    void execute(const char* sql) { require(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql); }
    sqlite3* db_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
    sqlite3_int64 position_ = 0;
    std::string digest_ = std::string(32, 'd');
};

/// `rate` commits a second (0: as fast as it goes) for so many seconds; `whole_life`: then all are deleted.
void bare_sqlite(const std::string& path, int batch, std::size_t row_bytes, double for_seconds, double rate,
                 bool whole_life) {
    BareJournal journal(path);
    const std::string body(row_bytes, 'x');
    std::vector<double> latencies;
    std::int64_t rows = 0;
    const Steady::time_point start = Steady::now();
    for (int n = 1; seconds_since(start) < for_seconds; ++n) {
        const Steady::time_point begin = Steady::now();
        journal.commit(batch, body);
        latencies.push_back(seconds_since(begin) * 1000);
        rows += batch;
        if (rate > 0) std::this_thread::sleep_until(start + std::chrono::duration<double>(n / rate));
    }
    const double per_second = static_cast<double>(rows) / seconds_since(start);
    if (whole_life) journal.remove_all(256);
    std::printf("{\"rows\":%lld,\"rows_per_second\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n",
                static_cast<long long>(rows), per_second, quantile(latencies, 0.5), quantile(latencies, 0.99));
}

void bare_paho(const std::string& address, const std::string& topic, int messages, std::size_t bytes,
               std::size_t window) {
    mqtt::async_client client(address, "bench-floor", mqtt::create_options(MQTTVERSION_5));
    mqtt::connect_options options;
    options.set_mqtt_version(MQTTVERSION_5);
    options.set_max_inflight(1000);
    client.connect(options)->wait();
    const std::string payload(bytes, 'x');
    std::deque<mqtt::delivery_token_ptr> waiting;
    const Steady::time_point start = Steady::now();
    for (int i = 0; i < messages; ++i) {
        if (waiting.size() >= window) {
            waiting.front()->wait();
            waiting.pop_front();
        }
        waiting.push_back(client.publish(topic, payload.data(), payload.size(), 1, false));
    }
    for (const auto& token : waiting) token->wait();
    std::printf("{\"messages_per_second\":%.0f}\n", messages / seconds_since(start));
    client.disconnect()->wait();
}

/// A connected client that does nothing, for so many seconds.
void idle_paho(const std::string& address, double for_seconds) {
    mqtt::async_client client(address, "bench-idle", mqtt::create_options(MQTTVERSION_5));
    mqtt::connect_options options;
    options.set_mqtt_version(MQTTVERSION_5);
    client.connect(options)->wait();
    std::printf("{\"connected\":true}\n");
    std::fflush(stdout);
    std::this_thread::sleep_for(std::chrono::duration<double>(for_seconds));
    client.disconnect()->wait();
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App arguments{"Bare SQLite and bare Paho, for comparison", "bench_floor"};
    arguments.require_subcommand(1);
    std::string target;
    std::string topic = "bench/floor";
    int batch = 100;
    int messages = 100'000;
    std::size_t bytes = 900;
    std::size_t window = 16;
    double for_seconds = 3;
    double rate = 0;
    bool whole_life = false;
    auto* sqlite = arguments.add_subcommand("sqlite", "Insert rows into a new file");
    sqlite->add_option("file", target)->required();
    sqlite->add_option("--batch", batch, "Rows a commit");
    sqlite->add_option("--bytes", bytes, "Of a row's body");
    sqlite->add_option("--seconds", for_seconds);
    sqlite->add_option("--rate", rate, "Commits a second, 0: as fast as it goes");
    sqlite->add_flag("--whole-life", whole_life, "Delete the rows at the end");
    auto* paho = arguments.add_subcommand("paho", "Publish one message per event");
    paho->add_option("address", target)->required();
    paho->add_option("--topic", topic, "Of a message");
    paho->add_option("--messages", messages);
    paho->add_option("--bytes", bytes, "Of a message");
    paho->add_option("--window", window, "Messages in flight");
    auto* idle = arguments.add_subcommand("idle", "Connect and do nothing");
    idle->add_option("address", target)->required();
    idle->add_option("--seconds", for_seconds);
    CLI11_PARSE(arguments, argc, argv);
    if (*sqlite) bare_sqlite(target, batch, bytes, for_seconds, rate, whole_life);
    if (*idle) idle_paho(target, for_seconds);
    if (*paho) bare_paho(target, topic, messages, bytes, window);
    return 0;
}
