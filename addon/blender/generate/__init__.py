# SPDX-License-Identifier: GPL-3.0-or-later
"""Generate from audio: what the artist has set goes to the service, and the take comes back as keys."""

import bpy

# Nothing else is imported here: ``properties`` needs ``live`` of this package before the operators can be made.


def register() -> None:
    from . import emotions, live, operators

    for made in (*operators.CLASSES, *emotions.CLASSES):
        bpy.utils.register_class(made)
    live.register()


def unregister() -> None:
    from . import emotions, live, operators

    live.unregister()
    for made in reversed((*operators.CLASSES, *emotions.CLASSES)):
        bpy.utils.unregister_class(made)
