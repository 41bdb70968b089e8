#pragma once

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Writes a seccomp filter again with as few instructions as its verdicts need. `architectures` are the ones that it tells apart.
 * Returns how many instructions are in `to`; 0 when the filter does what this does not follow, or when `to` is too small for it.
 */
size_t seccomp_tree(const struct sock_filter *from, size_t count, const uint32_t *architectures, size_t architecture_count,
		    struct sock_filter *to, size_t room);
