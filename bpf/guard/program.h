/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Facts of programs. */
#ifndef SKEP_GUARD_PROGRAM_H
#define SKEP_GUARD_PROGRAM_H

#define FLAG_TOKEN	 (1 << 16)	/* BPF_F_TOKEN_FD */
#define TYPE_CGROUP_SKB	 8
#define KEYRING_OF_USERS 3

/* The kernel function that a program is for: the BTF of the kernel has number 0, that of a module its id. */
static __always_inline __u64 attach_function_of(struct bpf_prog *prog)
{
	struct bpf_prog_aux___attach *aux = (void *)BPF_CORE_READ(prog, aux);
	struct btf___kind *btf = BPF_CORE_READ(aux, attach_btf);
	__u32 id = BPF_CORE_READ(aux, attach_btf_id);
	char name[8] = {};

	if (!id || !btf || !BPF_CORE_READ(btf, kernel_btf))
		return 0;
	bpf_probe_read_kernel(name, sizeof(name), (void *)btf + bpf_core_field_offset(struct btf___kind, name));
	if (name[0] == 'v' && name[1] == 'm' && name[2] == 'l' && name[3] == 'i' && name[4] == 'n' && name[5] == 'u' && name[6] == 'x')
		return id;
	return (__u64)BPF_CORE_READ(btf, id) << 32 | id;
}

/* A kind of which there is one number, or 0 for none, and whose rows come in two. */
verified_once int hold_attach_function(__u32 number, __u64 function)
{
	begin_several(number, SKEP_GUARD_ATTACH_FUNCTION);
	if (function)
		add_number(number, SKEP_GUARD_ATTACH_FUNCTION, function);
	return end_several(number);
}

/* Makes the name in the record the text of scratch. */
verified_once int set_name(__u32 number)
{
	struct scratch *s = scratch_of(number);
	__u32 length = 0, at;

	if (!s)
		return 0;
	for (__u32 i = 0; i < sizeof(s->record.name); i++) {
		if (!s->record.name[i])
			break;
		length = i + 1;
	}
	at = SKEP_GUARD_PATH_LEN - length;
	s->device = 0;
	s->text_at = at;
	bpf_probe_read_kernel(s->path + (at & (SKEP_GUARD_PATH_LEN - 1)), length & 31, s->record.name);
	return 0;
}

/* What is known of a program at any time. */
verified_once int hold_program(__u32 number, __u64 program)
{
	struct bpf_prog *prog = (struct bpf_prog *)program;
	struct scratch *s = scratch_of(number);
	struct bpf_prog_aux *aux;
	__u32 type, expected;

	if (!s)
		return 0;
	type = BPF_CORE_READ(prog, type);
	expected = BPF_CORE_READ(prog, expected_attach_type);
	aux = BPF_CORE_READ(prog, aux);
	s->record.prog_type = type;
	s->record.expected_attach_type = expected;
	s->record.object_id = BPF_CORE_READ(aux, id);
	bpf_probe_read_kernel(s->record.name, sizeof(s->record.name), (void *)aux + bpf_core_field_offset(struct bpf_prog_aux, name));
	hold_number(number, SKEP_GUARD_PROG_TYPE, type, true);
	hold_number(number, SKEP_GUARD_EXPECTED_ATTACH_TYPE, expected, expected || type == TYPE_CGROUP_SKB);
	if (is_wanted(SKEP_GUARD_ATTACH_FUNCTION))
		hold_attach_function(number, attach_function_of(prog));
	if (is_wanted(SKEP_GUARD_PROG_NAME)) {
		set_name(number);
		hold_text(number, SKEP_GUARD_PROG_NAME);
	}
	return 0;
}

verified_once int hold_helpers(__u32 number)
{
	struct scratch *s = scratch_of(number);

	if (!s)
		return 0;
	begin_several(number, SKEP_GUARD_HELPER);
	for (__u32 i = 0; i < HELPERS; i++)
		if (s->helpers[i])
			add_number(number, SKEP_GUARD_HELPER, i);
	return end_several(number);
}

