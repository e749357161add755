// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lowrankparse/file_scan.h"

#include <algorithm>

#include "common/gst_ptr.h"
#include "common/mapped_buffer.h"

namespace gst_lowrank {

namespace {

constexpr std::size_t header_bytes = 512;
constexpr std::size_t block_bytes = 16 * 1024;
constexpr std::size_t search_bytes = 256 * 1024;
constexpr std::uint64_t longest_tail = 64 * 1024 * 1024;
constexpr std::uint64_t small_file = 64 * 1024 * 1024;  // whose headers are read in no time

}  // namespace

void FileScan::reset(const lowrank::CodecLimits& limits) {
  const std::lock_guard lock(mutex_);
  limits_ = limits;
  position_ = 0;
  at_end_ = false;
  stream_ = {};
  timeline_ = Timeline();
  // With their memory: an element that is stopped keeps none.
  keys_ = std::vector<KeyPlace>();
  block_ = std::vector<std::uint8_t>();
}

// Fewer bytes at the end of the file; false when there are none, or upstream does not give them
// now.
bool FileScan::read(std::uint64_t position, std::size_t size, std::vector<std::uint8_t>& bytes) {
  GstBuffer* pulled = nullptr;
  bytes.clear();
  const GstFlowReturn flow = gst_pad_pull_range(pad_, position, static_cast<guint>(size), &pulled);
  interrupted_ = flow != GST_FLOW_OK && flow != GST_FLOW_EOS;
  if (flow != GST_FLOW_OK)
    return false;
  const BufferPtr buffer(pulled);
  const MappedBuffer mapped(buffer.get());
  bytes.assign(mapped.bytes().begin(), mapped.bytes().end());
  return !bytes.empty();
}

lowrank::ByteSpan FileScan::header_at(std::uint64_t position) {
  const std::uint64_t block_end = block_position_ + block_.size();
  if (position < block_position_ || position + header_bytes > block_end) {
    // Of large pictures a block holds one header.
    if (!read(position, picture_size_ < block_bytes ? block_bytes : header_bytes, block_))
      return {};
    block_position_ = position;
  }
  return lowrank::ByteSpan(block_).subspan(static_cast<std::size_t>(position - block_position_));
}

// After damage: the next picture that is whole.
bool FileScan::find_next_picture() {
  lowrank::PacketParser parser(limits_);
  lowrank::ParsedPicture picture;
  std::vector<std::uint8_t> bytes;
  std::uint64_t next = position_;
  do {
    if (!read(next, search_bytes, bytes))
      return false;
    next += bytes.size();
    parser.push(bytes);
  } while (!parser.pull(picture));
  position_ += picture.begin;
  return true;
}

// Takes the next picture; false at the end of the file.
bool FileScan::step() {
  lowrank::PictureOutline outline;
  outline.stream = stream_;
  if (!lowrank::PacketParser::outline(header_at(position_), outline)) {
    if (!find_next_picture() || !lowrank::PacketParser::outline(header_at(position_), outline))
      return false;
  }
  stream_ = outline.stream;
  const std::optional<std::uint64_t> time = timeline_.place(outline.info, outline.key);
  if (outline.key && time)
    insert({position_, *time, timeline_.shift()});
  position_ += outline.size;
  picture_size_ = outline.size;
  return true;
}

// The same; what a flush ends goes on the next time.
bool FileScan::advance() {
  interrupted_ = false;
  if (step())
    return true;
  at_end_ = !interrupted_;
  return false;
}

// In the order of their positions, which is that of their times.
void FileScan::insert(const KeyPlace& key) {
  const auto place = std::lower_bound(
      keys_.begin(), keys_.end(), key.position,
      [](const KeyPlace& known, std::uint64_t position) { return known.position < position; });
  if (place == keys_.end() || place->position != key.position)
    keys_.insert(place, key);
}

void FileScan::add(const KeyPlace& key) {
  const std::lock_guard lock(mutex_);
  insert(key);
}

FileScan::Neighbors FileScan::find(std::uint64_t time, bool may_read) {
  const std::lock_guard lock(mutex_);
  while (may_read && !at_end_ && (keys_.empty() || keys_.back().time <= time) && advance())
    continue;
  const auto after =
      std::upper_bound(keys_.begin(), keys_.end(), time,
                       [](std::uint64_t wanted, const KeyPlace& key) { return wanted < key.time; });
  Neighbors result;
  if (after != keys_.end())
    result.after = *after;
  if (after != keys_.begin())
    result.before = *std::prev(after);
  return result;
}

std::uint64_t FileScan::shift_at(std::uint64_t position) const {
  const std::lock_guard lock(mutex_);
  const auto after = std::upper_bound(
      keys_.begin(), keys_.end(), position,
      [](std::uint64_t wanted, const KeyPlace& key) { return wanted < key.position; });
  return after == keys_.begin() ? 0 : std::prev(after)->shift;
}

FileScan::End FileScan::end(lowrank::ByteSpan sequence) {
  gint64 size = 0;
  if (!gst_pad_peer_query_duration(pad_, GST_FORMAT_BYTES, &size) || size <= 0)
    return {};
  const std::lock_guard lock(mutex_);
  interrupted_ = false;
  End end;
  if (static_cast<std::uint64_t>(size) > small_file) {
    end = end_of_tail(static_cast<std::uint64_t>(size), sequence);
  } else {
    while (!at_end_ && advance())
      continue;
    end = {timeline_.end(), true};
  }
  return interrupted_ ? End{{}, false, true} : end;
}

// From more and more of the file's end, until there is a whole picture in it.
FileScan::End FileScan::end_of_tail(std::uint64_t size, lowrank::ByteSpan sequence) {
  for (std::uint64_t tail = search_bytes; tail <= longest_tail; tail *= 4) {
    const std::uint64_t length = std::min(tail, size);
    std::vector<std::uint8_t> bytes;
    if (!read(size - length, static_cast<std::size_t>(length), bytes))
      return {};
    lowrank::PacketParser parser(limits_);
    parser.push(sequence);
    parser.push(bytes);
    parser.drain();
    lowrank::ParsedPicture picture;
    End end;
    while (parser.pull(picture))
      if (picture.info.time)
        end.time = *picture.info.time + picture.info.duration.value_or(0);
    if (end.time)
      return end;
  }
  return {};
}

}  // namespace gst_lowrank
