/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* XDP and tc attach by rtnetlink: which messages are of interest, which programs they name, what the kernel answered. */
#ifndef SKEP_WATCH_NETLINK_H
#define SKEP_WATCH_NETLINK_H

#define AF_NETLINK	16
#define NETLINK_ROUTE	0
#define NLMSG_ERROR	2

#define IFLA_XDP	43
#define TCA_KIND	1
#define RTA_ENCAP_TYPE	21
#define LWTUNNEL_ENCAP_BPF 6

#define NLA_TYPE_MASK	0x3fff
#define NETLINK_SCAN	4096	/* bytes of a message that are searched */
#define NETLINK_MESSAGES 16	/* of one send */
#define NETLINK_ATTRS	64	/* of one message */

/*
 * Whether @address may hold a netlink message: its header is looked at before the socket is, because every
 * program that sends anything passes here.
 */
static __always_inline bool may_be_netlink(__u64 address, __u64 length)
{
	struct {
		__u32 length;
		__u16 type;
		__u16 flags;
	} header = {};

	if (length < 16)
		return false;
	if (bpf_probe_read_user(&header, sizeof(header), (void *)address))
		return true; /* not in memory now */
	return header.length >= 16 && header.length <= length && header.type >= 16 && header.type < 256;
}

/* The socket of @fd, if it is of rtnetlink. */
static __always_inline struct sock *rtnetlink_socket(struct task_struct *task, __s32 fd)
{
	struct file *file = file_of(task, fd);
	struct socket *socket;
	struct sock *sk;

	if (!file || BPF_CORE_READ(file, f_inode, i_sb, s_magic) != MAGIC_SOCKFS)
		return 0;
	socket = BPF_CORE_READ(file, private_data);
	sk = BPF_CORE_READ(socket, sk);
	if (BPF_CORE_READ(sk, __sk_common.skc_family) != AF_NETLINK || BPF_CORE_READ(sk, sk_protocol) != NETLINK_ROUTE)
		return 0;
	return sk;
}

static __always_inline __u32 at32(struct scratch *s, __u32 at)
{
	return at <= NETLINK_SCAN - 4 ? *(__u32 *)(s->piece.data + (at & (NETLINK_SCAN - 4))) : 0;
}

/*
 * Whether the attribute at @at of a message of @type attaches or detaches a program: 1 yes, -1 no more attributes.
 * What lies beyond the part that was read may: user space looks at the whole.
 */
verified_once int attribute_is_of_interest(__u32 at, __u32 type)
{
	struct scratch *s = scratch_at_hand();
	__u32 word, attr;

	if (!s)
		return -1;
	if (at > NETLINK_SCAN - 8)
		return 1;
	word = at32(s, at);
	if ((word & 0xffff) < 4)
		return -1;
	attr = word >> 16 & NLA_TYPE_MASK;
	switch (type) {
	case RTM_NEWLINK:
	case RTM_SETLINK:
		return attr == IFLA_XDP;
	case RTM_NEWTFILTER:
	case RTM_DELTFILTER:
		return attr == TCA_KIND && at32(s, at + 4) == ('b' | 'p' << 8 | 'f' << 16);
	case RTM_NEWROUTE:
		return attr == RTA_ENCAP_TYPE && (at32(s, at + 4) & 0xffff) == LWTUNNEL_ENCAP_BPF;
	}
	return -1;
}

/* The same of the message at @at, which was copied to scratch. */
verified_once int message_is_of_interest(__u32 at, __u32 end)
{
	struct scratch *s = scratch_at_hand();
	__u32 type;

	if (!s)
		return 0;
	type = at32(s, at + 4) & 0xffff;
	switch (type) {
	case RTM_NEWLINK:
	case RTM_SETLINK:
		at += 16 + 16; /* struct ifinfomsg */
		break;
	case RTM_NEWTFILTER:
	case RTM_DELTFILTER:
		at += 16 + 20; /* struct tcmsg */
		break;
	case RTM_NEWACTION:
		return 1;
	case RTM_NEWROUTE:
		at += 16 + 12; /* struct rtmsg */
		break;
	default:
		return 0;
	}
	for (int i = 0; i < NETLINK_ATTRS; i++) {
		int found;

		if (at + 4 > end)
			return 0;
		found = attribute_is_of_interest(at, type);
		if (found)
			return found > 0;
		at += ((at32(s, at) & 0xffff) + 3) & ~3U;
	}
	return 0;
}

