/** Proving keys and proofs. */
#include <chrono>
#include <map>
#include <mutex>
#include <tuple>

#include "../groth16/prove.h"
#include "operations.h"
#include "task.h"

namespace zk::addon {
namespace {

using KeyHandle = std::shared_ptr<const ProvingKey>;

/** Prepared keys of files, shared by all threads of the process as long as one of them holds the key. */
class KeyRegistry {
 public:
  static KeyHandle open(const std::string& path, unsigned threads, const Control& control) {
    // Never destroyed: threads may still use it while the process exits.
    static KeyRegistry& registry = *new KeyRegistry;
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return ProvingKey::open(path, threads);  // says what is wrong
    const std::shared_ptr<Entry> entry = registry.entryOf(identityOf(info));
    // Whoever asks for a key that is being prepared waits for it.
    std::unique_lock<std::timed_mutex> lock(entry->guard, std::defer_lock);
    while (!lock.try_lock_for(std::chrono::milliseconds(50))) control.check();
    KeyHandle key = entry->key.lock();
    if (!key) entry->key = key = ProvingKey::open(path, threads);
    return key;
  }

 private:
  /** A file that is replaced or rewritten is another one. */
  using Identity = std::tuple<u64, u64, u64, i64, i64>;

  struct Entry {
    std::timed_mutex guard;
    std::weak_ptr<const ProvingKey> key;
  };

  std::mutex guard_;
  std::map<Identity, std::shared_ptr<Entry>> entries_;

  std::shared_ptr<Entry> entryOf(const Identity& identity) {
    const std::lock_guard<std::mutex> lock(guard_);
    std::erase_if(entries_, [](const auto& item) { return item.second.use_count() == 1 && item.second->key.expired(); });
    std::shared_ptr<Entry>& entry = entries_[identity];
    if (!entry) entry = std::make_shared<Entry>();
    return entry;
  }

  static Identity identityOf(const struct stat& info) {
#if defined(__APPLE__)
    const timespec& modified = info.st_mtimespec;
#else
    const timespec& modified = info.st_mtim;
#endif
    return {static_cast<u64>(info.st_dev), static_cast<u64>(info.st_ino), static_cast<u64>(info.st_size),
            static_cast<i64>(modified.tv_sec), static_cast<i64>(modified.tv_nsec)};
  }
};

constexpr napi_type_tag kKeyTag = {0x3c5d7a1e94b2460fULL, 0xa8f10b6e72d95c43ULL};

napi_value keyObject(napi_env env, const KeyHandle& key) {
  const napi_value result = object(env);
  auto handle = std::make_unique<KeyHandle>(key);
  const napi_finalize finalize = [](napi_env, void* data, void*) { delete static_cast<KeyHandle*>(data); };
  check(env, napi_wrap(env, result, handle.get(), finalize, nullptr, nullptr));
  handle.release();
  check(env, napi_type_tag_object(env, result, &kKeyTag));
  set(env, result, "nWires", number(env, key->header.nWires));
  set(env, result, "nPublic", number(env, key->header.nPublic));
  set(env, result, "domainPower", number(env, key->header.domainPower));
  set(env, result, "memoryBytes", number(env, static_cast<double>(key->memoryBytes())));
  set(env, result, "bytesMapped", number(env, static_cast<double>(key->mappedBytes())));
  return result;
}

/** The key behind an argument, which is empty once it was released. */
KeyHandle& handleOf(const Call& call, std::size_t i) { return call.wrapped<KeyHandle>(i, kKeyTag, "a proving key"); }
KeyHandle keyOf(const Call& call, std::size_t i) {
  KeyHandle key = handleOf(call, i);
  if (!key) throw call.wrong(i, "a proving key in use: it was released");
  return key;
}

/** (source: string | Uint8Array, threads, control) -> Promise<key> */
napi_value loadKey(const Call& call) {
  const unsigned threads = call.threads(1);
  const auto finish = [](napi_env env, const KeyHandle& key) { return keyObject(env, key); };
  if (call.isText(0)) {
    return promise(call, 2, [path = call.path(0), threads](const Control& control) { return KeyRegistry::open(path, threads, control); },
                   finish);
  }
  const Bytes given = call.bytes(0);
  auto bytes = std::make_shared<std::vector<u8>>(given.begin(), given.end());
  const auto work = [bytes, threads](const Control&) -> KeyHandle {
    return std::make_shared<const ProvingKey>(Bytes(*bytes), bytes, threads);
  };
  return promise(call, 2, work, finish);
}

/** (key): its memory is freed when no proof that is under way, and no other holder, needs it. */
napi_value releaseKey(const Call& call) {
  handleOf(call, 0).reset();
  return undefined(call.env);
}

/** A copy of a witness, which is private: overwritten when it is no longer needed. */
class SecretBytes {
 public:
  explicit SecretBytes(Bytes bytes) : bytes_(bytes.begin(), bytes.end()) {}
  ~SecretBytes() { clear(); }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  Bytes bytes() const { return bytes_; }
  void clear() { wipe(bytes_); }

 private:
  std::vector<u8> bytes_;
};

struct ProvenBytes {
  u8 proof[256];
  std::vector<u8> publicSignals;
};

void putCoordinate(u8*& at, const Fq& coordinate) {
  const U256 integer = coordinate.integer();
  std::memcpy(at, &integer, 32);
  at += 32;
}

void putProof(const Proof& proof, u8* at) {
  for (const Fq& coordinate : {proof.a.x, proof.a.y, proof.b.x.a, proof.b.x.b, proof.b.y.a, proof.b.y.b, proof.c.x, proof.c.y}) {
    putCoordinate(at, coordinate);
  }
}

/** (key, witness: Uint8Array, threads, control) -> Promise<{proof, publicSignals}> */
napi_value proveWitness(const Call& call) {
  const auto work = [key = keyOf(call, 0), witness = std::make_shared<SecretBytes>(call.bytes(1)),
                     threads = call.threads(2)](const Control& control) {
    ProvenBytes out{};
    const auto onRead = [&] {
      const u8* const values = Witness(witness->bytes()).values;
      out.publicSignals.assign(values + 32, values + 32 * (std::size_t{key->header.nPublic} + 1));
      witness->clear();
    };
    putProof(prove(*key, witness->bytes(), threads, control, onRead), out.proof);
    return out;
  };
  return promise(call, 3, work, [](napi_env env, const ProvenBytes& out) {
    const napi_value result = object(env);
    set(env, result, "proof", bytes(env, out.proof));
    set(env, result, "publicSignals", bytes(env, out.publicSignals));
    return result;
  });
}

}  // namespace

void exportProve(const Exports& exports) {
  exports.add<loadKey>("loadKey");
  exports.add<releaseKey>("releaseKey");
  exports.add<proveWitness>("prove");
}

}  // namespace zk::addon
