/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Copies of a process's memory, in pieces that end on page boundaries. */
#ifndef SKEP_WATCH_BLOB_H
#define SKEP_WATCH_BLOB_H

#define PAGE_BYTES 4096
#define PIECES_AT_ONCE 23
#define PIECES_MAX (23 * PIECES_AT_ONCE) /* 8 MiB, unaligned, and some to spare */
#define WAKE_BYTES (1 << 19)
#define PAGES_OF_PIECE (SKEP_BLOB_PIECE / PAGE_BYTES)

static __always_inline bool ring_has_room(void)
{
	__u64 reserve = 2 * SKEP_BLOB_PIECE + (settings.ring_size >> RING_RESERVE_SHIFT);

	return bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) + reserve < settings.ring_size;
}

/* Sends the piece in scratch; 0, or 1 if it was lost. */
verified_once int send_piece(__u32 length)
{
	struct scratch *s = scratch_at_hand();
	__u64 wake;

	if (!s || length > SKEP_BLOB_PIECE || leave_out_blob())
		return 1;
	s->piece.blob.length = length;
	/* The call's own record wakes user space. A long blob does as well, so that it need not fit in the ring. */
	wake = (s->piece.blob.offset & (WAKE_BYTES - 1)) >= WAKE_BYTES - SKEP_BLOB_PIECE ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
	if (ring_has_room() && !bpf_ringbuf_output(&events, &s->piece, sizeof(struct skep_blob) + length, wake)) {
		charge(sizeof(struct skep_blob) + length, 0);
		return 0;
	}
	count(SKEP_PIECES_LOST);
	return 1;
}

/* Pages that are not resident fault, and a tracepoint may not sleep: they are marked, and the rest is read. */
verified_once int read_by_page(__u64 from, __u32 length)
{
	struct scratch *s = scratch_at_hand();
	__u32 done = 0, missing = 0;

	if (!s)
		return 0;
	for (__u32 page = 0; page < PAGES_OF_PIECE; page++) {
		__u32 part = PAGE_BYTES - ((from + done) & (PAGE_BYTES - 1));

		if (done >= length || done > SKEP_BLOB_PIECE - PAGE_BYTES)
			break;
		if (part > length - done)
			part = length - done;
		part = at_most(part, PAGE_BYTES);
		if (read_memory(s->piece.data + done, part, from + done, s->copy.of_kernel))
			missing |= 1U << page;
		done += part;
	}
	return missing;
}

#define LDDW 0x18

/* Notes the map behind a descriptor that an instruction names. */
verified_once int note_map_fd(__s32 fd)
{
	struct file *file = file_of((struct task_struct *)bpf_get_current_task(), fd);
	struct scratch *s = scratch_at_hand();
	struct bpf_map *map;
	__u32 n;

	if (!s || !file || kind_of(file) != SKEP_OBJ_MAP)
		return 0;
	for (n = 0; n < SKEP_PROG_MAPS; n++)
		if (n >= s->map_fd_count || s->map_fds[n].fd == fd)
			break;
	if (n >= SKEP_PROG_MAPS || n < s->map_fd_count)
		return 0;
	map = BPF_CORE_READ(file, private_data);
	s->map_fds[n].fd = fd;
	s->map_fds[n].id = BPF_CORE_READ(map, id);
	s->map_fd_count = n + 1;
	return 0;
}

#define INSNS_AT_ONCE 32

/* The same of some instructions from @at on of the piece in scratch: those that name a descriptor. */
verified_once int note_maps_at(__u32 at, __u32 length)
{
	struct scratch *s = scratch_at_hand();

	if (!s)
		return 0;
	for (__u32 i = 0; i < INSNS_AT_ONCE; i++, at += 8) {
		__u8 *insn = s->piece.data + at_most(at, SKEP_BLOB_PIECE - 8);

		if (at + 8 > length)
			break;
		if (insn[0] == LDDW && (insn[1] >> 4 == BPF_PSEUDO_MAP_FD || insn[1] >> 4 == BPF_PSEUDO_MAP_VALUE))
			note_map_fd(*(__s32 *)(insn + 4));
	}
	return 0;
}

