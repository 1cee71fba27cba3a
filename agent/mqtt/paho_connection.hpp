// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "agent/mqtt/connection.hpp"

namespace tillpost {

/// MqttClient by the Paho library. The program must ignore SIGPIPE (the library does so once, and others undo
/// it). connect() answers within connect_timeout even when a name look-up hangs longer.
///
/// Keep at most MqttSession::receive_maximum publishes waiting: with more, the library waits for a second at a time.
/// A 901st waiting publish is refused with Errc::full.
///
/// Await disconnect() before destruction; otherwise destruction blocks the loop until the library has let go, two
/// seconds at most. Publishes that still wait at destruction are dropped without a call of their Done.
std::unique_ptr<MqttClient> make_paho_connection(asio::any_io_executor loop, MqttSettings settings);

}  // namespace tillpost
