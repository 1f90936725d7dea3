/* Each number given is a command of bpf(2), called once with SIZE arbitrary bytes of attributes, which the kernel refuses. */
#include "calls.h"

int main(int argc, char **argv)
{
	must(argc > 2, "usage");
	for (int i = 2; i < argc; i++) {
		unsigned char attr[8192], passed[8192];
		unsigned cmd = strtoul(argv[i], NULL, 0), size = atoi(argv[1]);
		long ret;

		srandom(cmd + 1);
		for (unsigned at = 0; at < sizeof(attr); at++)
			attr[at] = random() >> 8 | 1;
		memcpy(passed, attr, sizeof(attr));
		ret = sys_bpf(cmd, attr, size);
		printf("{\"cmd\":%u,\"ret\":%ld", cmd, ret);
		print_hex("attr", passed, size);
		printf("}\n");
	}
	return 0;
}
