// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Loads ringbuf_submit.bpf.o with a verifier log, attaches it, and takes its records for some seconds: SECONDS [-p to print them]. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "ringbuf_submit.h"

static char verifier_log[1 << 16];

static int take(void *print, void *record, size_t size)
{
	struct execution *e = record;

	if (print && size >= sizeof(*e))
		printf("%s[%d] executes %s\n", e->comm, e->pid, e->filename);
	return 0;
}

static int fail(const char *what)
{
	fprintf(stderr, "ringbuf_submit: %s: %s\n", what, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .kernel_log_buf = verifier_log,
		    .kernel_log_size = sizeof(verifier_log), .kernel_log_level = 1);
	time_t end = time(NULL) + (argc > 2 ? atoi(argv[2]) : 5);
	struct bpf_object *object;
	struct bpf_program *program;
	struct ring_buffer *ring;

	if (argc < 2) {
		fprintf(stderr, "usage: ringbuf_submit OBJECT [SECONDS [-p]]\n");
		return 2;
	}
	object = bpf_object__open_file(argv[1], &options);
	if (!object)
		return fail("open the object");
	program = bpf_object__find_program_by_name(object, "ringbuf_submit");
	if (bpf_object__load(object))
		return fail("load it");
	if (!bpf_program__attach(program))
		return fail("attach to tracepoint syscalls/sys_enter_execve (mount -t tracefs tracefs /sys/kernel/tracing)");
	ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "ringbuf"), take, argc > 3 ? argv : NULL, NULL);
	if (!ring)
		return fail("read the ring buffer");
	while (time(NULL) < end)
		ring_buffer__poll(ring, 200);
	ring_buffer__free(ring);
	bpf_object__close(object);
	return 0;
}
