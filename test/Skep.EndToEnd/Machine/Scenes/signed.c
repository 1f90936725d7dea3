// SPDX-License-Identifier: Apache-2.0
/*
 * signed INSNS SIGNATURE CERT: loads instructions with their signature, which the kernel verifies with a certificate (DER) in a keyring of
 * this process: prints "loaded" or the error.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The end of what BPF_PROG_LOAD takes since Linux 6.18, and where that begins in union bpf_attr. */
#define SIGNATURE_OFFSET 152

struct signature {
	__u64 signature;
	__u32 signature_size;
	__s32 keyring_id;
};

struct content {
	char bytes[1 << 16];
	size_t size;
};

static struct content insns, signature, certificate;

static void read_file(const char *path, struct content *content)
{
	FILE *file = fopen(path, "rb");

	if (!file) {
		perror(path);
		exit(2);
	}
	content->size = fread(content->bytes, 1, sizeof(content->bytes), file);
	fclose(file);
}

static int keyring(void)
{
	int ring = syscall(SYS_add_key, "keyring", "skep-test", NULL, 0, KEY_SPEC_PROCESS_KEYRING);

	if (ring < 0 || syscall(SYS_add_key, "asymmetric", "signer", certificate.bytes, certificate.size, ring) < 0) {
		perror("add_key");
		exit(2);
	}
	return ring;
}

int main(int argc, char **argv)
{
	union {
		union bpf_attr attr;
		char bytes[SIGNATURE_OFFSET + sizeof(struct signature)];
	} load = {};
	struct signature tail = {};

	if (argc != 4)
		return 2;
	read_file(argv[1], &insns);
	read_file(argv[2], &signature);
	read_file(argv[3], &certificate);
	load.attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	load.attr.insns = (uintptr_t)insns.bytes;
	load.attr.insn_cnt = insns.size / sizeof(struct bpf_insn);
	load.attr.license = (uintptr_t) "GPL";
	tail.signature = (uintptr_t)signature.bytes;
	tail.signature_size = signature.size;
	tail.keyring_id = keyring();
	memcpy(load.bytes + SIGNATURE_OFFSET, &tail, sizeof(tail));
	if (syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load)) < 0) {
		printf("%s\n", strerror(errno));
		return 1;
	}
	printf("loaded\n");
	return 0;
}
