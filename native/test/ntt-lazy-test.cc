/** Vector layers at the bounds of their lazy values, against the scalar layers. */
#include "check.h"

#if defined(ZK_IFMA)

#include <array>

#include "../ntt/ifma-kernel.h"
#include "../ntt/scalar-kernel.h"

using namespace zk;
using zk::test::Random;

namespace {

using Limbs = std::array<i64, 5>;

Limbs lane(const Fr8& x, int i) {
  Limbs out;
  for (std::size_t l = 0; l < 5; l++) {
    alignas(64) i64 words[8];
    _mm512_store_si512(words, x.l[l]);
    out[l] = words[i];
  }
  return out;
}
void setLane(Fr8& x, int i, const Limbs& limbs) {
  for (std::size_t l = 0; l < 5; l++) {
    alignas(64) i64 words[8];
    _mm512_store_si512(words, x.l[l]);
    words[i] = limbs[l];
    x.l[l] = _mm512_load_si512(words);
  }
}
/** The integer modulo p, as if it were a Montgomery form. */
Fr residue(const Limbs& x) {
  Fr out = Fr::zero();
  for (std::size_t l = 5; l-- > 0;) out = out * Fr::from(u64{1} << 52) + Fr::fromSigned(x[l]);
  return {out.integer()};
}
/** The integer in multiples of p, to about 15 digits. */
double multiple(const Limbs& x) {
  double value = 0, p = 0;
  for (std::size_t l = 5; l-- > 0;) {
    value = value * 0x1p52 + static_cast<double>(x[l]);
    p = p * 0x1p52 + static_cast<double>(Fr8::p.l[l]);
  }
  return value / p;
}
/** k p + r, with limbs that are carried now and then only. */
Limbs lazy(u64 k, const U256& r, Random& random) {
  const Limbs52 small = limbs52(r);
  Limbs out;
  u64 carry = 0;
  for (std::size_t l = 0; l < 5; l++) {
    const u64 t = small.l[l] + k * Fr8::p.l[l] + carry;
    out[l] = static_cast<i64>(l == 4 ? t : t & ((u64{1} << 52) - 1));
    carry = t >> 52;
  }
  for (std::size_t l = 0; l < 4; l++) {
    const i64 moved = static_cast<i64>(random.below(17)) - 8;
    out[l] += moved * (i64{1} << 52);
    out[l + 1] -= moved;
  }
  return out;
}
/** Less than bound p, mostly only just. */
Limbs nearly(unsigned bound, Random& random) {
  const u64 k = random.below(4) == 0 ? random.below(bound) : bound - 1;
  const u64 kind = random.below(4);
  const U256 last = sub(Fr::modulus, u256(0, 0, 0, 1));
  return lazy(k, kind == 0 ? U256{} : kind == 1 ? random.element<Fr>().m : last, random);
}

constexpr unsigned kPower = 10;
using Layer = void (*)(Fr8*, std::size_t, std::size_t, const IfmaKernel::Tables&, std::size_t);
using ScalarLayer = void (*)(Fr*, std::size_t, std::size_t, const ScalarKernel::Tables&, std::size_t);

/** A layer on `parts` units, with inputs less than `bound` p, gives what the scalar one gives, less than `result` p. */
void compare(Layer layer, ScalarLayer scalar, std::size_t parts, unsigned bound, double result) {
  const IfmaKernel::Tables tables(kPower, 1);
  const ScalarKernel::Tables scalarTables(kPower, 1);
  Random random(parts * 100 + bound);
  for (std::size_t round = 0; round < 400; round++) {
    const std::size_t block = round % (parts == 4 ? 32 : 64);
    Fr8 x[4] = {Fr8::zero(), Fr8::zero(), Fr8::zero(), Fr8::zero()};
    Fr y[32];
    for (std::size_t i = 0; i < parts; i++) {
      for (int j = 0; j < 8; j++) {
        const Limbs limbs = nearly(bound, random);
        setLane(x[i], j, limbs);
        y[8 * i + static_cast<std::size_t>(j)] = residue(limbs);
      }
    }
    layer(x, 1, 1, tables, block);
    scalar(y, 8, 8, scalarTables, block);
    for (std::size_t i = 0; i < parts; i++) {
      for (int j = 0; j < 8; j++) {
        const Limbs limbs = lane(x[i], j);
        CHECK(residue(limbs) == y[8 * i + static_cast<std::size_t>(j)]);
        CHECK(multiple(limbs) >= 0 && multiple(limbs) < result);
      }
    }
  }
}

}  // namespace

