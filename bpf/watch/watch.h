/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the backends of watch share: all but where they are attached. */
#ifndef SKEP_WATCH_WATCH_H
#define SKEP_WATCH_WATCH_H

#include <linux/bpf.h>
#include "include/kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "include/skep_event.h"
#include "include/skep_command.h"
#include "include/bpf_attr.h"
#include "common/verified.h"
#include "watch/maps.h"
#include "watch/share.h"
#include "common/descriptor.h"
#include "common/kernfs.h"
#include "watch/blob.h"
#include "watch/process.h"
#include "watch/objects.h"
#include "watch/netlink.h"
#include "watch/syscalls.h"
#include "watch/enter.h"
#include "watch/exit.h"
#include "watch/call.h"
#include "watch/tasks.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#endif
