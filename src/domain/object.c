/* SPDX-License-Identifier: ISC */
#include "domain/object.h"

#include <string.h>

#include "crypto/keys.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "domain/git_secret.h"
#include "domain/oauth_grant.h"
#include "domain/profile.h"
#include "store/db.h"

int64_t object_id(const uint8_t key[KEY_LEN], enum object_kind kind, const void *name, size_t len)
{
    uint8_t k = (uint8_t)kind, out[HASH_LEN];
    struct hash h;

    hash_begin(&h, key, 32, "id");
    hash_field(&h, &k, 1);
    hash_field(&h, name, len);
    hash_end(&h, out);
    return db_key_from(out);
}

int64_t object_version_id(const uint8_t key[KEY_LEN], const uint8_t uid[16], uint64_t version)
{
    uint8_t name[24];

    memcpy(name, uid, 16);
    le64_put(name + 16, version);
    return object_id(key, OBJECT_VERSION, name, sizeof name);
}

static struct seal_context context_of(const struct object_space *space, enum seal_kind kind,
                                      int64_t id)
{
    struct seal_context ctx = {.epoch = space->epoch, .kind = (uint8_t)kind, .row = (uint64_t)id};

    memcpy(ctx.vault_id, space->vault_id, sizeof ctx.vault_id);
    return ctx;
}

static struct seal_context part_context(const struct object_space *space, enum seal_kind kind,
                                        int64_t id, const struct object_wrap *wrap)
{
    struct seal_context ctx = context_of(space, kind, id);

    ctx.version = wrap->version;
    ctx.field = wrap->kind;
    return ctx;
}

const struct object_wrap *object_wrap_peek(const struct secret *wrap)
{
    return (const struct object_wrap *)secret_peek(wrap);
}

enum sv_status object_wrap_new(struct secret **out, enum object_kind kind, uint64_t version,
                               const uint8_t *dek, struct sv_err *err)
{
    SECRET_OWNED struct secret *s = NULL;
    struct object_wrap *wrap;
    enum sv_status st = secret_new(&s, sizeof *wrap, err);

    if (st)
        return st;
    secret_set_len(s, sizeof *wrap);
    wrap = (struct object_wrap *)secret_poke(s);
    wrap->kind = (uint8_t)kind;
    wrap->version = version;
    if (dek)
        memcpy(wrap->dek, dek, KEY_LEN);
    else
        random_bytes(wrap->dek, KEY_LEN);
    *out = s;
    s = NULL;
    return SV_OK;
}

static enum sv_status wrap_plain(struct secret **out, const struct object_wrap *wrap,
                                 struct sv_err *err)
{
    struct buf_writer w;
    enum sv_status st = secret_new(out, OBJECT_WRAP_PLAIN, err);

    if (st)
        return st;
    secret_set_len(*out, OBJECT_WRAP_PLAIN);
    w = buf_writer_over(secret_poke(*out), OBJECT_WRAP_PLAIN);
    buf_put_u8(&w, wrap->kind);
    buf_put_u64(&w, wrap->version);
    buf_put_bytes(&w, wrap->dek, KEY_LEN);
    return SV_OK;
}

/* Whom a row is wrapped for: the holders of a key, or of a token. */
struct wrapping {
    const uint8_t *key;
    const struct object_reader *reader;
};

static struct seal_context token_context(const struct object_space *space, int64_t id)
{
    struct seal_context ctx = context_of(space, SEAL_TOKEN, id);

    ctx.role = ROLE_TOKEN;
    return ctx;
}

/* E and wrap. */
static enum sv_status seal_wrap(uint8_t *out, const struct object_space *space, int64_t id,
                                const struct wrapping *to, const struct object_wrap *wrap,
                                struct sv_err *err)
{
    struct seal_context ctx =
        to->reader ? token_context(space, id) : context_of(space, SEAL_WRAP, id);
    SECRET_OWNED struct secret *plain = NULL;
    enum sv_status st = wrap_plain(&plain, wrap, err);

    if (st)
        return st;
    if (to->reader)
        return pkseal_box(out, to->reader->pk, to->reader->psk, &ctx, SEAL_EXACT,
                          secret_peek(plain), OBJECT_WRAP_PLAIN, err);
    random_bytes(out, 32);
    return seal_box(out + 32, to->key, &ctx, SEAL_EXACT, secret_peek(plain), OBJECT_WRAP_PLAIN,
                    err);
}

