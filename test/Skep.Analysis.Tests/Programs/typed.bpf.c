// SPDX-License-Identifier: GPL-2.0
/* Compiled for BPF and for this machine: what the text of the one does is held to the other. */
typedef signed char s8;
typedef unsigned char u8;
typedef short s16;
typedef unsigned short u16;
typedef int s32;
typedef unsigned int u32;
typedef long long s64;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))
#define noinline __attribute__((noinline))

enum plain { PLAIN_A, PLAIN_B = 7, PLAIN_C = 0x7fffffff };
enum minus { MINUS_A = -5, MINUS_B = 3 };

struct inner { s16 low; u16 high; s8 tiny[4]; };

struct all {
	s8 a;
	u8 b;
	s16 c;
	u16 d;
	s32 e;
	u32 f;
	s64 g;
	u64 h;
	enum plain plain;
	enum minus minus;
	_Bool yes;
	char text[7];
	struct inner inner;
	struct inner pair[2];
	union { u64 whole; u32 half[2]; s8 bytes[8]; } as;
	u32 bits : 5, more : 11, rest : 16;
};

struct all one, two;
s32 table[8];
u64 total;

SEC("syscall") u64 widen(void *ctx)
{
	one.g = (s64)one.a + one.c * 3 + one.e;
	one.h = (u64)one.b << 40 | one.d | (u64)one.f << 20;
	total += one.g;
	return one.a < 0 ? one.e : one.f;
}

SEC("syscall") u64 narrow(void *ctx)
{
	two.a = one.g;
	two.c = one.h >> 3;
	two.e = one.g >> 7;
	two.f = one.h;
	two.b = two.a;
	return (s64)two.a + two.c + two.e;
}

SEC("syscall") u64 compare(void *ctx)
{
	u64 r = 0;

	if (one.g < -100000) r |= 1;
	if (one.h > 0xffffffff00000000ull) r |= 2;
	if (one.e < -70000) r |= 4;
	if (one.minus == MINUS_A) r |= 8;
	if (one.plain > PLAIN_B) r |= 16;
	if ((s64)one.h < two.g) r |= 32;
	if (one.c <= -2) r |= 64;
	if (one.f > (u32)two.e) r |= 128;
	if (one.a == two.a) r |= 256;
	return r;
}

SEC("syscall") u64 divide(void *ctx)
{
	total = one.h / (two.f | 1);
	one.f = one.f % (two.d + 1);
	one.h = one.h / 10 + one.f / 7;
	return total ^ one.f;
}

SEC("syscall") u64 shift(void *ctx)
{
	one.h <<= two.b & 63;
	one.g >>= two.d & 63;
	one.e >>= 3;
	one.f = (one.f << 5) | (one.f >> 27);
	return one.h + one.g + one.e;
}

SEC("syscall") u64 parts(void *ctx)
{
	one.inner.low -= one.pair[1].tiny[2];
	one.pair[0].high += one.inner.tiny[3] * 2;
	one.pair[1].tiny[one.b & 3] = one.inner.low;
	one.as.half[1] ^= one.as.bytes[1];
	one.as.whole += two.as.whole;
	one.yes = two.f > 1000;
	return one.inner.low + one.as.bytes[7] + one.yes;
}

SEC("syscall") u64 fields(void *ctx)
{
	one.bits = two.more;
	one.more += 3;
	one.rest = one.bits * one.more;
	return one.rest - two.bits;
}

SEC("syscall") u64 loop(void *ctx)
{
	s64 sum = 0;

	for (u32 i = 0; i < (one.d & 15); i++) {
		sum += table[i & 7] * (s64)one.a;
		table[(i + 3) & 7] = sum - i;
		if (sum < -1000000)
			break;
	}
	total = sum;
	return sum;
}

static noinline s64 scaled(s32 value, u32 by, u64 plus)
{
	return (s64)value * by - plus;
}

static noinline void clear(struct all *which, s32 mark)
{
	which->e = mark;
	which->text[2] = mark >> 4;
	which->minus = mark < 0 ? MINUS_A : MINUS_B;
}

SEC("syscall") u64 calls(void *ctx)
{
	total = scaled(one.e, one.f, two.h);
	clear(one.a < 0 ? &one : &two, one.c);
	clear(&two, scaled(one.c, 2, 1));
	return total;
}

SEC("syscall") u64 words(void *ctx)
{
	two.inner = one.inner;
	__builtin_memcpy(two.text, one.text, sizeof(two.text));
	__builtin_memset(&one.pair, 0, sizeof(one.pair));
	two.as = one.as;
	return two.text[0] + two.text[6] + two.inner.tiny[0];
}

SEC("syscall") u64 stack(void *ctx)
{
	volatile s32 local[4] = { one.a, one.e, -7, one.c };
	volatile u8 *byte = (u8 *)local;
	u64 r = 0;

	for (int i = 0; i < 4; i++)
		r = r * 31 + local[i] + byte[i];
	return r;
}