/* Looks through the instructions of the piece in scratch for descriptors of maps. */
verified_once int note_map_fds(__u32 first, __u32 length)
{
	for (__u32 i = 0; i < SKEP_BLOB_PIECE / 8 / INSNS_AT_ONCE; i++) {
		if (first + 8 > length)
			break;
		note_maps_at(first, length);
		first += 8 * INSNS_AT_ONCE;
	}
	return 0;
}

/* One step of send_memory, whose state is in scratch: 0 when all is sent. */
static __always_inline int next_piece(bool is_code)
{
	struct scratch *s = scratch_at_hand();
	__u32 part;
	__u64 from;

	if (!s || s->copy.done >= s->copy.length)
		return 0;
	from = s->copy.address + s->copy.done;
	part = SKEP_BLOB_PIECE - (from & (PAGE_BYTES - 1));
	if (part > s->copy.length - s->copy.done)
		part = s->copy.length - s->copy.done;
	part = at_most(part, SKEP_BLOB_PIECE); /* Linux 6.1 learns no bound from the comparison of two registers */
	s->piece.blob.address = from;
	s->piece.blob.offset = s->copy.start + s->copy.done;
	s->piece.blob.total = s->copy.start + s->copy.length;
	s->piece.blob.missing = 0;
	if (read_memory(s->piece.data, part, from, s->copy.of_kernel))
		s->piece.blob.missing = read_by_page(from, part);
	if (is_code)
		note_map_fds(-s->copy.done & 7, part);
	s->copy.lost += send_piece(part);
	s->copy.done += part;
	return 1;
}

verified_once int send_next_piece(void)
{
	return next_piece(false);
}

verified_once int send_next_of_code(void)
{
	return next_piece(true);
}

/* Of loops within loops, each is verified once. */
verified_once int send_next_pieces(void)
{
	for (__u32 i = 0; i < PIECES_AT_ONCE; i++)
		if (!send_next_piece())
			return 0;
	return 1;
}

verified_once int send_next_pieces_of_code(void)
{
	for (__u32 i = 0; i < PIECES_AT_ONCE; i++)
		if (!send_next_of_code())
			return 0;
	return 1;
}

static __always_inline void begin_blob(struct scratch *s, __u64 call_id, __u32 kind)
{
	s->piece.blob.record = SKEP_RECORD_BLOB;
	s->piece.blob.blob = kind;
	s->piece.blob.call_id = call_id;
	s->piece.blob.tid = s->pending.entry.tid;
}

/* A blob of one piece. */
static __always_inline void begin_whole_blob(struct scratch *s, __u64 call_id, __u32 kind, __u64 address, __u32 total)
{
	begin_blob(s, call_id, kind);
	s->piece.blob.address = address;
	s->piece.blob.offset = 0;
	s->piece.blob.total = total;
	s->piece.blob.missing = 0;
}

/* Makes ready to send what s->copy names; false when it is left out. */
static __always_inline bool begin_copy(struct scratch *s, __u64 call_id, __u32 kind)
{
	if (leave_out_blob())
		return false;
	begin_blob(s, call_id, kind);
	s->copy.done = 0;
	s->copy.lost = 0;
	return true;
}

/* Sends what s->copy names. Returns the pieces lost. */
verified_once int send_copy(__u64 call_id, __u32 kind)
{
	struct scratch *s = scratch_at_hand();

	if (!s)
		return 0;
	if (!begin_copy(s, call_id, kind))
		return 1;
	for (__u32 i = 0; i < PIECES_MAX / PIECES_AT_ONCE; i++)
		if (!send_next_pieces())
			break;
	return s->copy.lost;
}

/* The same of instructions: the maps that they name are noted. */
verified_once int send_copy_of_code(__u64 call_id, __u32 kind)
{
	struct scratch *s = scratch_at_hand();

	if (!s)
		return 0;
	if (!begin_copy(s, call_id, kind))
		return 1;
	for (__u32 i = 0; i < PIECES_MAX / PIECES_AT_ONCE; i++)
		if (!send_next_pieces_of_code())
			break;
	return s->copy.lost;
}

