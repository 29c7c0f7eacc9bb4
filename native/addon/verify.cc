/** Verification of proofs. */
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "../pairing/bytes.h"
#include "operations.h"

namespace zk::addon {
namespace {

using KeyHandle = std::shared_ptr<const PreparedVerifyingKey>;

/** The keys that were used last, prepared; shared by all threads of the process. */
class PreparedKeys {
 public:
  /** @throws Error ARTIFACT_FORMAT, KEY_UNSAFE */
  static KeyHandle of(std::span<const u8> bytes) {
    static PreparedKeys keys;
    if (KeyHandle key = keys.find(bytes)) return key;
    KeyHandle key = std::make_shared<const PreparedVerifyingKey>(readVerifyingKey(bytes));
    keys.insert(bytes, key);
    return key;
  }

 private:
  static constexpr std::size_t kMost = 4;
  struct Entry {
    std::vector<u8> bytes;
    KeyHandle key;
  };

  std::mutex guard_;
  std::list<Entry> entries_;  // the one used last first

  KeyHandle find(std::span<const u8> bytes) {
    const std::lock_guard<std::mutex> lock(guard_);
    for (auto entry = entries_.begin(); entry != entries_.end(); entry++) {
      if (!std::equal(bytes.begin(), bytes.end(), entry->bytes.begin(), entry->bytes.end())) continue;
      entries_.splice(entries_.begin(), entries_, entry);
      return entry->key;
    }
    return nullptr;
  }
  void insert(std::span<const u8> bytes, const KeyHandle& key) {
    const std::lock_guard<std::mutex> lock(guard_);
    entries_.push_front({{bytes.begin(), bytes.end()}, key});
    if (entries_.size() > kMost) entries_.pop_back();
  }
};

/** (key, publicSignals, proof: Uint8Array) -> boolean, on the calling thread: see pairing/bytes.h. */
napi_value verifyGroth16(const Call& call) {
  const KeyHandle key = PreparedKeys::of(call.bytes(0));
  const std::span<const u8> signalBytes = call.bytes(1), proofBytes = call.bytes(2);
  if (signalBytes.size() % 32 != 0) throw call.wrong(1, "signals of 32 bytes");
  if (proofBytes.size() != kProofBytes) throw call.wrong(2, "a proof of " + std::to_string(kProofBytes) + " bytes");
  std::vector<U256> signals(signalBytes.size() / 32);
  if (!signals.empty()) std::memcpy(signals.data(), signalBytes.data(), signalBytes.size());
  const std::optional<ProofPoints> proof = readProofPoints(proofBytes);
  return boolean(call.env, proof && key->verify(signals, *proof));
}

}  // namespace

void exportVerify(const Exports& exports) { exports.add<verifyGroth16>("verifyGroth16"); }

}  // namespace zk::addon
