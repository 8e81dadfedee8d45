/*
 * guessable.c - see guessable.h.
 */
#include "services/account/guessable.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST = 200,        /* as long as a password may be */
    SHORT_PERIOD = 6,  /* repeated, it is no more than itself */
    LEAST_OF_LOGIN = 3 /* shorter logins are part of anything */
};

const char *const guessable_words[] = {
#define GUESSED(word) word,
#include "services/account/guessable.def"
#undef GUESSED
};
const unsigned guessable_count = sizeof guessable_words / sizeof *guessable_words;

/* A password without what people put between words, in small letters. */
struct plain {
    char text[MOST + 1];
    uint32_t n;
};

static struct plain plain_of(struct view v)
{
    struct plain p = {.n = 0};
    for (uint32_t i = 0; i < v.n && p.n < MOST; i++) {
        char c = v.p[i];
        if (c == ' ' || c == '-' || c == '_' || c == '.')
            continue;
        p.text[p.n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    p.text[p.n] = '\0';
    return p;
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

/* Without digits and signs at both ends. */
static struct plain core_of(const struct plain *whole)
{
    struct plain p = {.n = 0};
    uint32_t from = 0, to = whole->n;
    while (from < to && !letter(whole->text[from]))
        from++;
    while (to > from && !letter(whole->text[to - 1]))
        to--;
    p.n = to - from;
    memcpy(p.text, whole->text + from, p.n);
    p.text[p.n] = '\0';
    return p;
}

/* p4$$w0rd is password. */
static struct plain spelt(struct plain p)
{
    static const char signs[] = "@401!3$57", letters[] = "aaoiiesst";
    for (uint32_t i = 0; i < p.n; i++) {
        const char *at = strchr(signs, p.text[i]);
        if (at)
            p.text[i] = letters[at - signs];
    }
    return p;
}

/* The length of the part of which it is a repetition; its own length: of none. */
static uint32_t period_of(const struct plain *p)
{
    for (uint32_t n = 1; n <= p->n / 2; n++)
        if (p->n % n == 0 && memcmp(p->text, p->text + n, p->n - n) == 0)
            return n;
    return p->n;
}

/* 90123: the next one or the one before, each time; 0 comes after 9. */
static bool row(const struct plain *p)
{
    bool up = true, down = true;
    for (uint32_t i = 1; i < p->n; i++) {
        char a = p->text[i - 1], b = p->text[i];
        up = up && (b == a + 1 || (a == '9' && b == '0'));
        down = down && (b == a - 1 || (a == '0' && b == '9'));
    }
    return up || down;
}

static int compare(const void *key, const void *word)
{
    return strcmp(key, *(const char *const *)word);
}

static bool listed(struct plain p)
{
    p.text[period_of(&p)] = '\0';
    return bsearch(p.text, guessable_words, guessable_count, sizeof *guessable_words, compare);
}

bool password_guessable(struct view password, struct view login)
{
    const struct plain whole = plain_of(password), core = core_of(&whole), name = plain_of(login);
    const struct plain name_core = core_of(&name);
    if (whole.n == 0 || period_of(&whole) <= SHORT_PERIOD || row(&whole))
        return true;
    if (name_core.n >= LEAST_OF_LOGIN) {
        struct plain once = core;
        once.n = period_of(&once);
        if (once.n == name_core.n && memcmp(once.text, name_core.text, once.n) == 0)
            return true;
    }
    return listed(whole) || listed(core) || listed(spelt(core)) || (core.n && row(&core));
}