static __always_inline bool set_copy(__u64 address, __u32 length, __u32 start, bool of_kernel)
{
	struct scratch *s = scratch_at_hand();

	if (!s)
		return false;
	s->copy.address = address;
	s->copy.length = length;
	s->copy.start = start;
	s->copy.of_kernel = of_kernel;
	return true;
}

static __always_inline int send_memory(__u64 call_id, __u64 address, __u32 length, __u32 start, __u32 kind, bool of_kernel)
{
	return set_copy(address, length, start, of_kernel) ? send_copy(call_id, kind) : 0;
}

/*
 * Sends @length bytes at @address of the current process as @kind; @start is the position of the first
 * byte in the whole. Returns the pieces lost.
 */
static __always_inline int send_user_memory(__u64 call_id, __u64 address, __u32 length, __u32 start, __u32 kind)
{
	return send_memory(call_id, address, length, start, kind, false);
}

/* A string of the process, with its NUL; 1 if it could not be read. */
static __always_inline int send_user_string(__u64 call_id, __u64 address, __u32 limit, __u32 kind)
{
	struct scratch *s = scratch_at_hand();
	long length;

	if (!s || !address)
		return 0;
	if (SEES_KERNEL && s->pending.entry.flags & SKEP_CALL_KERNEL)
		length = bpf_probe_read_kernel_str(s->piece.data, limit, (void *)address);
	else
		length = bpf_probe_read_user_str(s->piece.data, limit, (void *)address);
	if (length < 0)
		return 1;
	begin_whole_blob(s, call_id, kind, address, length);
	send_piece(length);
	return 0;
}

/* One step of send_user_log: 0 when the end of the string is reached. */
verified_once int send_next_of_log(void)
{
	struct scratch *s = scratch_at_hand();
	long length;

	if (!s || s->copy.done >= s->copy.length)
		return 0;
	length = bpf_probe_read_user_str(s->piece.data, SKEP_BLOB_PIECE, (void *)(s->copy.address + s->copy.done));
	if (length <= 0)
		return 0;
	s->piece.blob.address = s->copy.address + s->copy.done;
	s->piece.blob.offset = s->copy.done;
	s->piece.blob.total = s->copy.done + length;
	s->piece.blob.missing = 0;
	s->copy.lost += send_piece(length);
	if (length < SKEP_BLOB_PIECE)
		return 0;
	s->copy.done += SKEP_BLOB_PIECE - 1;
	return 1;
}

verified_once int send_next_pieces_of_log(void)
{
	for (__u32 i = 0; i < PIECES_AT_ONCE; i++)
		if (!send_next_of_log())
			return 0;
	return 1;
}

/* The maps that note_map_fds found. */
verified_once int send_map_fds(__u64 call_id)
{
	struct scratch *s = scratch_at_hand();
	__u32 size;

	if (!s || !s->map_fd_count || s->map_fd_count > SKEP_PROG_MAPS)
		return 0;
	size = s->map_fd_count * sizeof(struct skep_map_fd);
	begin_whole_blob(s, call_id, SKEP_BLOB_MAP_FDS, 0, size);
	__builtin_memcpy(s->piece.data, s->map_fds, sizeof(s->map_fds));
	return send_piece(size);
}

/* Instructions, and the maps that they name. Returns the pieces lost. */
static __always_inline int send_code(__u64 call_id, __u64 address, __u32 length, __u32 kind, bool of_kernel)
{
	struct scratch *s = scratch_at_hand();

	if (!s || !set_copy(address, length, 0, of_kernel))
		return 0;
	s->map_fd_count = 0;
	return send_copy_of_code(call_id, kind) + send_map_fds(call_id);
}

/* A log whose length is not known: before Linux 6.4 it ends at its NUL. */
verified_once int send_user_log(__u64 call_id, __u64 address, __u32 size)
{
	struct scratch *s = scratch_at_hand();

	if (!s)
		return 0;
	if (leave_out_blob())
		return 1;
	begin_blob(s, call_id, SKEP_BLOB_LOG);
	s->copy.address = address;
	s->copy.length = size;
	s->copy.done = 0;
	s->copy.lost = 0;
	for (__u32 i = 0; i < PIECES_MAX / PIECES_AT_ONCE; i++)
		if (!send_next_pieces_of_log())
			break;
	return s->copy.lost;
}

#endif