/* Of messages that attach or detach programs. */
static __always_inline bool is_message_type(__u32 type)
{
	switch (type) {
	case RTM_NEWLINK:
	case RTM_SETLINK:
	case RTM_NEWROUTE:
	case RTM_NEWTFILTER:
	case RTM_DELTFILTER:
	case RTM_NEWACTION:
		return true;
	}
	return false;
}

/* Reads the message into scratch; whether any part of it is of interest. One that is not in memory may be. */
verified_once int netlink_is_of_interest(__u64 address, __u32 length)
{
	struct scratch *s = scratch_at_hand();
	__u32 at = 0;

	if (!s)
		return 0;
	if (read_memory(s->piece.data, at_most(length, NETLINK_SCAN), address, true))
		return 1;
	for (int i = 0; i < NETLINK_MESSAGES; i++) {
		__u32 size;

		if (at + 16 > length)
			return 0;
		if (at > NETLINK_SCAN - 16)
			return 1;
		size = at32(s, at);
		if (size < 16 || size > 1 << 20)
			return 0;
		if (message_is_of_interest(at, length))
			return 1;
		at += (size + 3) & ~3U;
	}
	return 0;
}

#define ATTRS_AT_ONCE 16

/* Notes the attributes from @at on that hold a descriptor of a program. */
verified_once int find_programs_at(__u32 at, __u32 end)
{
	struct scratch *s = scratch_at_hand();

	if (!s)
		return 0;
	for (__u32 i = 0; i < ATTRS_AT_ONCE; i++, at += 4) {
		__u8 *attr = s->piece.data + at_most(at, NETLINK_SCAN - 8);
		__u32 slot = s->netlink_refs;
		__s32 fd = *(__s32 *)(attr + 4);

		if (at + 8 > end || at > NETLINK_SCAN - 8 || slot >= SKEP_REFS)
			break;
		if (*(__u16 *)attr == 8 && descriptor_kind(fd) == SKEP_OBJ_PROG) {
			describe_ref(fd, slot, at);
			s->netlink_refs = slot + 1;
		}
	}
	return 0;
}

/*
 * Any attribute of four bytes whose value is a descriptor of a program is noted with its position:
 * user space finds out which attribute it is, and cannot ask for the descriptor any more.
 */
verified_once int find_netlink_programs(__u32 length)
{
	struct scratch *s = scratch_at_hand();

	if (!s)
		return 0;
	s->netlink_refs = 0;
	for (__u32 at = 16; at <= NETLINK_SCAN - 8; at += 4 * ATTRS_AT_ONCE) {
		if (at + 8 > length)
			break;
		find_programs_at(at, length);
	}
	return 0;
}

/* The answers that the kernel left on the socket: the send itself succeeds whatever became of the request. */
verified_once int read_acks(__s32 fd)
{
	struct sock *sk = rtnetlink_socket((struct task_struct *)bpf_get_current_task(), fd);
	struct scratch *s = scratch_at_hand();
	struct skep_call *call;
	struct sk_buff *skb;
	void *head;
	__u32 queued;

	if (!sk || !s)
		return 0;
	call = &s->end;
	head = (void *)sk + bpf_core_field_offset(struct sock, sk_receive_queue);
	queued = BPF_CORE_READ(sk, sk_receive_queue.qlen);
	skb = BPF_CORE_READ(sk, sk_receive_queue.prev);
	for (__u32 i = 0; i < SKEP_ACKS; i++) {
		struct {
			__u32 length;
			__u16 type, flags;
			__u32 seq, port;
			__s32 error;
		} answer = {};

		/* what was there before the call answers something else */
		if (i >= queued || (void *)skb == head || (__u64)skb == s->pending.last_answer)
			break;
		bpf_probe_read_kernel(&answer, sizeof(answer), BPF_CORE_READ(skb, data));
		if (answer.type == NLMSG_ERROR) {
			call->acks[i].seq = answer.seq;
			call->acks[i].error = answer.error;
			call->ack_count = i + 1;
		}
		skb = BPF_CORE_READ(skb, prev);
	}
	return 0;
}

#endif
