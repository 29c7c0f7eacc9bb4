/** The one exception type: a code of zkinfer's table (src/errors.ts) and a message that never holds private values. */
#pragma once

#include <stdexcept>
#include <string>

namespace zk {

class Error : public std::runtime_error {
 public:
  /** @param code one of src/errors.ts, such as "ARTIFACT_FORMAT". */
  Error(const char* code, const std::string& message) : std::runtime_error(message), code_(code) {}
  const char* code() const noexcept { return code_; }

 private:
  const char* code_;
};

/** A file that cannot be used: damaged, truncated, or of another kind. */
inline Error damaged(const std::string& what) { return Error("ARTIFACT_FORMAT", what); }

/** Runs `body`; its ARTIFACT_FORMAT errors then begin with the path of the file that they are about. */
template <class Body>
auto aboutFile(const std::string& path, Body&& body) {
  try {
    return body();
  } catch (const Error& error) {
    if (std::string(error.code()) != "ARTIFACT_FORMAT" || std::string(error.what()).starts_with(path + ": ")) throw;
    throw damaged(path + ": " + error.what());
  }
}

}  // namespace zk
