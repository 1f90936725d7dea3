/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a descriptor to the kernel's own object: who it is, and what it is attached to. */
#ifndef SKEP_WATCH_OBJECTS_H
#define SKEP_WATCH_OBJECTS_H

verified_once int descriptor_kind(__s32 fd)
{
	struct file *file = file_of((struct task_struct *)bpf_get_current_task(), fd);

	return file ? kind_of(file) : SKEP_OBJ_BAD_FD;
}

/* The first of the probes that share a trace event: its struct trace_probe. */
static __always_inline void *first_probe(struct trace_event_call *call)
{
	void *event = (void *)call - bpf_core_field_offset(struct trace_probe_event, call);
	void *first = 0;

	bpf_probe_read_kernel(&first, sizeof(first), event + bpf_core_field_offset(struct trace_probe_event, probes));
	return first - bpf_core_field_offset(struct trace_probe, list);
}

/* Into scratch: "group/name" of a tracepoint, the symbol of a kprobe, the file of a uprobe. */
verified_once int find_perf_target(__u64 perf_event)
{
	struct perf_event *event = (struct perf_event *)perf_event;
	struct trace_event_call *call = BPF_CORE_READ(event, tp_event);
	struct scratch *s = scratch_at_hand();
	const char *name;
	char pmu[8] = {};
	long length;

	if (!call || !s)
		return 0;
	bpf_probe_read_kernel_str(pmu, sizeof(pmu), BPF_CORE_READ(event, pmu, name));
	if (pmu[0] == 'u' && bpf_core_type_exists(struct trace_uprobe)) {
		struct trace_uprobe *uprobe = first_probe(call) - bpf_core_field_offset(struct trace_uprobe, tp);

		bpf_probe_read_kernel_str(s->target, SKEP_TARGET_LEN, BPF_CORE_READ(uprobe, filename));
		s->target_offset = BPF_CORE_READ(uprobe, offset);
		return 0;
	}
	if (pmu[0] == 'k' && bpf_core_type_exists(struct trace_kprobe)) {
		struct trace_kprobe *kprobe = first_probe(call) - bpf_core_field_offset(struct trace_kprobe, tp);

		bpf_probe_read_kernel_str(s->target, SKEP_TARGET_LEN, BPF_CORE_READ(kprobe, symbol));
		s->target_offset = BPF_CORE_READ(event, attr.config2);
		return 0;
	}
	length = bpf_probe_read_kernel_str(s->target, SKEP_TARGET_LEN / 2, BPF_CORE_READ(call, class, system));
	if (length < 1 || length > SKEP_TARGET_LEN / 2)
		return 0;
	s->target[length - 1] = '/';
	if (BPF_CORE_READ(call, flags) & settings.tracepoint_flag)
		name = BPF_CORE_READ(call, tp, name);
	else
		name = BPF_CORE_READ(call, name);
	bpf_probe_read_kernel_str(s->target + length, SKEP_TARGET_LEN / 2, name);
	return 0;
}

static __always_inline void perf_event_target(struct scratch *s, struct perf_event *event, char *target, __u64 *offset)
{
	__builtin_memset(s->target, 0, sizeof(s->target));
	s->target_offset = 0;
	find_perf_target((__u64)event);
	__builtin_memcpy(target, s->target, SKEP_TARGET_LEN);
	*offset = s->target_offset;
}

/* As it was asked for: Linux 6.5 and later give software clocks another type in attr. */
static __always_inline __u32 perf_event_type(struct perf_event *event)
{
	if (bpf_core_field_exists(event->orig_type))
		return BPF_CORE_READ(event, orig_type);
	return BPF_CORE_READ(event, attr.type);
}

