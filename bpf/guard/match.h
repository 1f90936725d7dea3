/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What facts do to the rules that hold. Functions that are not static are verified once and take numbers; what they work on is in a
 * scratch.
 */
#ifndef SKEP_GUARD_MATCH_H
#define SKEP_GUARD_MATCH_H

static __always_inline struct skep_guard_row *row_at(__u32 row)
{
	return bpf_map_lookup_elem(&rows, &row);
}

/* Leaves the rules for which the row holds. */
verified_once int hold(__u32 number, __u32 row)
{
	struct scratch *s = scratch_of(number);
	struct skep_guard_row *r = row_at(row);

	if (!s || !r)
		return 0;
	for (__u32 i = 0; i < SKEP_GUARD_WORDS; i++) {
		if (i >= tables.words)
			break;
		s->held[i] &= r->rules[i];
	}
	return 0;
}

/* Begins with the rules that are on an operation. */
verified_once int begin_held(__u32 number)
{
	struct scratch *s = scratch_of(number);

	if (!s)
		return 0;
	__builtin_memset(s->held, 0, sizeof(s->held));
	for (__u32 o = 0; o < SKEP_GUARD_OPERATIONS; o++) {
		struct skep_guard_row *r;

		if (!(s->operations >> o & 1))
			continue;
		r = row_at(tables.operation_rows[o]);
		for (__u32 i = 0; r && i < SKEP_GUARD_WORDS; i++) {
			if (i >= tables.words)
				break;
			s->held[i] |= r->rules[i];
		}
	}
	return 0;
}

/* A kind of which there are several facts: begins with what is demanded where none of them is. */
verified_once int begin_several(__u32 number, __u32 kind)
{
	struct scratch *s = scratch_of(number);
	struct skep_guard_row *r;

	if (!s || kind >= SKEP_GUARD_KINDS)
		return 0;
	r = row_at(tables.default_rows[kind]);
	if (!r)
		return 0;
	for (__u32 i = 0; i < SKEP_GUARD_WORDS; i++) {
		if (i >= tables.words)
			break;
		s->demanded[i] = r->rules[i];
		s->forbidden[i] = 0;
	}
	return 0;
}

/* One of the facts: its row, and the one behind it. */
verified_once int add_fact(__u32 number, __u32 row)
{
	struct scratch *s = scratch_of(number);
	struct skep_guard_row *r = row_at(row), *next = row_at(row + 1);

	if (!s || !r || !next)
		return 0;
	for (__u32 i = 0; i < SKEP_GUARD_WORDS; i++) {
		if (i >= tables.words)
			break;
		s->demanded[i] |= r->rules[i];
		s->forbidden[i] |= next->rules[i];
	}
	return 0;
}

verified_once int end_several(__u32 number)
{
	struct scratch *s = scratch_of(number);

	if (!s)
		return 0;
	for (__u32 i = 0; i < SKEP_GUARD_WORDS; i++) {
		if (i >= tables.words)
			break;
		s->held[i] &= s->demanded[i] & ~s->forbidden[i];
	}
	return 0;
}

/* A kind of which the fact cannot be found out. */
verified_once int hold_unknown(__u32 number, __u32 kind)
{
	struct scratch *s = scratch_of(number);

	if (!s || kind >= SKEP_GUARD_KINDS)
		return 0;
	return is_wanted(kind) ? hold(number, tables.unknown_rows[kind]) : 0;
}

/* The row of a number; SKEP_GUARD_NO_ROW where no rule names it. */
static __always_inline __u32 row_of_number(__u32 kind, __u64 number)
{
	struct skep_guard_number_key key = { .kind = kind, .number = number };
	__u32 *row = bpf_map_lookup_elem(&numbers, &key);

	return row ? *row : SKEP_GUARD_NO_ROW;
}

/* A kind that has one number, or, without @has_one, none. */
verified_once int hold_number(__u32 number, __u32 kind, __u64 value, bool has_one)
{
	struct scratch *s = scratch_of(number);
	__u32 row = SKEP_GUARD_NO_ROW;

	if (!s || kind >= SKEP_GUARD_KINDS)
		return 0;
	if (!is_wanted(kind))
		return 0;
	if (has_one)
		row = row_of_number(kind, value);
	return hold(number, row == SKEP_GUARD_NO_ROW ? tables.default_rows[kind] : row);
}

verified_once int add_number(__u32 number, __u32 kind, __u64 value)
{
	struct scratch *s = scratch_of(number);
	__u32 row;

	if (!s)
		return 0;
	row = row_of_number(kind, value);
	return row == SKEP_GUARD_NO_ROW ? 0 : add_fact(number, row);
}

