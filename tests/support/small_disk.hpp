// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>

#include "tests/support/temp_dir.hpp"

namespace tillpost::test {

/// An ext4 of its own in a file, mounted by a loop device: can be full, read-only, broken. Needs root.
class SmallDisk {
public:
    SmallDisk(int megabytes, int block_bytes);
    ~SmallDisk();
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    bool mounted() const { return why_not_.empty(); }
    const std::string& why_not() const { return why_not_; }
    std::string path() const { return folder_.file("mnt"); }

    /// Takes all space but that many bytes.
    void fill_up_to(std::size_t free_bytes) const;
    void make_room() const;
    std::size_t free_bytes() const;
    /// What ext4 does after an error of its disk: all writes fail with EROFS from now on, whoever has files open.
    bool abort_to_read_only() const;
    /// Unmounts, checks the file system, mounts again; false when one of these fails.
    bool repair();

private:
    bool mount();
    bool unmount();

    TempDir folder_;
    std::string image_;
    std::string why_not_;
};

}  // namespace tillpost::test
