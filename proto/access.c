/*
 * access.c - who may send which message: see access.h.
 */
#include "proto/access.h"

#include <string.h>

static const char *const role_names[] = {
    [WHO_ANYBODY] = "",    [WHO_VIEWER] = "viewer",   [WHO_OPERATOR] = "operator",
    [WHO_ADMIN] = "admin", [WHO_SERVICE] = "service",
};

const char *access_role_name(enum who who)
{
    return role_names[who];
}

const char *access_scope_name(enum scope scope)
{
    static const char *const names[] = {[SCOPE_OPEN] = "open",
                                        [SCOPE_NAMED] = "named",
                                        [SCOPE_OWN] = "own",
                                        [SCOPE_WHOLE] = "whole"};
    return names[scope];
}

static enum who role_of(const struct context *ctx)
{
    for (enum who who = WHO_VIEWER; HAS(ctx, context, role) && who <= WHO_SERVICE; who++)
        if (view_is(ctx->role, role_names[who]))
            return who;
    return WHO_ANYBODY;
}

bool access_role(const struct context *ctx, enum who who)
{
    return role_of(ctx) >= who;
}

const struct list *access_dealers(const struct context *ctx)
{
    return HAS(ctx, context, dealers) ? &ctx->dealers : NULL;
}

bool access_message(const struct context *ctx, const struct desc *msg)
{
    return access_role(ctx, (enum who)msg->who) &&
           (!access_dealers(ctx) || msg->scope != SCOPE_WHOLE);
}

bool access_dealer(const struct context *ctx, struct view dealer_id)
{
    const struct list *own = access_dealers(ctx);
    if (!own)
        return true;
    for (uint32_t i = 0; i < own->n; i++) {
        struct view v = *LIST_AT(struct view, own, i);
        if (v.n == dealer_id.n && (v.n == 0 || memcmp(v.p, dealer_id.p, v.n) == 0))
            return true;
    }
    return false;
}

static enum err out_of_sight(struct fault *f, const char *field, long index)
{
    enum err err = fault_set(f, ERR_NOT_FOUND, "", "There is no such dealer.");
    fault_within(f, field, index);
    return err;
}

/* Every dealer that the message names has to be one of the principal's; it has to name one. */
static enum err check_named(const struct context *ctx, const struct desc *msg, const void *body,
                            struct fault *f)
{
    const struct field_desc *one = desc_field(msg, view_of("dealer_id"));
    const struct field_desc *many = desc_field(msg, view_of("dealer_ids"));
    bool any = false;
    if (one && field_present(msg, one, body)) {
        any = true;
        if (!access_dealer(ctx, *(const struct view *)((const char *)body + one->offset)))
            return out_of_sight(f, "dealer_id", -1);
    }
    if (many && field_present(msg, many, body)) {
        const struct list *named = (const void *)((const char *)body + many->offset);
        any = any || named->n > 0;
        for (uint32_t i = 0; i < named->n; i++)
            if (!access_dealer(ctx, *LIST_AT(struct view, named, i)))
                return out_of_sight(f, "dealer_ids", i);
    }
    if (any)
        return ERR_OK;
    return fault_set(f, ERR_FORBIDDEN, many ? "dealer_ids" : "dealer_id",
                     "You may see some dealers alone: name them.");
}

enum err access_check(const struct context *ctx, const struct desc *msg, const void *body,
                      struct fault *f)
{
    if (msg->who == WHO_ANYBODY)
        return ERR_OK;
    if (!access_role(ctx, (enum who)msg->who))
        return fault_set(f, ERR_FORBIDDEN, "", "This needs the role %s.",
                         access_role_name((enum who)msg->who));
    if (!access_dealers(ctx) || msg->scope == SCOPE_OPEN || msg->scope == SCOPE_OWN)
        return ERR_OK;
    if (msg->scope == SCOPE_NAMED)
        return check_named(ctx, msg, body, f);
    return fault_set(f, ERR_FORBIDDEN, "", "This is for those who may see all dealers.");
}
