# SPDX-License-Identifier: GPL-3.0-or-later
"""Pack the code of a release: the same files always make the same archive."""

from __future__ import annotations

import base64
import gzip
import io
import tarfile
from pathlib import Path

DOCUMENTATION = r"""
name: code_archive
short_description: Pack the code of a release
version_added: "0.1"
author: PTRgate
description:
  - Packs the files below a directory of the controller for M(release), as a gzipped tar archive
    in base64.
  - The same files make the same archive on every controller. No times, owners or byte code travel.
options:
  _input:
    description: The directory.
    type: path
    required: true
"""

EXAMPLES = r"""
- name: Put the release in place
  release:
    code: "{{ (playbook_dir ~ '/../src') | code_archive }}"
"""

RETURN = r"""
_value:
  description: The archive in base64.
  type: str
"""

LEFT_OUT = {"__pycache__", ".mypy_cache", ".ruff_cache"}


def code_archive(directory: str) -> str:
    """Return the files below the directory as a gzipped tar archive in base64.

    Nothing of the checkout travels but names, content and whether a file may be executed: no times,
    owners or umask, so that two controllers make the same release.
    """
    root = Path(directory)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(root.rglob("*")):
            if path.is_file() and LEFT_OUT.isdisjoint(path.parts):
                tar.addfile(*_member(root, path))
    return base64.b64encode(gzip.compress(archive.getvalue(), mtime=0)).decode()


def _member(root: Path, path: Path) -> tuple[tarfile.TarInfo, io.BytesIO]:
    content = path.read_bytes()
    info = tarfile.TarInfo(str(path.relative_to(root)))
    info.size = len(content)
    info.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
    return info, io.BytesIO(content)


class FilterModule:
    """What Ansible asks a filter plugin for."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"code_archive": code_archive}
