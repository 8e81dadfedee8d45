/*
 * workbook.c - sheets and charts of the dashboard's workbook, by libxlsxwriter.
 *
 * Rows of a sheet are written from the top down, since the library forgets each when the next one
 * begins.
 */
#include "gateway/workbook.h"
#include "proto/calendar.h"
#include "proto/codec.h"

#include <stdio.h>
#include <string.h>
#include <xlsxwriter.h>

enum { CELL_BYTES = 8192, FIRST_YEAR = 1900, MAX_NAME = 32, CHART_ROWS = 16, LOOK_EVERY = 64 };

enum word {
#define WORD(symbol, en, id) WORD_##symbol,
#define FIGURE(field, format, en, id, en_doc, id_doc)
#define BREAKDOWN(field, en, id)
#include "gateway/workbook_words.def"
#undef WORD
#undef FIGURE
#undef BREAKDOWN
    WORDS_IN_ALL
};

/* The same in each language: [0] English, [1] Indonesian. */
static const char *const words[WORDS_IN_ALL][2] = {
#define WORD(symbol, en, id) [WORD_##symbol] = {en, id},
#define FIGURE(field, format, en, id, en_doc, id_doc)
#define BREAKDOWN(field, en, id)
#include "gateway/workbook_words.def"
#undef WORD
#undef FIGURE
#undef BREAKDOWN
};

enum figure_format { FORMAT_COUNT, FORMAT_SHARE };

