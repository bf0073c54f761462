# SPDX-License-Identifier: GPL-3.0-or-later
"""FBX that holds what is seen: sampled, written from time zero with the flags that work, and read back."""

from .write import export

__all__ = ["export"]
