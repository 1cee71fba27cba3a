// SPDX-License-Identifier: Apache-2.0
// `tillpost-central quarantine`: the exception queue of all stores.
#include <cstdio>
#include <utility>

#include "agent/central/program.hpp"
#include "agent/central/quarantine_queue.hpp"
#include "agent/central/store_for_reading.hpp"

namespace tillpost {
namespace {

QuarantineQueue::Sort sort_from(const std::string& word) {
    if (word == "amount") return QuarantineQueue::Sort::amount;
    return word == "class" ? QuarantineQueue::Sort::record_class : QuarantineQueue::Sort::age;
}

Result<QuarantineQueue> read_queue(const CentralOptions& options) {
    const SystemClock clock;
    const auto store = StoreForReading::open(options.database, options.work, clock);
    if (!store) return store.error();
    auto statements = (*store)->statements();
    if (!statements) return statements.error();
    QuarantineQueue queue(Moves(statements->moves));
    const auto take = [&queue](const CentralStore::Row& row) {
        queue.take(row.source, row.epoch, row.sequence, row.body);
    };
    const auto source = options.source.empty() ? std::nullopt : std::optional(options.source);
    if (auto read = (*store)->each_quarantine(source, take); !read) return read.error();
    queue.settle();
    return queue;
}

}  // namespace

int run_quarantine(const CentralOptions& options) {
    const auto queue = read_queue(options);
    if (!queue) return complain(queue.error());
    const QuarantineQueue::Sort sort = sort_from(options.sort);
    std::fputs((options.json ? json_of(*queue, sort, options.all) : table_of(*queue, sort, options.all)).c_str(),
               stdout);
    return queue->open(sort).empty() ? 0 : 1;
}

}  // namespace tillpost
