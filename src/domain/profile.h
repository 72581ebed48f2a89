/* SPDX-License-Identifier: ISC */
/*
 * profile: one login that sends mail, or another one that git keeps here, without its
 * secret. Validation happens here, at the domain's door; the sealed card is its TLV encoding.
 */
#ifndef DOMAIN_PROFILE_H
#define DOMAIN_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/sink.h"

#define PROFILE_NAME_MAX 128 /* bytes of UTF-8 */
#define PROFILE_TAGS_MAX 32
#define PROFILE_CARD_MAX 12288 /* encoded card, bytes */
/* A secret longer than this does not fit the AUTH line of RFC 4954 section 4
 * (12288 octets of base64) any more. */
#define PROFILE_SECRET_MAX 8192
/* The version of a secret that waits to become the current one (vault_rotate.h). */
#define PROFILE_VERSION_PENDING UINT64_MAX

enum profile_tls { TLS_UNSET, TLS_STARTTLS, TLS_IMPLICIT, TLS_NONE };
enum profile_auth {
    AUTH_AUTO,
    AUTH_PLAIN,
    AUTH_LOGIN,
    AUTH_CRAM_MD5,
    AUTH_SCRAM_SHA_256,
    AUTH_XOAUTH2,
    AUTH_OAUTHBEARER
};
/* An IAM secret is kept, and a login gets what is derived from it: domain/ses.h. */
enum profile_kind { KIND_PASSWORD, KIND_APP_PASSWORD, KIND_API_KEY, KIND_OAUTH2, KIND_IAM_SECRET };

/* What the vault's policy says of a profile (policy_apply): not in its card. */
struct profile_terms {
    bool known;          /* else nobody has asked: rotation.h goes by the card alone */
    uint32_t every_days; /* 0: by no period */
    uint16_t lead_days, grace_days, before_days;
    int64_t due; /* 0: never */
    bool dated;  /* that is a day of the year, and no period's end */
    bool open;   /* its dates may be kept readable while the vault is locked */
};

/* Heap strings, NULL when unset. Owner: profile_clear. */
struct profile {
    uint8_t uid[16]; /* stays through renames; names the version rows */
    char *name;
    char *provider;
    char *host;
    uint16_t port;
    enum profile_tls tls;
    enum profile_auth auth;
    char *username;
    char *from;
    enum profile_kind kind;
    char **tags;
    size_t tag_count;
    char *note;
    uint32_t rotate_days;              /* 0: never */
    int64_t created, updated, rotated; /* seconds since 1970, UTC */
    uint64_t version;
    int64_t exposed;      /* since when somebody who left may know the secret; 0 */
    int64_t authorized;   /* when a login by OAuth2 was agreed to (oauth_grant.h); 0: no such */
    char *ca_file;        /* absolute; the authorities of its server; NULL: the system's */
    char *protocol;       /* of a login that is not for mail, "https"; else NULL */
    char *path;           /* of such a one: what of its server it is for; NULL: all of it */
    int64_t retired;      /* since when git is not given it: its server rejected it; 0 */
    int64_t client_ends;  /* when the client secret of a login by OAuth2 ends; 0: not known */
    int64_t login_ends;   /* when such a login ends (its refresh token), as was told; 0: not */
    int64_t login_told;   /* when that was told, or moved last */
    struct blob grants;   /* to whom it is given: grant.h */
    struct blob posture;  /* what its server offered when a login worked: posture.h */
    struct blob copies;   /* the files that hold its secret in clear: copies.h */
    struct blob rotation; /* how far the change of its secret has come: rotation_record.h */
    /* From this machine's audit log, 0 never; not in the card: when the secret was last
     * handed out, and when a login with it last worked, or was turned away, as far as
     * anybody told. */
    int64_t last_used, last_worked, last_rejected;
    struct profile_terms terms;
};

void profile_clear(struct profile *p);
#define PROFILE_OWNED __attribute__((cleanup(profile_clear)))
enum sv_status profile_copy(struct profile *out, const struct profile *in,
                            struct sv_err *err) SV_MUST_USE;

