/*
 * checks.c - rules of dealers, keys and upstreams. Pure, no state.
 */
#include "services/dealer/checks.h"

#include "services/daemon/address.h"

#include <string.h>

enum { MAX_CODE = 10, MAX_UPSTREAM_NAME = 64 };

void trim_texts(const struct desc *d, void *record)
{
    uint64_t has;
    memcpy(&has, record, sizeof has);
    for (unsigned i = 0; i < d->n_fields; i++) {
        const struct field_desc *f = &d->fields[i];
        struct view *v = (void *)((char *)record + f->offset);
        if (f->type != F_TEXT || !(has >> i & 1))
            continue;
        *v = view_trimmed(*v);
        if (v->n == 0 && !(f->flags & REQUIRED))
            has &= ~(UINT64_C(1) << i);
    }
    memcpy(record, &has, sizeof has);
}

static bool word_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_';
}

static bool visible(char c)
{
    return c > ' ' && c < 0x7f;
}

enum err check_code(const char *field, struct view v, struct fault *f)
{
    bool ok = v.n > 0 && v.n <= MAX_CODE;
    for (uint32_t i = 0; ok && i < v.n; i++)
        ok = word_char(v.p[i]);
    return ok ? ERR_OK
              : fault_rule(f, RULE_CODE, MAX_CODE, field,
                           "Must be 1 to 10 letters, digits, - or _.");
}

enum err check_name(const char *field, struct view v, struct fault *f)
{
    if (v.n == 0)
        return fault_rule(f, RULE_EMPTY, 0, field, "Must not be empty.");
    for (uint32_t i = 0; i < v.n; i++)
        if ((unsigned char)v.p[i] < ' ' || v.p[i] == 0x7f)
            return fault_rule(f, RULE_ONE_LINE, 0, field,
                              "Must be one line without control characters.");
    return ERR_OK;
}

enum err check_key(const char *field, struct view v, struct fault *f)
{
    for (uint32_t i = 0; i < v.n; i++)
        if (!visible(v.p[i]))
            return fault_rule(f, RULE_VISIBLE, 0, field,
                              "Must be ASCII letters, digits and signs, without spaces.");
    return ERR_OK;
}

enum err check_upstream_name(const char *field, struct view v, struct fault *f)
{
    bool ok = v.n > 0 && v.n <= MAX_UPSTREAM_NAME;
    for (uint32_t i = 0; ok && i < v.n; i++)
        ok = word_char(v.p[i]) || v.p[i] == '.';
    return ok ? ERR_OK
              : fault_set(f, ERR_FORMAT, field, "Must be 1 to 64 letters, digits, -, _ or points.");
}

/* Whether it may be private is known only with the row: store_upstream_set() asks again. */
enum err check_base_url(const char *field, struct view *v, struct fault *f)
{
    const char *wrong = address_url_fault(*v, true);
    if (!wrong && (memchr(v->p, '?', v->n) || memchr(v->p, '#', v->n)))
        wrong = "Must end with a path: no query, no fragment.";
    if (wrong)
        return fault_rule(f, RULE_ADDRESS, 0, field, "%s", wrong);
    while (v->p[v->n - 1] == '/')
        v->n--;
    return ERR_OK;
}

/* ---- messages ---- */

enum err check_dealer_create(const struct dealer_create *m, struct fault *f)
{
    bool key = HAS(m, dealer_create, api_key), secret = HAS(m, dealer_create, secret_key);
    enum err e = check_code("dealer_id", m->dealer_id, f);
    if (e == ERR_OK)
        e = check_name("dealer_name", m->dealer_name, f);
    if (e == ERR_OK && HAS(m, dealer_create, upstream_dealer_id))
        e = check_code("upstream_dealer_id", m->upstream_dealer_id, f);
    if (e == ERR_OK && key)
        e = check_key("api_key", m->api_key, f);
    if (e == ERR_OK && secret)
        e = check_key("secret_key", m->secret_key, f);
    if (e != ERR_OK)
        return e;
    if (key != secret)
        return fault_set(f, ERR_MISSING, key ? "secret_key" : "api_key",
                         "The API key and the secret are given together.");
    if (HAS(m, dealer_create, upstream) && !key)
        return fault_set(f, ERR_MISSING, "api_key",
                         "An upstream is chosen together with the API key and secret for it.");
    return ERR_OK;
}

enum err check_dealer_update(const struct dealer_update *m, struct fault *f)
{
    enum err e = ERR_OK;
    uint64_t changes = m->has & ~(UINT64_C(1) << dealer_update_dealer_id_index |
                                  UINT64_C(1) << dealer_update_if_match_index);
    if (!changes)
        return fault_set(f, ERR_NOTHING_TO_DO, "", "%s", err_text(ERR_NOTHING_TO_DO));
    if (HAS(m, dealer_update, dealer_name))
        e = check_name("dealer_name", m->dealer_name, f);
    if (e == ERR_OK && HAS(m, dealer_update, upstream_dealer_id))
        e = check_code("upstream_dealer_id", m->upstream_dealer_id, f);
    if (e == ERR_OK && HAS(m, dealer_update, api_key))
        e = check_key("api_key", m->api_key, f);
    if (e == ERR_OK && HAS(m, dealer_update, secret_key))
        e = check_key("secret_key", m->secret_key, f);
    return e;
}

enum err check_upstream_set(struct upstream_set *m, struct fault *f)
{
    enum err e = check_upstream_name("name", m->name, f);
    if (e == ERR_OK && HAS(m, upstream_set, base_url))
        e = check_base_url("base_url", &m->base_url, f);
    return e;
}
