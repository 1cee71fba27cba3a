// SPDX-License-Identifier: Apache-2.0
#pragma once
// Configurations that are refused, in tables.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/configuration_texts.hpp"

namespace tillpost::test {

struct Broken {
    const char* name;
    std::string text;
    std::vector<std::string> words;  ///< Each must be in the message, which must be of one line.
};

class BrokenConfigurationTest : public ::testing::TestWithParam<Broken> {};

inline std::string name_of(const ::testing::TestParamInfo<Broken>& which) { return which.param.name; }

}  // namespace tillpost::test
