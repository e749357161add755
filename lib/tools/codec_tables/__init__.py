# SPDX-License-Identifier: LGPL-2.1-or-later
"""Training of the tables of the patch layout; see train-codec-tables."""
