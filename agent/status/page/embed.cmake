# SPDX-License-Identifier: Apache-2.0
# cmake -DFOLDER=… -DOUTPUT=page_files.cpp -P embed.cmake: the page's files as string literals.
foreach(name index.html page.css page.js)
  file(READ ${FOLDER}/${name} text)
  string(MAKE_C_IDENTIFIER ${name} member)
  set(${member} "${text}")
endforeach()
file(WRITE ${OUTPUT} "// Made by page/embed.cmake
#include \"agent/status/page_files.hpp\"

namespace tillpost {

const PageFiles page_files{R\"page(${index_html})page\",
                           R\"page(${page_css})page\",
                           R\"page(${page_js})page\"};

}  // namespace tillpost
")
