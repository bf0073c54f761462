# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of Mien's service for any host: standard library alone, Python 3.9 and later.

::

    from addon.bridge import find, start

    service = find() or start([python, "-m", "backend.cli", "serve"])
    recording = service.upload("line.wav")
    job = service.perform(recording, {"guides": [{"kind": "label", "value": "happy"}]})
    for job in service.watch(job.id):
        show(job.stage, job.share)
    motion = service.motion(job.take, rig="arkit", rate="24")

Beside this: :mod:`~.background` keeps calls off a host's main thread, :mod:`~.double` stands in for the service in tests, and
:mod:`~.setup` makes the environment that the service runs in. Whatever goes wrong is a :class:`ServiceError`.
"""

from .errors import ServiceError
from .finding import find
from .nouns import Job, Mesh, Motion
from .service import Service
from .starting import start

__all__ = ["Job", "Mesh", "Motion", "Service", "ServiceError", "find", "start"]
