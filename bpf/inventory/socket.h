/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The code that a socket carries: its filter, its reuseport group's, its sockmaps'. */
#ifndef SKEP_INVENTORY_SOCKET_H
#define SKEP_INVENTORY_SOCKET_H

#define AF_UNIX	  1
#define AF_INET	  2
#define AF_INET6  10
#define AF_PACKET 17

/* Bits of sk_user_data beside the pointer (include/linux/net/sock.h, SK_USER_DATA_PSOCK since Linux 6.0). */
#define USER_DATA_PSOCK 4ul
#define USER_DATA_MASK	7ul

static __always_inline void code_of(struct bpf_prog *prog, struct skep_code *out)
{
	if (!prog)
		return;
	out->present = 1;
	out->id = program_id(prog);
	out->type = out->id ? BPF_CORE_READ(prog, type) : 0;
	out->insns = out->id ? BPF_CORE_READ(prog, len) : classic_length(prog);
}

static __always_inline void sockmaps_of(struct sock___listed *sk, struct skep_socket *out)
{
	unsigned long word = (unsigned long)BPF_CORE_READ(sk, sk_user_data);
	struct sk_psock *psock = (void *)(word & ~USER_DATA_MASK);
	struct list_head *head, *at;

	if (!bpf_core_type_exists(struct sk_psock) || !(word & USER_DATA_PSOCK) || !psock)
		return;
	out->verdict_ids[0] = program_id(BPF_CORE_READ(psock, progs.msg_parser));
	out->verdict_ids[1] = program_id(BPF_CORE_READ(psock, progs.stream_parser));
	out->verdict_ids[2] = program_id(BPF_CORE_READ(psock, progs.stream_verdict));
	out->verdict_ids[3] = program_id(BPF_CORE_READ(psock, progs.skb_verdict));
	head = (void *)psock + bpf_core_field_offset(struct sk_psock, link);
	at = BPF_CORE_READ(head, next);
#pragma unroll
	for (int i = 0; i < SKEP_SOCKET_MAPS; i++) {
		struct sk_psock_link *link = (void *)at - bpf_core_field_offset(struct sk_psock_link, list);

		if (!at || at == head)
			return;
		out->map_ids[i] = BPF_CORE_READ(link, map, id);
		at = BPF_CORE_READ(at, next);
	}
}

static __always_inline void address_of(struct sock___listed *sk, struct skep_socket *out)
{
	struct unix_address *address;
	__u32 length;
	__u16 port;

	switch (out->family) {
	case AF_INET:
		BPF_CORE_READ_INTO((__u32 *)out->local_address, sk, __sk_common.skc_rcv_saddr);
		BPF_CORE_READ_INTO((__u32 *)out->remote_address, sk, __sk_common.skc_daddr);
		break;
	case AF_INET6:
		BPF_CORE_READ_INTO(&out->local_address, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&out->remote_address, sk, __sk_common.skc_v6_daddr);
		break;
	case AF_PACKET:
		if (!bpf_core_type_exists(struct packet_sock))
			return;
		out->ifindex = BPF_CORE_READ((struct packet_sock *)sk, ifindex);
		port = BPF_CORE_READ((struct packet_sock *)sk, num);
		out->protocol = __builtin_bswap16(port);
		return;
	case AF_UNIX:
		if (!bpf_core_type_exists(struct unix_sock))
			return;
		address = BPF_CORE_READ((struct unix_sock *)sk, addr);
		if (!address)
			return;
		length = BPF_CORE_READ(address, len) - sizeof(__u16); /* of sun_family */
		if (length >= SKEP_SOCKET_PATH)
			return;
		bpf_probe_read_kernel(out->path, length, (void *)address + bpf_core_field_offset(struct unix_address, name) +
				      bpf_core_field_offset(struct sockaddr_un, sun_path));
		return;
	default:
		return;
	}
	out->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
	port = BPF_CORE_READ(sk, __sk_common.skc_dport);
	out->remote_port = __builtin_bswap16(port);
	out->ifindex = BPF_CORE_READ(sk, __sk_common.skc_bound_dev_if);
}

/* Whether the socket carries any code; if so, what it is. */
static __always_inline bool read_socket(struct file *file, struct socket *socket, struct skep_socket *out)
{
	struct sock___listed *sk = (void *)BPF_CORE_READ(socket, sk);
	struct sk_filter *filter;
	struct sock_reuseport *group;

	if (!sk)
		return false;
	filter = BPF_CORE_READ(sk, sk_filter);
	if (filter)
		code_of(BPF_CORE_READ(filter, prog), &out->filter);
	group = BPF_CORE_READ(sk, sk_reuseport_cb);
	if (group)
		code_of(BPF_CORE_READ(group, prog), &out->reuseport);
	sockmaps_of(sk, out);
	if (!out->filter.present && !out->reuseport.present && !out->map_ids[0])
		return false;
	out->inode = BPF_CORE_READ(file, f_inode, i_ino);
	out->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	out->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	out->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	out->type = BPF_CORE_READ(sk, sk_type);
	out->protocol = BPF_CORE_READ(sk, sk_protocol);
	out->locked = BPF_CORE_READ(sk, __sk_common.skc_flags) >> bpf_core_enum_value(enum sock_flags, SOCK_FILTER_LOCKED) & 1;
	address_of(sk, out);
	return true;
}

#endif
