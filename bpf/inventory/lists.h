/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel's own lists of programs, maps and links, and what their descriptors do not show. */
#ifndef SKEP_INVENTORY_LISTS_H
#define SKEP_INVENTORY_LISTS_H

#define STRUCT_OPS_PROGRAMS 128

SEC("iter/bpf_prog")
int skep_programs(struct bpf_iter__bpf_prog *ctx)
{
	struct skep_object out = { .kind = SKEP_OBJ_PROG };
	struct bpf_prog *prog = ctx->prog;

	if (!prog)
		return 0;
	out.id = program_id(prog);
	out.type = BPF_CORE_READ(prog, type);
	out.extra = BPF_CORE_READ((struct bpf_prog___listed *)prog, pages);
	BPF_CORE_READ_INTO(&out.tag, prog, tag);
	BPF_CORE_READ_INTO(&out.name, prog, aux, name);
	bpf_seq_write(ctx->meta->seq, &out, sizeof(out));
	return 0;
}

static __always_inline __u32 struct_ops_programs(struct bpf_map *map)
{
	if (bpf_core_field_exists(struct bpf_struct_ops_map___since_6_13, funcs_cnt))
		return BPF_CORE_READ((struct bpf_struct_ops_map___since_6_13 *)map, funcs_cnt);
	if (bpf_core_field_exists(struct bpf_struct_ops_map___before_6_13, links_cnt))
		return BPF_CORE_READ((struct bpf_struct_ops_map___before_6_13 *)map, links_cnt);
	return 0;
}

static __always_inline void write_struct_ops(struct seq_file *seq, struct bpf_map *map, __u32 map_id)
{
	struct bpf_link **links, *link;
	__u32 count;

	if (!bpf_core_field_exists(struct bpf_struct_ops_map, links))
		return;
	count = struct_ops_programs(map);
	links = BPF_CORE_READ((struct bpf_struct_ops_map *)map, links);
	for (__u32 i = 0; i < STRUCT_OPS_PROGRAMS; i++) {
		struct skep_object out = { .kind = SKEP_OBJ_OTHER, .extra = map_id };
		struct bpf_prog *prog;

		if (i >= count)
			return;
		link = 0;
		bpf_probe_read_kernel(&link, sizeof(link), links + i);
		if (!link)
			continue;
		prog = BPF_CORE_READ(link, prog);
		if (!prog)
			continue;
		out.id = program_id(prog);
		out.type = BPF_CORE_READ(prog, expected_attach_type);
		out.btf_id = BPF_CORE_READ(prog, aux, attach_btf_id);
		bpf_seq_write(seq, &out, sizeof(out));
	}
}

SEC("iter/bpf_map")
int skep_maps(struct bpf_iter__bpf_map *ctx)
{
	struct skep_object out = { .kind = SKEP_OBJ_MAP };
	struct bpf_map *map = ctx->map;

	if (!map)
		return 0;
	out.id = BPF_CORE_READ(map, id);
	out.type = BPF_CORE_READ(map, map_type);
	out.extra = BPF_CORE_READ(map, max_entries);
	BPF_CORE_READ_INTO(&out.name, map, name);
	bpf_seq_write(ctx->meta->seq, &out, sizeof(out));
	return 0;
}

/* A program of its own, for it takes the verifier long and is seldom needed. */
SEC("iter/bpf_map")
int skep_struct_ops(struct bpf_iter__bpf_map *ctx)
{
	struct bpf_map *map = ctx->map;

	if (map && BPF_CORE_READ(map, map_type) == BPF_MAP_TYPE_STRUCT_OPS)
		write_struct_ops(ctx->meta->seq, map, BPF_CORE_READ(map, id));
	return 0;
}

static __always_inline __u32 netns_of(struct bpf_link *link, __u32 type)
{
	struct net_device *device = 0;
	struct net *net = 0;

	if (type == BPF_LINK_TYPE_XDP && bpf_core_type_exists(struct bpf_xdp_link))
		device = BPF_CORE_READ((struct bpf_xdp_link *)link, dev);
	else if (type == 10 /* BPF_LINK_TYPE_NETFILTER */ && bpf_core_type_exists(struct bpf_nf_link))
		net = BPF_CORE_READ((struct bpf_nf_link *)link, net);
	else if (type == 11 /* BPF_LINK_TYPE_TCX */ && bpf_core_type_exists(struct tcx_link))
		device = BPF_CORE_READ((struct tcx_link *)link, dev);
	else if (type == 13 /* BPF_LINK_TYPE_NETKIT */ && bpf_core_type_exists(struct netkit_link))
		device = BPF_CORE_READ((struct netkit_link *)link, dev);
	if (device)
		net = BPF_CORE_READ(device, nd_net.net);
	return net ? BPF_CORE_READ(net, ns.inum) : 0;
}

SEC("iter/bpf_link")
int skep_links(struct bpf_iter__bpf_link *ctx)
{
	struct skep_object out = { .kind = SKEP_OBJ_LINK };
	struct bpf_link *link = ctx->link;

	if (!link)
		return 0;
	out.id = BPF_CORE_READ(link, id);
	out.type = BPF_CORE_READ(link, type);
	out.extra = program_id(BPF_CORE_READ(link, prog));
	out.netns = netns_of(link, out.type);
	bpf_seq_write(ctx->meta->seq, &out, sizeof(out));
	return 0;
}

#endif
