/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets that the kernel could not send after a program of XDP had decided about them. Shared with C#: build/layouts.awk. */
#ifndef SKEP_LOST_H
#define SKEP_LOST_H

/* By the tracepoint that reports them. */
enum skep_lost_at {
	SKEP_LOST_MORE = 0,	  /* there was no room to distinguish them */
	SKEP_LOST_REDIRECT = 1,	  /* xdp_redirect_err */
	SKEP_LOST_TRANSMIT = 2,	  /* xdp_devmap_xmit */
	SKEP_LOST_TX = 3,	  /* xdp_bulk_tx */
	SKEP_LOST_EXCEPTION = 4,  /* xdp_exception */
	SKEP_LOST_CPU = 5,	  /* xdp_cpumap_enqueue */
};

struct skep_lost_key {
	enum skep_lost_at at;
	__u32 program; /* of REDIRECT and EXCEPTION */
	__u32 link;    /* that holds a program on the device, of TRANSMIT and TX; 0 when none does */
	__u32 map;     /* of CPU */
	__u32 target;  /* index of a device, or number of a CPU or of a queue of sockets */
	__u32 map_type;
	__s32 error; /* negative; 0 when the kernel does not say */
	char device[16];
	char target_name[16]; /* of a device that is known by more than its index */
};

#endif
