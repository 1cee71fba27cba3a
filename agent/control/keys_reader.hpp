// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "agent/control/object_reader.hpp"
#include "agent/event/settings.hpp"

namespace tillpost {

/// The list "keys" of the whole configuration. An absent one gives none: each type has its own business key.
std::vector<KeySetting> read_keys(ObjectReader& root);

}  // namespace tillpost
