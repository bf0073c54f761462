"""A small real HTTP server that plays Mien's service, with faults on demand. Run as a program it writes ``service.json`` and listens.

The answers are those of the double, so that what arrives through the wire can be compared with what left.
"""

import json
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

sys.path.insert(0, str(Path(__file__).parents[2]))

from addon.bridge.double import Double
from addon.bridge.double_shapes import pack
from addon.bridge.errors import ServiceError
from addon.bridge.tensors import Tensor, write_tensors

STATUS = {"not_found": 404, "stopped": 500, "cancelled": 409, "too_large": 413}


def job_json(job) -> dict:
    error = job.error and {"code": job.error.code, "message": job.error.message, "fix": job.error.fix}
    plain = {key: getattr(job, key) for key in ("id", "kind", "label", "state", "stage", "share", "position", "take", "file")}
    return {**plain, "error": error, "created": "2026-01-01T00:00:00Z", "finished": None}


def mesh_bytes(mesh) -> bytes:
    faces = Tensor("I32", (len(mesh.faces) // 12, 3), memoryview(mesh.faces))
    tensors = {"vertices": Tensor("F32", mesh.shape, memoryview(mesh.vertices)), "faces": faces}
    return write_tensors(tensors, {"vertices": json.dumps({"rate": mesh.rate})})


class Player(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.token = secrets.token_urlsafe(16)
        self.double = Double()
        self.seen: list[tuple[str, str]] = []
        self.headers_seen: list[dict[str, str]] = []
        # By "METHOD /path": what to do instead of answering, taken away when it has been done.
        self.instead: dict[str, Callable[[Handler], None]] = {}
        self.named: dict[str, str] = {}
        self.streams = 0

    @property
    def port(self) -> int:
        return self.server_address[1]

    def write_address(self, folder: Path, **changed) -> None:
        plain = {
            "api": 1,
            "version": "0.1.0",
            "pid": os.getpid(),
            "port": self.port,
            "token": self.token,
            "started": "2026-01-01T00:00:00Z",
        }
        folder.mkdir(exist_ok=True, mode=0o700)
        target = folder / "service.json"
        fresh = folder / f"fresh-{os.getpid()}"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump({**plain, **changed}, file)
        fresh.replace(target)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Player

    def log_message(self, *args) -> None:
        pass

    def answer(self) -> None:
        split = urlsplit(self.path)
        self.query = {key: values[0] for key, values in parse_qs(split.query).items()}
        path = unquote(split.path)
        self.server.seen.append((self.command, path))
        self.server.headers_seen.append(dict(self.headers.items()))
        instead = self.server.instead.pop(f"{self.command} {path}", None)
        if instead:
            instead(self)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Authorization") != f"Bearer {self.server.token}":
            self.fault(401, ServiceError("token", "The token is not this service's."))
            return
        if self.headers.get("Host") not in (f"127.0.0.1:{self.server.port}", f"localhost:{self.server.port}") or "Origin" in self.headers:
            self.fault(403, ServiceError("origin", "Not from here."))
            return
        try:
            self.route(path.split("/")[2:], body)
        except ServiceError as error:
            self.fault(STATUS.get(error.code, 422), error)

    do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  names that http.server asks for

    def route(self, parts: list[str], body: bytes) -> None:
        double, query = self.server.double, self.query
        match [self.command, *parts]:
            case ["GET", ("hello" | "generators" | "rigs" | "emotions" | "formats") as what]:
                self.json(getattr(double, what)())
            case ["POST", "folders"]:
                self.json({"path": double.open_folder(json.loads(body)["path"])})
            case ["POST", "files"]:
                self.store(query["name"], body)
            case ["GET", "files", id]:
                self.json({"id": id, "size": len(double.file(id))})
            case ["GET", "files", id, "content"]:
                self.send(double.file(id))
            case ["POST", "jobs"]:
                asked = json.loads(body)
                assert asked.pop("kind") in ("perform", "export")
                if "recording" in asked:
                    assert asked.pop("priority") == 0
                    job = double.perform(asked.pop("recording"), asked.pop("direction"), **asked)
                else:
                    job = double.export(asked["take"], asked["format"], asked["head"])
                self.json(job_json(job), 202)
            case ["GET", "jobs"]:
                self.json([job_json(job) for job in double.jobs()])
            case ["GET", "jobs", id]:
                # Without a step, as the service's answer changes nothing.
                self.json(job_json(double._jobs.found(id).job))
            case ["GET", "jobs", id, "events"]:
                self.events(id)
            case ["DELETE", "jobs", id]:
                self.json(job_json(double.cancel(id)))
            case [_, "takes", *_]:
                self.takes(parts, body)
            case ["POST", "edit"]:
                asked = json.loads(body)
                self.send(pack(double.edit(asked.pop("recording"), asked.pop("direction"), **asked), {}))
            case ["POST", "match"]:
                asked = json.loads(body)
                self.json(double.match(asked["meshes"], asked["bones"]))
            case ["GET", "head.glb"]:
                self.send(double.head())
            case ["POST", "shutdown"]:
                self.json({})
                threading.Thread(target=self.server.shutdown).start()
            case _:
                raise ServiceError("not_found", f"nothing at {self.path}")

    def takes(self, parts: list[str], body: bytes) -> None:
        double, query = self.server.double, self.query
        match [self.command, *parts]:
            case ["GET", "takes"]:
                self.json(double.takes())
            case ["POST", "takes"]:
                self.json(double.add_take(body))
            case ["GET", "takes", id]:
                self.json(double.take(id))
            case ["PUT", "takes", id]:
                self.json(double.keep(id, **json.loads(body)))
            case ["DELETE", "takes", id]:
                double.forget(id)
                self.send(b"", 204)
            case ["GET", "takes", id, "take"]:
                self.send(double.take_bytes(id))
            case ["GET", "takes", id, "motion"]:
                times = {key: float(query[key]) for key in ("start", "end") if key in query}
                self.send(pack(double.motion(id, query["rig"], query["rate"], **times), {}))
            case ["GET", "takes", id, "vertices"]:
                self.chunks(mesh_bytes(double.vertices(id, query["head"], query["rate"])))
            case ["GET", "takes", id, "frames", name]:
                self.send(double.frame(id, int(name.removesuffix(".png")), int(query["size"])))
            case _:
                raise ServiceError("not_found", f"nothing at {self.path}")

    def store(self, name: str, body: bytes) -> None:
        import hashlib

        digest = hashlib.sha256(body).hexdigest()
        self.server.double._files[digest] = (name, body)
        self.json({"id": digest, "name": name, "size": len(body)})

    def json(self, plain, status: int = 200) -> None:
        self.send(json.dumps(plain).encode(), status)

    def fault(self, status: int, error: ServiceError) -> None:
        self.json({"error": {"code": error.code, "message": error.message, "fix": error.fix}}, status)

    def send(self, data: bytes, status: int = 200) -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def chunks(self, data: bytes, end: bool = True) -> None:
        self.begin_chunks("application/octet-stream")
        for at in range(0, len(data), 100):
            self.chunk(data[at : at + 100])
        if end:
            self.chunk(b"")

    def begin_chunks(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def events(self, id: str) -> None:
        """The job's states; breaks off after the first ``streams`` of them on as many connections."""
        self.begin_chunks("text/event-stream")
        self.chunk(b": keep-alive\n\n")
        while True:
            job = self.server.double._jobs.step(id)
            self.chunk(b"event: progress\ndata: " + json.dumps(job_json(job)).encode() + b"\n\n")
            if job.over:
                self.chunk(b"")
                return
            if self.server.streams:
                self.server.streams -= 1
                self.cut()
                return

    def cut(self) -> None:
        """Close the connection as a killed process does."""
        import contextlib
        import socket

        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def playing():
    server = Player()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def main() -> None:
    """A service process: ``playing.py [SECONDS BEFORE IT LISTENS]``; the folder is MIEN_STATE."""
    folder = Path(os.environ["MIEN_STATE"])
    sys.stdout.write("mien: waking up\n")
    sys.stdout.flush()
    with (folder / "begun.txt").open("a") as file:
        file.write(f"{os.getpid()}\n")
    time.sleep(float(sys.argv[1]) if len(sys.argv) > 1 else 0)
    with Player() as server:
        server.write_address(folder)
        sys.stdout.write("mien: listening\n")
        sys.stdout.flush()
        server.serve_forever(0.02)


if __name__ == "__main__":
    main()
