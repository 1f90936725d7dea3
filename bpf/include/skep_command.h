/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbers of the kernel that distinguish calls other than bpf(2). Shared with C#. */
#ifndef SKEP_COMMAND_H
#define SKEP_COMMAND_H

/* include/uapi/asm-generic/socket.h: skep_entry.cmd of setsockopt(2) */
enum skep_socket_option {
	SO_ATTACH_FILTER = 26,
	SO_DETACH_FILTER = 27,
	SO_LOCK_FILTER = 44,
	SO_ATTACH_BPF = 50,
	SO_ATTACH_REUSEPORT_CBPF = 51,
	SO_ATTACH_REUSEPORT_EBPF = 52,
};

/* include/uapi/linux/rtnetlink.h */
enum skep_route_message {
	RTM_NEWLINK = 16,
	RTM_SETLINK = 19,
	RTM_NEWROUTE = 24,
	RTM_NEWTFILTER = 44,
	RTM_DELTFILTER = 45,
	RTM_NEWACTION = 48,
};

#endif
