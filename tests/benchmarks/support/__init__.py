# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the benchmarks share: pipelines, labelled sequences, scores, peers, tables."""
