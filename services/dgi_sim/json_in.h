/*
 * json_in.h - JSON from outside, read into yajl's tree.
 *
 * DESIGN: yajl's tree is freed by recursion, so the depth is counted before it is built. A text
 * with a NUL byte is refused; a string that holds \u0000 ends there.
 */
#ifndef DGI_SIM_JSON_IN_H
#define DGI_SIM_JSON_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <yajl/yajl_tree.h>

enum { JSON_DEPTH_MAX = 16 };

/* NULL when it is no JSON or too deep. The caller frees it by yajl_tree_free. `p` needs no NUL. */
yajl_val json_read(const char *p, size_t n);

/* Members of an object; NULL when it is none or has no such name. */
yajl_val json_member(yajl_val object, const char *name);

/* Text of a member, trimmed of nothing; "" when absent, null or of another type. */
const char *json_text(yajl_val object, const char *name);

/* Whole number of a member (a number or its text); false when absent or something else. */
bool json_whole(yajl_val object, const char *name, int64_t *value);

#endif
