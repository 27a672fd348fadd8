"""Puts mailwright into .bin: python3 ci/install.py

`mailwright.download` beside this file holds one line, the SHA-256 of a build and its address, as `sha256sum` writes them.
Where `mailwright` is there already, as in an image of one's own, that one is used.
"""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import urllib.parse
import urllib.request

import rest

FOLDER = pathlib.Path(".bin").resolve()
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def main():
    if shutil.which("mailwright") is None:
        install()
    program = shutil.which("mailwright") or str(FOLDER / "mailwright")
    print(subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.strip())


def install():
    line = pathlib.Path(__file__).with_name("mailwright.download").read_text(encoding="utf-8").strip()
    digest, _, url = line.partition("  ")
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise rest.Failure("ci/mailwright.download names no build yet", "write into it: SHA-256, two spaces, address")
    address = urllib.parse.urlsplit(url)
    if address.scheme != "https" and not (address.scheme == "http" and address.hostname in LOOPBACK):
        raise rest.Failure("ci/mailwright.download: the address must begin with https://")
    try:
        with urllib.request.urlopen(url, timeout=rest.TIMEOUT) as reply:
            build = reply.read(rest.MOST_BYTES)
    except OSError as error:
        raise rest.Failure(f"mailwright cannot be downloaded: {rest.line(error)}") from None
    if hashlib.sha256(build).hexdigest() != digest:
        raise rest.Failure("what was downloaded is not the build that ci/mailwright.download names; it is not run")
    FOLDER.mkdir(exist_ok=True)
    program = FOLDER / "mailwright"
    program.write_bytes(build)
    program.chmod(0o755)
    # How a later step of a job on GitHub finds it; on GitLab .gitlab-ci.yml extends PATH.
    if os.environ.get("GITHUB_PATH"):
        with open(os.environ["GITHUB_PATH"], "a", encoding="utf-8") as paths:
            paths.write(f"{FOLDER}\n")


if __name__ == "__main__":
    rest.run(main)
