// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace tillpost {

/// The files of agent/status/page, as they were when this program was built. Made by page/embed.cmake.
struct PageFiles {
    std::string_view html;  ///< With {{places}} to be filled in.
    std::string_view style;
    std::string_view script;
};
extern const PageFiles page_files;

}  // namespace tillpost
