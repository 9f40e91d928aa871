# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that a scenario adds to the lab, started as the lab starts its own."""

import os
import subprocess

from lab.mail import ROOT


def podman(*words: str, words_in: str = "") -> str:
    """Run podman as the lab does, with the runtime that lab/runtime has found to work here."""
    found = ROOT / "build/containers.conf"
    environment = os.environ | ({"CONTAINERS_CONF": str(found)} if found.exists() else {})
    done = subprocess.run(
        ["podman", *words], check=False, capture_output=True, text=True, env=environment,
        input=words_in,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"podman {' '.join(words)[:80]}: {done.stderr.strip()}")
    return done.stdout


def start(name: str, image: str, address: str, *options: str) -> None:
    """Start a host of the lab's network at an IPv4 address, in the place of one of that name."""
    remove(name)
    podman(
        "run", "--detach", "--name", name, "--hostname", name, "--label", "ptrgate-lab",
        "--network", "ptrgate-lab", "--ip", address, "--systemd=always",
        "--cap-add", "SYS_ADMIN,NET_ADMIN,SYS_PTRACE", *options, image, "/sbin/init",
    )  # fmt: skip


def remove(*names: str) -> None:
    """Remove hosts, if they are there."""
    podman("rm", "--force", "--time", "0", "--ignore", *names)