static __always_inline void describe_prog(struct bpf_prog *prog, struct skep_prog *out, char *target)
{
	struct bpf_prog_aux *aux = BPF_CORE_READ(prog, aux);
	struct bpf_prog___since_6_18 *newer = (void *)prog;
	struct bpf_map **maps = BPF_CORE_READ(aux, used_maps);
	struct btf *btf = BPF_CORE_READ(aux, btf);

	out->id = BPF_CORE_READ(aux, id);
	out->type = BPF_CORE_READ(prog, type);
	BPF_CORE_READ_INTO(&out->tag, prog, tag);
	if (bpf_core_field_exists(newer->digest))
		bpf_core_read(out->digest, sizeof(out->digest), &newer->digest);
	BPF_CORE_READ_INTO(&out->name, aux, name);
	out->insns_xlated = BPF_CORE_READ(prog, len);
	if (bpf_core_field_exists(aux->verified_insns))
		out->insns_verified = BPF_CORE_READ(aux, verified_insns);
	out->expected_attach_type = BPF_CORE_READ(prog, expected_attach_type);
	out->attach_btf_id = BPF_CORE_READ(aux, attach_btf_id);
	out->gpl_compatible = BPF_CORE_READ_BITFIELD_PROBED(prog, gpl_compatible);
	out->bytes_jited = BPF_CORE_READ(prog, jited_len);
	if (btf)
		out->btf_id = BPF_CORE_READ(btf, id);
	if (BPF_CORE_READ(aux, attach_func_name))
		bpf_probe_read_kernel_str(target, SKEP_TARGET_LEN, BPF_CORE_READ(aux, attach_func_name));
	out->map_count = BPF_CORE_READ(aux, used_map_cnt);
	for (__u32 i = 0; i < SKEP_PROG_MAPS; i++) {
		struct bpf_map *map = 0;

		if (i >= out->map_count)
			break;
		bpf_probe_read_kernel(&map, sizeof(map), maps + i);
		out->map_ids[i] = BPF_CORE_READ(map, id);
	}
}

static __always_inline void describe_map(struct bpf_map *map, struct skep_map *out)
{
	struct btf *btf = BPF_CORE_READ(map, btf);

	out->id = BPF_CORE_READ(map, id);
	out->type = BPF_CORE_READ(map, map_type);
	out->key_size = BPF_CORE_READ(map, key_size);
	out->value_size = BPF_CORE_READ(map, value_size);
	out->max_entries = BPF_CORE_READ(map, max_entries);
	out->flags = BPF_CORE_READ(map, map_flags);
	BPF_CORE_READ_INTO(&out->name, map, name);
	if (btf)
		out->btf_id = BPF_CORE_READ(btf, id);
}

static __always_inline void describe_device(struct net_device *dev, struct skep_link *out, char *target)
{
	if (!dev)
		return;
	out->ifindex = BPF_CORE_READ(dev, ifindex);
	out->netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
	bpf_probe_read_kernel_str(target, sizeof(dev->name), BPF_CORE_READ(dev, name));
}

static __always_inline void describe_link_target(struct scratch *s, struct bpf_link *link, struct skep_link *out, char *target,
						 __u64 *offset)
{
	struct perf_event *event;
	struct bpf_prog *prog = BPF_CORE_READ(link, prog);
	const char *name;

	switch (out->type) {
	case BPF_LINK_TYPE_RAW_TRACEPOINT:
		if (bpf_core_type_exists(struct bpf_raw_tp_link))
			bpf_probe_read_kernel_str(target, SKEP_TARGET_LEN, BPF_CORE_READ((struct bpf_raw_tp_link *)link, btp, tp, name));
		break;
	case BPF_LINK_TYPE_ITER:
		name = BPF_CORE_READ(prog, aux, attach_func_name);
		if (name)
			bpf_probe_read_kernel_str(target, SKEP_TARGET_LEN, name);
		break;
	case BPF_LINK_TYPE_TRACING:
		name = BPF_CORE_READ(prog, aux, attach_func_name);
		if (name)
			bpf_probe_read_kernel_str(target, SKEP_TARGET_LEN, name);
		if (bpf_core_field_exists(((struct bpf_tracing_link___until_6_16 *)link)->attach_type))
			out->attach_type = BPF_CORE_READ((struct bpf_tracing_link___until_6_16 *)link, attach_type);
		break;
	case BPF_LINK_TYPE_CGROUP:
		if (bpf_core_type_exists(struct bpf_cgroup_link))
			out->cgroup_id = BPF_CORE_READ((struct bpf_cgroup_link *)link, cgroup, kn, id);
		if (bpf_core_field_exists(((struct bpf_cgroup_link___until_6_16 *)link)->type))
			out->attach_type = BPF_CORE_READ((struct bpf_cgroup_link___until_6_16 *)link, type);
		break;
	case BPF_LINK_TYPE_NETNS:
		if (bpf_core_type_exists(struct bpf_netns_link))
			out->netns = BPF_CORE_READ((struct bpf_netns_link *)link, net, ns.inum);
		break;
	case BPF_LINK_TYPE_XDP:
		if (bpf_core_type_exists(struct bpf_xdp_link))
			describe_device(BPF_CORE_READ((struct bpf_xdp_link *)link, dev), out, target);
		break;
	case BPF_LINK_TYPE_PERF_EVENT:
		if (!bpf_core_type_exists(struct bpf_perf_link))
			break;
		event = BPF_CORE_READ((struct bpf_perf_link *)link, perf_file, private_data);
		out->perf_type = perf_event_type(event);
		out->perf_config = BPF_CORE_READ(event, attr.config);
		perf_event_target(s, event, target, offset);
		break;
	case BPF_LINK_TYPE_STRUCT_OPS:
		if (bpf_core_type_exists(struct bpf_struct_ops_link)) {
			struct bpf_map *map = BPF_CORE_READ((struct bpf_struct_ops_link *)link, map);

			out->map_id = BPF_CORE_READ(map, id);
			bpf_probe_read_kernel_str(target, SKEP_NAME_LEN, BPF_CORE_READ(map, name));
		}
		break;
	case 10: /* BPF_LINK_TYPE_NETFILTER */
		if (bpf_core_type_exists(struct bpf_nf_link))
			out->netns = BPF_CORE_READ((struct bpf_nf_link *)link, net, ns.inum);
		break;
	case 11: /* BPF_LINK_TYPE_TCX */
		if (bpf_core_type_exists(struct tcx_link))
			describe_device(BPF_CORE_READ((struct tcx_link *)link, dev), out, target);
		break;
	case 13: /* BPF_LINK_TYPE_NETKIT */
		if (bpf_core_type_exists(struct netkit_link))
			describe_device(BPF_CORE_READ((struct netkit_link *)link, dev), out, target);
		break;
	}
}