verified_once int hold_kfuncs(__u32 number)
{
	struct scratch *s = scratch_of(number);

	if (!s)
		return 0;
	/* Which one is known only to the verifier: fd_array is in the memory of the caller, who can change it. */
	if (s->calls_module)
		return hold_unknown(number, SKEP_GUARD_KFUNC);
	begin_several(number, SKEP_GUARD_KFUNC);
	for (__u32 i = 0; i < 64; i++) {
		if (i >= s->kfuncs)
			break;
		add_number(number, SKEP_GUARD_KFUNC, s->kfunc_ids[i]);
	}
	return end_several(number);
}

static __always_inline bool wants_code(void)
{
	return tables.wanted & (1 << SKEP_GUARD_HELPER | 1 << SKEP_GUARD_KFUNC | 1 << SKEP_GUARD_SHA256 | 1 << SKEP_GUARD_TAG);
}

verified_once int hold_code(__u32 number)
{
	struct scratch *s = scratch_of(number);

	if (!s)
		return 0;
	hold_range(number, SKEP_GUARD_INSN_CNT, s->insn_cnt);
	if (!wants_code())
		return 0;
	s->wants_digest = is_wanted(SKEP_GUARD_SHA256) || is_wanted(SKEP_GUARD_TAG);
	read_code(number);
	if (is_wanted(SKEP_GUARD_HELPER))
		hold_helpers(number);
	if (is_wanted(SKEP_GUARD_KFUNC))
		hold_kfuncs(number);
	if (is_wanted(SKEP_GUARD_SHA256)) {
		set_digest_text(number, 32);
		hold_text(number, SKEP_GUARD_SHA256);
	}
	if (is_wanted(SKEP_GUARD_TAG)) {
		set_digest_text(number, 8);
		hold_text(number, SKEP_GUARD_TAG);
	}
	return 0;
}

static __always_inline void hold_signature(__u32 number, __u64 attr)
{
	union bpf_attr___signature *a = (void *)attr;
	__u64 signature = 0;
	__s32 keyring = 0;

	/* What the kernel cannot verify it refuses before this hook. */
	if (bpf_core_field_exists(a->signature)) {
		signature = BPF_CORE_READ(a, signature);
		keyring = BPF_CORE_READ(a, keyring_id);
	}
	hold_number(number, SKEP_GUARD_SIGNED, signature != 0, true);
	hold_number(number, SKEP_GUARD_KEYRING, keyring >= 0 && keyring < KEYRING_OF_USERS ? keyring : KEYRING_OF_USERS, signature != 0);
}

/* Whether skep loads what it judges with: so that other policies can be applied. */
static __always_inline bool is_own_program(struct bpf_prog *prog)
{
	__u32 type = BPF_CORE_READ(prog, type), expected = BPF_CORE_READ(prog, expected_attach_type);

	return (type == BPF_PROG_TYPE_LSM || type == BPF_PROG_TYPE_CGROUP_SYSCTL ||
		(type == BPF_PROG_TYPE_TRACING && expected == BPF_MODIFY_RETURN)) && is_skep();
}

static __always_inline int decide_load(__u64 program, __u64 attr)
{
	struct bpf_prog *prog = (struct bpf_prog *)program;
	struct attr_prog_load *load = (struct attr_prog_load *)attr;
	__u32 number, flags = 0;
	struct scratch *s;
	int result;

	if (is_own_program(prog))
		return 0;
	if (replaces_protected(program))
		return refuse_protected(BPF_PROG_LOAD, SKEP_GUARD_ATTACH);
	number = begin(SKEP_GUARD_PROG_LOAD, BPF_PROG_LOAD);
	s = scratch_of(number);
	if (!s)
		return number == SCRATCHES + 1 ? -EPERM : 0;
	s->insns = program + bpf_core_field_offset(struct bpf_prog, insnsi);
	s->insn_cnt = BPF_CORE_READ(prog, len);
	bpf_probe_read_kernel(&flags, sizeof(flags), &load->prog_flags);
	hold_number(number, SKEP_GUARD_TOKEN, (flags & FLAG_TOKEN) != 0, true);
	hold_program(number, program);
	hold_signature(number, attr);
	hold_code(number);
	hold_caller(number);
	result = conclude(number);
	leave_scratch(s);
	return result;
}

#endif
