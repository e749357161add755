// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "codec/encoder_options.h"

namespace lowrank::codec {

/// What a stream may take.
struct RateTarget {
  double bits_a_picture = 0;      ///< on average, > 0
  double pictures_a_second = 25;  ///< > 0
  double pixels = 0;              ///< of luma
  KeyPolicy keys;
  constexpr bool operator==(const RateTarget&) const = default;
};

/// Finds step indices that meet a bitrate on average, by feedback.
///
/// Bits are taken to fall as 2^(−1.25·index/6), and how many they are at index 0 is followed apart
/// for keys and for the others. From both comes the index at which a key and the pictures up to the
/// next one take together what they may. What was spent beyond that is paid back within two
/// seconds; a key is paid for by the pictures that follow it, evenly, so that the quality does not
/// swing with it. The index goes half of the way to what is wanted by costs of which each new
/// one counts 0.3: with that a true exponent of any size up to 18 times the assumed one leaves it
/// stable.
class RateControl {
 public:
  explicit RateControl(const RateTarget& target);

  /// Goes on with what was learned; without any change when the target is the same.
  void set_target(const RateTarget& target);
  /// Of the next picture, 0 … largest_step_index, if it is to be so much coarser than others.
  int step_index(bool key, int offset = 0) const;
  /// Tells what it took at the index of step_index().
  void coded(bool key, double bits, int offset = 0);

 private:
  void follow_cost(bool key, double bits, int offset);
  void pay(bool key, double bits);
  double wanted_index() const;

  RateTarget target_;
  double index_ = 0;           // of pictures that are no keys
  double key_cost_ = 0;        // bits at index 0
  double predicted_cost_ = 0;  // the same
  bool key_known_ = false;
  bool predicted_known_ = false;
  double debt_ = 0;       // bits spent beyond what was planned
  double key_rest_ = 0;   // bits of the last key that are still to be paid for
  double key_share_ = 0;  // what each picture pays of it
};

}  // namespace lowrank::codec