/* The keys of card and secret are derived into secret memory too. */
static enum sv_status part_key(struct secret **out, enum seal_kind kind,
                               const struct object_wrap *wrap, struct sv_err *err)
{
    enum sv_status st = secret_new(out, KEY_LEN, err);

    if (st)
        return st;
    secret_set_len(*out, KEY_LEN);
    if (kind == SEAL_CARD)
        keys_card(secret_poke(*out), wrap->dek);
    else
        keys_secret(secret_poke(*out), wrap->dek);
    return SV_OK;
}

static enum sv_status seal_part(uint8_t *out, const struct object_space *space, enum seal_kind kind,
                                int64_t id, const struct object_wrap *wrap,
                                const struct secret *plain, struct sv_err *err)
{
    struct seal_context ctx = part_context(space, kind, id, wrap);
    SECRET_OWNED struct secret *key = NULL;
    enum sv_status st = part_key(&key, kind, wrap, err);

    return st ? st
              : seal_box(out, secret_peek(key), &ctx, SEAL_PADDED, secret_peek(plain),
                         secret_len(plain), err);
}

static enum sv_status seal_row(struct blob *out, const struct object_space *space, int64_t id,
                               const struct wrapping *to, const struct secret *wrap,
                               const struct secret *card, const struct secret *secret,
                               struct sv_err *err)
{
    const struct object_wrap *w = object_wrap_peek(wrap);
    size_t card_len = seal_len(SEAL_PADDED, secret_len(card));
    size_t total = OBJECT_HEAD_LEN + card_len + seal_len(SEAL_PADDED, secret_len(secret));
    BLOB_OWNED struct blob row = {0};
    enum sv_status st;

    if (!blob_reserve(&row, total))
        return sv_fail_nomem(err);
    row.len = total;
    le32_put(row.bytes + 32 + OBJECT_WRAP_LEN, (uint32_t)card_len);
    if ((st = seal_wrap(row.bytes, space, id, to, w, err)) ||
        (st = seal_part(row.bytes + OBJECT_HEAD_LEN, space, SEAL_CARD, id, w, card, err)) ||
        (st = seal_part(row.bytes + OBJECT_HEAD_LEN + card_len, space, SEAL_SECRET, id, w, secret,
                        err)))
        return st;
    blob_clear(out);
    *out = row;
    row = (struct blob){0};
    return SV_OK;
}

enum sv_status object_seal(struct blob *out, const struct object_space *space, int64_t id,
                           const uint8_t wrap_key[KEY_LEN], const struct secret *wrap,
                           const struct secret *card, const struct secret *secret,
                           struct sv_err *err)
{
    const struct wrapping to = {.key = wrap_key};

    return seal_row(out, space, id, &to, wrap, card, secret, err);
}

enum sv_status object_seal_to(struct blob *out, const struct object_space *space, int64_t id,
                              const struct object_reader *reader, const struct secret *wrap,
                              const struct secret *card, const struct secret *secret,
                              struct sv_err *err)
{
    const struct wrapping to = {.reader = reader};

    return seal_row(out, space, id, &to, wrap, card, secret, err);
}

static enum sv_status row_damaged(struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "a row of the vault is damaged or was altered: run \"smtpvault verify\"");
}

static enum sv_status wrap_read(struct secret **out, const struct secret *plain, struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(secret_peek(plain), secret_len(plain));
    uint8_t kind = buf_get_u8(&r);
    uint64_t version = buf_get_u64(&r);

    if (r.bad || r.left != KEY_LEN)
        return row_damaged(err);
    return object_wrap_new(out, kind, version, r.at, err);
}

enum sv_status object_open_wrap(struct secret **out, const struct object_space *space, int64_t id,
                                const uint8_t wrap_key[KEY_LEN], const uint8_t *row, size_t len,
                                struct sv_err *err)
{
    struct seal_context ctx = context_of(space, SEAL_WRAP, id);
    SECRET_OWNED struct secret *plain = NULL;
    enum sv_status st;

    if (len < OBJECT_HEAD_LEN)
        return row_damaged(err);
    st = seal_open(&plain, wrap_key, &ctx, SEAL_EXACT, row + 32, OBJECT_WRAP_LEN, err);
    if (st)
        return st == SV_DATA ? row_damaged(err) : st;
    return wrap_read(out, plain, err);
}

enum sv_status object_open_wrap_to(struct secret **out, const struct object_space *space,
                                   int64_t id, const struct object_reader *reader,
                                   const uint8_t sk[KEY_LEN], const uint8_t *row, size_t len,
                                   struct sv_err *err)
{
    const struct pkseal_reader pair = {.sk = sk, .pk = reader->pk};
    struct seal_context ctx = token_context(space, id);
    SECRET_OWNED struct secret *plain = NULL;
    enum sv_status st;

