/** Node-API in C++: calls that throw, arguments that are checked, and exceptions that become JavaScript errors. */
#pragma once

#include <cmath>
#include <cstring>
#include <exception>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <system_error>

#include <node_api.h>

#include "../support/error.h"
#include "../support/types.h"

namespace zk::addon {

/** A JavaScript exception is pending already. */
struct Pending {};

/** @throws Pending, or Error INTERNAL for what only a fault of the addon can cause */
inline void check(napi_env env, napi_status status) {
  if (status == napi_ok) return;
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (pending) throw Pending{};
  const napi_extended_error_info* info = nullptr;
  napi_get_last_error_info(env, &info);
  const char* what = info != nullptr && info->error_message != nullptr ? info->error_message : "unknown";
  throw Error("INTERNAL", std::string("Node-API: ") + what);
}

inline napi_value text(napi_env env, const std::string& value) {
  napi_value result;
  check(env, napi_create_string_utf8(env, value.data(), value.size(), &result));
  return result;
}
inline napi_value number(napi_env env, double value) {
  napi_value result;
  check(env, napi_create_double(env, value, &result));
  return result;
}
inline napi_value boolean(napi_env env, bool value) {
  napi_value result;
  check(env, napi_get_boolean(env, value, &result));
  return result;
}
inline napi_value undefined(napi_env env) {
  napi_value result;
  check(env, napi_get_undefined(env, &result));
  return result;
}
/** A Uint8Array with a copy of the bytes. */
inline napi_value bytes(napi_env env, std::span<const u8> value) {
  void* data = nullptr;
  napi_value buffer, result;
  check(env, napi_create_arraybuffer(env, value.size(), &data, &buffer));
  if (!value.empty()) std::memcpy(data, value.data(), value.size());
  check(env, napi_create_typedarray(env, napi_uint8_array, value.size(), buffer, 0, &result));
  return result;
}
inline napi_value object(napi_env env) {
  napi_value result;
  check(env, napi_create_object(env, &result));
  return result;
}
inline void set(napi_env env, napi_value target, const char* name, napi_value value) {
  check(env, napi_set_named_property(env, target, name, value));
}

/** A JavaScript Error with `code`, one of src/errors.ts. */
inline napi_value error(napi_env env, const char* code, const std::string& message) {
  napi_value result;
  check(env, napi_create_error(env, text(env, code), text(env, message), &result));
  return result;
}

/** The JavaScript value of any C++ exception; that of a pending one is taken off. */
inline napi_value errorOf(napi_env env, const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Pending&) {
    napi_value result;
    check(env, napi_get_and_clear_last_exception(env, &result));
    return result;
  } catch (const Error& known) {
    return error(env, known.code(), known.what());
  } catch (const std::bad_alloc&) {
    return error(env, "TOOL_FAILED", "there is not enough memory");
  } catch (const std::system_error& failed) {
    return error(env, "TOOL_FAILED", std::string("the system refuses: ") + failed.what());
  } catch (const std::exception& other) {
    return error(env, "INTERNAL", std::string("native code failed: ") + other.what());
  } catch (...) {
    return error(env, "INTERNAL", "native code failed");
  }
}

/** The arguments of one call from JavaScript. Wrong ones are faults of the caller: INTERNAL. */
class Call {
 public:
  static constexpr std::size_t kMost = 8;

  Call(napi_env env, napi_callback_info info) : env(env) { check(env, napi_get_cb_info(env, info, &count_, arguments_, nullptr, nullptr)); }

  napi_env const env;

  /** undefined where it was not given. */
  napi_value operator[](std::size_t i) const { return i < kMost ? arguments_[i] : throw wrong(i, "one less"); }

