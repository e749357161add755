// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/rate_control.h"

#include <algorithm>
#include <cmath>

#include "codec/quality.h"

namespace lowrank::codec {
namespace {

constexpr double exponent = 1.25;
constexpr double pay_back_seconds = 2;
constexpr double most_saved_seconds = 1;
constexpr double most_owed_seconds = 4;
constexpr double most_of_share_for_key = 0.75;

// How far what a picture may take is from the mean while bits are paid back, or saved ones spent.
constexpr double least_share = 0.5;
constexpr double largest_share = 1.5;

// Before anything is coded: bits a pixel of a key at index 0, and how many times as much it takes
// as another picture at the same index.
constexpr double usual_key_bits = 20;
constexpr double usual_key_ratio = 8;

double scale_of(double index) {
  return std::exp2(exponent * index / 6);
}

}  // namespace

RateControl::RateControl(const RateTarget& target) : target_(target) {
  key_cost_ = usual_key_bits * target.pixels;
  predicted_cost_ = key_cost_ / usual_key_ratio;
  index_ = wanted_index();
}

void RateControl::set_target(const RateTarget& target) {
  if (target == target_)
    return;
  target_ = target;
  key_rest_ = 0;
  key_share_ = 0;
}

int RateControl::step_index(bool key, int offset) const {
  const double index = index_ + offset - (key ? target_.keys.refinement : 0);
  return std::clamp(static_cast<int>(std::lround(index)), 0, largest_step_index);
}

void RateControl::coded(bool key, double bits, int offset) {
  const bool first = key ? !key_known_ : !predicted_known_;
  follow_cost(key, bits, offset);
  pay(key, bits);
  // The first figures replace guesses; later ones scatter.
  constexpr double largest_step = 3;
  const double step = wanted_index() - index_;
  index_ += first ? step : std::clamp(step / 2, -largest_step, largest_step);
  index_ = std::clamp(index_, 0.0, double{largest_step_index});
}

void RateControl::follow_cost(bool key, double bits, int offset) {
  constexpr double share_of_new = 0.3;
  const double cost = std::max(bits, 1.0) * scale_of(step_index(key, offset));
  double& followed = key ? key_cost_ : predicted_cost_;
  bool& known = key ? key_known_ : predicted_known_;
  followed += (known ? share_of_new : 1) * (cost - followed);
  if (key && !predicted_known_)
    predicted_cost_ = cost / usual_key_ratio;
  known = true;
}

void RateControl::pay(bool key, double bits) {
  const double share = target_.bits_a_picture;
  if (key && target_.keys.interval > 1) {
    debt_ += key_rest_;  // of a key that another one followed early
    key_rest_ = bits - share;
    key_share_ = std::min(key_rest_ / (target_.keys.interval - 1), most_of_share_for_key * share);
  } else {
    debt_ += bits - (share - key_share_);
    key_rest_ -= key_share_;
  }
  const double second = share * target_.pictures_a_second;
  debt_ = std::clamp(debt_, -most_saved_seconds * second, most_owed_seconds * second);
}

// Where a key and all up to the next one take what they may.
double RateControl::wanted_index() const {
  const double others = target_.keys.interval - 1;
  const double cost =
      (key_cost_ * scale_of(target_.keys.refinement) + others * predicted_cost_) / (others + 1);
  const double pictures = std::max(pay_back_seconds * target_.pictures_a_second, 4.0);
  const double share =
      target_.bits_a_picture *
      std::clamp(1 - debt_ / (pictures * target_.bits_a_picture), least_share, largest_share);
  return std::clamp(6 / exponent * std::log2(cost / share), 0.0, double{largest_step_index});
}

}  // namespace lowrank::codec
