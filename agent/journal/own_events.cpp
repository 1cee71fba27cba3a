// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/own_events.hpp"

#include "agent/event/json_text.hpp"
#include "agent/wire/line.hpp"

namespace tillpost::own {
namespace {

Event event(std::string_view type, std::string data) {
    Event event;
    event.type = type;
    event.data = std::move(data);
    return event;
}

}  // namespace

Event reissued(const EpochSummary& former, Range range, std::string_view cause) {
    return event("reissued", JsonObject()
                                 .text("epoch", to_hex(former.epoch))
                                 .number("ordinal", former.ordinal)
                                 .number("from", range.from)
                                 .number("to", range.to)
                                 .number("count", range.to + 1 - range.from)
                                 .text("cause", cause)
                                 .close());
}

namespace {

JsonObject lost(Epoch epoch, const std::vector<Range>& ranges, std::string_view business_class,
                std::string_view reason) {
    std::string list = "[";
    std::uint64_t count = 0;
    for (const Range& range : ranges) {
        if (count != 0) list += ',';
        list.append("[").append(std::to_string(range.from)).append(",").append(std::to_string(range.to)).append("]");
        count += range.to - range.from + 1;
    }
    JsonObject data;
    data.text("epoch", to_hex(epoch)).raw("ranges", list + "]").number("count", count);
    data.text("class", business_class).text("reason", reason);
    return data;
}

}  // namespace

Event loss(Epoch epoch, const std::vector<Range>& ranges, std::string_view business_class, std::string_view reason) {
    return event("loss", lost(epoch, ranges, business_class, reason).close());
}

Event erased(Epoch epoch, Sequence sequence, const Erasure& by) {
    JsonObject who;
    who.number("user", by.user).optional_text("actor", by.actor).text("reason", by.reason);
    return event("loss",
                 lost(epoch, {{sequence, sequence}}, "unknown", "erased").raw("erased_by", who.close()).close());
}

Event gone(Epoch epoch, Range range, const Digest& before, const Digest& after) {
    return event("gone", JsonObject()
                             .text("epoch", to_hex(epoch))
                             .number("from", range.from)
                             .number("to", range.to)
                             .text("before", to_hex(before))
                             .text("after", to_hex(after))
                             .close());
}

Event quarantined(Epoch epoch, Sequence sequence, std::string_view rule, std::string_view detail, const Digest& digest,
                  const Glance& glance) {
    const std::string id = event_id(epoch, sequence);
    JsonObject data;
    data.text("event", id).text("rule", rule).text("field", "").text("detail", detail);
    data.text("digest", to_hex(digest));
    // `erase` leaves this event, which explains a tombstone: no free text may be in it. The event's subject has both.
    Glance known = glance;
    known.till.clear();
    known.store.clear();
    known.number.clear();
    add_members(data, known);
    Event made = event("quarantined", data.close());
    made.causation = id;
    return made;
}

std::size_t line_bytes(const std::string& source, const Event& event) {
    constexpr std::size_t boot_id = 36;
    Stamp stamp{{}, std::string(boot_id, '0'), {}};
    stamp.recorded.since_boot = Millis(10'000'000'000);  // four months
    stamp.recorded.utc_offset = std::chrono::minutes(0);
    return line_prefix_size + encode_body(source, event, stamp).size();
}

std::size_t withheld_bytes(const std::string& source, std::string_view rule, std::string_view body) {
    return line_bytes(source, quarantined(0, 1, rule, withheld_detail, Digest{}, glance_at(body_data(body))));
}

Event held_back(std::string_view device, const Rejection& rejection, std::string_view bytes, const Glance& glance) {
    JsonObject data;
    data.text("device", device).text("rule", rejection.rule).text("field", rejection.field);
    data.text("detail", rejection.detail).text("digest", to_hex(Sha256()(bytes))).number("size", bytes.size());
    add_members(data, glance);
    return event("quarantined", data.close());
}

Event clock_step(const ClockStep& step) {
    const auto name = [](bool synced) { return synced ? "synced" : "unsynced"; };
    return event("clock_step", JsonObject()
                                   .raw("step_ms", std::to_string((step.after - step.before).count()))
                                   .raw("offset_before_ms", std::to_string(step.before.count()))
                                   .raw("offset_after_ms", std::to_string(step.after.count()))
                                   .text("clock_before", name(step.synced_before))
                                   .text("clock_after", name(step.synced_after))
                                   .raw("since_ms", std::to_string(step.since.count()))
                                   .close());
}

Event decided(std::string_view word, const Decision& decision) {
    JsonObject data;
    data.text("record", decision.record);
    data.optional_text("quarantined", decision.quarantined);
    data.optional_text("event", decision.event);
    data.text("rule", decision.rule).number("user", decision.user);
    data.optional_text("actor", decision.actor);
    data.optional_text("reason", decision.reason);
    data.optional_text("till", decision.till)
        .optional_text("store", decision.store)
        .optional_text("number", decision.number);
    data.optional_text("business_date", decision.business_date);
    if (decision.waited) data.number("waited_ms", static_cast<std::uint64_t>(decision.waited->count()));
    data.text("digest", to_hex(decision.digest));
    if (decision.found_digest) data.text("found_digest", to_hex(*decision.found_digest));
    if (decision.corrected_digest) data.text("corrected_digest", to_hex(*decision.corrected_digest));
    Event made = event(word, data.close());
    made.causation = decision.quarantined;
    return made;
}

}  // namespace tillpost::own
