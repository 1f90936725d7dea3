// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Code that makes clang use most of the instruction set. Not meant to be loaded. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;

struct mixed {
	u8 a;
	u16 b;
	u32 c;
	u64 d;
	s32 e;
	s64 f;
};

static u64 (*get_prandom)(void) = (void *)7;
static long (*trace)(const char *fmt, u32 size, u64 a, u64 b, u64 c) = (void *)6;

u64 counter;
const char text[] = "%lld %lld";

static __attribute__((noinline)) u64 fold(struct mixed *m, u64 seed)
{
	for (int i = 0; i < 37; i++) {
		seed = seed * 31 + (m->d >> (i & 63));
		seed ^= (seed << 13) | m->a;
		if ((s64)seed < -77)
			seed -= m->c;
		else if ((s32)seed > 1000)
			seed /= m->b + 1;
		else if (seed >= 0x123456789abcdefULL)
			seed %= 1009;
	}
	return seed;
}

__attribute__((section("socket"))) int shapes(struct mixed *m)
{
	struct mixed local = *m;
	volatile u32 word = m->c;
	u64 seed = fold(m, get_prandom());

	local.a = word >> 3;
	local.b = __builtin_bswap16(m->b);
	local.c = __builtin_bswap32(word);
	local.d = __builtin_bswap64(m->d);
	local.e = -m->e >> 5;
	local.f = -m->f >> 9;
	m->a ^= local.a;
	m->b |= local.b;
	m->c &= ~local.c;
	m->d += local.d;
	m->e -= local.e;
	m->f = (signed char)local.f;
	__sync_fetch_and_add(&m->d, seed);
	__sync_fetch_and_add(&counter, 1);
	if (m->c < 17 || (s32)m->c <= -5 || m->d != seed)
		trace(text, sizeof(text), m->d, local.d, fold(&local, seed) & 0xffff0000ffffULL);
	return m->e != local.e ? 0x7fffffff : -2;
}
