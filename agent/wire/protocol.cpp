// SPDX-License-Identifier: Apache-2.0
#include "agent/wire/protocol.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "agent/event/json_nul.hpp"

namespace tillpost {
namespace {

using nlohmann::json;

constexpr std::size_t largest_payload = 256 * 1024;
constexpr std::size_t most_epochs = 1024;
constexpr std::size_t most_listed = 4096;  ///< `need` and `rejected`, each
constexpr std::size_t longest_text = 128;
constexpr std::size_t longest_names = 64;  ///< tenant, store and node together
constexpr std::string_view topic_root = "tillpost/v1/";

bool is_name(std::string_view text) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

/// Writes JSON objects and arrays in the order of the calls; commas are its business.
class Writer {
public:
    void open(char bracket) {
        separate();
        out_ += bracket;
        first_ = true;
    }
    void close(char bracket) {
        out_ += bracket;
        first_ = false;
    }
    void key(std::string_view name) {
        separate();
        append_json_string(out_, name);
        out_ += ':';
        first_ = true;
    }
    void text(std::string_view name, std::string_view value) {
        key(name);
        append_json_string(out_, value);
        first_ = false;
    }
    void number(std::string_view name, std::uint64_t value) {
        key(name);
        out_ += std::to_string(value);
        first_ = false;
    }
    void flag(std::string_view name, bool value) {
        key(name);
        out_ += value ? "true" : "false";
        first_ = false;
    }
    std::string take() { return std::move(out_); }

private:
    void separate() {
        if (!first_) out_ += ',';
        first_ = false;
    }
    std::string out_;
    bool first_ = true;
};

/// Reads the members of one object. The first fault anywhere in the message is kept in `fault` with its path;
/// reads after it return harmless defaults, so that callers need one check, at the end.
class Members {
public:
    Members(const json& value, std::string path, std::string& fault)
        : value_(value), path_(std::move(path)), fault_(fault) {
        if (!value_.is_object()) fail("", "is not an object");
    }

    std::string text(const char* name, std::size_t longest = longest_text) {
        const json* found = find(name);
        if (found == nullptr || !found->is_string()) return fail(name, "must be a string"), std::string();
        const auto& text = found->get_ref<const std::string&>();
        if (text.size() > longest) return fail(name, "is too long"), std::string();
        return text;
    }

