// SPDX-License-Identifier: Apache-2.0
#include "agent/central/store_for_reading.hpp"

#include <utility>

#include "platform/files.hpp"

namespace tillpost {

Result<StoreForReading> StoreForReading::open(const std::string& path, const std::string& work, const Clock& clock) {
    StoreForReading reading;
    std::string file = path;
    if (is_open_elsewhere(path)) {
        auto copy = DatabaseCopy::make({path, work.empty() ? directory_of(path) : work, "the receiver"});
        if (!copy) return copy.error();
        reading.copy_ = std::move(*copy);
        file = reading.copy_->path();
    }
    auto store = CentralStore::open(file, CentralStore::Missing::refuse, clock);
    if (!store) return store.error();
    reading.store_ = std::move(*store);
    return reading;
}

}  // namespace tillpost
