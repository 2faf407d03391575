"""The program that a command of a user is started by: it shuts itself in, then becomes the command.

`promptops.sandbox.isolation` starts it as `python -I -c … SETTINGS COMMAND…`, SETTINGS being a JSON object. It writes
one line on what holds, `{"isolated": …, "why": …, "hidden": …}`, before anything of the command is run. A command that
is a Python file is run in this very process. Linux only.

Inside, in namespaces of its own: no process but the command's own, no network (unless wished), no socket of a service
and none of the files that usually hold keys; all but the folders for temporary files is read-only; no way to become
root. Three processes, each started by the one before: this one, which waits; the first of the new process namespace,
with which all others in it die; the command.
"""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
from contextlib import suppress
from typing import Any, NoReturn

from promptops.sandbox import linux_calls as linux

_ALWAYS = linux.NEW_MOUNTS | linux.NEW_PROCESSES | linux.NEW_IPC
_SERVICES = ("/run", "/tmp/.X11-unix", "/tmp/.ICE-unix")  # noqa: S108  sockets there reach what has more rights
_SERVICE_NAMES = ("ssh-", "tmux-", "dbus-", "screen")
_NAME_SERVERS = "/etc/resolv.conf"
_HARMLESS = linux.NO_SETUID | linux.NO_DEVICES | linux.NO_EXECUTION


def main() -> None:
    """Shut this process in and run the command; where that fails, say so, and run it only if it may be run open."""
    settings, command = json.loads(sys.argv[1]), sys.argv[2:]
    if settings["namespaces"]:
        _run_in_namespaces(settings, command)
    elif settings["required"]:
        _report(isolated=False, why=settings["why"])
    else:
        hidden = linux.restrict_by_landlock([*settings["writable"], "/dev"], network=settings["network"])
        linux.forbid_new_privileges()
        _report(isolated=False, why=settings["why"], hidden=hidden)
        _run(command)


def _run_in_namespaces(settings: dict[str, Any], command: list[str]) -> None:
    with suppress(OSError):
        settings["name_servers"] = _read_name_servers()
    try:
        _unshare(network=settings["network"])
        first = os.fork()
    except OSError as exc:
        _refuse(exc)
    if first:
        _let_go_of_pipes()
        _end_like(os.waitpid(first, 0)[1])
    linux.die_with_parent()
    try:
        _arrange_files(settings)
        _give_up_rights()
    except OSError as exc:
        _refuse(exc)
    own = os.fork()
    if own:
        _let_go_of_pipes()
        _wait_as_first_process(own)
    os.closerange(3, 1 << 20)
    _report(isolated=True)
    _run(command)


def _report(**said: Any) -> None:
    os.write(1, json.dumps(said).encode() + b"\n")


def _refuse(exc: OSError) -> NoReturn:
    _report(isolated=False, why=f"{exc.filename or 'fork'}: {exc.strerror}")
    os._exit(1)


def _unshare(*, network: bool) -> None:
    """The same user, in new namespaces; root may do without a namespace of users, where those are forbidden."""
    wanted = _ALWAYS if network else _ALWAYS | linux.NEW_NETWORK
    try:
        linux.unshare_as_same_user(wanted)
    except OSError:
        if os.geteuid():
            raise
        linux.unshare(wanted)


def _arrange_files(settings: dict[str, Any]) -> None:
    linux.mount("none", "/", "none", linux.RECURSIVE | linux.PRIVATE)
    for place in settings["writable"]:
        with suppress(OSError):
            linux.mount(place, place, "none", linux.BIND | linux.RECURSIVE)
    try:
        linux.mount("proc", "/proc", "proc", _HARMLESS)
    except OSError:  # a container may hide parts of the old one, and then gives no new one; then there is none
        linux.mount("none", "/proc", "tmpfs", _HARMLESS | linux.READ_ONLY, "size=4k")
    for place in _existing(settings["hide"], settings["needed"]):
        _hide(place)
    if "name_servers" in settings:
        with suppress(OSError):
            _write_name_servers(*settings["name_servers"])
    with suppress(OSError):  # kernels before 5.12
        linux.make_read_only("/")
        for place in settings["writable"]:
            with suppress(OSError):
                linux.make_writable(place)


def _existing(hide: list[str], needed: list[str]) -> list[str]:
    """What there is to be hidden, but nothing that the command is made of."""
    loose = [entry.path for entry in _entries("/tmp") if entry.name.startswith(_SERVICE_NAMES)]  # noqa: S108
    # Whoever was root owns the disks still, and all files are on them.
    disks = [entry.path for entry in _entries("/dev") if _is_disk(entry)]
    found = {os.path.realpath(place) for place in (*hide, *_SERVICES, *loose, *disks) if os.path.exists(place)}
    return sorted(place for place in found if not any(f"{one}/".startswith(f"{place}/") for one in needed))


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with suppress(OSError), os.scandir(folder) as entries:
        return list(entries)
    return []


def _is_disk(entry: os.DirEntry[str]) -> bool:
    return stat.S_ISBLK(entry.stat(follow_symlinks=False).st_mode)


def _hide(place: str) -> None:
    if os.path.isdir(place):
        linux.mount("none", place, "tmpfs", _HARMLESS, "size=1m,mode=755")
    else:
        linux.mount(os.devnull, place, "none", linux.BIND)


def _read_name_servers() -> tuple[str, str]:
    """Where the file with the name servers really is, and its text: often in a folder that is hidden."""
    with open(_NAME_SERVERS, encoding="utf-8") as file:
        return os.path.realpath(_NAME_SERVERS), file.read()


def _write_name_servers(path: str, text: str) -> None:
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def _give_up_rights() -> None:
    linux.forbid_new_privileges()
    linux.drop_capabilities()


def _let_go_of_pipes() -> None:
    """The command's ends of them are its own: when it ends, the other side sees it."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)


def _wait_as_first_process(own: int) -> NoReturn:
    """Bury whatever dies here; end with the command, and with this process all the others end."""
    os.closerange(3, 1 << 20)
    while True:
        pid, status = os.wait()
        if pid == own:
            os._exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))


def _end_like(status: int) -> NoReturn:
    """With the code, or by the signal, that the command ended with."""
    code = os.waitstatus_to_exitcode(status)
    if code > 128:
        with suppress(OSError, ValueError):
            signal.signal(code - 128, signal.SIG_DFL)
        with suppress(OSError):
            os.kill(os.getpid(), code - 128)
    os._exit(max(code, 0) or int(code < 0))


def _run(command: list[str]) -> None:
    if not command[0].endswith(".py"):
        os.execvp(command[0], command)  # noqa: S606
    sys.argv = command
    with open(command[0], encoding="utf-8") as file:
        code = compile(file.read(), command[0], "exec")
    module = type(sys)("__main__")
    module.__file__ = command[0]
    sys.modules["__main__"] = module
    exec(code, module.__dict__)  # noqa: S102  our own program, which would take as long again to start
