// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The packet parser and the decoder, of any bytes, when memory runs out at some allocation: that is
// std::bad_alloc and nothing else, and what was called still works.
#include <algorithm>
#include <new>
#include <vector>

#include "allocations.h"
#include "ensure.h"
#include "stream_checks.h"
#include "stream_input.h"
#include "target.h"

namespace lowrank::fuzz {
namespace {

struct Seen {
  bool key = false;
  Outcome outcome;
};

// Parses and decodes a stream, once or again with the same decoder. (A parser that has seen a
// stream knows more of it than a new one, and cuts damaged bytes otherwise.)
class Player {
 public:
  explicit Player(const StreamInput& input) : input_(input) { decoder_.configure(input.options); }

  std::vector<Seen> play() {
    PacketParser parser(input_.options.limits);
    decoder_.flush();
    decoder_.set_max_rank(input_.options.max_rank);
    std::vector<Seen> seen;
    parser.push(HeapCopy(input_.stream));
    parser.drain();
    for (ParsedPicture picture; seen.size() < most_pictures && parser.pull(picture);) {
      if (picture.begin > input_.stream.size() / 2 && input_.rank_changes)
        decoder_.set_max_rank(3);
      seen.push_back({picture.key, decode(decoder_, picture)});
    }
    return seen;
  }

 private:
  const StreamInput& input_;
  Decoder decoder_;
};

bool intact_key(const Seen& seen) {
  return seen.key && seen.outcome.error == StreamError::Kind::none;
}

// What stands before the first key may show of what was there before.
void ensure_same_from_key(const std::vector<Seen>& a, const std::vector<Seen>& b) {
  const auto from_a = std::ranges::find_if(a, intact_key);
  const auto from_b = std::ranges::find_if(b, intact_key);
  ensure(std::equal(from_a, a.end(), from_b, b.end(),
                    [](const Seen& x, const Seen& y) { return x.outcome == y.outcome; }),
         "after a failure the same pictures are decoded");
}

void fail_and_go_on(const StreamInput& input, const std::vector<Seen>& expected) {
  Player player(input);
  const long first = input.failing_allocation;
  allocations::fail_from(first, input.all_fail ? allocations::never : first);
  try {
    player.play();
  } catch (const std::bad_alloc&) {
  }
  allocations::fail_never();
  ensure_same_from_key(expected, player.play());
}

}  // namespace

int test_one_input(ByteSpan bytes) {
  const StreamInput input(bytes);
  const std::vector<Seen> expected = Player(input).play();
  const long live = allocations::live;
  fail_and_go_on(input, expected);
  ensure(allocations::live == live, "nothing is left behind");
  return 0;
}

}  // namespace lowrank::fuzz
