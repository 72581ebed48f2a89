/* SPDX-License-Identifier: ISC */
/*
 * remind: what a run of "remind" has found, and what of it is news to one way of saying it. A
 * message of it holds no secret: what stands in it is what "due" shows.
 */
#ifndef ROTATE_REMIND_H
#define ROTATE_REMIND_H

#include "base/buf.h"
#include "base/sink.h"
#include "rotate/due_show.h"

enum remind_kind { REMIND_STDOUT, REMIND_MAIL, REMIND_NOTIFY, REMIND_FILE };

/* One --by, and where it goes. */
struct remind_way {
    enum remind_kind kind;
    const char *place; /* of FILE, absolute; of MAIL, or NULL: to the sender; borrowed */
    uint64_t channel;  /* the same for the same kind and place */
};

struct remind {
    struct cli *cli;
    struct due_found found;
    int64_t every;
    bool locked;         /* found has the dates that may be known then, and nothing else */
    bool whole;          /* and these are all of the vault */
    int64_t since;       /* 0: it is not known */
    bool since_used;     /* since: when somebody used it, or tried to */
    int64_t back;        /* the clock stands so many seconds before the last run; or 0 */
    const char *profile; /* whose login sends it, or NULL */
};

/* What one way has to say. */
struct remind_news {
    const struct due_item **items;
    size_t count, before; /* before: of what is due, was told by this way already */
    bool locked;          /* that the vault is locked is news too */
};

/* "smtpvault: 3 things are due, 1 of them overdue (host)": visible ASCII. Returns dst. */
char *remind_subject(char *dst, size_t capacity, const struct remind *r,
                     const struct remind_news *news);
/* For people, at most `limit` bytes and a NUL: what does not fit is counted. */
enum sv_status remind_text(struct blob *out, const struct remind *r, const struct remind_news *news,
                           size_t limit, struct sv_err *err) SV_MUST_USE;
/* A few lines of the same. Returns dst. */
#define REMIND_SHORT_MAX 1024
char *remind_short(char dst[REMIND_SHORT_MAX], const struct remind *r,
                   const struct remind_news *news);
/* For programs: one document. */
enum sv_status remind_json(struct sink *out, const struct remind *r, const struct remind_news *news,
                           struct sv_err *err) SV_MUST_USE;

/* ---- ways of saying it; SV_OK: it was said ---- */

/* By a login of the vault. SV_LOCKED: it is locked; SV_USAGE, SV_CONFIG: which login is not clear,
 * or there is none; SV_UNREACHABLE, SV_DENIED: what the server said. */
enum sv_status remind_by_mail(const struct remind *r, const struct remind_way *way,
                              const struct remind_news *news, struct sv_err *err) SV_MUST_USE;
/* By notify-send. SV_CONFIG: there is none; SV_UNREACHABLE: it shows nothing here. */
enum sv_status remind_by_notify(const struct remind *r, const struct remind_news *news,
                                struct sv_err *err) SV_MUST_USE;

/* "since 2026-11-29 10:00 (3 days ago)"; of `used`: "last used ..."; "" when nothing is known.
 * Returns dst. */
#define REMIND_SINCE_MAX 96
char *remind_since(char dst[REMIND_SINCE_MAX], const struct remind *r);

#endif