static __always_inline void describe_link(struct scratch *s, struct bpf_link *link, struct skep_link *out, char *target, __u64 *offset)
{
	struct bpf_link___since_6_17 *newer = (void *)link;
	struct bpf_prog *prog = BPF_CORE_READ(link, prog);

	out->id = BPF_CORE_READ(link, id);
	out->type = BPF_CORE_READ(link, type);
	out->attach_type = ~0U;
	if (prog)
		out->prog_id = BPF_CORE_READ(prog, aux, id);
	if (bpf_core_field_exists(newer->attach_type))
		out->attach_type = BPF_CORE_READ(newer, attach_type);
	describe_link_target(s, link, out, target, offset);
}

/* What the descriptor @fd stands for now, into slot @i of the call at hand. */
verified_once int describe_ref(__s32 fd, __u32 i, __u32 offset)
{
	struct file *file = file_of((struct task_struct *)bpf_get_current_task(), fd);
	struct scratch *s = scratch_at_hand();
	struct skep_ref *out;
	void *object;

	if (!s || i >= SKEP_REFS)
		return 0;
	out = &s->pending.entry.refs[i];
	out->offset = offset;
	out->fd = fd;
	if (!file) {
		out->kind = SKEP_OBJ_BAD_FD;
		return 0;
	}
	out->kind = kind_of(file);
	object = BPF_CORE_READ(file, private_data);
	switch (out->kind) {
	case SKEP_OBJ_PROG:
		out->id = BPF_CORE_READ((struct bpf_prog *)object, aux, id);
		out->type = BPF_CORE_READ((struct bpf_prog *)object, type);
		bpf_probe_read_kernel_str(out->name, sizeof(out->name), BPF_CORE_READ((struct bpf_prog *)object, aux, name));
		break;
	case SKEP_OBJ_MAP:
		out->id = BPF_CORE_READ((struct bpf_map *)object, id);
		out->type = BPF_CORE_READ((struct bpf_map *)object, map_type);
		BPF_CORE_READ_INTO(&out->name, (struct bpf_map *)object, name);
		break;
	case SKEP_OBJ_LINK:
		out->id = BPF_CORE_READ((struct bpf_link *)object, id);
		out->type = BPF_CORE_READ((struct bpf_link *)object, type);
		break;
	case SKEP_OBJ_BTF:
		out->id = BPF_CORE_READ((struct btf *)object, id);
		break;
	case SKEP_OBJ_PERF_EVENT:
		perf_event_target(s, object, s->pending.entry.target, &s->pending.entry.target_offset);
		out->id = perf_event_type(object);
		out->extra = BPF_CORE_READ((struct perf_event *)object, attr.config);
		break;
	case SKEP_OBJ_CGROUP:
		object = BPF_CORE_READ(file, f_inode, i_private);
		send_cgroup_path(s->pending.entry.call_id, (__u64)object);
		out->extra = BPF_CORE_READ((struct kernfs_node *)object, id);
		break;
	case SKEP_OBJ_NETNS:
		out->id = BPF_CORE_READ(file, f_inode, i_ino);
		break;
	case SKEP_OBJ_SOCKET:
		out->extra = BPF_CORE_READ((struct socket *)object, sk, __sk_common.skc_family);
		break;
	default:
		break;
	}
	return 0;
}

#endif
