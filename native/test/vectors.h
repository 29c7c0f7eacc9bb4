/** The file of test/native/make-vectors.mjs: a kind and canonical hexadecimal integers on each line. */
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "../curve/points.h"
#include "check.h"

namespace zk::test {

/** The numbers of one line, taken in turn. */
class Line {
 public:
  explicit Line(std::vector<U256> numbers) : numbers_(std::move(numbers)) {}

  U256 integer() {
    if (at_ >= numbers_.size()) throw std::runtime_error("a vector is too short");
    return numbers_[at_++];
  }
  template <class F>
  F element() {
    if constexpr (std::is_same_v<F, Fq2>) {
      const Fq a = element<Fq>();
      return {a, element<Fq>()};
    } else {
      return F::from(integer());
    }
  }
  template <class F>
  Affine<F> point() {
    const F x = element<F>();
    return {x, element<F>()};
  }
  std::size_t count() const { return numbers_.size(); }

 private:
  std::vector<U256> numbers_;
  std::size_t at_ = 0;
};

inline U256 parseHex(const std::string& text) {
  if (text.empty() || text.size() > 64) throw std::runtime_error("a vector has a number of another size");
  U256 r{};
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) throw std::runtime_error("a vector is not hexadecimal");
    for (int i = 3; i > 0; i--) r.w[i] = (r.w[i] << 4) | (r.w[i - 1] >> 60);
    r.w[0] = (r.w[0] << 4) | static_cast<u64>(digit);
  }
  return r;
}

/** Calls body(line) for each line of a kind; their number is a check of its own. */
template <class Body>
void forVectors(const char* kind, Body&& body) {
  if (vectorsPath().empty()) throw std::runtime_error("no vectors were given: --vectors FILE");
  std::ifstream file(vectorsPath());
  std::string text;
  std::size_t found = 0;
  while (std::getline(file, text)) {
    const std::size_t space = text.find(' ');
    if (text.compare(0, space, kind) != 0) continue;
    std::vector<U256> numbers;
    for (std::size_t from = space + 1; from < text.size();) {
      const std::size_t to = std::min(text.find(' ', from), text.size());
      numbers.push_back(parseHex(text.substr(from, to - from)));
      from = to + 1;
    }
    Line line(std::move(numbers));
    body(line);
    found++;
  }
  CHECK(found > 0);
}

}  // namespace zk::test
