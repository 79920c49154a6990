"""What a room may ask of the kernel: a filter of system calls, made by libseccomp.

What numerical Python needs is allowed. Everything else is as if the kernel did not have it: what
outlives a process or reaches another (keyrings, memfds, System V and POSIX IPC, locks, watches on
files, sockets), what lets a socket hold more, what makes namespaces or mounts, and what looks into
another process or the kernel.
"""

from __future__ import annotations

import errno
import os
import tempfile
from functools import cache

__all__ = ["program"]

ALLOWED = """
    read readv pread64 preadv write writev pwrite64 pwritev lseek _llseek sendfile sendfile64
    copy_file_range close close_range dup dup2 dup3 pipe pipe2
    open openat creat access faccessat faccessat2 stat stat64 lstat lstat64 fstat fstat64
    newfstatat fstatat64 statx statfs statfs64 fstatfs fstatfs64 readlink readlinkat getcwd chdir
    fchdir getdents getdents64 mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link
    linkat symlink symlinkat chmod fchmod fchmodat fchmodat2 umask utime utimes utimensat futimesat
    truncate truncate64 ftruncate ftruncate64 fallocate fsync fdatasync
    getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
    brk mmap mmap2 munmap mremap mprotect madvise msync get_mempolicy membarrier
    fork vfork execve exit exit_group wait4 waitid waitpid kill tkill tgkill
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigpending rt_sigtimedwait
    rt_sigtimedwait_time64 rt_sigqueueinfo rt_tgsigqueueinfo sigaltstack sigreturn restart_syscall
    futex futex_time64 set_robust_list get_robust_list set_tid_address rseq arch_prctl
    set_thread_area set_tls sched_yield sched_getaffinity sched_setaffinity sched_getparam
    sched_getscheduler sched_get_priority_max sched_get_priority_min getcpu
    getpid getppid gettid getpgrp getpgid getsid setsid setpgid getuid getuid32 geteuid geteuid32
    getgid getgid32 getegid getegid32 getresuid getresuid32 getresgid getresgid32 getgroups
    getgroups32 getpriority getrlimit ugetrlimit setrlimit prlimit64 getrusage times uname sysinfo
    time gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64
    clock_nanosleep clock_nanosleep_time64 nanosleep alarm pause getitimer setitimer timer_create
    timer_settime timer_settime64 timer_gettime timer_gettime64 timer_getoverrun timer_delete
    timerfd_create timerfd_settime timerfd_settime64 timerfd_gettime timerfd_gettime64
    poll ppoll ppoll_time64 select _newselect pselect6 pselect6_time64 epoll_create epoll_create1
    epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2 signalfd signalfd4
    socketpair sendto sendmsg recvfrom recvmsg shutdown getsockname getpeername getsockopt
    getrandom
"""
NAMESPACES = 0x7E02_0000
"""The flags of `clone` that make one."""
ONLY = {
    # duplicate, flags, owner's status, size of a pipe: no lock, no lease, no watch.
    ("fcntl", 1): (0, 1, 2, 3, 4, 1030, 1032),
    ("fcntl64", 1): (0, 1, 2, 3, 4, 1030, 1032),
    # Is it a terminal, how wide, how much is there, blocking or not, closed on exec or not.
    ("ioctl", 1): (0x5401, 0x802C542A, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451),
    # The name of a thread.
    ("prctl", 0): (15, 16),
}
"""Calls that are allowed for these values of one argument, counted from 0."""


@cache
def program() -> bytes:
    """Return the filter as the kernel takes it; nothing if libseccomp is not there."""
    try:
        import pyseccomp as seccomp
    except (ImportError, RuntimeError):  # the latter if the library itself is missing
        return b""
    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.ENOSYS))

    def allow(name: str, *arguments: object) -> None:
        if seccomp.resolve_syscall(seccomp.Arch.NATIVE, name) >= 0:  # not on every processor
            rules.add_rule(seccomp.ALLOW, name, *arguments)

    for name in ALLOWED.split():
        allow(name)
    # Namespaces; the flags of clone3 cannot be seen, and C libraries then take clone.
    allow("clone", seccomp.Arg(0, seccomp.MASKED_EQ, NAMESPACES, 0))
    for (name, number), values in ONLY.items():
        for value in values:
            allow(name, seccomp.Arg(number, seccomp.EQ, value))
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        return file.read()