TEST("ntt: products with constants, and folding, of any value") {
  Random random(5);
  const Fr edges[] = {Fr::zero(), Fr::one(), Fr::fromSigned(-1), Fr{u256(0, 0, 0, 1)}, Fr::from(2), rootOfUnity(28)};
  for (int round = 0; round < 4000; round++) {
    const Fr w = round < 600 ? edges[round % 6] : random.element<Fr>();
    Fr8 x = Fr8::zero();
    Limbs in[8];
    for (int j = 0; j < 8; j++) {
      in[j] = nearly(84, random);
      if (j == 7) in[j].fill((i64{1} << 52) - 1);
      setLane(x, j, in[j]);
    }
    const Fr8 product = mulConstant(carried(x), Constant52::of(w)), less = folded(x);
    for (int j = 0; j < 8; j++) {
      const Limbs p = lane(product, j), f = lane(less, j);
      CHECK(residue(p) == residue(in[j]) * w);
      CHECK(multiple(p) >= 0 && multiple(p) < 10.1);
      for (const i64 limb : p) CHECK(limb >= 0 && limb < (i64{1} << 52));
      CHECK(residue(f) == residue(in[j]));
      CHECK(multiple(f) >= 0 && multiple(f) < kFoldedBound);
    }
  }
}

TEST("ntt: vector layers at their bounds") {
  compare(IfmaKernel::down2, ScalarKernel::down2, 2, IfmaKernel::kDown, IfmaKernel::kDown);
  compare(IfmaKernel::down4, ScalarKernel::down4, 4, IfmaKernel::kDown, IfmaKernel::kDown);
  compare(IfmaKernel::up2, ScalarKernel::up2, 2, 20, 20.2);
  compare(IfmaKernel::up4, ScalarKernel::up4, 4, 20, 20.2);
}

TEST("ntt: layers inside vectors at their bounds") {
  const IfmaKernel::Tables tables(kPower, 1);
  const ScalarKernel::Tables scalarTables(kPower, 1);
  Random random(6);
  for (std::size_t round = 0; round < 64; round++) {
    const std::size_t at = round % 16 * 8;
    Fr8 x[3][8];
    std::vector<Fr> y[3];
    Fr8* polys[3];
    Fr* scalars[3];
    for (int k = 0; k < 3; k++) {
      for (Fr8& unit : x[k]) {
        unit = Fr8::zero();
        for (int j = 0; j < 8; j++) {
          const Limbs limbs = nearly(IfmaKernel::kDown, random);
          setLane(unit, j, limbs);
          y[k].push_back(residue(limbs));
        }
      }
      polys[k] = x[k];
      scalars[k] = y[k].data();
      for (std::size_t i = 0; i < 8; i++) {
        ScalarKernel::down4(&y[k][8 * i], 2, 2, scalarTables, at + i);
        for (std::size_t b = 0; b < 4; b++) ScalarKernel::down2(&y[k][8 * i + 2 * b], 1, 1, scalarTables, 4 * (at + i) + b);
      }
    }
    IfmaKernel::middle(polys, at, 8, tables);
    ScalarKernel::middle(scalars, 8 * at, 64, scalarTables);
    for (int k = 0; k < 3; k++) {
      for (std::size_t i = 0; i < 8; i++) {
        for (std::size_t b = 0; b < 4; b++) ScalarKernel::up2(&y[k][8 * i + 2 * b], 1, 1, scalarTables, 4 * (at + i) + b);
        ScalarKernel::up4(&y[k][8 * i], 2, 2, scalarTables, at + i);
        for (int j = 0; j < 8; j++) {
          const Limbs limbs = lane(x[k][i], j);
          CHECK(residue(limbs) == y[k][8 * i + static_cast<std::size_t>(j)]);
          CHECK(multiple(limbs) >= 0 && multiple(limbs) < 20.2);
        }
      }
    }
  }
}

#endif
