/** From constraints to the polynomials of Groth16's quadratic arithmetic program, evaluated at tau. */
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "../r1cs/coefficient-forms.h"
#include "../r1cs/r1cs.h"
#include "../support/large-array.h"

namespace zk {

/** Per wire j: A_j(tau), B_j(tau), C_j(tau). */
using QapValues = std::array<SecretArray<Fr>, 3>;

class QapEvaluation {
 public:
  /** @param lagrange values at tau of the Lagrange basis over the domain, one per row; must stay where they are */
  QapEvaluation(const R1cs& r1cs, const SecretArray<Fr>& lagrange) : r1cs_(r1cs), lagrange_(lagrange) {}

  /**
   * Sums coefficient times Lagrange value over each column of the three matrices. As in snarkjs, rows after the constraints bind the constant
   * one and the public signals in A (row nConstraints + j is wire j), which makes their columns linearly independent.
   *
   * Every thread reads all constraints and adds to its own range of wires, so that none waits for another; the constant one, which has more
   * entries than any other wire, is shared out by rows.
   * @throws Error ABORTED, ARTIFACT_FORMAT; std::bad_alloc
   */
  QapValues run(unsigned threads, const Control& control) const {
    QapValues sums;
    for (SecretArray<Fr>& values : sums) values = SecretArray<Fr>(r1cs_.nWires);
    const std::vector<u32> limits = shareOut(std::max<std::size_t>(1, std::min<std::size_t>(threads, r1cs_.pieces().size())));
    const std::size_t ranges = limits.size() - 1;
    std::vector<std::array<Fr, 3>> ones(ranges);
    parallelTasks(threads, ranges, [&](std::size_t range) {
      const u32 first = limits[range], count = limits[range + 1] - first;
      std::array<Fr*, 3> out;
      for (unsigned matrix = 0; matrix < 3; matrix++) out[matrix] = sums[matrix].data();
      std::array<Fr, 3> one{};
      CoefficientForms forms;
      for (std::size_t i = 0; i < r1cs_.pieces().size(); i++) {
        control.check();
        const R1cs::Piece& piece = r1cs_.pieces()[i];
        const bool isMine = i % ranges == range;
        r1cs_.forEachEntry(piece, [&](u32 row, Matrix matrix, u32 wire, const U256& coefficient) {
          if (wire - first < count) {
            addProduct(out[matrix][wire], forms, coefficient, lagrange_[row]);
          } else if (wire == 0 && isMine) {
            addProduct(one[matrix], forms, coefficient, lagrange_[row]);
          }
        });
        if (isMine) control.advance(piece.rows);
      }
      ones[range] = one;
    });
    for (const std::array<Fr, 3>& one : ones) {
      for (unsigned matrix = 0; matrix < 3; matrix++) sums[matrix][0] += one[matrix];
    }
    for (u32 wire = 0; wire <= r1cs_.nPublic(); wire++) sums[kMatrixA][wire] += lagrange_[r1cs_.nConstraints + wire];
    return sums;
  }

 private:
  const R1cs& r1cs_;
  const SecretArray<Fr>& lagrange_;

  static void addProduct(Fr& sum, CoefficientForms& forms, const U256& coefficient, const Fr& weight) {
    static constexpr U256 one = u256(0, 0, 0, 1), minusOne = sub(Fr::modulus, one);
    if (coefficient == one) {
      sum += weight;
    } else if (coefficient == minusOne) {
      sum -= weight;
    } else {
      sum += forms.of(coefficient).value * weight;
    }
  }

  /** Limits of ranges of the wires 1, 2, ... with about equally many entries, judged by some of the pieces. */
  std::vector<u32> shareOut(std::size_t ranges) const {
    constexpr std::size_t kSampled = 16;
    constexpr u32 kBlocks = 4096;
    const u32 width = r1cs_.nWires / kBlocks + 1;
    std::vector<u64> counts(kBlocks, 0);
    u64 total = 0;
    for (std::size_t i = 0; i < r1cs_.pieces().size() && ranges > 1; i += kSampled) {
      r1cs_.forEachEntry(r1cs_.pieces()[i], [&](u32, Matrix, u32 wire, const U256&) {
        if (wire == 0) return;
        counts[wire / width]++;
        total++;
      });
    }
    std::vector<u32> limits = {1};
    u64 before = 0;
    for (u32 block = 0; block < kBlocks; block++) {
      before += counts[block];
      const u64 limit = (u64{block} + 1) * width;
      if (limits.size() < ranges && before * ranges >= total * limits.size() && limit < r1cs_.nWires) {
        limits.push_back(static_cast<u32>(limit));
      }
    }
    limits.push_back(std::max(1u, r1cs_.nWires));
    return limits;
  }
};

}  // namespace zk