    std::uint64_t number(const char* name, std::uint64_t least, std::uint64_t most) {
        const json* found = find(name);
        const bool whole = found != nullptr && found->is_number_unsigned();
        const std::uint64_t number = whole ? found->get<std::uint64_t>() : 0;
        if (!whole || number < least || number > most) {
            fail(name, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
            return least;
        }
        return number;
    }

    bool flag(const char* name, bool otherwise) {
        const json* found = find(name);
        if (found == nullptr) return otherwise;
        if (!found->is_boolean()) return fail(name, "must be true or false"), otherwise;
        return found->get<bool>();
    }

    Digest digest(const char* name) {
        const auto digest = digest_from_hex(text(name));
        if (!digest) fail(name, "must be 64 hex digits");
        return digest.value_or(Digest{});
    }

    std::uint64_t hex_number(const char* name) {
        const auto number = number_from_hex(text(name));
        if (!number) fail(name, "must be 16 hex digits");
        return number.value_or(0);
    }

    Range range() {
        const Sequence from = number("from", 1, last_sequence);
        return {from, number("to", from, last_sequence)};
    }

    bool has(const char* name) const { return find(name) != nullptr; }

    /// Calls read(Members) for each object of the array; a missing array is an empty one unless `required`.
    template <class Read>
    void each(const char* name, std::size_t most, bool required, Read read) {
        const json* found = find(name);
        if (found == nullptr && !required) return;
        if (found == nullptr || !found->is_array()) return fail(name, "must be an array");
        if (found->size() > most) return fail(name, "has more than " + std::to_string(most) + " entries");
        std::size_t index = 0;
        for (const json& element : *found) {
            read(Members(element, path_ + "/" + name + "/" + std::to_string(index++), fault_));
            if (!fault_.empty()) return;
        }
    }

    void fail(const std::string& name, const std::string& what) {
        if (!fault_.empty()) return;
        fault_ = path_ + (name.empty() ? "" : "/" + name) + " " + what;
        if (fault_.front() == ' ') fault_.insert(0, "the message");
    }

private:
    const json* find(const char* name) const {
        if (!value_.is_object()) return nullptr;
        const auto found = value_.find(name);
        return found == value_.end() ? nullptr : &*found;
    }

    const json& value_;
    std::string path_;
    std::string& fault_;
};

/// A message's JSON, or what is wrong with it: never throws, never takes more than `largest_payload`.
json parse(std::string_view text, std::string& fault) {
    if (text.size() > largest_payload) {
        fault = "is larger than " + std::to_string(largest_payload) + " bytes";
        return {};
    }
    json value = has_nul(text) ? json(json::value_t::discarded) : json::parse(text, nullptr, false);
    if (value.is_discarded()) fault = "is not JSON";
    return value;
}

EpochSummary read_summary(Members members) {
    EpochSummary epoch;
    epoch.epoch = members.hex_number("epoch");
    epoch.ordinal = static_cast<std::uint32_t>(members.number("ordinal", 0, std::numeric_limits<std::uint32_t>::max()));
    epoch.last = members.number("last", 0, last_sequence);
    epoch.first = members.number("first", 1, epoch.last + 1);
    epoch.confirmed = members.number("confirmed", 0, epoch.last);
    epoch.before = members.digest("before");
    epoch.head = members.digest("head");
    return epoch;
}

EpochReceipt read_epoch_receipt(Members members) {
    EpochReceipt epoch;
    epoch.epoch = members.hex_number("epoch");
    epoch.upto = members.number("upto", 0, last_sequence);
    epoch.hash = members.digest("hash");
    members.each("also", most_also_ranges, false, [&epoch](Members also) {
        const Sequence before = epoch.also.empty() ? epoch.upto : epoch.also.back().range.to;
        RangeWithHash range{also.range(), also.digest("hash")};
        if (range.range.from <= before) also.fail("from", "must lie above upto and the range before");
        epoch.also.push_back(range);
    });
    members.each("need", most_listed, false, [&epoch](Members need) { epoch.need.push_back(need.range()); });
    members.each("rejected", most_listed, false, [&epoch](Members rejected) {
        RejectedSequence each{rejected.number("sequence", 1, last_sequence),
                              rejected.text("code", std::numeric_limits<std::size_t>::max())};
        // It costs none of what the receipt confirms. Nor is it cut: half a card number is none that anybody finds.
        each.too_long = each.code.size() > longest_text;
        if (each.too_long) each.code = "a code of " + std::to_string(each.code.size()) + " bytes";
        epoch.rejected.push_back(std::move(each));
    });
    if (members.has("fork")) epoch.fork = members.number("fork", 1, last_sequence);
    return epoch;
}

void write(Writer& out, const EpochSummary& epoch) {
    out.open('{');
    out.text("epoch", to_hex(epoch.epoch));
    out.number("ordinal", epoch.ordinal);
    out.number("first", epoch.first);
    out.number("last", epoch.last);
    out.number("confirmed", epoch.confirmed);
    out.text("before", to_hex(epoch.before));
    out.text("head", to_hex(epoch.head));
    out.close('}');
}

void write_bounds(Writer& out, const Range& range) {
    out.open('{');
    out.number("from", range.from);
    out.number("to", range.to);
}

void write(Writer& out, const RangeWithHash& range) {
    write_bounds(out, range.range);
    out.text("hash", to_hex(range.hash));
    out.close('}');
}

void write(Writer& out, const Range& range) {
    write_bounds(out, range);
    out.close('}');
}

void write(Writer& out, const RejectedSequence& rejected) {
    out.open('{');
    out.number("sequence", rejected.sequence);
    out.text("code", rejected.code);
    out.close('}');
}

template <class Element>
void write_list(Writer& out, std::string_view name, const std::vector<Element>& list) {
    out.key(name);
    out.open('[');
    for (const Element& element : list) write(out, element);
    out.close(']');
}

template <class Element>
void write_unless_empty(Writer& out, std::string_view name, const std::vector<Element>& list) {
    if (!list.empty()) write_list(out, name, list);
}

void write(Writer& out, const EpochReceipt& epoch) {
    out.open('{');
    out.text("epoch", to_hex(epoch.epoch));
    out.number("upto", epoch.upto);
    out.text("hash", to_hex(epoch.hash));
    write_unless_empty(out, "also", epoch.also);
    write_unless_empty(out, "need", epoch.need);
    write_unless_empty(out, "rejected", epoch.rejected);
    if (epoch.fork) out.number("fork", *epoch.fork);
    out.close('}');
}

bool is_hex(std::string_view text, std::size_t digits) {
    return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string AgentName::topic(std::string_view leaf) const {
    std::string topic(topic_root);
    topic.append(tenant).append("/").append(store).append("/").append(node).append("/").append(leaf);
    return topic;
}

std::string AgentName::source() const { return "urn:tillpost:" + tenant + ":" + store + ":" + node; }

std::string AgentName::client_id() const { return tenant + "." + store + "." + node; }

std::optional<std::pair<AgentName, std::string>> AgentName::from_topic(std::string_view topic) {
    if (!topic.starts_with(topic_root)) return std::nullopt;
    std::string_view rest = topic.substr(topic_root.size());
    std::array<std::string_view, 3> names;
    std::size_t together = 0;
    for (std::string_view& name : names) {
        const std::size_t slash = rest.find('/');
        if (slash == std::string_view::npos) return std::nullopt;
        name = rest.substr(0, slash);
        rest.remove_prefix(slash + 1);
        together += name.size();
        if (together > longest_names || !is_name(name)) return std::nullopt;
    }
    if (rest.empty()) return std::nullopt;
    AgentName agent{std::string(names[0]), std::string(names[1]), std::string(names[2])};
    return std::pair(std::move(agent), std::string(rest));
}

std::string encode(const Hello& hello) {
    Writer out;
    out.open('{');
    out.text("hello", hello.number);
    out.text("source", hello.source);
    out.text("version", hello.version);
    out.flag("jobs", hello.jobs);
    write_list(out, "epochs", hello.epochs);
    out.close('}');
    return out.take();
}

std::string encode(const Receipt& receipt) {
    Writer out;
    out.open('{');
    out.text("receipt", receipt.hello);
    out.text("receiver", receipt.receiver);
    if (!receipt.run.empty()) out.text("run", receipt.run);
    write_list(out, "epochs", receipt.epochs);
    if (receipt.rate) out.number("rate", *receipt.rate);
    out.close('}');
    return out.take();
}

Result<Hello> decode_hello(std::string_view text) {
    std::string fault;
    Hello hello;
    const json value = parse(text, fault);
    Members members(value, "", fault);
    hello.number = members.text("hello");
    if (!is_hex(hello.number, 16)) members.fail("hello", "must be 16 hex digits");
    hello.source = members.text("source");
    hello.version = members.text("version");
    hello.jobs = members.flag("jobs", false);
    members.each("epochs", most_epochs, true,
                 [&hello](Members epoch) { hello.epochs.push_back(read_summary(std::move(epoch))); });
    if (!fault.empty()) return Error{Errc::invalid, "hello: " + fault};
    return hello;
}

Result<Receipt> decode_receipt(std::string_view text) {
    std::string fault;
    Receipt receipt;
    const json value = parse(text, fault);
    Members members(value, "", fault);
    receipt.hello = members.text("receipt");
    if (!is_hex(receipt.hello, 16)) members.fail("receipt", "must be 16 hex digits");
    receipt.receiver = members.text("receiver");
    if (!is_hex(receipt.receiver, 32)) members.fail("receiver", "must be 32 hex digits");
    if (members.has("run")) receipt.run = members.text("run");
    if (!receipt.run.empty() && !is_hex(receipt.run, 16)) members.fail("run", "must be 16 hex digits");
    members.each("epochs", most_epochs, true,
                 [&receipt](Members epoch) { receipt.epochs.push_back(read_epoch_receipt(std::move(epoch))); });
    if (members.has("rate")) receipt.rate = members.number("rate", 0, std::numeric_limits<std::uint64_t>::max());
    if (!fault.empty()) return Error{Errc::invalid, "receipt: " + fault};
    return receipt;
}

}  // namespace tillpost
