/*
 * bare_argon2id.c - what checking a password costs at least: argon2id alone, one after the other.
 *
 *   bare_argon2id TIMES    prints one line of JSON: checks a second and CPU time of one
 *
 * DESIGN: the parameters of services/account/passwords.c, and its library. Each check takes its
 * memory anew, as there.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    static const char password[] = "correct horse battery";
    char hash[crypto_pwhash_STRBYTES];
    long times = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    if (times < 1 || sodium_init() < 0 ||
        crypto_pwhash_str(hash, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
        return 1;
    double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (long i = 0; i < times; i++)
        if (crypto_pwhash_str_verify(hash, password, strlen(password)) != 0)
            return 1;
    wall = seconds(CLOCK_MONOTONIC) - wall;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("{\"per_second\": %.3f, \"cpu_ms\": %.3f}\n", (double)times / wall,
           1000 * cpu / (double)times);
    return 0;
}
