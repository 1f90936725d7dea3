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
	SO_PACKET_FANOUT_DATA = 22, /* PACKET_FANOUT_DATA of SOL_PACKET, include/uapi/linux/if_packet.h */
};

/* include/uapi/linux/perf_event.h, if_tun.h, kcm.h: skep_entry.cmd of ioctl(2) */
enum skep_ioctl_request {
	SKEP_IOC_PERF_SET_BPF = 0x40042408,
	SKEP_IOC_TUN_STEERING = 0x800454e0,
	SKEP_IOC_TUN_FILTER = 0x800454e1,
	SKEP_IOC_KCM_ATTACH = 0x89e0,
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
