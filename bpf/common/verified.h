/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef SKEP_COMMON_VERIFIED_H
#define SKEP_COMMON_VERIFIED_H

/*
 * A function that is not static is verified once, for any arguments, and not again at each call: that
 * keeps the whole within the verifier's budget. Its arguments are numbers; what it works on is in scratch.
 */
#define verified_once __attribute__((noinline))

#endif
