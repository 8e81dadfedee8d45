/*
 * test_openapi.c - the description is JSON without loose ends; static files; Prometheus' text.
 */
#include "gateway/assets.h"
#include "gateway/metrics.h"
#include "gateway/openapi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <yajl/yajl_tree.h>

static char *document(void)
{
    struct routes *r = routes_new();
    struct buf b;
    buf_init(&b, 4 << 20);
    assert_non_null(r);
    assert_int_equal(openapi_write(r, &b), ERR_OK);
    buf_append(&b, "", 1);
    routes_free(&r);
    return b.p;
}

static void description_is_json_and_every_reference_leads_somewhere(void **state)
{
    static const char prefix[] = "\"#/components/schemas/";
    char *text = document();
    char error[200];
    (void)state;
    yajl_val tree = yajl_tree_parse(text, error, sizeof error);
    if (!tree)
        fail_msg("%s", error);
    for (const char *p = strstr(text, prefix); p; p = strstr(p + 1, prefix)) {
        char name[80];
        const char *begin = p + sizeof prefix - 1;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(begin, "\""), begin);
        const char *path[] = {"components", "schemas", name, NULL};
        if (!yajl_tree_get(tree, path, yajl_t_object))
            fail_msg("no schema %s", name);
    }
    yajl_tree_free(tree);
    free(text);
}

static void secrets_are_write_only(void **state)
{
    char *text = document();
    char error[200];
    const char *path[] = {"components", "schemas", "dealer_create", "properties", "api_key",
                          "writeOnly",  NULL};
    const char *answer[] = {"components", "schemas", "dealer", "properties", "api_key", NULL};
    (void)state;
    yajl_val tree = yajl_tree_parse(text, error, sizeof error);
    assert_non_null(tree);
    assert_true(YAJL_IS_TRUE(yajl_tree_get(tree, path, yajl_t_any)));
    assert_null(yajl_tree_get(tree, answer, yajl_t_any));
    yajl_tree_free(tree);
    free(text);
}

/* ---- static files ---- */

static void put_file(const char *folder, const char *name, const char *text)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void put_folder(const char *folder, const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static const char *found(const struct assets *a, const char *path)
{
    const struct asset *asset = assets_find(a, view_of(path));
    return asset ? asset->path : NULL;
}

static void paths_lead_to_files(void **state)
{
    static const char *const files[] = {"admin/index.html", "admin/assets/a-1.js",
                                        "admin/assets/a-1.js.gz", "docs/index.html",
                                        "docs/swagger.js"};
    static const char *const folders[] = {"admin", "admin/assets", "docs"};
    char folder[] = "/tmp/dd-assets-XXXXXX", path[300];
    struct assets *a = NULL;
    (void)state;
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < 3; i++)
        put_folder(folder, folders[i]);
    for (size_t i = 0; i < 5; i++)
        put_file(folder, files[i], "<html><head></head>text</html>");
    assert_int_equal(assets_new(folder, "admin", &a), ERR_OK);
    assert_string_equal(found(a, "/"), "/index.html");
    assert_string_equal(found(a, "/jobs/7"), "/index.html");
    assert_string_equal(found(a, "/assets/a-1.js"), "/assets/a-1.js");
    assert_string_equal(found(a, "/docs"), "/docs");
    assert_string_equal(found(a, "/docs/"), "/docs/index.html");
    assert_null(found(a, "/docs/none"));
    assert_null(found(a, "/none.js"));
    assert_null(found(a, "/api/v1/none"));
    assert_null(found(a, "/assets/a-1.js.gz"));
    assert_null(found(a, "/../../etc/passwd.txt"));
    const struct asset *script = assets_find(a, view_of("/assets/a-1.js"));
    assert_true(script->forever && script->gzip.n > 0);
    const struct asset *docs = assets_find(a, view_of("/docs"));
    assert_non_null(memmem(docs->body.p, docs->body.n, "<head><base href=\"docs/\">", 25));
    assert_string_equal(docs->type, "text/html; charset=utf-8");
    assets_free(&a);
    for (size_t i = 0; i < 5; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        unlink(path);
    }
    for (size_t i = 3; i-- > 0;) {
        snprintf(path, sizeof path, "%s/%s", folder, folders[i]);
        rmdir(path);
    }
    rmdir(folder);
}

/* ---- Prometheus ---- */

static void samples_of_a_family_stand_together(void **state)
{
    struct call_stat calls[] = {{.name = view_of("a.b"), .calls = 2, .p50_us = 1500}};
    struct counter counters[] = {
        {.name = view_of("hits"), .kind = view_of("counter"), .value = 3, .doc = view_of("Hits.")},
        {.name = view_of("depth"), .kind = view_of("gauge"), .value = -1}};
    struct process_stats one = {.messages = {calls, 1}, .counters = {counters, 2}};
    struct sample samples[] = {{"x-1", "x", &one}, {"x-2", "x", &one}, {"gone", "x\"", NULL}};
    struct http_figures http = {0};
    struct buf b;
    (void)state;
    buf_init(&b, 1 << 16);
    prometheus_write(samples, 3, &http, "gateway-api", &b);
    buf_append(&b, "", 1);
    assert_non_null(strstr(b.p, "dd_up{service=\"x\\\"\",instance=\"gone\"} 0\n"));
    assert_non_null(strstr(b.p, "dd_hits_total{service=\"x\",instance=\"x-1\"} 3\n"
                                "dd_hits_total{service=\"x\",instance=\"x-2\"} 3\n"));
    assert_non_null(strstr(b.p, "# TYPE dd_depth gauge\ndd_depth{service=\"x\""));
    assert_non_null(strstr(b.p, "dd_message_seconds{service=\"x\",instance=\"x-1\",message=\"a.b\","
                                "quantile=\"0.5\"} 0.001500\n"));
    assert_null(strstr(strstr(b.p, "# HELP dd_hits_total") + 1, "# HELP dd_hits_total"));
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(description_is_json_and_every_reference_leads_somewhere),
        cmocka_unit_test(secrets_are_write_only),
        cmocka_unit_test(paths_lead_to_files),
        cmocka_unit_test(samples_of_a_family_stand_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
