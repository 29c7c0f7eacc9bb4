/** Arithmetic of the ceremony's commands. */
#include "../curve/scale-points.h"
#include "check.h"

namespace zk::test {

TEST("ceremony: scalars in two halves") {
  Random random(1);
  CHECK(Endomorphism::apply(g1Generator()) == multiply(g1Generator(), Endomorphism::lambda));
  for (int i = 0; i < 1000; i++) {
    const Fr k = i < 5 ? Fr::from(static_cast<u64>(i)) : i < 10 ? Fr::from(static_cast<u64>(i)).negate() : random.element<Fr>();
    const ScalarHalves halves(k);
    CHECK(halves.first.bitLength() <= 129 && halves.second.bitLength() <= 129);
  }
}

TEST("ceremony: many points times one scalar") {
  Random random(2);
  std::vector<G1> points;
  for (u64 i = 0; i < 1100; i++) points.push_back(i % 50 == 7 ? G1::infinity() : multiply(g1Generator(), Fr::from(i * i + 1)));
  std::vector<Fr> scalars = {Fr::zero(), Fr::one(), Fr::from(u64{2}), Fr::one().negate(), Endomorphism::lambda};
  for (int i = 0; i < 4; i++) scalars.push_back(random.element<Fr>());
  for (const Fr& scalar : scalars) {
    std::vector<G1> scaled = points;
    const PointScaler scaler(scalar);
    PointScaler::Worker(scaler).scale(scaled.data(), scaled.size());
    bool equal = true;
    for (std::size_t i = 0; i < points.size(); i += 13) equal = equal && scaled[i] == multiply(points[i], scalar);
    CHECK(equal);
  }
}

}  // namespace zk::test
