// SPDX-License-Identifier: Apache-2.0
//
// Preloaded into the agent to test the test: with syncs that do nothing, a power cut must lose what was acknowledged.

extern "C" {
int fsync(int /*file*/) { return 0; }
int fdatasync(int /*file*/) { return 0; }
}
