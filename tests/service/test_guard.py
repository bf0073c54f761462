"""Who may ask for what: tokens, hosts, origins, sizes, and paths."""

import http.client
import os

import pytest

from tests.service.started import Service


def asked(service: Service, path: str = "/v1/hello", method: str = "GET", **headers: str) -> int:
    """The status of a request with exactly these headers."""
    line = http.client.HTTPConnection("127.0.0.1", service.address["port"], timeout=10)
    try:
        line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            line.putheader(name, value)
        line.endheaders()
        return line.getresponse().status
    finally:
        line.close()


@pytest.mark.parametrize("path", ["/v1/hello", "/v1/openapi.json", "/v1/takes", "/nothing", "/docs"])
def test_without_the_token_nothing_is_told(service, path):
    port, good = service.address["port"], service.headers["Authorization"]
    for wrong in ("", "Bearer", "Bearer x", good.lower(), good[:-1], good + "x"):
        assert asked(service, path, Host=f"127.0.0.1:{port}", Authorization=wrong) == 401
    assert asked(service, path, Host=f"127.0.0.1:{port}") == 401
    assert asked(service, path, Host=f"127.0.0.1:{port}", Authorization=good) in (200, 404)


def test_web_pages_and_other_names_are_refused(service):
    port, token = service.address["port"], service.headers["Authorization"]
    for host in (f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port + 1}", f"127.0.0.1.evil:{port}", f"[::1]:{port}", ""):
        assert asked(service, Host=host, Authorization=token) == 403
    assert asked(service, Authorization=token) in (400, 403)
    for origin in ("https://evil.example", "null", f"https://127.0.0.1:{port}", f"http://127.0.0.1:{port}.evil.example"):
        assert asked(service, Host=f"localhost:{port}", Authorization=token, Origin=origin) == 403
    assert asked(service, Host=f"localhost:{port}", Authorization=token, Origin=f"http://localhost:{port}") == 200


def test_it_listens_on_the_loopback_address_alone(service):
    import socket

    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    for address in [*others, "127.0.0.2"]:
        with pytest.raises(OSError), socket.create_connection((address, service.address["port"]), timeout=2):
            pass


def test_what_is_too_large_is_refused_before_it_is_read(service):
    headers = {"Host": f"127.0.0.1:{service.address['port']}", **service.headers}
    assert asked(service, "/v1/files?name=x.wav", "POST", **headers, **{"Content-Length": str(3 << 30)}) == 413
    big = b'{"meshes": [], "bones": ["' + b"x" * (5 << 20) + b'"]}'
    assert service.client.post("/match", content=big).status_code == 413
    # Without a length, what comes is counted.
    answer = service.client.post("/match", content=iter([big[:100], big[100:]]))
    assert answer.status_code == 413 and answer.json()["error"]["code"] == "too_large"


def test_only_files_in_open_folders_can_be_named(service, tmp_path, short):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside / "deeper", outside):
        folder.mkdir(parents=True)
        (folder / "line.wav").write_bytes(short.read_bytes())
    (inside / "to a file").symlink_to(outside / "line.wav")
    (inside / "to a folder").symlink_to(outside, target_is_directory=True)
    (inside / "to within").symlink_to(inside / "deeper" / "line.wav")
    (inside / "circle").symlink_to(inside / "circle")
    os.mkfifo(inside / "pipe")
    (tmp_path / "insider").mkdir()
    (tmp_path / "insider" / "x.wav").write_bytes(b"x")

    def open_file(path: object) -> tuple[int, dict]:
        answer = service.client.post("/files/open", json={"path": str(path)})
        return answer.status_code, answer.json()

    status, answer = open_file(inside / "deeper" / "line.wav")
    assert status == 422 and answer["error"]["fix"] == {"kind": "open_folder", "path": str(inside / "deeper")}
    opened = service.client.post("/folders", json={"path": f"{inside}/deeper/.."}).json()
    assert opened == {"path": str(inside)} and opened in service.get("/folders")
    for good in (inside / "deeper" / "line.wav", inside / "to within"):
        status, answer = open_file(good)
        assert status == 200 and service.client.get(f"/files/{answer['id']}/content").content == short.read_bytes()
    bad = [
        "to a file",
        "to a folder/line.wav",
        "../outside/line.wav",
        "deeper/../../outside/line.wav",
        "../insider/x.wav",
        "circle",
        "pipe",
    ]
    for path in [*(inside / name for name in bad), "line.wav", "/etc/passwd", "", "a\0b", f"{inside}", "/proc/self/environ"]:
        status, answer = open_file(path)
        assert status == 422 and answer["error"]["code"] == "input", path
    assert service.client.delete("/folders", params={"path": str(inside)}).status_code == 200
    assert open_file(inside / "deeper" / "line.wav")[0] == 422


def test_the_services_own_folder_stays_closed(service, tmp_path):
    assert service.client.post("/folders", json={"path": str(service.state)}).status_code == 422
    assert service.client.post("/folders", json={"path": str(service.state.parent)}).status_code == 200
    try:
        answer = service.client.post("/files/open", json={"path": str(service.state / "service.json")})
        assert answer.status_code == 422
    finally:
        service.client.delete("/folders", params={"path": str(service.state.parent)})


@pytest.mark.parametrize("name", ["../../evil.wav", "C:\\evil.wav", "a/b\\c.wav", "\x00\x1f?.wav", "...", "ö" * 900 + ".wav"])
def test_names_of_uploads_are_names(service, name):
    found = service.client.post("/files", params={"name": name}, content=b"some bytes").json()
    assert not set(found["name"]) & set('/\\\0\x1f?:"') and 0 < len(found["name"].encode()) < 255 and found["name"].strip(".")
