"""A checkout with nothing in it but `run.py` and one tiny package, so that real pip runs in a second."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_SPEAKING_STUB = "import sys, tiny\nprint('tiny', tiny.VERSION, *sys.argv[1:])\n"


@dataclass(frozen=True, slots=True)
class Checkout:
    """A folder with `run.py`; what a person does there and reads."""

    folder: Path
    wheels: Path
    hidden: Path

    def require(self, version: str, *, digest: str | None = None) -> None:
        """Let the demo need `tiny` of this version; the wheel is made unless it must be missing."""
        wheel = self.wheels / f"tiny-{version}-py3-none-any.whl"
        if digest is None:
            _write_wheel(wheel, version)
            digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lock = self.folder / "requirements" / "demo.txt"
        lock.write_text(f"tiny=={version} \\\n    --hash=sha256:{digest}\n", "utf-8")

    def hide(self, *modules: str) -> None:
        """Let Python, inside and outside the environment, do without these modules."""
        for name in modules:
            (self.hidden / f"{name}.py").write_text("raise ImportError('hidden')\n", "utf-8")

    def run(self, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
        """`python3 run.py …` offline: packages come from the folder of wheels, or not at all."""
        kept = {name: os.environ[name] for name in ("HOME", "TMPDIR", "SYSTEMROOT") if name in os.environ}
        environment = {
            **kept,
            "PATH": os.environ["PATH"] if path is None else path,
            "PYTHONPATH": str(self.hidden),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_CONFIG_FILE": os.devnull,
        }
        return subprocess.run(
            [sys.executable, str(self.folder / "run.py"), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A fresh one, whose demo needs `tiny` 1.0 and prints its version and its arguments."""
    made = Checkout(tmp_path / "checkout", tmp_path / "wheels", tmp_path / "hidden")
    for folder in (made.folder / "requirements", made.folder / "partner_center", made.wheels, made.hidden):
        folder.mkdir(parents=True)
    shutil.copy(ROOT / "run.py", made.folder)
    (made.folder / "partner_center" / "__init__.py").touch()
    (made.folder / "partner_center" / "__main__.py").write_text(_SPEAKING_STUB, "utf-8")
    made.require("1.0")
    return made


def _write_wheel(path: Path, version: str) -> None:
    about = f"tiny-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("tiny.py", f"VERSION = '{version}'\n")
        wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "".join(f"{name},,\n" for name in wheel.namelist()))
