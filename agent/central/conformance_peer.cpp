// SPDX-License-Identifier: Apache-2.0
#include "agent/central/conformance_peer.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <utility>

#include "agent/mqtt/paho_connection.hpp"
#include "agent/wire/compression.hpp"

namespace tillpost {
namespace {

constexpr std::size_t most_receipts = 10'000;
constexpr std::size_t longest_came = 600;
constexpr std::size_t packet_rest = 200;  // topic and header, of one message

}  // namespace

TestStream::TestStream(std::string source, std::uint32_t ordinal)
    : source_(std::move(source)), ordinal_(ordinal), epoch_(random_number()) {
    Sha256 sha;
    chains_.push_back(chain_start(sha, source_, epoch_));
}

std::string TestStream::next(const Digest& digest) {
    Sha256 sha;
    chains_.push_back(chain_next(sha, chains_.back(), epoch_, chains_.size(), digest));
    return line_prefix(epoch_, last(), chains_.back());
}

std::string TestStream::body(const std::string& body) {
    Sha256 sha;
    return next(sha(body)) + body;
}

std::string TestStream::event(const std::string& type, const std::string& data) const {
    static const SystemClock clock;
    Event event;
    event.type = type;
    event.data = data;
    event.mode = "test";
    if (type == "sale") event.subject = "conformance/" + event_id(epoch_, last() + 1);
    Stamp stamp{clock.now(), clock.boot_id(), {}};
    fill_random(stamp.salt);
    return encode_body(source_, event, stamp);
}

std::string TestStream::sale_body() const {
    return event("sale", "{\"total\":{\"amount\":\"1.00\",\"currency\":\"EUR\"}}");
}

std::string TestStream::sale() { return body(sale_body()); }

std::vector<std::string> TestStream::sales(int count) {
    std::vector<std::string> lines;
    for (int i = 0; i < count; ++i) lines.push_back(sale());
    return lines;
}

std::string TestStream::tombstone() {
    withheld_ = sale_body();
    Sha256 sha;
    const Digest digest = sha(withheld_);
    return next(digest) + "\"digest\":\"" + to_hex(digest) + "\",\"withheld\":\"conformance\"}";
}

std::string TestStream::content() const { return line_prefix(epoch_, last(), chains_.back()) + withheld_; }

std::string TestStream::lost() {
    Digest destroyed;
    fill_random(destroyed);
    return next(destroyed) + "\"lost\":\"conformance\"}";
}

EpochSummary TestStream::summary(Sequence first, Sequence confirmed) const {
    return {epoch_, ordinal_, first, last(), chain(first - 1), chains_.back(), confirmed};
}

ConformancePeer::ConformancePeer(MqttSettings settings, AgentName agent, Millis patience)
    : agent_(std::move(agent)),
      protocol_(settings.protocol),
      source_(agent_.source()),
      patience_(patience),
      connection_(make_paho_connection(loop_.get_executor(), std::move(settings))),
      tasks_(loop_.get_executor(), [this](const std::string&, const std::string& what) {
          outcome_ = Error{Errc::io, what};
      }) {
    MqttConnection::Events events;
    events.on_message = [this](const MqttMessage& message) { on_message(message); };
    events.on_lost = [this](const Error& why) { faults_.push_back("the connection was lost: " + why.message); };
    connection_->set_events(std::move(events));
}

ConformancePeer::~ConformancePeer() {
    tasks_.request_stop();
    (void)wait([this] { return tasks_.idle(); }, Millis(2'000));
}

Result<void> ConformancePeer::connect() {
    if (auto done = run(Step::connect); !done) return done;
    return run(Step::subscribe);
}

asio::awaitable<void> ConformancePeer::take(Step step) {
    if (step == Step::connect) {
        const Result<MqttSession> session = co_await connection_->connect();
        outcome_ = Result<void>();
        if (!session) outcome_ = session.error();
        if (session && session->maximum_packet_size > 0) largest_ = session->maximum_packet_size;
        co_return;
    }
    std::vector<std::string> topics{agent_.topic("receipt")};
    outcome_ = co_await connection_->subscribe(std::move(topics));
}

Result<void> ConformancePeer::run(Step step) {
    outcome_.reset();
    tasks_.spawn("conformance", take(step));
    if (!wait([this] { return outcome_.has_value(); }, Millis(30'000)))
        return Error{Errc::timeout, "no answer from the broker"};
    return *outcome_;
}

bool ConformancePeer::wait(const std::function<bool()>& holds, Millis within) {
    const SteadyTime end = steady_now() + within;
    for (;;) {
        if (holds()) return true;
        if (steady_now() >= end) return false;
        // An idle loop would return at once.
        const auto work = asio::make_work_guard(loop_);
        loop_.restart();
        loop_.run_one_until(end);
    }
}

bool ConformancePeer::answered(Millis within) {
    hello({TestStream(source_, 1).summary()});
    const bool came = wait([this] { return !last_.empty() || !faults_.empty(); }, within);
    forget();
    return came;
}

void ConformancePeer::hello(std::vector<EpochSummary> epochs) {
    Hello hello;
    hello.number = number_ = to_hex(random_number());
    hello.source = source_;
    hello.version = "conformance";
    hello.epochs = std::move(epochs);
    connection_->publish({agent_.topic("hello"), encode(hello), false}, [](const Result<void>&) {});
}

namespace {

std::string joined(const std::vector<std::string>& lines) {
    std::string payload;
    for (const std::string& line : lines) payload += line + "\n";
    return payload;
}

}  // namespace

void ConformancePeer::send(const std::vector<std::string>& lines) {
    std::string payload;
    for (const std::string& line : lines) {
        if (!payload.empty() && payload.size() + line.size() + packet_rest > largest_) {
            publish_events(std::exchange(payload, {}), "");
        }
        payload += line + "\n";
    }
    publish_events(std::move(payload), "");
}

void ConformancePeer::send_compressed(const std::vector<std::string>& lines) {
    // Too few to become smaller: it goes as it is, and the case shows nothing.
    if (auto frame = Compressor().compress(joined(lines))) publish_events(std::move(*frame), zstd_encoding);
}

void ConformancePeer::publish_events(std::string payload, std::string_view encoding) {
    connection_->publish({agent_.topic("events"), std::move(payload), false, std::string(encoding)},
                         [this](const Result<void>& outcome) {
                             if (outcome || faults_.size() >= most_receipts) return;
                             faults_.push_back("the broker refused a message: " + outcome.error().message);
                         });
}

bool ConformancePeer::expect(Epoch epoch, const std::function<bool(const EpochReceipt&)>& wanted) {
    const auto holds = [&] {
        if (receipts_.empty() || receipts_.back().hello != number_) return false;
        for (const EpochReceipt& each : receipts_.back().epochs) {
            if (each.epoch == epoch && wanted(each)) return true;
        }
        return false;
    };
    return wait(holds);
}

void ConformancePeer::on_message(const MqttMessage& message) {
    if (message.retained) {
        ++retained_;
        return;
    }
    last_ = message.payload;
    Result<Receipt> receipt = decode_receipt(message.payload);
    if (receipt && receipts_.size() < most_receipts) receipts_.push_back(std::move(*receipt));
    if (!receipt && faults_.size() < most_receipts) faults_.push_back(receipt.error().message);
}

void ConformancePeer::forget() {
    receipts_.clear();
    faults_.clear();
    last_.clear();
}

std::string ConformancePeer::came() const {
    if (!faults_.empty()) return faults_.front();
    if (last_.empty()) return "nothing";
    return last_.size() <= longest_came ? last_ : last_.substr(0, longest_came) + "…";
}

}  // namespace tillpost
