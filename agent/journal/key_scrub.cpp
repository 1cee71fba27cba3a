// SPDX-License-Identifier: Apache-2.0
// [once-2] The business keys are looked at as events are: SQLite has no checksums, and by a damaged index a key that is
// there is not found, so that what is sent again would be new, and nothing would say so.
#include <optional>
#include <string>

#include "agent/journal/store_transaction.hpp"
#include "platform/log.hpp"

namespace tillpost {
namespace {

constexpr std::int64_t scrubbed_keys = 1024;  // rows of a slice

}  // namespace

/// A slice; true while there is more of the table. Where the index differs from it, nobody knows which of them is
/// wrong, nor what was not found meanwhile.
Result<bool> Store::scrub_keys() {
    if (!scrubs_keys()) return false;
    auto rows = database_->prepare(
        "SELECT position, key, content FROM business_key WHERE position > ?1 ORDER BY position LIMIT ?2");
    if (!rows) return rows.error();
    auto find = database_->prepare(
        "SELECT position FROM business_key INDEXED BY business_key_lookup WHERE key = ?1 AND content = ?2");
    if (!find) return find.error();
    slice_.begin();
    rows->begin().bind(1, keys_scrubbed_).bind(2, slice_.share(scrubbed_keys));
    std::string key, content;
    const auto is_found = [&](std::int64_t position) -> Result<bool> {
        const Result<bool> found = find->begin().bind_text(1, key).bind_blob(2, content).step();
        const bool sound = found && *found && find->integer(0) == position;
        find->reset();
        return found ? Result<bool>(sound) : found;
    };
    bool more = false;
    std::optional<std::int64_t> lost;
    while (!lost && !(more && slice_.over())) {
        const Result<bool> row = rows->step();
        if (!row) return noted(row.error()).with_context("scrub the business keys");
        if (!*row) break;
        more = true;
        const std::int64_t position = rows->integer(0);
        if (position <= keys_scrubbed_) return noted({Errc::corrupt, "the business keys are out of their order"});
        key = rows->bytes(1);
        content = rows->bytes(2);
        const Result<bool> found = is_found(position);
        if (!found) return noted(found.error()).with_context("scrub the business keys");
        if (!*found) lost = position;
        if (*found) keys_scrubbed_ = position;
    }
    rows->reset();
    slice_.end();
    if (!more) keys_scrubbed_ = -1;
    if (!lost) return more;
    const auto mended = transaction("make the index of the business keys anew", [&]() -> Result<void> {
        if (auto done = database_->execute("REINDEX business_key_lookup"); !done) return done;
        const Result<bool> found = is_found(*lost);
        if (!found) return found.error();
        if (!*found) return Error{Errc::corrupt, "a business key is not what a key can be"};
        return doubt_unknown_keys();
    });
    if (!mended) return mended.error();
    log::error("the index of the business keys was damaged on the disk: it is made anew",
               {{"what_it_means",
                 "what was sent again before this may be recorded twice; for a day, what comes under "
                 "an unknown key is marked possible_repeat"},
                {"what_to_do", "check this machine's disk and memory"}});
    return more;
}

}  // namespace tillpost
