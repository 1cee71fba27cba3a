// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tillpost::test {

/// Whether this program is built with a sanitizer: it is some ten to twenty times slower then, and looks for other
/// faults than a long row of like cases does. Such a test takes a part of its cases.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace tillpost::test
