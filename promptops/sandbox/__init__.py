"""One killable process with limits, for untrusted code: templates of a fork, a suite's Python, applications.

Here: how such a process is started, asked, watched and ended. Not here: what it runs and what its answers mean.
Imports nothing of promptops. What a `Sandbox` holds its command to:

- Linux: everything in `SandboxLimits`. A process that leaves the session is still counted and killed while the one
  that started it lives. When we die, however, the kernel kills the command's process group.
- macOS: time, processor time and file size. Memory and processes are not counted. When we die, an idle command sees
  the end of its input; a busy one is ended by its processor time.
- Windows: time only.

By itself it is not a security boundary: the command has its user's rights, files and network included. With an
`ProcessIsolation` it is kept from keys, from other processes and from the network, on Linux (`launcher` says how).
"""
