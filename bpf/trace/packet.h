/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The packet of struct xdp_buff and of struct sk_buff, which the contexts of programs are in the kernel. */
#ifndef SKEP_TRACE_PACKET_H
#define SKEP_TRACE_PACKET_H

#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)

struct net_device___trace {
	int ifindex;
	unsigned short type;
	char name[16];
};

struct xdp_rxq_info {
	struct net_device___trace *dev;
	__u32 queue_index;
};

struct xdp_txq_info {
	struct net_device___trace *dev;
};

struct xdp_buff {
	void *data;
	void *data_end;
	void *data_meta;
	struct xdp_rxq_info *rxq;
	struct xdp_txq_info *txq;
};

struct sk_buff___trace {
	struct net_device___trace *dev;
	char cb[48];
	unsigned int len, data_len;
	__u16 queue_mapping;
	__u32 priority;
	int skb_iif;
	__u32 hash;
	__be16 vlan_proto;
	__u16 vlan_tci;
	unsigned int napi_id;
	__u32 mark;
	__be16 protocol;
	__u16 tc_index;
	unsigned char *data;
};

struct qdisc_skb_cb {
	unsigned char data[20];
};

#pragma clang attribute pop

static __always_inline void set_device(struct skep_trace_packet *packet, struct net_device___trace *dev)
{
	packet->ifindex = BPF_CORE_READ(dev, ifindex);
	packet->hardware = BPF_CORE_READ(dev, type);
	BPF_CORE_READ_INTO(&packet->device, dev, name);
}

/* Gives the first byte to copy, and how many there are. */
static __always_inline void *describe_xdp(struct skep_trace_packet *packet, struct xdp_buff *xdp, __u32 *bytes)
{
	struct xdp_rxq_info *rxq = BPF_CORE_READ(xdp, rxq);
	struct xdp_txq_info *txq = BPF_CORE_READ(xdp, txq);
	void *data = BPF_CORE_READ(xdp, data), *meta = BPF_CORE_READ(xdp, data_meta);

	packet->length = (__u64)BPF_CORE_READ(xdp, data_end) - (__u64)data;
	/* data_meta is behind data where the driver has no room for metadata. */
	if (meta < data)
		packet->metadata = (__u64)data - (__u64)meta;
	packet->queue = BPF_CORE_READ(rxq, queue_index);
	set_device(packet, BPF_CORE_READ(rxq, dev));
	if (txq)
		packet->egress = BPF_CORE_READ(txq, dev, ifindex);
	*bytes = packet->length + packet->metadata;
	return data - packet->metadata;
}

static __always_inline void *describe_skb(struct skep_trace_packet *packet, struct sk_buff___trace *skb, __u32 *bytes)
{
	packet->length = BPF_CORE_READ(skb, len);
	packet->queue = BPF_CORE_READ(skb, queue_mapping);
	packet->mark = BPF_CORE_READ(skb, mark);
	packet->priority = BPF_CORE_READ(skb, priority);
	packet->hash = BPF_CORE_READ(skb, hash);
	packet->ingress = BPF_CORE_READ(skb, skb_iif);
	if (bpf_core_field_exists(skb->napi_id))
		packet->napi = BPF_CORE_READ(skb, napi_id);
	packet->protocol = BPF_CORE_READ(skb, protocol);
	packet->vlan_proto = BPF_CORE_READ(skb, vlan_proto);
	packet->vlan_tci = BPF_CORE_READ(skb, vlan_tci);
	if (bpf_core_field_exists(skb->tc_index))
		packet->tc_index = BPF_CORE_READ(skb, tc_index);
	bpf_probe_read_kernel(packet->control, sizeof(packet->control),
			      (void *)skb + bpf_core_field_offset(skb->cb) + bpf_core_field_offset(struct qdisc_skb_cb, data));
	set_device(packet, BPF_CORE_READ(skb, dev));
	*bytes = packet->length - BPF_CORE_READ(skb, data_len);
	return BPF_CORE_READ(skb, data);
}

#endif
