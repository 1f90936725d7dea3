// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Prints each struct sock_filter of stdin as libpcap's bpf_image() does, the formatter of tcpdump -d. */
#include <dlfcn.h>
#include <linux/filter.h>
#include <stdio.h>

int main(void)
{
	void *pcap = dlopen("libpcap.so.0.8", RTLD_NOW);
	char *(*image)(const struct sock_filter *, int);
	struct sock_filter insn;

	if (!pcap)
		return 1;
	image = dlsym(pcap, "bpf_image");
	for (int n = 0; fread(&insn, sizeof(insn), 1, stdin) == 1; n++)
		puts(image(&insn, n));
	return 0;
}
