/*
 * accounts.c - users, keys of programs, the audit trail: each command is one message to the account
 * service.
 */
#include "services/ddctl/ddctl.h"

#define ROW(verb_, positional_, options_, doc_, msg_, field_, columns_)                            \
    .verb = verb_, .positional = positional_, .options = options_, .doc = doc_, .fn = run_message, \
    .msg = msg_, .service = "account", .field = field_, .columns = columns_

#define RIGHTS_OPTIONS                                                                             \
    {"role", "role", OPTION_VALUE, "viewer|operator|admin", "What it may do."},                    \
        {"all", "all_dealers", OPTION_TRUE, "", "It may see every dealer."},                       \
    {                                                                                              \
        "dealers", "dealers", OPTION_VALUE, "CODE,...", "The dealers that it may see."             \
    }

static const struct option page_options[] = {
    {"limit", "limit", OPTION_VALUE, "N", "Items on a page; 50 if absent."},
    {"cursor", "cursor", OPTION_VALUE, "TEXT", "Where to go on."},
    {0},
};

static const struct option add_options[] = {
    RIGHTS_OPTIONS,
    {"name", "name", OPTION_VALUE, "NAME", "Name that people see."},
    {"password-file", "password", OPTION_FILE, "FILE", "Its password; else make a link."},
    {0},
};

static const struct option set_options[] = {
    RIGHTS_OPTIONS,
    {"some", "all_dealers", OPTION_FALSE, "", "It may see some dealers alone."},
    {"name", "name", OPTION_VALUE, "NAME", "Name that people see."},
    {"password-file", "password", OPTION_FILE, "FILE", "A new password; ends its sessions."},
    {"active", "is_active", OPTION_TRUE, "", "It may sign in."},
    {"inactive", "is_active", OPTION_FALSE, "", "It may not, and its sessions end."},
    {0},
};

static const struct option key_options[] = {
    RIGHTS_OPTIONS,
    {"expires", "expires_at", OPTION_VALUE, "TIME", "When it ends, RFC 3339."},
    {0},
};

static const struct option rotate_options[] = {
    {"overlap-hours", "overlap_hours", OPTION_VALUE, "N", "How long the old one goes on; 24."},
    {0},
};

static const struct option audit_options[] = {
    {"principal", "principal", OPTION_VALUE, "NAME", "Only what this one did."},
    {"kind", "kind", OPTION_VALUE, "WORD", "Only changes of dealers, users, jobs ..."},
    {"target", "target", OPTION_VALUE, "ID", "Only changes of this one."},
    {"action", "action", OPTION_VALUE, "MESSAGE", "Only what was asked for by this message."},
    {"request", "request_id", OPTION_VALUE, "ID", "Only what this request did."},
    {"from", "from", OPTION_VALUE, "TIME", "Only then or later."},
    {"to", "to", OPTION_VALUE, "TIME", "Only before."},
    {"limit", "limit", OPTION_VALUE, "N", "Items on a page; 50 if absent."},
    {"cursor", "cursor", OPTION_VALUE, "TEXT", "Where to go on."},
    {0},
};

static const char user_columns[] =
    "login,name,role,all_dealers,dealers,is_active,has_password,sessions,seen_at,locked_until";
static const char key_columns[] =
    "id,name,role,all_dealers,dealers,expires_at,used_at,revoked_at,successor";
static const char audit_columns[] = "seq,at,principal,address,action,kind,target,before,after";

const struct command account_commands[] = {
    {"user",
     ROW("ls", "", page_options, "Who may use the system.", &USER_LIST, NULL, user_columns)},
    {"user", ROW("show", "LOGIN", NULL, "One user.", &USER_GET, "login", NULL)},
    {"user", ROW("add", "LOGIN", add_options, "Adds a user.", &USER_CREATE, "login", NULL)},
    {"user",
     ROW("set", "LOGIN", set_options, "Changes what is given.", &USER_UPDATE, "login", NULL)},
    {"user",
     ROW("link", "LOGIN", NULL,
         "A token that signs it in once, within a day: #/start?token=", &USER_LINK, "login", NULL)},
    {"user",
     ROW("sign-out", "LOGIN", NULL, "Ends all its sessions.", &USER_SIGN_OUT, "login", NULL)},
    {"user",
     ROW("unlock", "LOGIN", NULL, "Forgets its wrong passwords.", &USER_UNLOCK, "login", NULL)},
    {"apikey", ROW("ls", "", page_options, "Keys of programs.", &KEY_LIST, NULL, key_columns)},
    {"apikey",
     ROW("add", "NAME", key_options, "Makes a key, shown this once.", &KEY_CREATE, "name", NULL)},
    {"apikey", ROW("rotate", "ID", rotate_options, "Replaces a key.", &KEY_ROTATE, "id", NULL)},
    {"apikey", ROW("revoke", "ID", NULL, "Takes a key back.", &KEY_REVOKE, "id", NULL)},
    {"audit", ROW("ls", "", audit_options, "Who changed what.", &AUDIT_LIST, NULL, audit_columns)},
    {"audit",
     ROW("verify", "", NULL, "Whether the trail is as it was written.", &AUDIT_VERIFY, NULL, NULL)},
    {0},
};
