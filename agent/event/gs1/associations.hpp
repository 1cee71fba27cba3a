// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "agent/event/gs1/message.hpp"

namespace tillpost::gs1 {

/// Adds the faults of elements that do not go together (GS1 General Specifications, section 4.13): an AI that needs
/// another, two that exclude each other, the same AI with two values. Pure.
void check_associations(Message& message);

}  // namespace tillpost::gs1
