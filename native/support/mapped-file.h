/** Files mapped into memory for reading. */
#pragma once

#include <cerrno>
#include <cstring>
#include <span>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "types.h"

namespace zk {

class MappedFile {
 public:
  /**
   * Maps a whole file. It must not be shortened while it is mapped: the tool's own files are replaced by renaming, never rewritten in place.
   * @throws Error ARTIFACT_MISSING, IO
   */
  explicit MappedFile(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
      if (errno == ENOENT) throw Error("ARTIFACT_MISSING", path + " is missing");
      throw failed(path);
    }
    struct stat info {};
    if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
      ::close(fd);
      throw Error("IO", "cannot read " + path + ": not a file");
    }
    size_ = static_cast<std::size_t>(info.st_size);
    if (size_ > 0) {
      void* address = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, fd, 0);
      if (address == MAP_FAILED) {
        const Error error = failed(path);
        ::close(fd);
        throw error;
      }
      data_ = static_cast<const u8*>(address);
    }
    ::close(fd);
  }
  ~MappedFile() {
    if (data_ != nullptr) ::munmap(const_cast<u8*>(data_), size_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const u8> bytes() const { return {data_, size_}; }

 private:
  const u8* data_ = nullptr;
  std::size_t size_ = 0;

  static Error failed(const std::string& path) { return Error("IO", "cannot read " + path + ": " + std::strerror(errno)); }
};

}  // namespace zk
