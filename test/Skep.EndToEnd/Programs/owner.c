/*
 * The owner of a ring buffer and a perf buffer: OBJECT ring|perf TOTAL KIND (1: of three sizes, 2: without wake-ups, 4: with pauses).
 * Prints the map's id, starts at a line of standard input, prints what it sent and got.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct event { uint64_t number; uint32_t pid; char comm[16]; uint32_t check; };
struct request { uint64_t first; uint32_t count, kind; uint64_t flags; };

static volatile uint64_t received, lost, wrong;
static uint64_t next = 1;
static volatile int done;
static struct ring_buffer *ring;
static struct perf_buffer *perf;

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static void look(const struct event *e)
{
	if (e->check != ((uint32_t)e->number ^ 0x5eed) || e->number != next)
		wrong++;
	next = e->number + 1;
	received++;
}

static int on_record(void *ctx, void *data, size_t size)
{
	(void)ctx, (void)size;
	look(data);
	return 0;
}

static void on_sample(void *ctx, int cpu, void *data, uint32_t size)
{
	(void)ctx, (void)cpu, (void)size;
	look(data);
}

static void on_lost(void *ctx, int cpu, unsigned long long count)
{
	(void)ctx, (void)cpu;
	lost += count;
	next += count;
}

static void *consume(void *unused)
{
	while (!done) {
		/* Records that wake nobody are not seen by epoll. */
		if (ring) {
			ring_buffer__poll(ring, 20);
			ring_buffer__consume(ring);
		} else {
			perf_buffer__poll(perf, 20);
		}
	}
	if (ring)
		ring_buffer__consume(ring);
	else
		perf_buffer__consume(perf);
	return unused;
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	pthread_t consumer;
	uint64_t total, sent = 0, full = 0;
	struct bpf_map_info info = {};
	uint32_t length = sizeof(info);
	int map, program, is_ring;
	uint32_t kind;

	must(argc == 5, "usage");
	is_ring = !strcmp(argv[2], "ring");
	total = strtoull(argv[3], NULL, 0);
	kind = atoi(argv[4]);
	object = bpf_object__open_file(argv[1], NULL);
	must(object && !bpf_object__load(object), "load");
	map = bpf_object__find_map_fd_by_name(object, is_ring ? "records" : "events");
	program = bpf_program__fd(bpf_object__find_program_by_name(object, is_ring ? "emit" : "emit_perf"));
	must(map >= 0 && program >= 0, "find");
	if (is_ring)
		ring = ring_buffer__new(map, on_record, NULL, NULL);
	else
		perf = perf_buffer__new(map, 64, on_sample, on_lost, NULL, NULL);
	must(ring || perf, "open");
	must(!bpf_obj_get_info_by_fd(map, &info, &length), "info");
	printf("%u\n", info.id);
	fflush(stdout);
	must(!pthread_create(&consumer, NULL, consume, NULL), "thread");
	must(getchar() != EOF, "start");
	while (sent < total) {
		struct request request = { sent + 1, total - sent > 1024 ? 1024 : total - sent, kind & 1, kind & 2 ? BPF_RB_NO_WAKEUP : 0 };
		uint64_t args[12] = { sent + 1 };
		LIBBPF_OPTS(bpf_test_run_opts, opts);

		opts.ctx_in = is_ring ? (void *)&request : (void *)args;
		opts.ctx_size_in = is_ring ? sizeof(request) : sizeof(args);
		must(!bpf_prog_test_run_opts(program, &opts), "run");
		if (kind & 4 && (is_ring || sent % 1024 == 0))
			usleep(1000);
		if (!is_ring) {
			sent++;
			continue;
		}
		sent += opts.retval;
		if (opts.retval < request.count) {
			full++;
			sched_yield();
		}
	}
	done = 1;
	pthread_join(consumer, NULL);
	printf("{\"sent\":%llu,\"received\":%llu,\"lost\":%llu,\"wrong\":%llu,\"full\":%llu}\n", (unsigned long long)sent,
		(unsigned long long)received,
	       (unsigned long long)lost, (unsigned long long)wrong, (unsigned long long)full);
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
