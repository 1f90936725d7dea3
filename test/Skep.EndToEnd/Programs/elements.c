/* elements N: exactly N updates, N lookups of which half fail, N next keys, N / 2 deletes, one batch; on a map of its own. */
#include "calls.h"

static long element(int cmd, long map, uint32_t *key, void *value, uint64_t flags)
{
	union bpf_attr attr = {};

	attr.map_fd = map;
	attr.key = ADDRESS(key);
	attr.value = ADDRESS(value);
	attr.flags = flags;
	return sys_bpf(cmd, &attr, sizeof(attr));
}

int main(int argc, char **argv)
{
	uint32_t *keys, key, after;
	union bpf_attr attr = {};
	uint64_t *values, value;
	long map, other;
	int n;

	must(argc == 2, "usage");
	n = atoi(argv[1]);
	keys = calloc(n, sizeof(*keys));
	values = calloc(n, sizeof(*values));
	map = create_map(BPF_MAP_TYPE_HASH, 4, 8, 4 * n, "counted");
	other = create_map(BPF_MAP_TYPE_ARRAY, 4, 8, 1, "other");
	must(map >= 0 && other >= 0, "maps");
	for (int i = 0; i < n; i++) {
		key = 0x01000000 + i;
		value = 0x1122334455667700 + i;
		must(!element(BPF_MAP_UPDATE_ELEM, map, &key, &value, BPF_ANY), "update");
	}
	for (int i = 0; i < n; i++) {
		key = (i & 1 ? 0x01000000 : 0x02000000) + i;
		must((element(BPF_MAP_LOOKUP_ELEM, map, &key, &value, 0) == 0) == (i & 1), "lookup");
	}
	for (int i = 0; i < n; i++)
		must(!element(BPF_MAP_GET_NEXT_KEY, map, i ? &after : NULL, &after, 0), "next");
	for (int i = 0; i < n / 2; i++) {
		key = 0x01000000 + i;
		must(!element(BPF_MAP_DELETE_ELEM, map, &key, NULL, 0), "delete");
	}
	for (int i = 0; i < n; i++) {
		keys[i] = 0x03000000 + i;
		values[i] = i;
	}
	attr.batch.map_fd = map;
	attr.batch.keys = ADDRESS(keys);
	attr.batch.values = ADDRESS(values);
	attr.batch.count = n;
	must(!sys_bpf(BPF_MAP_UPDATE_BATCH, &attr, sizeof(attr)), "batch");
	key = 0;
	value = 5;
	must(!element(BPF_MAP_UPDATE_ELEM, other, &key, &value, 0), "other");
	printf("{\"map\":%u,\"other\":%u}\n", object_id(map), object_id(other));
	return 0;
}
