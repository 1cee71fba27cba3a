# SPDX-License-Identifier: Apache-2.0
# cmake -DFOLDER=… -DNAMES=a,b,… -DOUTPUT=schemas.cpp -P embed_schemas.cmake: the files as string literals.
string(REPLACE "," ";" NAMES "${NAMES}")
set(rows "")
foreach(name IN LISTS NAMES)
  file(READ ${FOLDER}/${name}.v1.json text)
  string(APPEND rows "    Schema{\"${name}\", R\"schema(${text})schema\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made by embed_schemas.cmake
#include \"agent/cli/schemas.hpp\"

#include <array>

namespace tillpost::cli {
namespace {

constexpr std::array all{
${rows}};

}  // namespace

std::span<const Schema> schemas() { return all; }

}  // namespace tillpost::cli
")
