/*
 * checks.c - what is accepted as a login and a password: see checks.h.
 */
#include "services/account/checks.h"
#include "services/account/guessable.h"

#include <string.h>
#include <strings.h>

enum { LOGIN_MOST = 64 };

/* What history and audit trail call those who are no user. */
static const char *const reserved[] = {"admin-key", "anybody",  "ddctl",
                                       "freshness", "schedule", "unknown"};

static bool login_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
           c == '-' || c == '_' || c == '@';
}

enum err check_login(struct view login, struct fault *f)
{
    bool ok = login.n > 0 && login.n <= LOGIN_MOST;
    for (uint32_t i = 0; ok && i < login.n; i++)
        ok = login_char(login.p[i]);
    if (!ok)
        return fault_set(f, ERR_FORMAT, "login",
                         "Must be 1 to 64 letters, digits, points, -, _ or @.");
    if (login.n >= 3 && strncasecmp(login.p, "dk_", 3) == 0)
        return fault_set(f, ERR_FORMAT, "login", "Must not begin like a key.");
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (login.n == strlen(reserved[i]) && strncasecmp(login.p, reserved[i], login.n) == 0)
            return fault_set(f, ERR_FORMAT, "login", "This name stands for a part of the system.");
    return ERR_OK;
}

static uint32_t characters(struct view v)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < v.n; i++)
        n += (v.p[i] & 0xc0) != 0x80;
    return n;
}

enum err check_password(struct view password, struct view login, struct fault *f)
{
    if (characters(password) < PASSWORD_LEAST)
        return fault_set(f, ERR_FORMAT, "password", "Must have at least %d characters.",
                         PASSWORD_LEAST);
    if (password_guessable(password, login))
        return fault_set(f, ERR_FORMAT, "password", "Is too easy to guess.");
    return ERR_OK;
}
