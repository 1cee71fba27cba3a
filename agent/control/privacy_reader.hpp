// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "agent/control/object_reader.hpp"
#include "agent/event/redaction/settings.hpp"

namespace tillpost {

/// The section "privacy". An absent one gives the defaults: card data are cut, all else is kept.
PrivacySettings read_privacy(ObjectReader privacy);

}  // namespace tillpost
