/** Files written at many places at once. */
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "error.h"
#include "types.h"

namespace zk {

class OutputFile {
 public:
  /**
   * Opens a file for writing, emptied; made when there is none.
   * @param shownAs the name in errors, where that is not the path
   * @throws Error IO
   */
  explicit OutputFile(const std::string& path, const std::string& shownAs = "") : name_(shownAs.empty() ? path : shownAs) {
    fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd_ < 0) throw failed();
  }
  ~OutputFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /** Sets the size; where the system can, it also takes the room on the disk, so that a full disk is known at once. @throws Error IO */
  void reserve(u64 size) {
#if defined(__linux__)
    int result;
    do result = ::fallocate(fd_, 0, 0, static_cast<off_t>(size));
    while (result != 0 && errno == EINTR);
    if (result == 0) return;
    if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL) throw failed();
#endif
    if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) throw failed();
  }

  /** Writes at a place of the file; from any thread. @throws Error IO */
  void write(u64 offset, const void* data, std::size_t size) {
    const u8* at = static_cast<const u8*>(data);
    while (size > 0) {
      const ssize_t written = ::pwrite(fd_, at, std::min(size, kMostAtOnce), static_cast<off_t>(offset));
      if (written < 0) {
        if (errno == EINTR) continue;
        throw failed();
      }
      at += written;
      offset += static_cast<u64>(written);
      size -= static_cast<std::size_t>(written);
    }
  }

  /** Flushes to the disk and closes. @throws Error IO */
  void finish() {
    if (!flush()) throw failed();
    const int fd = fd_;
    fd_ = -1;
    if (::close(fd) != 0) throw failed();
  }

 private:
  /** macOS refuses 2 GB. */
  static constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;

  int fd_ = -1;
  std::string name_;

  bool flush() const {
#if defined(F_FULLFSYNC)
    // fsync stops at the disk's own memory there.
    if (::fcntl(fd_, F_FULLFSYNC) == 0) return true;
#endif
    return ::fsync(fd_) == 0;
  }

  Error failed() const { return Error("IO", "cannot write " + name_ + ": " + std::strerror(errno)); }
};

}  // namespace zk
