"""Makes the environment that Giliran runs in, on a machine that has Python 3.11 and nothing else.

    python3 deploy/bootstrap.py           what `make run` needs
    python3 deploy/bootstrap.py --test    what `make test` needs as well

It makes .venv beside this folder, with or without python3-venv and pip on the machine, installs
the pinned packages of the lock file, and Giliran itself from this clone. Doing it again when
nothing has changed takes a blink. It uses the standard library alone, and stays readable to older
Pythons (3.6 on), so that one which is too old can say so.
"""

import argparse
import hashlib
import html.parser
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Optional, Sequence, Union

ROOT = Path(__file__).resolve().parent.parent
ENV = ROOT / ".venv"
ENV_PYTHON = ENV / "bin" / "python"
STAMP = ENV / "giliran.json"
PROJECT = ROOT / "pyproject.toml"
LOCKS = {
    "run": ROOT / "deploy" / "requirements.txt",
    "test": ROOT / "deploy" / "requirements-test.txt",
}

OLDEST = (3, 11)
NEWER = ("python3.13", "python3.12", "python3.11", "python3.14")

# The pip that is fetched from an index that the user names, where neither Python nor the machine brings one.
PIP_WHEEL = "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
PIP_OPTIONS = ("--disable-pip-version-check", "--no-input", "-qq")


class BootstrapError(Exception):
    """An environment that cannot be made; its text says why and what to do."""


def make_environment(kind: str) -> None:
    """Leaves .venv ready for `kind` ("run" or "test"), doing only what is not done yet.

    Raises BootstrapError.
    """
    done = read_stamp()
    # Programs in an environment name its place, so one that was moved or copied is of no use.
    if not env_works() or done.get("place", str(ENV)) != str(ENV):
        say("Making an environment with Python {}.{} in .venv".format(*sys.version_info))
        create_environment()
        done = {}
    # The packages of "test" include those of "run".
    wanted = {"place": str(ENV), "packages": digest(LOCKS[kind]), "project": digest(PROJECT)}
    if done.get("packages") == digest(LOCKS["test"]):
        wanted["packages"] = done["packages"]
    if done.get("packages") != wanted["packages"]:
        count = sum("==" in line for line in LOCKS[kind].read_text().splitlines())
        say(f"Installing {count} packages (the first time this takes a minute)")
        install("--requirement", str(LOCKS[kind]))
    if done != wanted:
        say("Installing Giliran")
        install("--no-deps", "--no-build-isolation", "--no-index", "--editable", str(ROOT))
        STAMP.write_text(json.dumps(wanted, indent=2) + "\n")
    else:
        build_pages()


def read_stamp() -> "dict[str, str]":
    """Returns what the last complete run left in .venv, or {} when there was none."""
    try:
        return dict(json.loads(STAMP.read_text()))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}


def digest(path: Path) -> str:
    """Returns the SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def env_works() -> bool:
    """Decides whether .venv has a new enough Python that starts, and a pip: an interrupted one has not."""
    probe = f"import pip, sys; sys.exit(sys.version_info < {OLDEST})"
    return ENV_PYTHON.exists() and run([ENV_PYTHON, "-c", probe]).returncode == 0


def create_environment() -> None:
    """Makes .venv anew, with pip in it, by the first of three ways that this machine allows."""
    shutil.rmtree(str(ENV), ignore_errors=True)
    if run([sys.executable, "-m", "venv", str(ENV)]).returncode == 0:
        return
    # Debian keeps pip for environments in python3-venv, which may not be there.
    shutil.rmtree(str(ENV), ignore_errors=True)
    bare = run([sys.executable, "-m", "venv", "--without-pip", str(ENV)])
    if bare.returncode:
        raise BootstrapError(
            f"{sys.executable} cannot make an environment:\n{bare.stderr.strip()}\n"
            "On Debian or Ubuntu `apt-get install python3-venv` mends that."
        )
    system_pip = [sys.executable, "-m", "pip", "--python", str(ENV_PYTHON)]
    if run([*system_pip, "--version"]).returncode == 0:
        run([*system_pip, "install", *PIP_OPTIONS, "pip"])
    if run([ENV_PYTHON, "-m", "pip", "--version"]).returncode:
        install_fetched_pip()


def install_fetched_pip() -> None:
    """Installs a pip that is fetched: from the index in PIP_INDEX_URL, else from the system's packages."""
    say("Fetching pip")
    index = os.environ.get("PIP_INDEX_URL")
    with tempfile.TemporaryDirectory() as folder:
        wheel = wheel_from_index(index, Path(folder)) if index else wheel_from_apt(Path(folder))
        done = run([ENV_PYTHON, str(wheel / "pip"), "install", *PIP_OPTIONS, "--no-index", str(wheel)])
        if done.returncode:
            raise BootstrapError(f"pip could not be installed:\n{done.stderr.strip()}")


