// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "agent/mqtt/connection.hpp"
#include "platform/clock.hpp"

namespace tillpost {

/// Why a connect failed, in words for whoever has to mend it: "the certificate is not for broker.example",
/// "certificate has expired", "Connection refused"; "" when nothing is wrong now.
///
/// Paho says "TCP/TLS connect failure" for all of these. So this looks for itself: it reads the files, looks the name
/// up, connects and shakes hands, with the same checks, and sends no MQTT. It blocks for `time` at most, and for as
/// long as the name look-up takes: worker's thread. Needs SIGPIPE ignored.
std::string diagnose_connect(const MqttSettings& settings, Millis time);

}  // namespace tillpost