/* 1 .. 128 bytes of UTF-8 without control characters, not beginning or ending
 * with a blank. SV_USAGE otherwise: the message says which rule. */
enum sv_status profile_check_name(const char *name, struct sv_err *err) SV_MUST_USE;

/* ---- fields.def as data ---- */
enum field_type {
    FT_TEXT,
    FT_PORT,
    FT_TLS,
    FT_AUTH,
    FT_KIND,
    FT_TAGS,
    FT_DAYS,
    FT_DATE, /* a time that people give */
    FT_TIME, /* one that the vault sets */
    FT_COUNT
};
enum { FF_SET = 1, FF_AUTO = 2 };
struct field {
    const char *key;
    size_t offset; /* into struct profile */
    enum field_type type;
    uint8_t tag;
    uint16_t limit;
    unsigned flags;
    const char *value_name;
    const char *label;
    const char *help;
};
extern const struct field profile_fields[];
extern const size_t profile_field_count;
const struct field *profile_field(const char *key); /* NULL: unknown */

/* Sets a field from a person's text. SV_USAGE for a value that is wrong: port 0,
 * 65536, "abc", an unknown mechanism, a control character, a host with a blank. */
enum sv_status profile_set(struct profile *p, const struct field *f, const char *value,
                           struct sv_err *err) SV_MUST_USE;
enum sv_status profile_add_tag(struct profile *p, const char *tag, struct sv_err *err) SV_MUST_USE;
bool profile_has_tag(const struct profile *p, const char *tag);
/* The field's text as `get` prints it ("587", "starttls", tags with ',', times
 * RFC 3339, rotate-every "90d" or ""). Unset: "". */
void profile_put_field(struct sink *out, const struct profile *p, const struct field *f);

/* A login that sends mail. Another has no port where its protocol's own is meant, nor a TLS
 * mode, and may have no host, no user and an empty secret (git_secret.h). */
bool profile_is_mail(const struct profile *p);
/* Its server as people write it: "smtp.example.com:465", "https://example.com/path". Returns
 * dst. */
#define PROFILE_SERVER_MAX 1400
char *profile_server(char dst[PROFILE_SERVER_MAX], const struct profile *p);

const char *profile_tls_word(enum profile_tls tls);
const char *profile_tls_title(enum profile_tls tls); /* "implicit TLS", "STARTTLS", "no TLS" */
const char *profile_auth_word(enum profile_auth auth);
const char *profile_kind_word(enum profile_kind kind);
bool profile_tls_parse(const char *word, enum profile_tls *out);
bool profile_auth_parse(const char *word, enum profile_auth *out);
bool profile_kind_parse(const char *word, enum profile_kind *out);

/* Port and TLS mode that follow from each other where only one was given, of a mail login. */
void profile_infer(struct profile *p);

/* A whole profile before it is stored: host, port, tls present in one for mail; `tls none`
 * only when insecure_ok. SV_USAGE with what is missing and the option that gives it. */
enum sv_status profile_check(const struct profile *p, bool insecure_ok,
                             struct sv_err *err) SV_MUST_USE;

/* 1 .. PROFILE_SECRET_MAX bytes, no NUL, no CR or LF inside. SV_DATA otherwise. */
enum sv_status profile_check_secret(const struct secret *secret, struct sv_err *err) SV_MUST_USE;

/* The card's plaintext: uid(16), then TLV (tag u8, u32 length, bytes), fields in
 * tag order, unset ones left out, then grants, posture, copies and rotation if there are any.
 * Decode: SV_DATA for anything malformed; a tag that this version does not know is SV_DATA naming
 * the cause. */
enum sv_status profile_encode(struct secret **card, const struct profile *p,
                              struct sv_err *err) SV_MUST_USE;
enum sv_status profile_decode(struct profile *out, const uint8_t *bytes, size_t len,
                              struct sv_err *err) SV_MUST_USE;

#endif