def wheel_from_apt(folder: Path) -> Path:
    """Fetches Debian's own pip, which apt checks, into a folder; neither root nor an installation is needed.

    Raises BootstrapError.
    """
    commands = (["apt-get", "download", "python3-pip-whl"], ["sh", "-c", "dpkg-deb -x python3-pip-whl_*.deb ."])
    for command in commands:
        if not shutil.which(command[0]) or run(command, cwd=folder).returncode:
            break
    wheels = sorted(folder.glob("usr/share/python-wheels/pip-*.whl"))
    if not wheels:
        raise BootstrapError(
            "This Python brings neither pip nor venv, and apt offers no pip.\n"
            "On Debian or Ubuntu `apt-get update` and `apt-get install python3-venv` mend that;\n"
            "elsewhere name a package index: PIP_INDEX_URL=https://... make run"
        )
    return wheels[0]


def wheel_from_index(index: str, folder: Path) -> Path:
    """Fetches the pinned pip from a package index into a folder. Raises BootstrapError."""
    wheel = folder / PIP_WHEEL
    wheel.write_bytes(fetch_pip(index))
    return wheel


def fetch_pip(index: str) -> bytes:
    """Returns the bytes of the pinned wheel of pip, after checking that it is that one. Raises BootstrapError."""
    index = index.rstrip("/")
    page_url = index + "/pip/"
    links = LinksOf(PIP_WHEEL)
    links.feed(read_url(page_url).decode("utf-8"))
    if links.found is None:
        raise BootstrapError(f"{page_url} does not offer {PIP_WHEEL}.")
    content = read_url(urllib.parse.urljoin(page_url, links.found))
    if hashlib.sha256(content).hexdigest() != PIP_SHA256:
        raise BootstrapError(f"{PIP_WHEEL} from {index} is not the file it should be.")
    return content


class LinksOf(html.parser.HTMLParser):
    """Finds, in an index page, the address of the file with a given name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.found: Optional[str] = None

    def handle_starttag(self, tag: str, attrs: "list[tuple[str, Optional[str]]]") -> None:
        address = dict(attrs).get("href") or ""
        if tag == "a" and urllib.parse.urlsplit(address).path.endswith("/" + self.name):
            self.found = address


def read_url(url: str) -> bytes:
    """Returns what is at an address; raises BootstrapError when it cannot be reached."""
    certificates = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
    context = ssl.create_default_context(cafile=certificates)
    try:
        with urllib.request.urlopen(url, timeout=60, context=context) as answer:
            return bytes(answer.read())
    except (urllib.error.URLError, OSError) as error:
        raise BootstrapError(f"{url} cannot be reached ({error}).\n{NETWORK}") from error


def install(*arguments: str) -> None:
    """Installs into .venv; raises BootstrapError with pip's own message when it cannot."""
    # The words of the machine's own set-up for its users do not hold in an environment.
    environment = dict(os.environ, PIP_USER="0", PIP_REQUIRE_VIRTUALENV="0")
    command = [str(ENV_PYTHON), "-m", "pip", "install", *PIP_OPTIONS, *arguments]
    if subprocess.run(command, cwd=str(ROOT), env=environment).returncode:
        raise BootstrapError(f"The installation failed; pip's message is above.\n{NETWORK}")


NETWORK = (
    "The first run needs the network: PyPI (or the index in PIP_INDEX_URL) and the npm registry\n"
    "(or the one in npm_config_registry). Once it is through, Giliran runs without any."
)


def build_pages() -> None:
    """Builds the browser pages if their sources have changed since the last build."""
    if subprocess.run([str(ENV_PYTHON), str(ROOT / "deploy" / "pages.py")]).returncode:
        raise BootstrapError("The browser pages could not be built; the message is above.")


def run(command: "Sequence[Union[str, Path]]", cwd: Optional[Path] = None) -> "subprocess.CompletedProcess[str]":
    """Runs a command and returns how it ended, with what it wrote."""
    return subprocess.run(
        [str(word) for word in command],
        cwd=str(cwd) if cwd else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )


def say(text: str) -> None:
    print("giliran: " + text, flush=True)


def use_new_enough_python() -> None:
    """Goes on with a newer Python of this machine when this one is too old."""
    if sys.version_info >= OLDEST:
        return
    for name in NEWER:
        found = shutil.which(name)
        if found and run([found, "-c", ""]).returncode == 0:
            os.execv(found, [found, *sys.argv])
    raise BootstrapError(
        "Giliran needs Python {}.{} or newer, and this is {}.{} ({}).\n"
        "Install a newer one, or name one: make run PYTHON=/path/to/python3.11".format(
            *OLDEST, *sys.version_info[:2], sys.executable
        )
    )


def main() -> int:
    """Makes the environment, and returns the exit status: 0 done, 1 failed with a message."""
    parser = argparse.ArgumentParser(description="Makes the environment that Giliran runs in.")
    parser.add_argument("--test", action="store_true", help="what `make test` needs as well")
    arguments = parser.parse_args()
    try:
        use_new_enough_python()
        make_environment("test" if arguments.test else "run")
    except BootstrapError as error:
        print(f"giliran: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
