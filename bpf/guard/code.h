/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The instructions of a program, in the kernel's copy: what they call, and their SHA-256 with the descriptors of maps, and offsets into
 * their values, set to zero, as bpf_prog_calc_tag() of kernel/bpf/core.c has it since Linux 6.18.
 */
#ifndef SKEP_GUARD_CODE_H
#define SKEP_GUARD_CODE_H

#define INSNS_A_BLOCK 8
#define CODE_CALL     (BPF_JMP | BPF_CALL)
#define CODE_WIDE     (BPF_LD | BPF_IMM | BPF_DW)

static const __u32 round_constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
	0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
	0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
	0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static __always_inline __u32 rotated(__u32 word, int by)
{
	return word >> by | word << (32 - by);
}

/* FIPS 180-4: takes the 16 words that schedule begins with into state. */
verified_once int compress(__u32 number)
{
	struct scratch *s = scratch_of(number);
	__u32 a, b, c, d, e, f, g, h;

	if (!s)
		return 0;
	for (int i = 16; i < 64; i++) {
		__u32 x = s->schedule[i - 15], y = s->schedule[i - 2];

		s->schedule[i] = s->schedule[i - 16] + (rotated(x, 7) ^ rotated(x, 18) ^ x >> 3) + s->schedule[i - 7] +
				 (rotated(y, 17) ^ rotated(y, 19) ^ y >> 10);
	}
	a = s->state[0];
	b = s->state[1];
	c = s->state[2];
	d = s->state[3];
	e = s->state[4];
	f = s->state[5];
	g = s->state[6];
	h = s->state[7];
	for (int i = 0; i < 64; i++) {
		__u32 one = h + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + ((e & f) ^ (~e & g)) + round_constants[i] +
			    s->schedule[i];
		__u32 two = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));

		h = g;
		g = f;
		f = e;
		e = d + one;
		d = c;
		c = b;
		b = a;
		a = one + two;
	}
	s->state[0] += a;
	s->state[1] += b;
	s->state[2] += c;
	s->state[3] += d;
	s->state[4] += e;
	s->state[5] += f;
	s->state[6] += g;
	s->state[7] += h;
	return 0;
}

static __always_inline void note_call(struct scratch *s, __u8 source, __s16 off, __s32 imm)
{
	if (source == 0) {
		if ((__u32)imm < HELPERS)
			s->helpers[bounded(imm, HELPERS - 1)] = 1;
	} else if (source == BPF_PSEUDO_KFUNC_CALL) {
		if (off)
			s->calls_module = 1;
		else if (s->kfuncs < 64)
			s->kfunc_ids[bounded(s->kfuncs++, 63)] = imm;
		else
			s->calls_module = 1;
	}
}

/* What the digest takes of an instruction; notes what it calls. */
static __always_inline __u64 taken_of(struct scratch *s, __u64 raw)
{
	__u8 code = raw, source = raw >> 12 & 15;

	if (s->after_wide) {
		bool was_map = s->after_map;

		s->after_wide = 0;
		s->after_map = 0;
		return was_map && (__u32)raw == 0 ? 0 : raw;
	}
	if (code == CODE_WIDE) {
		s->after_wide = 1;
		s->after_map = source == BPF_PSEUDO_MAP_FD || source == BPF_PSEUDO_MAP_VALUE;
		return s->after_map ? (__u32)raw : raw;
	}
	if (code == CODE_CALL)
		note_call(s, source, raw >> 16, raw >> 32);
	return raw;
}

static __always_inline __u64 big_endian(__u64 raw)
{
	return __builtin_bswap64(raw);
}

/* One block of 64 bytes; behind the last instruction, what SHA-256 ends with. */
verified_once int take_block(__u32 number, __u32 block)
{
	struct scratch *s = scratch_of(number);
	__u32 first = block * INSNS_A_BLOCK, left;

	if (!s)
		return 1;
	left = first < s->insn_cnt ? s->insn_cnt - first : 0;
	if (left > INSNS_A_BLOCK)
		left = INSNS_A_BLOCK;
	if (left && bpf_probe_read_kernel(s->block, left * 8 & 127, (void *)(s->insns + first * 8))) {
		s->cause = SKEP_GUARD_UNREADABLE;
		return 1;
	}
	for (__u32 i = 0; i < INSNS_A_BLOCK; i++) {
		__u64 taken = 0;

		if (i < left)
			taken = big_endian(taken_of(s, s->block[i]));
		else if (first + i == s->insn_cnt)
			taken = 1ULL << 63;
		if (i == 7 && first + i > s->insn_cnt)
			taken = (__u64)s->insn_cnt * 64;
		s->schedule[2 * i] = taken >> 32;
		s->schedule[2 * i + 1] = taken;
	}
	return s->wants_digest ? compress(number) : 0;
}

struct block_walk {
	__u32 number;
};

static long next_block(__u32 block, struct block_walk *walk)
{
	return take_block(walk->number, block) ? 1 : 0;
}

/* Reads the code of scratch. */
verified_once int read_code(__u32 number)
{
	struct block_walk walk = { .number = number };
	struct scratch *s = scratch_of(number);
	__u32 blocks;

	if (!s)
		return 0;
	__builtin_memset(s->helpers, 0, sizeof(s->helpers));
	s->kfuncs = 0;
	s->calls_module = 0;
	s->after_map = 0;
	s->after_wide = 0;
	s->state[0] = 0x6a09e667;
	s->state[1] = 0xbb67ae85;
	s->state[2] = 0x3c6ef372;
	s->state[3] = 0xa54ff53a;
	s->state[4] = 0x510e527f;
	s->state[5] = 0x9b05688c;
	s->state[6] = 0x1f83d9ab;
	s->state[7] = 0x5be0cd19;
	blocks = (s->insn_cnt + (s->wants_digest ? 2 : 0) + INSNS_A_BLOCK - 1) / INSNS_A_BLOCK;
	bpf_loop(blocks, next_block, &walk, 0);
	return 0;
}

/* Makes the first @bytes of the digest the text of scratch. */
verified_once int set_digest_text(__u32 number, __u32 bytes)
{
	struct scratch *s = scratch_of(number);
	__u32 at;

	if (!s || bytes > 32)
		return 0;
	at = SKEP_GUARD_PATH_LEN - bytes;
	s->device = 0;
	s->text_at = at;
	for (__u32 i = 0; i < 8; i++) {
		__u32 word = __builtin_bswap32(s->state[i]), to = at + 4 * i;

		if (4 * i >= bytes || to > SKEP_GUARD_PATH_LEN - 4)
			break;
		__builtin_memcpy(s->path + to, &word, 4);
	}
	return 0;
}

#endif
