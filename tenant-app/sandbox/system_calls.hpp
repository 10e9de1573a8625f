#pragma once
#include <sys/syscall.h>

#include <array>

namespace mt::app::sandbox {

/// What no tenant needs, whatever it runs: other processes' memory, mounts and namespaces, kernel keys, modules and
/// probes, the machine's clock and name; and io_uring, whose requests no filter sees.
inline constexpr std::array k_refused_to_all{
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_pidfd_getfd, SYS_process_madvise,
    SYS_process_mrelease, SYS_migrate_pages, SYS_move_pages,
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_mount_setattr, SYS_move_mount, SYS_open_tree, SYS_fsopen,
    SYS_fsconfig, SYS_fsmount, SYS_fspick, SYS_setns, SYS_unshare, SYS_quotactl, SYS_quotactl_fd, SYS_swapon,
    SYS_swapoff, SYS_acct,
    SYS_name_to_handle_at, SYS_open_by_handle_at, SYS_fanotify_init,
    SYS_add_key, SYS_request_key, SYS_keyctl,
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
    SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_reboot, SYS_syslog, SYS_personality,
    SYS_vhangup, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex, SYS_clock_adjtime, SYS_sethostname,
    SYS_setdomainname, SYS_lookup_dcookie,
#ifdef __x86_64__
    SYS_iopl, SYS_ioperm, SYS_modify_ldt, SYS_kexec_file_load, SYS_uselib, SYS_ustat, SYS_sysfs, SYS__sysctl,
    SYS_create_module,
#endif
};

/// What reaches other processes of the same user, and no other wall stands before it: for whoever shares one.
inline constexpr std::array k_refused_to_one_of_many{
    SYS_setpriority, SYS_ioprio_set, SYS_sched_setscheduler, SYS_sched_setparam, SYS_sched_setattr,
    SYS_sched_setaffinity,
};

/// What a worker of ours never does: it signals nobody and makes nothing that others could open.
inline constexpr std::array k_refused_to_workers{
    SYS_kill, SYS_tkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_pidfd_send_signal, SYS_setpgid,
    SYS_mknodat, SYS_memfd_create, SYS_shmget, SYS_semget, SYS_msgget, SYS_mq_open,
};

}  // namespace mt::app::sandbox
