/* libbpf's names of types, as bpftool prints them, and glibc's names of errors: one JSON object. */
#define _GNU_SOURCE
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

static void print(const char *what, const char *(*name)(int), const char *end)
{
	printf("\"%s\":[", what);
	for (int i = 0; name(i); i++)
		printf("%s\"%s\"", i ? "," : "", name(i));
	printf("]%s", end);
}

static const char *prog(int i)
{
	return libbpf_bpf_prog_type_str(i);
}

static const char *map(int i)
{
	return libbpf_bpf_map_type_str(i);
}

static const char *link_type(int i)
{
	return libbpf_bpf_link_type_str(i);
}

static const char *attach(int i)
{
	return libbpf_bpf_attach_type_str(i);
}

static const char *error(int i)
{
	static char number[16];
	const char *name = i < 134 ? strerrorname_np(i) : NULL;

	snprintf(number, sizeof(number), "%d", i);
	return name || i >= 134 ? name : number;
}

int main(void)
{
	printf("{");
	print("prog", prog, ",");
	print("map", map, ",");
	print("link", link_type, ",");
	print("attach", attach, ",");
	print("error", error, "}\n");
	return 0;
}
