/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the scene's program tells its process. */
#ifndef RINGBUF_SUBMIT_H
#define RINGBUF_SUBMIT_H

struct execution {
	char comm[16];	/* of the caller */
	int pid;
	char filename[108];
};

#endif