static const struct figure {
    const char *field;
    enum figure_format format;
    const char *name[2];
    const char *doc[2];
} figures[] = {
#define WORD(symbol, en, id)
#define FIGURE(field, format, en, id, en_doc, id_doc)                                              \
    {#field, FORMAT_##format, {en, id}, {en_doc, id_doc}},
#define BREAKDOWN(field, en, id)
#include "gateway/workbook_words.def"
#undef WORD
#undef FIGURE
#undef BREAKDOWN
};

static const struct sheet {
    const char *field;
    const char *name[2];
} breakdowns[] = {
#define WORD(symbol, en, id)
#define FIGURE(field, format, en, id, en_doc, id_doc)
#define BREAKDOWN(field, en, id) {#field, {en, id}},
#include "gateway/workbook_words.def"
#undef WORD
#undef FIGURE
#undef BREAKDOWN
};

/* How changes of a day are stored. */
static const struct {
    const char *state;
    enum word word;
} states[] = {{"empty", WORD_EMPTY},
              {"partial", WORD_PARTIAL},
              {"failed", WORD_FAILED},
              {"never", WORD_NEVER},
              {"lost", WORD_LOST}};

#define N_OF(array) (sizeof(array) / sizeof *(array))

/* A workbook that is being written. */
struct pen {
    const struct workbook *w;
    lxw_workbook *book;
    lxw_worksheet *sheet; /* the one that is written */
    lxw_row_t row;        /* where */
    lxw_format *title, *head, *date, *time, *share, *number, *wrap;
    const atomic_bool *stop;
    int language; /* index of the words */
    bool failed;
};

static const char *say(const struct pen *p, enum word word)
{
    return words[word][p->language];
}

/* ---- cells ---- */

static void note(struct pen *p, lxw_error e)
{
    p->failed = p->failed || e != LXW_NO_ERROR;
}

static void put_string(struct pen *p, lxw_col_t column, const char *text, lxw_format *format)
{
    note(p, worksheet_write_string(p->sheet, p->row, column, text, format));
}

static void put_word(struct pen *p, lxw_col_t column, enum word word, lxw_format *format)
{
    put_string(p, column, say(p, word), format);
}

/* Cut at a whole character where it is too long. */
static void put_text(struct pen *p, lxw_col_t column, struct view v)
{
    char text[CELL_BYTES];
    uint32_t n = v.n < CELL_BYTES ? v.n : CELL_BYTES - 1;
    while (n && n < v.n && ((unsigned char)v.p[n] & 0xc0) == 0x80)
        n--;
    if (!n)
        return;
    memcpy(text, v.p, n);
    text[n] = 0;
    put_string(p, column, text, NULL);
}

static void put_number(struct pen *p, lxw_col_t column, double value, lxw_format *format)
{
    note(p, worksheet_write_number(p->sheet, p->row, column, value, format));
}

static void put_count(struct pen *p, lxw_col_t column, int64_t value)
{
    put_number(p, column, (double)value, p->number);
}

/* A time as milliseconds since 1970. */
static void put_time(struct pen *p, lxw_col_t column, int64_t ms)
{
    note(p, worksheet_write_unixtime(p->sheet, p->row, column, ms / 1000, p->time));
}

/* Excel's days begin in 1900: earlier ones stay texts. */
static void put_date(struct pen *p, lxw_col_t column, struct view v)
{
    char text[16];
    lxw_datetime date = {0};
    if (v.n != 10) {
        put_text(p, column, v);
        return;
    }
    memcpy(text, v.p, v.n);
    text[v.n] = 0;
    date.year = (int)strtol(text, NULL, 10);
    date.month = (int)strtol(text + 5, NULL, 10);
    date.day = (int)strtol(text + 8, NULL, 10);
    if (date.year < FIRST_YEAR || date.month < 1 || date.day < 1)
        put_text(p, column, v);
    else
        note(p, worksheet_write_datetime(p->sheet, p->row, column, &date, p->date));
}

static void put_heads(struct pen *p, const enum word *heads, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put_word(p, (lxw_col_t)i, heads[i], p->head);
    p->row++;
}

static void begin_sheet(struct pen *p, const char *name)
{
    p->sheet = workbook_add_worksheet(p->book, name);
    p->row = 0;
    p->failed = p->failed || !p->sheet;
}

static void widths(struct pen *p, lxw_col_t first, lxw_col_t last, double width)
{
    note(p, worksheet_set_column(p->sheet, first, last, width, NULL));
}

/* ---- summary ---- */

static const void *field_of(const struct desc *d, const void *record, const char *name,
                            const struct field_desc **f)
{
    *f = desc_field(d, view_of(name));
    return *f && field_present(d, *f, record) ? (const char *)record + (*f)->offset : NULL;
}

static void put_figure(struct pen *p, lxw_col_t column, const struct figure *figure,
                       const struct desc *d, const void *record)
{
    const struct field_desc *f;
    const void *at = field_of(d, record, figure->field, &f);
    double real;
    int64_t whole;
    if (!at)
        return;
    if (f->type == F_REAL) {
        memcpy(&real, at, sizeof real);
        put_number(p, column, real, figure->format == FORMAT_SHARE ? p->share : p->number);
    } else {
        memcpy(&whole, at, sizeof whole);
        put_count(p, column, whole);
    }
}

static void put_figures(struct pen *p)
{
    const struct prospect_report *r = p->w->report;
    static const enum word heads[] = {WORD_FIGURE, WORD_VALUE, WORD_PREVIOUS, WORD_MEANING};
    put_heads(p, heads, N_OF(heads));
    for (size_t i = 0; i < N_OF(figures); i++) {
        put_string(p, 0, figures[i].name[p->language], NULL);
        put_figure(p, 1, &figures[i], &PROSPECT_REPORT, r);
        if (HAS(r, prospect_report, previous))
            put_figure(p, 2, &figures[i], &PREVIOUS_FIGURES, &r->previous);
        put_string(p, 3, figures[i].doc[p->language], p->wrap);
        p->row++;
    }
    p->row++;
}

static void put_named_date(struct pen *p, enum word name, bool there, struct view date)
{
    if (!there)
        return;
    put_word(p, 0, name, NULL);
    put_date(p, 1, date);
    p->row++;
}

static void put_named_time(struct pen *p, enum word name, bool there, int64_t at)
{
    if (!there)
        return;
    put_word(p, 0, name, NULL);
    put_time(p, 1, at);
    p->row++;
}

static void put_range(struct pen *p)
{
    const struct prospect_report *r = p->w->report;
    bool from = HAS(r, prospect_report, from), to = HAS(r, prospect_report, to);
    put_named_date(p, WORD_FROM, from, r->from);
    put_named_date(p, WORD_TO, to, r->to);
    if (!from && !to) {
        put_word(p, 0, WORD_RANGE, NULL);
        put_word(p, 1, WORD_ALL_DAYS, NULL);
        p->row++;
    }
    put_named_date(p, WORD_TODAY, true, r->today);
    if (!HAS(r, prospect_report, previous))
        return;
    put_word(p, 0, WORD_COMPARED, NULL);
    put_date(p, 1, r->previous.from);
    put_date(p, 2, r->previous.to);
    p->row++;
    put_word(p, 0, WORD_UNTIL, NULL);
    put_text(p, 1, r->previous.until);
    p->row++;
}

static void put_stamps(struct pen *p)
{
    const struct prospect_report *r = p->w->report;
    const struct stamp *s = &r->stamp;
    put_named_time(p, WORD_DATA_AS_OF, HAS(s, stamp, data_as_of), s->data_as_of);
    put_named_time(p, WORD_FETCHED, HAS(s, stamp, fetched_at), s->fetched_at);
    put_named_time(p, WORD_COMPUTED, true, s->cached_at);
    put_named_time(p, WORD_MADE, true, p->w->made_at);
    if (s->stale) {
        put_word(p, 0, WORD_STALE, NULL);
        p->row++;
    }
    if (r->left_out) {
        put_word(p, 0, WORD_LEFT_OUT, NULL);
        put_count(p, 1, r->left_out);
        p->row++;
    }
    p->row++;
}

static void put_funnel(struct pen *p)
{
    static const enum word heads[] = {WORD_FUNNEL, WORD_CODE, WORD_COUNT, WORD_REACHED};
    const struct list *steps = &p->w->report->funnel;
    if (!steps->n)
        return;
    put_heads(p, heads, N_OF(heads));
    for (uint32_t i = 0; i < steps->n; i++) {
        const struct funnel_step *step = LIST_AT(struct funnel_step, steps, i);
        put_text(p, 0, HAS(step, funnel_step, label) ? step->label : step->code);
        put_text(p, 1, step->code);
        put_count(p, 2, step->count);
        put_count(p, 3, step->reached);
        p->row++;
    }
    p->row++;
}

static void put_dealers(struct pen *p)
{
    static const enum word heads[] = {WORD_DEALER, WORD_NAME, WORD_SIMULATED};
    put_heads(p, heads, N_OF(heads));
    for (uint32_t i = 0; i < p->w->n_dealers; i++) {
        const struct report_dealer *dealer = p->w->dealers[i];
        put_text(p, 0, dealer->dealer_id);
        put_text(p, 1, dealer->dealer_name);
        if (dealer->simulated)
            put_word(p, 2, WORD_SIMULATED, NULL);
        p->row++;
    }
}

/* The first row and column of values, below a line of heads; as many as the list has. */
static void put_chart(struct pen *p, uint8_t type, enum word title, const char *sheet, uint32_t n,
                      lxw_col_t labels, lxw_col_t values, lxw_row_t at)
{
    lxw_chart *chart = n ? workbook_add_chart(p->book, type) : NULL;
    lxw_chart_series *series = chart ? chart_add_series(chart, NULL, NULL) : NULL;
    p->failed = p->failed || (n && !series);
    if (!series)
        return;
    chart_series_set_categories(series, sheet, 1, labels, n, labels);
    chart_series_set_values(series, sheet, 1, values, n, values);
    chart_title_set_name(chart, say(p, title));
    if (type == LXW_CHART_LINE)
        chart_legend_set_position(chart, LXW_CHART_LEGEND_NONE);
    note(p, worksheet_insert_chart(p->sheet, at, 5, chart));
}

static void put_summary(struct pen *p)
{
    const struct prospect_report *r = p->w->report;
    begin_sheet(p, say(p, WORD_SUMMARY));
    if (p->failed)
        return;
    widths(p, 0, 0, 26);
    widths(p, 1, 2, 20);
    widths(p, 3, 3, 60);
    put_word(p, 0, WORD_TITLE, p->title);
    p->row += 2;
    put_range(p);
    put_stamps(p);
    put_figures(p);
    put_funnel(p);
    put_dealers(p);
    put_chart(p, LXW_CHART_LINE, WORD_DAILY, say(p, WORD_DAILY), r->daily_counts.n, 0, 1, 0);
    put_chart(p, LXW_CHART_PIE, WORD_STATUS, breakdowns[0].name[p->language],
              r->status_distribution.n, 0, 2, CHART_ROWS);
}

/* ---- days ---- */

static int compare(struct view a, struct view b)
{
    uint32_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

/* gap: index of the first that does not end before the day; days ascend, and so do gaps. */
static enum word state_of(const struct prospect_report *r, struct view day, uint32_t *gap)
{
    while (*gap < r->gaps.n && compare(LIST_AT(struct gap, &r->gaps, *gap)->to, day) < 0)
        (*gap)++;
    if (*gap == r->gaps.n || compare(LIST_AT(struct gap, &r->gaps, *gap)->from, day) > 0)
        return WORD_COMPLETE;
    for (size_t i = 0; i < N_OF(states); i++)
        if (view_is(LIST_AT(struct gap, &r->gaps, *gap)->state, states[i].state))
            return states[i].word;
    return WORD_UNKNOWN;
}

static void put_days(struct pen *p)
{
    static const enum word heads[] = {WORD_DATE, WORD_COUNT, WORD_STORED, WORD_PREVIOUS_DATE,
                                      WORD_PREVIOUS};
    const struct prospect_report *r = p->w->report;
    const struct list *before =
        HAS(r, prospect_report, previous) ? &r->previous.daily_counts : &(const struct list){0};
    uint32_t gap = 0;
    begin_sheet(p, say(p, WORD_DAILY));
    if (p->failed)
        return;
    widths(p, 0, 4, 18);
    put_heads(p, heads, before->n ? 5 : 3);
    for (uint32_t i = 0; i < r->daily_counts.n; i++) {
        const struct day_count *day = LIST_AT(struct day_count, &r->daily_counts, i);
        put_date(p, 0, day->date);
        put_count(p, 1, day->count);
        if (compare(day->date, r->today) <= 0)
            put_word(p, 2,
                     HAS(r, prospect_report, gaps) ? state_of(r, day->date, &gap) : WORD_UNKNOWN,
                     NULL);
        if (i < before->n) {
            put_date(p, 3, LIST_AT(struct day_count, before, i)->date);
            put_count(p, 4, LIST_AT(struct day_count, before, i)->count);
        }
        p->row++;
    }
    worksheet_freeze_panes(p->sheet, 1, 0);
}

/* ---- breakdowns ---- */

static void put_share(struct pen *p, int64_t count, int64_t of)
{
    put_count(p, 2, count);
    if (of > 0)
        put_number(p, 3, (double)count / (double)of, p->share);
    p->row++;
}

static void put_breakdown(struct pen *p, const struct sheet *sheet)
{
    static const enum word heads[] = {WORD_LABEL, WORD_CODE, WORD_COUNT, WORD_SHARE};
    const struct field_desc *f;
    const void *at = field_of(&PROSPECT_REPORT, p->w->report, sheet->field, &f);
    struct breakdown b = {0};
    if (at && f->type == F_LIST)
        memcpy(&b.items, at, sizeof b.items);
    else if (at)
        memcpy(&b, at, sizeof b);
    int64_t total = b.rest;
    for (uint32_t i = 0; i < b.items.n; i++)
        total += LIST_AT(struct code_count, &b.items, i)->count;
    begin_sheet(p, sheet->name[p->language]);
    if (p->failed)
        return;
    widths(p, 0, 1, 28);
    put_heads(p, heads, N_OF(heads));
    for (uint32_t i = 0; i < b.items.n; i++) {
        const struct code_count *c = LIST_AT(struct code_count, &b.items, i);
        if (!c->code.n)
            put_word(p, 0, WORD_NO_CODE, NULL);
        else
            put_text(p, 0, HAS(c, code_count, label) ? c->label : c->code);
        put_text(p, 1, c->code);
        put_share(p, c->count, total);
    }
    if (b.rest_codes) {
        put_word(p, 0, WORD_OTHERS, NULL);
        put_share(p, b.rest, total);
    }
    worksheet_freeze_panes(p->sheet, 1, 0);
}

/* ---- rows ---- */

static const struct column {
    enum word head;
    const char *field; /* of prospect */
} columns[] = {
    {WORD_DEALER, "dealer_id"},
    {WORD_ID, "id_prospect"},
    {WORD_NAME, "nama_lengkap"},
    {WORD_DATE, "tanggal_prospect"},
    {WORD_STATUS, "status_label"},
    {WORD_STATUS_CODE, "status_prospect"},
    {WORD_SOURCE, "source_label"},
    {WORD_SOURCE_CODE, "sumber_prospect"},
    {WORD_SALES, "sales_label"},
    {WORD_SALES_CODE, "id_sales_people"},
    {WORD_METHOD, "method_label"},
    {WORD_METHOD_CODE, "metode_follow_up"},
    {WORD_STATE, "state_label"},
    {WORD_STATE_CODE, "status_follow_up_prospecting"},
    {WORD_DISTRICT, "district_label"},
    {WORD_DISTRICT_CODE, "kode_kecamatan"},
    {WORD_UNITS, "units"},
    {WORD_FETCHED, "fetched_at"},
};

static void put_row(struct pen *p, const struct prospect *row)
{
    for (size_t i = 0; i < N_OF(columns); i++) {
        const struct field_desc *f;
        const void *at = field_of(&PROSPECT, row, columns[i].field, &f);
        struct view text;
        int64_t number;
        if (!at)
            continue;
        if (f->type == F_INT || f->type == F_TIME) {
            memcpy(&number, at, sizeof number);
            (f->type == F_INT ? put_count : put_time)(p, (lxw_col_t)i, number);
        } else {
            memcpy(&text, at, sizeof text);
            (f->type == F_DATE ? put_date : put_text)(p, (lxw_col_t)i, text);
        }
    }
    p->row++;
}

static void put_rows(struct pen *p)
{
    begin_sheet(p, say(p, WORD_ROWS));
    if (p->failed)
        return;
    widths(p, 0, N_OF(columns) - 1, 20);
    put_word(p, 0, p->w->no_rows ? WORD_NO_ROWS : WORD_MASKED, NULL);
    p->row++;
    if (p->w->more)
        put_word(p, 0, WORD_MORE, NULL);
    p->row++;
    for (size_t i = 0; i < N_OF(columns); i++)
        put_word(p, (lxw_col_t)i, columns[i].head, p->head);
    p->row++;
    worksheet_freeze_panes(p->sheet, p->row, 0);
    for (uint32_t i = 0; i < p->w->n_rows && !p->failed; i++) {
        if (i % LOOK_EVERY == 0 && atomic_load(p->stop))
            return;
        put_row(p, p->w->rows[i]);
    }
}

/* ---- the book ---- */

static lxw_format *format(struct pen *p, bool bold, const char *number)
{
    lxw_format *f = workbook_add_format(p->book);
    p->failed = p->failed || !f;
    if (f && bold)
        format_set_bold(f);
    if (f && number)
        format_set_num_format(f, number);
    return f;
}

static void make_formats(struct pen *p)
{
    p->title = format(p, true, NULL);
    p->head = format(p, true, NULL);
    p->date = format(p, false, "yyyy-mm-dd");
    p->time = format(p, false, "yyyy-mm-dd hh:mm:ss");
    p->share = format(p, false, "0.0%");
    p->number = format(p, false, "#,##0");
    p->wrap = format(p, false, NULL);
    if (p->failed)
        return;
    format_set_font_size(p->title, 16);
    format_set_bg_color(p->head, 0xE8EEF7);
    format_set_text_wrap(p->wrap);
}

enum err workbook_write(const struct workbook *w, const char *path, const char *folder,
                        const atomic_bool *stop)
{
    lxw_workbook_options options = {.constant_memory = LXW_TRUE,
                                    .tmpdir = (char *)(uintptr_t)folder};
    struct pen p = {.w = w, .stop = stop, .language = w->indonesian};
    p.book = workbook_new_opt(path, &options);
    if (!p.book)
        return ERR_NO_MEMORY;
    make_formats(&p);
    if (!p.failed)
        put_summary(&p);
    if (!p.failed)
        put_days(&p);
    for (size_t i = 0; i < N_OF(breakdowns) && !p.failed; i++)
        put_breakdown(&p, &breakdowns[i]);
    if (!p.failed)
        put_rows(&p);
    if (p.failed || atomic_load(stop)) {
        lxw_workbook_free(p.book);
        return p.failed ? ERR_INTERNAL : ERR_TIMEOUT;
    }
    return workbook_close(p.book) == LXW_NO_ERROR ? ERR_OK : ERR_INTERNAL;
}
