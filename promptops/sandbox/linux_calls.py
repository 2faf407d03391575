"""System calls of Linux that Python has no functions for."""

from __future__ import annotations

import ctypes
import os
import struct
from contextlib import suppress

NEW_MOUNTS, NEW_IPC, NEW_USERS = 0x0002_0000, 0x0800_0000, 0x1000_0000
NEW_PROCESSES, NEW_NETWORK = 0x2000_0000, 0x4000_0000
"""Namespaces for `unshare`; see namespaces(7)."""
NO_SETUID, NO_DEVICES, NO_EXECUTION, READ_ONLY = 0x2, 0x4, 0x8, 0x1
BIND, RECURSIVE, PRIVATE = 0x1000, 0x4000, 0x4_0000
"""Flags of `mount`; see mount(2)."""

_DIE_WITH_PARENT, _DUMPABLE, _DROP_CAPABILITY, _NO_NEW_PRIVILEGES, _AMBIENT = 1, 4, 24, 38, 47
_MOUNT_SETATTR, _CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 442, 444, 445, 446
"""Numbers of the newer calls, which are the same on every processor."""
_HERE = -100
_ALL_BELOW = 0x8000
_CAPABILITIES_VERSION = 0x2008_0522
_MOST_CAPABILITIES = 64

# Rights of Landlock: those that change files, by the version that brought them; see landlock(7).
_CHANGES = {1: 0b1_1111_1111_0010, 2: 1 << 13, 3: 1 << 14}
_TCP = 0b11
_SCOPES = 0b11

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return result


def _prctl(option: int, value: int = 0, more: int = 0) -> int:
    long = ctypes.c_ulong
    return int(_libc.prctl(option, long(value), long(more), long(0), long(0)))


def _call(number: int, *arguments: object) -> int:
    return int(_libc.syscall(ctypes.c_long(number), *arguments))


def unshare(namespaces: int) -> None:
    """Leave these namespaces for new ones."""
    _checked(_libc.unshare(ctypes.c_int(namespaces)), "unshare")


def unshare_as_same_user(namespaces: int) -> None:
    """Leave these namespaces, and that of users, in which user and group keep their numbers."""
    user, group = os.geteuid(), os.getegid()
    unshare(namespaces | NEW_USERS)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        try:
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
        except OSError as exc:
            raise OSError(exc.errno, exc.strerror, f"write {name}") from exc


def mount(source: str, target: str, kind: str, flags: int = 0, options: str = "") -> None:
    """Put a file system, or with BIND another place of the tree, at `target`."""
    done = _libc.mount(
        source.encode(), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), options.encode() or None
    )
    _checked(done, f"mount {target}")


def make_read_only(place: str) -> None:
    """This mount and all below it."""
    _set_mount(place, _ALL_BELOW, READ_ONLY, 0)


def make_writable(place: str) -> None:
    """This mount alone."""
    _set_mount(place, 0, 0, READ_ONLY)


def _set_mount(place: str, how: int, add: int, remove: int) -> None:
    attributes = struct.pack("QQQQ", add, remove, 0, 0)
    size = ctypes.c_size_t(len(attributes))
    done = _call(_MOUNT_SETATTR, ctypes.c_int(_HERE), os.fsencode(place), ctypes.c_uint(how), attributes, size)
    _checked(done, f"mount_setattr {place}")


def die_with_parent() -> None:
    """Be killed when the thread that started this process ends."""
    _prctl(_DIE_WITH_PARENT, 9)


def forbid_new_privileges() -> None:
    """From now on no program gives this process more rights: `sudo` does nothing."""
    _prctl(_NO_NEW_PRIVILEGES, 1)


def drop_capabilities() -> None:
    """Give up all rights of root, for good."""
    _prctl(_AMBIENT, _MOST_CAPABILITIES >> 4)
    for number in range(_MOST_CAPABILITIES):
        if _prctl(_DROP_CAPABILITY, number) < 0:
            break
    header, nothing = struct.pack("Ii", _CAPABILITIES_VERSION, 0), bytes(24)
    _checked(_libc.capset(header, nothing), "capset")


def hide_process() -> None:
    """Nobody but root may read this process's memory, environment and files; there are no core dumps of it."""
    _prctl(_DUMPABLE, 0)


def restrict_by_landlock(writable: list[str], *, network: bool) -> bool:
    """Change files in these folders only, and see no process that was there before; without network no TCP either.

    Nothing can undo it. False where the kernel cannot.
    """
    version = _call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(1))
    if version < 1:
        return False
    changes = sum(rights for since, rights in _CHANGES.items() if since <= version)
    known = 8 if version < 4 else 16 if version < 6 else 24  # bytes
    ruleset = struct.pack("QQQ", changes, 0 if network else _TCP, _SCOPES)[:known]
    rules = _call(_CREATE_RULESET, ruleset, ctypes.c_size_t(len(ruleset)), ctypes.c_uint(0))
    if rules < 0:
        return False
    for place in writable:
        with suppress(OSError):
            folder = os.open(place, os.O_PATH | os.O_CLOEXEC)
            rule = struct.pack("=Qi", changes, folder)
            _call(_ADD_RULE, ctypes.c_int(rules), ctypes.c_int(1), rule, ctypes.c_uint(0))
            os.close(folder)
    forbid_new_privileges()
    done = _call(_RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint(0)) == 0
    os.close(rules)
    return done