  bool isText(std::size_t i) const { return typeOf((*this)[i]) == napi_string; }
  std::string text(std::size_t i) const {
    if (!isText(i)) throw wrong(i, "a string");
    std::size_t length = 0;
    check(env, napi_get_value_string_utf8(env, (*this)[i], nullptr, 0, &length));
    std::string result(length, '\0');
    check(env, napi_get_value_string_utf8(env, (*this)[i], result.data(), length + 1, &length));
    return result;
  }
  /** A path: text that the system's calls read whole. @throws Error IO */
  std::string path(std::size_t i) const {
    std::string result = text(i);
    if (result.find('\0') != std::string::npos) throw Error("IO", "a path holds a zero character");
    return result;
  }
  u64 integer(std::size_t i, u64 most = std::numeric_limits<u32>::max()) const {
    double value = -1;
    if (typeOf((*this)[i]) == napi_number) check(env, napi_get_value_double(env, (*this)[i], &value));
    if (!(value >= 0 && value <= static_cast<double>(most)) || value != std::floor(value)) {
      throw wrong(i, "an integer from 0 to " + std::to_string(most));
    }
    return static_cast<u64>(value);
  }
  /** A number of threads, 1 to 1024. */
  unsigned threads(std::size_t i) const {
    const u64 value = integer(i, 1024);
    if (value == 0) throw wrong(i, "a number of threads");
    return static_cast<unsigned>(value);
  }
  /** A Uint8Array's bytes, valid until this call returns to JavaScript. */
  std::span<const u8> bytes(std::size_t i) const {
    const Array array = typedArray(i);
    if (array.type != napi_uint8_array) throw wrong(i, "a Uint8Array");
    return {static_cast<const u8*>(array.data), array.length};
  }
  /** The words of an Int32Array over shared memory, which stays where it is as long as the array is referenced. */
  std::int32_t* sharedWords(std::size_t i, std::size_t count) const {
    const Array array = typedArray(i);
    bool canBeDetached = true;
    check(env, napi_is_arraybuffer(env, array.buffer, &canBeDetached));
    if (array.type != napi_int32_array || canBeDetached || array.length < count) {
      throw wrong(i, "an Int32Array of " + std::to_string(count) + " words over a SharedArrayBuffer");
    }
    return static_cast<std::int32_t*>(array.data);
  }

  /** What was wrapped in an object of this tag. */
  template <class T>
  T& wrapped(std::size_t i, const napi_type_tag& tag, const char* what) const {
    bool is = false;
    if (typeOf((*this)[i]) == napi_object) check(env, napi_check_object_type_tag(env, (*this)[i], &tag, &is));
    if (!is) throw wrong(i, what);
    void* data = nullptr;
    check(env, napi_unwrap(env, (*this)[i], &data));
    return *static_cast<T*>(data);
  }

  Error wrong(std::size_t i, const std::string& expected) const {
    return Error("INTERNAL", "argument " + std::to_string(i + 1) + " is not " + expected);
  }

 private:
  struct Array {
    napi_typedarray_type type;
    std::size_t length;
    void* data;
    napi_value buffer;
  };

  std::size_t count_ = kMost;
  napi_value arguments_[kMost] = {};

  napi_valuetype typeOf(napi_value value) const {
    napi_valuetype type;
    check(env, napi_typeof(env, value, &type));
    return type;
  }
  Array typedArray(std::size_t i) const {
    bool is = false;
    check(env, napi_is_typedarray(env, (*this)[i], &is));
    if (!is) throw wrong(i, "a typed array");
    Array array{};
    std::size_t offset = 0;
    check(env, napi_get_typedarray_info(env, (*this)[i], &array.type, &array.length, &array.data, &array.buffer, &offset));
    return array;
  }
};

/** What a function of the addon is: it throws what it cannot do. */
using Function = napi_value (*)(const Call&);

/** The callback that Node-API takes: nothing is thrown through it. */
template <Function function>
napi_value callback(napi_env env, napi_callback_info info) noexcept {
  try {
    return function(Call(env, info));
  } catch (...) {
    try {
      const napi_value thrown = errorOf(env, std::current_exception());
      napi_throw(env, thrown);
    } catch (...) {
      napi_throw_error(env, "INTERNAL", "native code failed");
    }
    return nullptr;
  }
}

/** What the addon gives to JavaScript. */
class Exports {
 public:
  Exports(napi_env env, napi_value exports) : env(env), exports_(exports) {}

  napi_env const env;

  template <Function function>
  void add(const char* name) const {
    napi_value value;
    check(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, callback<function>, nullptr, &value));
    addValue(name, value);
  }
  void addValue(const char* name, napi_value value) const { set(env, exports_, name, value); }

 private:
  napi_value exports_;
};

}  // namespace zk::addon
