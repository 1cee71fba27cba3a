// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tillpost::log {

/// Whether the file is the stream to systemd's journal that JOURNAL_STREAM names, "<device>:<inode>" (systemd.exec(5)):
/// a program that it starts inherits the variable, but may have its standard error elsewhere. nullptr: it is not set.
bool leads_to_journal(const char* journal_stream, int file);

}  // namespace tillpost::log