    if (len < OBJECT_HEAD_LEN)
        return row_damaged(err);
    st = pkseal_open(&plain, &pair, reader->psk, &ctx, SEAL_EXACT, row, 32 + OBJECT_WRAP_LEN, err);
    if (st)
        return st == SV_DATA ? row_damaged(err) : st;
    return wrap_read(out, plain, err);
}

static enum sv_status open_part(struct secret **out, const struct object_space *space,
                                enum seal_kind kind, int64_t id, const struct secret *wrap,
                                const uint8_t *box, size_t len, struct sv_err *err)
{
    const struct object_wrap *w = object_wrap_peek(wrap);
    struct seal_context ctx = part_context(space, kind, id, w);
    SECRET_OWNED struct secret *key = NULL;
    enum sv_status st = part_key(&key, kind, w, err);

    if (st)
        return st;
    st = seal_open(out, secret_peek(key), &ctx, SEAL_PADDED, box, len, err);
    return st == SV_DATA ? row_damaged(err) : st;
}

/* The length of the card's box, or 0 when the row cannot hold it. */
static size_t card_len_of(const uint8_t *row, size_t len)
{
    size_t n;

    if (len < OBJECT_HEAD_LEN)
        return 0;
    n = le32_get(row + 32 + OBJECT_WRAP_LEN);
    return n <= len - OBJECT_HEAD_LEN ? n : 0;
}

enum sv_status object_open_card(struct secret **out, const struct object_space *space, int64_t id,
                                const struct secret *wrap, const uint8_t *row, size_t len,
                                struct sv_err *err)
{
    size_t n = card_len_of(row, len);

    if (n == 0)
        return row_damaged(err);
    return open_part(out, space, SEAL_CARD, id, wrap, row + OBJECT_HEAD_LEN, n, err);
}

enum sv_status object_open_secret(struct secret **out, const struct object_space *space, int64_t id,
                                  const struct secret *wrap, const uint8_t *row, size_t len,
                                  struct sv_err *err)
{
    size_t n = card_len_of(row, len);

    if (n == 0)
        return row_damaged(err);
    return open_part(out, space, SEAL_SECRET, id, wrap, row + OBJECT_HEAD_LEN + n,
                     len - OBJECT_HEAD_LEN - n, err);
}

/* ---- the secret part ---- */

static uint8_t secret_tag(const struct secret *password)
{
    if (git_secret_is(password))
        return SECRET_TAG_GIT;
    return oauth_grant_is(password) ? SECRET_TAG_OAUTH : SECRET_TAG_PASSWORD;
}

enum sv_status object_secret_encode(struct secret **out, const struct secret *password,
                                    struct sv_err *err)
{
    size_t len = 5 + secret_len(password);
    SECRET_OWNED struct secret *s = NULL;
    struct buf_writer w;
    enum sv_status st = secret_new(&s, len, err);

    if (st)
        return st;
    secret_set_len(s, len);
    w = buf_writer_over(secret_poke(s), len);
    buf_put_u8(&w, secret_tag(password));
    buf_put_block(&w, secret_peek(password), secret_len(password));
    *out = s;
    s = NULL;
    return SV_OK;
}

static enum sv_status unknown_form(struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "the secret of this profile has a form that this smtpvault does not know: use "
                   "the newer one that wrote it");
}

enum sv_status object_secret_decode(struct secret **password, const struct secret *plain,
                                    struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(secret_peek(plain), secret_len(plain));
    uint8_t tag = buf_get_u8(&r);
    size_t len = 0;
    bool bare = tag == SECRET_TAG_PASSWORD, grant = tag == SECRET_TAG_OAUTH;
    size_t most = bare ? PROFILE_SECRET_MAX : grant ? OAUTH_GRANT_MAX : GIT_SECRET_MAX;
    const uint8_t *bytes = buf_get_block(&r, most, &len);
    SECRET_OWNED struct secret *s = NULL;
    enum sv_status st;

    if (!buf_reader_done(&r) || (!bare && !grant && tag != SECRET_TAG_GIT))
        return unknown_form(err);
    if ((st = secret_copy(&s, bytes, len, err)))
        return st;
    if (secret_tag(s) != tag)
        return unknown_form(err);
    *password = s;
    s = NULL;
    return SV_OK;
}