/* A kind of numbers that ranges divide: the last range that begins at or below @value. */
verified_once int hold_range(__u32 number, __u32 kind, __u32 value)
{
	struct scratch *s = scratch_of(number);
	struct skep_guard_range *r;
	__u32 low = 0, high, at;

	if (!s || kind >= SKEP_GUARD_KINDS)
		return 0;
	if (!is_wanted(kind))
		return 0;
	high = tables.range_counts[kind];
	for (int i = 0; i < 16; i++) {
		__u32 middle = (low + high) / 2;

		if (high - low <= 1)
			break;
		at = tables.range_starts[kind] + middle;
		r = bpf_map_lookup_elem(&ranges, &at);
		if (!r)
			return 0;
		if (r->low <= value)
			low = middle;
		else
			high = middle;
	}
	at = tables.range_starts[kind] + low;
	r = bpf_map_lookup_elem(&ranges, &at);
	return r ? hold(number, r->row) : 0;
}

/* Whether @length bytes of the path in scratch from @from on are those of a pattern from @of on. */
verified_once int has_bytes(__u32 number, __u32 from, __u32 pattern, __u32 of, __u32 length)
{
	struct skep_guard_pattern *p = bpf_map_lookup_elem(&patterns, &pattern);
	struct scratch *s = scratch_of(number);

	if (!s || !p)
		return 0;
	for (__u32 i = 0; i < SKEP_GUARD_TEXT_LEN; i++) {
		if (i >= length)
			break;
		if (s->path[(from + i) & (SKEP_GUARD_PATH_LEN - 1)] != p->text[(of + i) & (SKEP_GUARD_TEXT_LEN - 1)])
			return 0;
	}
	return 1;
}

/* Whether the text of scratch is what a pattern stands for. */
verified_once int is_like(__u32 number, __u32 at)
{
	struct skep_guard_pattern *p = bpf_map_lookup_elem(&patterns, &at);
	struct scratch *s = scratch_of(number);

	if (!s || !p || p->device != s->device || s->text_at > SKEP_GUARD_PATH_LEN)
		return 0;
	if (SKEP_GUARD_PATH_LEN - s->text_at < p->prefix + p->suffix)
		return 0;
	return has_bytes(number, s->text_at, at, 0, p->prefix) &&
	       has_bytes(number, SKEP_GUARD_PATH_LEN - p->suffix, at, p->prefix, p->suffix);
}

/* The row of the text of scratch up to @end; SKEP_GUARD_NO_ROW where no rule names it. */
verified_once __u32 row_of_text(__u32 number, __u32 kind, __u32 end)
{
	struct scratch *s = scratch_of(number);
	__u32 from, length, *row;

	if (!s)
		return SKEP_GUARD_NO_ROW;
	from = s->text_at;
	if (from >= SKEP_GUARD_PATH_LEN || end <= from || end > SKEP_GUARD_PATH_LEN)
		return SKEP_GUARD_NO_ROW;
	length = end - from;
	if (length >= SKEP_GUARD_TEXT_LEN)
		return SKEP_GUARD_NO_ROW;
	__builtin_memset(&s->key, 0, sizeof(s->key));
	s->key.kind = kind;
	s->key.device = s->device;
	s->key.length = length;
	bpf_probe_read_kernel(s->key.text, length & (SKEP_GUARD_TEXT_LEN - 1), s->path + (from & (SKEP_GUARD_PATH_LEN - 1)));
	row = bpf_map_lookup_elem(&texts, &s->key);
	return row ? *row : SKEP_GUARD_NO_ROW;
}

/* The text of scratch up to @end, its row added. */
verified_once int add_text(__u32 number, __u32 kind, __u32 end)
{
	__u32 row = row_of_text(number, kind, end);

	return row == SKEP_GUARD_NO_ROW ? 0 : add_fact(number, row);
}

/* A kind that has one text, in scratch, or, where it is empty, none. */
verified_once int hold_text(__u32 number, __u32 kind)
{
	struct scratch *s = scratch_of(number);

	if (!s || kind >= SKEP_GUARD_KINDS)
		return 0;
	if (!is_wanted(kind))
		return 0;
	begin_several(number, kind);
	if (s->text_at < SKEP_GUARD_PATH_LEN) {
		add_text(number, kind, SKEP_GUARD_PATH_LEN);
		for (__u32 i = 0; i < SKEP_GUARD_PATTERNS; i++) {
			struct skep_guard_pattern *p;
			__u32 at = tables.pattern_starts[kind] + i;

			if (i >= tables.pattern_counts[kind])
				break;
			if (!is_like(number, at))
				continue;
			p = bpf_map_lookup_elem(&patterns, &at);
			if (p)
				add_fact(number, p->row);
		}
	}
	return end_several(number);
}

/* Makes a text of at most 255 bytes in kernel memory the text of scratch. */
verified_once int set_text(__u32 number, __u64 from, __u32 length)
{
	struct scratch *s = scratch_of(number);
	__u32 at;

	if (!s)
		return 0;
	if (length >= SKEP_GUARD_TEXT_LEN)
		length = 0;
	at = SKEP_GUARD_PATH_LEN - length;
	s->device = 0;
	s->text_at = at;
	if (length)
		bpf_probe_read_kernel(s->path + (at & (SKEP_GUARD_PATH_LEN - 1)), length & (SKEP_GUARD_TEXT_LEN - 1), (void *)from);
	return 0;
}

#endif
