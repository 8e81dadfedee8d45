/*
 * exchange.h - one HTTP request and its answer, and the bounded table of those in hand.
 *
 * DESIGN: an exchange is taken when the request line has come and given back when libmicrohttpd is
 * done with it. All of them are made at the start, so nothing that a client does allocates without
 * bound, and their buffers are reused. Bus answers and timers find an exchange by its number, which
 * carries a generation: a late one meets nobody. While an exchange waits, its connection is
 * suspended and libmicrohttpd watches neither time nor client, hence the call's own deadline.
 *
 * THREADS: the loop's thread.
 */
#ifndef GATEWAY_EXCHANGE_H
#define GATEWAY_EXCHANGE_H

#include "gateway/address.h"
#include "gateway/gateway.h"
#include "gateway/limits.h"
#include "gateway/routes.h"
#include "gateway/strict.h"
#include "proto/bus/call.h"

struct MHD_Connection;
struct admission;
struct export;
struct stream;
struct work;

enum exchange_state {
    EXCHANGE_FREE,
    EXCHANGE_NEW,      /* request line seen */
    EXCHANGE_READING,  /* headers seen, body comes */
    EXCHANGE_WAITING,  /* suspended: somebody will call exchange_done() */
    EXCHANGE_ANSWERED, /* the answer is complete, not handed over */
    EXCHANGE_QUEUED    /* libmicrohttpd sends it */
};

/* What goes out. Texts are literals, or live in the arena or in memory that outlives the answer. */
struct answer {
    int status;
    const char *type; /* Content-Type; NULL = no body */
    struct view body;
    const char *cache;        /* Cache-Control; NULL = no-store */
    const char *location;     /* NULL = none */
    const char *cookie;       /* Set-Cookie; NULL = none */
    const char *encoding;     /* Content-Encoding; NULL = none */
    const char *allow;        /* Allow; NULL = none */
    const char *link;         /* Link; NULL = none */
    const char *disposition;  /* Content-Disposition; NULL = none */
    char etag[24];            /* with quotes; "" = none */
    int64_t retry_after_s;    /* 0 = not said */
    bool replayed;            /* add Idempotency-Replayed */
    bool page;                /* add the headers of a page (CSP) */
    bool close;               /* end the connection afterwards */
    uint64_t file_bytes;      /* the body is the workbook's file; 0 = it is `body` */
    bool preflight;           /* tell an allowed origin what it may send */
    const char *allow_origin; /* Access-Control-Allow-Origin; NULL = none */
    struct rate rate;         /* what the client has left; limit 0 = not said */
};

enum { REQUEST_ID_SIZE = 65, PRINCIPAL_SIZE = 65 };

struct exchange {
    unsigned magic; /* EXCHANGE_MAGIC */
    uint32_t slot;  /* index in the table */
    uint64_t id;    /* generation << 16 | slot */
    struct gateway *gateway;
    struct MHD_Connection *connection;
    struct exchange *next; /* free list */
    enum exchange_state state;
    enum method method;
    bool suspended;
    bool too_large;                /* the body passed its maximum; the rest is thrown away */
    bool stats_done;               /* counted already */
    char *target;                  /* raw request target, in the arena; NULL = too long */
    struct address peer;           /* who is connected */
    struct address client_address; /* who asks: the peer, or the client of a trusted proxy */
    char address[ADDRESS_TEXT];    /* the same as text */
    bool https;                    /* a trusted proxy says that the client came by TLS */
    struct view path;              /* raw, without query */
    struct view query;             /* raw, without ? */
    struct route_match match;
    struct strict strict;
    struct arena arena; /* everything of this request */
    struct buf in;      /* body */
    struct buf out;     /* body of the answer */
    char request_id[REQUEST_ID_SIZE];
    char principal[PRINCIPAL_SIZE]; /* "" until authenticated */
    char role[16];                  /* the principal's; "" until authenticated */
    bool limited;                   /* it may see `dealers` alone */
    struct list dealers;            /* views, in the arena */
    char owner[PRINCIPAL_SIZE];     /* the user's id or the key's visible part; "" = neither */
    char session[PRINCIPAL_SIZE];   /* its id; "" = by key */
    int64_t until;                  /* wall ms: its session or key is over; 0 = never */
    bool has_password;              /* it can sign in with one */
    struct admission *admission;    /* auth.c's, while it asks; in the arena */
    struct client *client;          /* of the call in flight */
    uint64_t call;                  /* 0 = none */
    int64_t began_us;               /* monotonic */
    int64_t sent_us;                /* when the call went out */
    int64_t bus_us;                 /* how long it took; 0 = none */
    struct answer answer;
    struct stream *stream; /* live.c's; NULL for ordinary answers */
    struct export *export; /* export.c's; NULL unless it makes a file */
    struct work *workbook; /* workbooks.c's; NULL unless it makes one */
};

#define EXCHANGE_MAGIC 0x45584348u

enum { MAX_BODY_BYTES = 1024 * 1024, MAX_EXCHANGES = 2048 };

struct exchanges;

struct exchanges *exchanges_new(struct gateway *g);
void exchanges_free(struct exchanges **t);

/* NULL when all are in hand. */
struct exchange *exchange_take(struct exchanges *t);

/* Cancels what is in flight and frees what the request took. */
void exchange_give_back(struct exchanges *t, struct exchange *ex);

/* The exchange of a number; NULL when it is over. */
struct exchange *exchange_by_id(struct exchanges *t, uint64_t id);

unsigned exchanges_busy(const struct exchanges *t);

/* Calls fn for each one in hand; fn may end it. */
void exchanges_each(struct exchanges *t, void (*fn)(struct exchange *ex));

/* On whose behalf the exchange asks. */
void exchange_context(const struct exchange *ex, struct context *out);

/* Sends a message to the route's service; fn is called with the exchange. */
void exchange_ask(struct exchange *ex, const struct desc *msg, const void *message, reply_fn *fn);

/* The same with the route's message. */
void exchange_call(struct exchange *ex, const void *message, reply_fn *fn);

/* ---- answers: each completes the exchange, at most once ---- */

/* The answer of the exchange's call has come. False: it is an error, which the exchange has told.
 */
bool exchange_returned(struct exchange *ex, const struct reply *reply);

/* The body stands in ex->out. */
void exchange_json(struct exchange *ex, int status);
void exchange_text(struct exchange *ex, int status, const char *type, struct view body);
void exchange_fail(struct exchange *ex, const struct remote_error *e);
void exchange_fail_err(struct exchange *ex, enum err e);
void exchange_fail_text(struct exchange *ex, enum err e, const char *text);

/* Marks the answer complete and wakes the connection if it sleeps. Called by the above. */
void exchange_done(struct exchange *ex);

/* A request header; an empty view when absent. */
struct view exchange_header(const struct exchange *ex, const char *name);

#endif
