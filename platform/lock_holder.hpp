// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace tillpost {

/// Who holds a lock on the file, by proc(5): "process 4711 (sqlite3)"; "" if that cannot be told. The file is not
/// opened: closing it would drop the locks that this process has on it.
std::string lock_holder(const std::string& path);

}  // namespace tillpost
