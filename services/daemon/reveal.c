/*
 * reveal.c - who may see personal data in full: see reveal.h.
 */
#include "services/daemon/reveal.h"

#include "proto/access.h"
#include "services/daemon/personal.h"

enum { LEAST_REASON = 5 };

bool reason_given(struct request *r, const char *field, bool given, struct view reason)
{
    if (!given || reason.n < LEAST_REASON) {
        request_fail(r, ERR_MISSING, field, "Say why, in at least %d characters.", LEAST_REASON);
        return false;
    }
    if (personal_in(reason)) {
        struct fault f;
        fault_rule(&f, RULE_PERSONAL, 0, field,
                   "The reason is kept: say it without numbers or addresses of a person.");
        request_fail_fault(r, &f);
        return false;
    }
    return true;
}

bool reveal_allowed(struct request *r, bool given, struct view reason)
{
    if (!access_role(request_context(r), WHO_OPERATOR)) {
        request_fail(r, ERR_FORBIDDEN, "reveal", "This needs the role operator.");
        return false;
    }
    return reason_given(r, "reason", given, reason);
}
