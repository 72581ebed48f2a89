/* SPDX-License-Identifier: ISC */
/*
 * make_seeds SAMPLE OUT: writes inputs to begin from, OUT/NAME/N for each target NAME:
 * the rows and files of the sample vault (tests/data/sample-1, the one that a key file
 * opens) as they stand there and as their plaintext, and lines as people and servers
 * write them. scripts/fuzz-corpus takes what reaches something new. No secret is in
 * them but the sample's, which are test values.
 */

#include "audit/log.h"
#include "audit/note.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/words.h"
#include "crypto/identity.h"
#include "crypto/share.h"
#include "crypto/token.h"
#include "domain/grant.h"
#include "domain/token.h"
#include "domain/vault_impl.h"
#include "fuzz.h"
#include "smtp/classify.h"
#include "smtp/https_wire.h"
#include "smtp/ports.h"
#include "smtp/redirect.h"
#include "smtp/smtp_wire.h"

static const char *out_dir;

/* ---- one seed ---- */

static struct blob seed;

static void put(const void *bytes, size_t len)
{
    CHECK(blob_append(&seed, bytes, len));
}

static void put_u8(unsigned value)
{
    put((uint8_t[]){(uint8_t)value}, 1);
}

static void put_zeros(size_t n)
{
    while (n-- > 0)
        put_u8(0);
}

/* As fuzz_word takes it. */
static void put_word(const char *text)
{
    size_t len = strlen(text) < 255 ? strlen(text) : 255;

    put_u8((unsigned)len);
    put(text, len);
}

static void done(const char *target)
{
    static unsigned number;
    char path[512];

    (void)snprintf(path, sizeof path, "%s/%s", out_dir, target);
    CHECK(file_make_dirs(path, NULL) == SV_OK);
    (void)snprintf(path, sizeof path, "%s/%s/%u", out_dir, target, ++number);
    fuzz_write_file(path, seed.bytes, seed.len);
    seed.len = 0;
}

static void lines(const char *target, const char *const *list)
{
    for (; *list != NULL; list++) {
        put(*list, strlen(*list));
        done(target);
    }
}

/* ---- the sample's rows ---- */

static enum sv_status each_row(void *context, int64_t key, const uint8_t *bytes, size_t len,
                               struct sv_err *err)
{
    const char *target = context;
    bool state = strcmp(target, "state") == 0 && key == META_STATE;

    (void)err;
    if (strcmp(target, "header") == 0 && key != META_HEADER)
        return SV_OK;
    if (strcmp(target, "state") == 0 && !state)
        return SV_OK;
    if (strcmp(target, "header") != 0)
        put_u8(0);
    put(bytes, len);
    done(target);
    if (state) {
        put_u8(1);
        put(bytes, STATE_CORE_LEN + 32);
        done(target);
    }
    return SV_OK;
}

static enum sv_status each_audit_row(void *context, int64_t key, const uint8_t *bytes, size_t len,
                                     struct sv_err *err)
{
    const enum db_table *table = context;

    (void)err;
    if (*table == TABLE_GEN || key == AUDIT_HEAD_KEY) {
        put_u8(*table == TABLE_GEN);
        put(bytes, len);
        done("audit_rows");
    }
    return SV_OK;
}

/* A box for fuzz_object, sealed there. */
static void object_seed(const struct object_wrap *wrap, const struct secret *card,
                        const struct secret *secret)
{
    static const uint8_t edits[][3] = {{40, 0, 1}, {180, 0, 1}, {0, 3, 1}, {5, 0, 1}, {147, 0, 0}};
    uint8_t len[2] = {(uint8_t)secret_len(card), (uint8_t)(secret_len(card) >> 8)}, version[8];

    le64_put(version, wrap->version);
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        put_u8(1);
        put(edits[i], 3);
        put_u8(wrap->kind);
        put(version, sizeof version);
        put(len, sizeof len);
        put(secret_peek(card), secret_len(card));
        put(secret_peek(secret), secret_len(secret));
        done("object");
    }
}

/* What the boxes of a row hold, for the targets behind the seal. */
static enum sv_status each_object(void *context, int64_t id, const uint8_t *bytes, size_t len,
                                  struct sv_err *err)
{
    struct vault *v = context;
    struct object_space space = vault_space(v);
    SECRET_OWNED struct secret *wrap = NULL, *card = NULL, *secret = NULL;
    const struct key_tree *k = keys_peek(v->keys);
    bool ours = object_open_wrap(&wrap, &space, id, k->wrap, bytes, len, err) == SV_OK;

    if (!ours)
        CHECK(object_open_wrap(&wrap, &space, id, k->directory, bytes, len, err) == SV_OK);
    CHECK(object_open_card(&card, &space, id, wrap, bytes, len, err) == SV_OK);
    CHECK(object_open_secret(&secret, &space, id, wrap, bytes, len, err) == SV_OK);
    put(secret_peek(card), secret_len(card));
    done(ours ? "card" : "directory");
    put(secret_peek(secret), secret_len(secret));
    done(ours ? "secret_part" : "directory_keys");
    object_seed(object_wrap_peek(wrap), card, secret);
    return SV_OK;
}

static enum sv_status each_event(void *context, const struct audit_event *event, struct sv_err *err)
{
    uint8_t bytes[AUDIT_ENTRY_MAX];
    size_t len = audit_entry_encode(bytes, event);

    (void)context, (void)err;
    put_u8(0);
    put(bytes, len);
    done("entry");
    return SV_OK;
}

static void file_seed(const char *target, const char *path)
{
    size_t len = 0;
    FUZZ_OWNED uint8_t *bytes = fuzz_read_file(path, &len);

    CHECK(bytes != NULL);
    for (unsigned mode = 0; mode < 2; mode++) {
        put_u8(mode);
        put(bytes, len);
        done(target);
    }
}

/* Works on a copy: opening writes to log and anchor. */
static struct vault *sample_open(const char *sample)
{
    const char *path = fuzz_path("vault.db"), *state = fuzz_path("state");
    struct vault_place place = {.path = path, .state_root = state};
    SECRET_OWNED struct secret *content = NULL, *hash = NULL;
    struct vault *v = NULL;
    struct sv_err err = {""};
    char command[512];

    (void)snprintf(command, sizeof command,
                   "cp -R '%s/keyfile/.' '%s' && cp '%s/key.txt' '%s' && chmod -R go= '%s'", sample,
                   fuzz_dir(), sample, fuzz_dir(), fuzz_dir());
    CHECK(system(command) == 0);
    CHECK(file_read_secret(fuzz_path("key.txt"), 4096, &content, &err) == SV_OK);
    CHECK(keyfile_hash(&hash, content, &err) == SV_OK);
    const struct slot_credentials cred = {.keyfile_hash = hash};
    CHECK(vault_open(&v, &place, false, &err) == SV_OK);
    CHECK(vault_unlock(v, &cred, &err) == SV_OK);
    put(secret_peek(content), secret_len(content));
    done("keyfile");
    return v;
}

static void sample_seeds(const char *sample)
{
    static const enum db_table audit_tables[] = {TABLE_HEAD, TABLE_GEN};
    const struct audit_filter all = {0};
    VAULT_OWNED struct vault *v = sample_open(sample);
    struct sv_err err = {""};
    static const struct {
        enum db_table table;
        char target[16];
    } tables[] = {
        {TABLE_META, "header"}, {TABLE_META, "state"}, {TABLE_SLOT, "slot"}, {TABLE_OBJ, "object"}};

    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        CHECK(db_walk(v->db, tables[i].table, INT64_MIN, INT64_MAX, false, each_row,
                      (void *)(uintptr_t)tables[i].target, &err) == SV_OK);
    CHECK(db_walk(v->db, TABLE_OBJ, 0, INT64_MAX, false, each_object, v, &err) == SV_OK);
    for (size_t i = 0; i < 2; i++)
        CHECK(db_walk(v->audit->db, audit_tables[i], 0, INT64_MAX, false, each_audit_row,
                      (void *)(uintptr_t)&audit_tables[i], &err) == SV_OK);
    CHECK(vault_audit_read(v, &all, each_event, NULL, &err) == SV_OK);
    file_seed("anchor", v->anchor_path);
    file_seed("seal_file", v->audit->seal_path);
}

/* ---- what is made here ---- */

static void slot_and_box_seeds(void)
{
    static const uint8_t bundle[41] = {ROLE_ADMIN, 3};

    for (unsigned role = 0; role < 6; role++)
        for (unsigned at = 0; at < 600; at += 97) {
            put_u8(1 + at % 3);
            put((uint8_t[]){(uint8_t)at, (uint8_t)(at >> 8), at % 2 == 0, (uint8_t)role}, 4);
            put(bundle, sizeof bundle);
            done("slot");
        }
    for (unsigned mode = 0; mode < 16; mode++) {
        put_u8(mode);
        put((uint8_t[]){57, 0, 1}, 3);
        put_zeros(mode < 8 ? 41 : 255);
        put_u8(0x80);
        done("box");
    }
}

/* A card that the sample has none of: tags, one of them twice, and too many. */
static void card_seeds(void)
{
    static const unsigned counts[] = {2, PROFILE_TAGS_MAX, PROFILE_TAGS_MAX + 1};

    for (size_t i = 0; i < 6; i++) {
        put_zeros(16);
        put((uint8_t[]){1, 1, 0, 0, 0, 'n'}, 6);
        for (unsigned n = 0; n < counts[i / 2]; n++)
            put((uint8_t[]){10, 1, 0, 0, 0, (uint8_t)('0' + (i % 2 == 0 ? n : 0))}, 6);
        done("card");
    }
}

/* Each condition alone, and all of them. */
static void grant_seeds(void)
{
    static const unsigned alone[] = {GRANT_EXE,
                                     GRANT_EXE | GRANT_PIN,
                                     GRANT_UNIT,
                                     GRANT_USER,
                                     GRANT_USER | GRANT_HOURS,
                                     GRANT_USER | GRANT_MAX,
                                     GRANT_USER | GRANT_UNTIL,
                                     GRANT_USER | GRANT_CONFIRM,
                                     GRANT_LEARN | GRANT_UNTIL};
    GRANTS_OWNED struct grants all = {0};
    BLOB_OWNED struct blob bytes = {0};

    for (size_t i = 0; i < sizeof alone / sizeof alone[0]; i++) {
        GRANTS_OWNED struct grants one = {0};
        struct grant g = {.has = alone[i], .made = 1000, .exe = "/bin/a", .unit = "a.service"};
        g.uid = 3, g.from = 60, g.to = 120, g.max = 2, g.seconds = GRANT_HOUR_SECONDS;
        g.until = 2000;
        CHECK(grants_add(&one, &g, NULL) == SV_OK && grants_add(&all, &g, NULL) == SV_OK);
        CHECK(grants_encode(&bytes, &one, NULL) == SV_OK);
        put(bytes.bytes, bytes.len);
        done("grant");
    }
    CHECK(grants_encode(&bytes, &all, NULL) == SV_OK);
    put(bytes.bytes, bytes.len);
    done("grant");
    static const char *const words[] = {"08:30-17", "20/h", "30d", "a@b.service"};
    for (size_t i = 0; i < 4; i++) {
        put(words[i], strlen(words[i]));
        done("grant");
    }
    /* A card that has them. */
    put_zeros(16);
    put((uint8_t[]){1, 1, 0, 0, 0, 'n', 32, (uint8_t)bytes.len, (uint8_t)(bytes.len >> 8), 0, 0},
        11);
    put(bytes.bytes, bytes.len);
    done("card");
}

/* Bundles of each role, and tokens. */
static void key_seeds(void)
{
    static const uint8_t root[KEY_LEN] = "the root of all keys, to fuzz..";
    uint8_t older_key[DIRECTORY_AUDIT_KEY_LEN] = {2};
    struct directory_former eve = {.number = 2, .left = 1700000000, .label = "eve"};
    SECRET_OWNED struct secret *keys = NULL, *part = NULL, *more = NULL, *all = NULL, *text = NULL;
    SECRET_OWNED struct secret *ever = NULL;
    SECRET_OWNED struct secret *older = fuzz_secret(older_key, sizeof older_key);

    CHECK(keys_from_root(&keys, root, NULL) == SV_OK);
    for (unsigned role = ROLE_ADMIN; role <= ROLE_AUDITOR; role++) {
        SECRET_OWNED struct secret *bundle = NULL;
        CHECK(vault_bundle_make(&bundle, role, 3, keys_peek(keys), older, NULL) == SV_OK);
        put_u8(1);
        put(secret_peek(bundle), secret_len(bundle));
        done("bundle");
    }
    CHECK(secret_new(&part, 1, NULL) == SV_OK);
    CHECK(directory_keys_add_audit(&more, part, 1, root, NULL) == SV_OK);
    CHECK(directory_keys_add_identity(&all, more, 3, root, NULL) == SV_OK);
    CHECK(directory_keys_add_former(&ever, all, &eve, NULL) == SV_OK);
    put(secret_peek(ever), secret_len(ever));
    done("directory_keys");
    CHECK(token_make(&text, NULL, NULL) == SV_OK);
    put_u8(0);
    put(secret_peek(text), secret_len(text));
    done("token");
    put_u8(1);
    put(root, sizeof root);
    done("token");
}

/* An identity and its file, and shares. */
static void way_seeds(void)
{
    static const struct argon2_cost least = {ARGON2_MIN_PASSES, ARGON2_MIN_KIB, 1};
    SECRET_OWNED struct secret *key = NULL, *words = fuzz_secret("pass words", 10);
    SECRET_OWNED struct secret *whole = NULL;
    BLOB_OWNED struct blob file = {0};
    struct identity_public identity;
    struct share shares[3] = {{0}};
    char line[IDENTITY_LINE_MAX + 1];

    CHECK(identity_make(&key, &identity, "ann's key", NULL) == SV_OK);
    CHECK(identity_file_make(&file, key, &identity, words, &least, NULL) == SV_OK);
    identity_line(line, &identity);
    put_u8(0);
    put(line, strlen(line));
    done("identity");
    put_u8(1);
    put(file.bytes, file.len);
    done("identity");
    for (unsigned at = 0; at < 90; at += 11) {
        put((uint8_t[]){2, (uint8_t)at, 'A'}, 3);
        put(identity.pk, KEY_LEN);
        put_word(at % 2 == 0 ? "ann's key" : "");
        done("identity");
    }
    whole = fuzz_secret("a recovery secret of 32 bytes...", SHARE_WHOLE_LEN);
    CHECK(share_split(shares, 2, 3, whole, NULL) == SV_OK);
    for (unsigned i = 0; i < 3; i++) {
        SECRET_OWNED struct secret *text = NULL;
        CHECK(share_write(&text, &shares[i], NULL) == SV_OK);
        put_u8(0);
        put(secret_peek(text), secret_len(text));
        done("share");
        put((uint8_t[]){1, 2, 3, (uint8_t)(3 << i), 0, 0, 0, (uint8_t)i, 4, 1, 1, 9, 2, 2}, 14);
        put_zeros(20);
        done("share");
        share_clear(&shares[i]);
    }
}

/* Edits of whole files. */
static void file_seeds(void)
{
    static const uint8_t mends[] = {0, 1, 3, 4, 7, 12, 15, 23, 31};
    static const uint8_t edits[][24] = {
        {0},
        {0, 2, 3, 5, 1, 2, 3, 4, 5}, /* a row of any bytes */
        {1, 2, 1},
        {1, 4, 0},
        {1, 1, 2},
        {1, 3, 0}, /* deleted */
        {2, 0, 0, 18, 0, 1, 9},
        {2, 1, 0, 60, 0, 1, 7}, /* edited */
        {2, 2, 1, 200, 0, 2, 7, 7},
        {2, 3, 0, 40, 0, 1, 1},
        {3, 2, 2, 20, 0},
        {3, 0, 1, 255, 1},
        {4, 2, 1, 2},
        {4, 1, 0, 3},                                                            /* cut, copied */
        {5, 1, 2, 1, 4, 'n', 'e', 'w', '1', 1, 8, 1, 3, 0, 0, 0, 'p', 'w', 'd'}, /* sealed */
        {5, 3, 1, 1, 8, 2, 0, 0, 0, 0, 0, 1, 1},
        {5, 2, 2, 1, 4, 'w', 'o', 'r', 'k', 1, 0},
        {6, 0, 1, 169, 1},
        {6, 4, 2, 200, 2},
        {6, 5, 3, 255, 3}, /* slots */
        {7, 0, 1, 1},
        {7, 8, 9},
        {7, 9, 30},
        {7, 10, 200},
        {7, 129, 255, 255, 255, 255, 255, 255, 255, 127},
        {8, 0},
        {8, 3},
        {8, 6},
        {8, 8},
        {8, 9},
        {8, 11},
        {8, 13},
        {8, 15},
        {8, 16},
        {8, 17},
        {8, 19},
        {8, 0x83},
        {8, 0x85},
        {8, 3},
        {8, 11}, /* in a log: seals of before */
        {9, 60, 0, 0, 0, 4, 1, 2, 3, 4},
        {9, 0, 8, 0, 0, 1, 0},
        {9, 0, 64, 0, 0, 0},
    };

    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++)
        for (size_t m = 0; m < sizeof mends; m++) {
            put((uint8_t[]){(uint8_t)(mends[m] | i % 8 << 5), (uint8_t)(m * 37 + i * 11)}, 2);
            put(edits[i], sizeof edits[i]);
            done("vault");
            put_u8((unsigned)(mends[m] * 4 + i) % 128);
            put(edits[i], sizeof edits[i]);
            done("audit");
        }
}

/* What a token's row holds. */
static void token_row_seeds(void)
{
    struct token_policy policy = {
        .label = "ci", .created = 1800000000, .until = 1900000000, .epoch = 1, .seq = 9};
    const struct token_trust trust = {.verify_pk = "v", .audit_pk = "a"};
    SECRET_OWNED struct secret *card = NULL, *all = NULL, *none = NULL, *one = NULL, *two = NULL;
    struct token_holding h = {.id = 77, .version = 2, .name = "bulk"};

    CHECK(token_policy_encode(&card, &policy, NULL) == SV_OK);
    put_u8(0);
    put(secret_peek(card), secret_len(card));
    done("token_row");
    (void)snprintf(policy.exe, sizeof policy.exe, "/usr/bin/msmtp");
    policy.most_uses = 3;
    policy.agent = true;
    CHECK(token_policy_encode(&all, &policy, NULL) == SV_OK);
    put_u8(0);
    put(secret_peek(all), secret_len(all));
    done("token_row");
    CHECK(token_bundle_new(&none, &trust, NULL) == SV_OK);
    CHECK(token_bundle_put(&one, none, 0, &h, NULL) == SV_OK);
    h.id = 78;
    (void)snprintf(h.name, sizeof h.name, "work");
    CHECK(token_bundle_put(&two, one, 0, &h, NULL) == SV_OK);
    put_u8(1);
    put(secret_peek(two), secret_len(two));
    done("token_row");
}

/* Two notes as in a witness file, marks, and a proof between equal sizes. */
static void note_seeds(void)
{
    static const uint8_t vault_id[16] = "a vault's number";
    SECRET_OWNED struct secret *keys = fuzz_secret("the secret half of an audit key", 32);
    struct audit_mark mark = {.log_id = "a log's number..", .size = 7, .root = "a root"};
    char text[AUDIT_NOTE_MAX_LEN];

    put_u8(0);
    for (int i = 0; i < 2; i++, mark.size += 65536) {
        put(text, audit_note_sign(text, vault_id, &mark, keys));
        put("\n", i == 0);
    }
    done("note");
    for (unsigned place = 0; place < 300; place += 23) {
        put((uint8_t[]){1, 9, 0, 0, 0, 0, 0, 0, 0}, 9);
        put_zeros(32);
        put((uint8_t[]){(uint8_t)place, (uint8_t)(place >> 8), '0'}, 3);
        done("note");
    }
    for (unsigned from = 1; from < 9; from++) {
        put((uint8_t[]){2, (uint8_t)from, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0}, 17);
        put_zeros(64);
        put_u8(from == 8 ? 0 : 3);
        put_zeros(96);
        done("note");
    }
}

static void history_seeds(void)
{
    for (unsigned how = 1; how < 16; how++) {
        put((uint8_t[]){1, 0, 0, 0, 0, 0, 0, 0, 3}, 9);
        for (unsigned row = 0; row < 3; row++) {
            put((uint8_t[]){0, row == 1 ? (uint8_t)how : 1}, 2);
            put("the hash of what was committed..", 32);
        }
        done("history");
    }
}

static void due_dates_seeds(void)
{
    static const char *const texts[] = {
        "smtpvault-dates 1 some\n",
        "smtpvault-dates 1 all\n00112233445566778899aabbccddeeff 1 -2 3 4 work\n"
        "ffeeddccbbaa99887766554433221100 9223372036854775807 1 1 0 a b\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        put(texts[i], strlen(texts[i]));
        done("due_dates");
    }
}

static void wire_seeds(void)
{
    static const struct smtp_target target = {.host = "mail.example.com",
                                              .port = 465,
                                              .tls = SMTP_IMPLICIT,
                                              .login_options = "AUTH=PLAIN;AUTH=LOGIN",
                                              .username = "ann@example.com",
                                              .ca_file = "/etc/ca.pem",
                                              .connect_ms = 8000,
                                              .provider = "gmail"};
    static const struct smtp_result result = {.verdict = SMTP_WRONG_SECRET,
                                              .phase = PHASE_AUTH,
                                              .code = 535,
                                              .enhanced = "5.7.8",
                                              .text = "5.7.8 Error: authentication failed",
                                              .cause = "the password is wrong",
                                              .advice = "smtpvault edit {name}",
                                              .mechanism = "PLAIN",
                                              .offer = {.tls = SMTP_IMPLICIT,
                                                        .mechanisms = "PLAIN LOGIN",
                                                        .tls_version = "TLSv1.3",
                                                        .issuer = "Example CA",
                                                        .names = "mail.example.com",
                                                        .days_left = 40,
                                                        .pin_count = 1,
                                                        .pins = {{1, 2, 3}}},
                                              .ms_auth = -1};
    SECRET_OWNED struct secret *secret = fuzz_secret("pass word", 9), *frame = NULL, *given = NULL;
    SECRET_OWNED struct secret *speaks = NULL;
    uint8_t bytes[WIRE_RESULT_MAX];
    size_t len = 0;

    CHECK(wire_put_login(&frame, &target, NULL) == SV_OK);
    put_u8(4);
    put(secret_peek(frame), secret_len(frame));
    done("wire");
    struct smtp_target says = target;
    (void)snprintf(says.send_to, sizeof says.send_to, "bob@example.com");
    (void)snprintf(says.subject, sizeof says.subject, "2 things");
    (void)snprintf(says.text, sizeof says.text, "one\n.\ntwo\n");
    CHECK(wire_put_login(&speaks, &says, NULL) == SV_OK);
    put_u8(4);
    put(secret_peek(speaks), secret_len(speaks));
    done("wire");
    CHECK(wire_put_result(WIRE_RESULT, bytes, &len, &result, NULL) == SV_OK);
    for (uint8_t mode = 5; mode <= 6; mode++) {
        put_u8(mode);
        put(bytes, len);
        done("wire");
    }
    CHECK(wire_put_secret(&given, secret, NULL) == SV_OK);
    put_u8(7);
    put(secret_peek(given), secret_len(given));
    done("wire");
}

static void ports_seeds(void)
{
    const struct ports_request request = {
        .count = 2,
        .connect_ms = 4000,
        .asks = {{.host = "mail.example.com", .port = 587},
                 {.host = "192.0.2.7", .port = 443, .control = 1}}};
    struct ports_answer answer = {.count = 5, .their_clock = 1795000000};
    SECRET_OWNED struct secret *asked = NULL;
    uint8_t bytes[WIRE_PORTS_SEEN_MAX];
    size_t len = 0;

    CHECK(ports_put_request(&asked, &request, NULL) == SV_OK);
    put_u8(2);
    put(secret_peek(asked), secret_len(asked));
    done("ports");
    for (uint8_t i = 0; i < 12; i++) {
        for (size_t k = 0; k < answer.count; k++)
            answer.seen[k] =
                (struct port_seen){.name = i < 9 ? NAME_FOUND : (enum port_name)(i % 3),
                                   .v4 = i < 7 ? REACH_OPEN : (enum port_reach)(i % 5),
                                   .v6 = (enum port_reach)((i + k) % 5),
                                   .speech = i < 7 ? (enum port_speech)i : SPEECH_NOTHING,
                                   .code = i == 4 ? 421 : 0,
                                   .verify = i == 1 ? 10 : 0,
                                   .ms = 12};
        CHECK(ports_put_answer(bytes, &len, &answer, NULL) == SV_OK);
        put_u8(3);
        put(bytes, len);
        done("ports");
    }
}

/* As they come over the line: RFC 2195, RFC 5802 and what providers say. */
static void sasl_seeds(void)
{
    static const struct {
        unsigned mode;
        const char *challenges[3];
    } rows[] = {
        {0, {"VXNlcm5hbWU6"}},
        {1, {"VXNlcm5hbWU6", "UGFzc3dvcmQ6", "UElOOg=="}},
        {2, {"PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"}},
        {3,
         {"cj1yT3ByTkdmd0ViZVJXZ2JORWtxTyVodllEcFdVYTJSYVRDQWZ1eEZJbGopaE5sRiRrMCxzPVcyMlphSjBTTlk3"
          "c29Fc1VFamI2Z1E9PSxpPTQwOTY=",
          "dj02cnJpVFJCaTIzV3BSUi93dHVwK21NaFVaVW4vZEI1bkxUSlJzamw5NUc0PQ=="}},
        {11,
         {"cj1yT3ByTkdmd0ViZVJXZ2JORWtxT3gscz1XMjJaYUowU05ZN3NvRXNVRWpiNmdRPT0saT00MDk2",
          "ZT1pbnZhbGlkLXByb29m"}},
        {4, {"eyJzdGF0dXMiOiI0MDAifQ==", "e30="}},
        {13, {"eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=", ""}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        put_u8(rows[i].mode);
        for (size_t k = 0; k < 3 && rows[i].challenges[k] != NULL; k++)
            put_word(rows[i].challenges[k]);
        done("sasl");
    }
}

static void transcript_seeds(void)
{
    static const char *const sessions[] = {
        "S220 mail ESMTP\r\nCEHLO me\r\nS250-mail\r\nS250-STARTTLS\r\nS250 AUTH PLAIN LOGIN\r\n"
        "CSTARTTLS\r\nS220 go\r\nCEHLO me\r\nS250 AUTH PLAIN\r\nCAUTH PLAIN AGE=\r\nS235 2.7.0 "
        "ok\r\n"
        "CNOOP\r\nS250 ok\r\n",
        "S220 mail\r\nCEHLO me\r\nS250-AUTH=LOGIN\r\nS250 XXXXXXXA\r\nCAUTH LOGIN\r\nS334 "
        "VXNlcg==\r\n"
        "CYQ==\r\nS535-5.7.8 no https://example.com/?p=BadCredentials\r\n"
        "S535 5.7.8 <ann@example.com> 192.0.2.1 [2001:db8::1] a1b2c3d4e5f6a7b8 x\r\n",
        "SHTTP/1.1 400 Bad Request\r\n",
        "S421 4.3.2 too many\r\n",
        "S220 x\r\nCEHLO me\r\nS250 ok\r\nCAUTH XOAUTH2 dXNlcg==\r\nS454 4.7.0 later\r\n",
        ("S220 x\r\nCEHLO me\r\nS250 AUTH XOAUTH2\r\nCAUTH XOAUTH2 dXNlcg==\r\n"
         "S334 eyJzdGF0dXMiOiI0MDAifQ==\r\nC\r\nS535 5.7.8 no\r\n")};

    for (unsigned fault = 0; fault <= FAULT_OTHER; fault++)
        for (size_t i = 0; i < sizeof sessions / sizeof sessions[0]; i++) {
            put((uint8_t[]){(uint8_t)fault,
                            (uint8_t)(0x38 | (i & 7) | (fault & 1) << 6 | (fault & 2) << 6)},
                2);
            put_word(fault % 3 == 0 ? "" : "certificate has expired wrong version number");
            put(sessions[i], strlen(sessions[i]));
            done("transcript");
        }
}

static void text_seeds(void)
{
    static const char *const texts[] = {"90d",
                                        "12h",
                                        "2026-11-23",
                                        "2026-11-23T10:00:00Z",
                                        "2026-11-23T10:00:00.25+01:30",
                                        "2026-11-23t10:00:00-09:00",
                                        "18446744073709551615",
                                        "Jan  2 15:04:05 2027 GMT",
                                        "2027-01-02 15:04:05 GMT",
                                        "p\xc3\xa4ss\xe2\x82\xac \xf0\x9f\x98\x80",
                                        "\x1b[2J\xe2\x80\xae\xff",
                                        "5.7.8 no",
                                        "#4.3.2 x",
                                        "say \"smtpvault list\" and then the rest of the words",
                                        NULL};
    static const char *const words[] = {"", "hots", "pasword-from", "*a?[b-c]"};

    for (size_t i = 0; texts[i] != NULL; i++)
        for (size_t j = 0; j < 4; j++) {
            put((uint8_t[]){(uint8_t)(12 * j + 4), (uint8_t)(20 * j)}, 2);
            put_word(words[j]);
            put(texts[i], strlen(texts[i]));
            done("text");
        }
    lines("json", texts);
}

static void profile_seeds(void)
{
    static const char *const values[] = {
        "work",      "gmail",         "[2001:db8::25]",  "465",
        "starttls",  "scram-sha-256", "ann@example.com", "ann@example.com",
        "oauth2",    "a,b",           "line\nline",      "90d",
        "192.0.2.1", "never",         "-x.example.com",  "1.2.3",
        "a@b.c",     "a:25",          "https://x",       "999999d",
        "2028-02-29"};
    const size_t count = sizeof values / sizeof values[0];

    for (size_t first = 0; first < count; first++) {
        put_u8(0);
        put_word("work");
        for (size_t i = 0; i < profile_field_count; i++) {
            put_u8((unsigned)i);
            put_word(values[(first + i) % count]);
        }
        done("profile");
    }
}

static void login_seeds(void)
{
    static const char *const secrets[] = {
        "abcd efgh ijkl mnop", "\"quoted\"",      "SG.a.b",
        "https://example.com", "Bearer ya29.x",   "change-me",
        "p\xc2\xa0w",          "ann@example.com", "$HOME 'it' \\ \" # ;"};
    static const char *const addresses[] = {"ann@gmail.com", "gmail", "gmial", "ann@outlook.com",
                                            "ann@example.com"};

    for (unsigned i = 0; i < 400; i++) {
        put((uint8_t[]){(uint8_t)(i * 7), (uint8_t)((i * 7) >> 8)}, 2);
        put_word(addresses[i % 5]);
        put_word(i % 3 == 0 ? "" : "eu");
        put(secrets[i % 9], strlen(secrets[i % 9]));
        done("provider");
        put_u8(i);
        put_word(i % 2 == 0 ? "work" : "a b'c");
        put_word(i % 4 == 0 ? "[::1]" : "mail.example.com");
        put_word("ann@example.com");
        put_word(i % 5 == 0 ? "" : "ann@example.com");
        put(secrets[i % 9], strlen(secrets[i % 9]));
        done("formats");
    }
}

/* Every example of the manual, as a line and as words. */
static void command_seeds(void)
{
    for (size_t i = 0; i < command_count; i++)
        for (const char *const *e = commands[i]->examples; e != NULL && *e != NULL; e++) {
            WORDS_OWNED struct words w = {.items = NULL};
            put(*e, strlen(*e));
            done("words");
            if (words_split(&w, *e, NULL) != SV_OK)
                continue;
            put_u8((unsigned)i);
            for (size_t n = 2; n < w.count; n++)
                put_word(w.items[n]);
            put_word("--password=x");
            done("args");
        }
    static const char *const odd[] = {"get 'a b' \"c\\\"d\" e\\ f # no", "get ~/x | y", "get 'open",
                                      "x\\", NULL};
    lines("words", odd);
}

/* A word that is none of those that fuzz_ask has a number for. */
static void front_seeds(void)
{
    static const char *const lines[] = {"get work", "get work username -n",
                                        "--vault v.db get work --version=3", NULL};

    for (size_t i = 0; lines[i] != NULL; i++) {
        WORDS_OWNED struct words w = {.items = NULL};
        if (words_split(&w, lines[i], NULL) != SV_OK)
            continue;
        for (size_t n = 0; n < w.count; n++) {
            put_u8(255);
            put_word(w.items[n]);
        }
        done("ask");
    }
}

/* What Postfix asks, and what systemd calls itself when it asks. */
static void asker_seeds(void)
{
    static const char *const requests[] = {
        "15:sasl [host]:587,13:other key one,",
        "12:sasl host:25,9:sasl host,",
        "25:sasl/b host:submission,",
        "8:sasl a@b,20:sasl ann@example.org,",
        "19:sasl [ipv6:::1]:25,",
        "007:",
    };
    static const char *const askers[][3] = {
        {"smtp=work", "58657bf261a2bd12", "/unit/mailer.service/smtp"},
        {"a.service/x=news", "1", "/unit/a.service/x"},
        {"neither", "1", "/unit/a.service/x/y"},
    };

    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        put_word("ann@example.org");
        put_word("correct horse battery");
        put(requests[i], strlen(requests[i]));
        done("socketmap");
    }
    for (size_t i = 0; i < sizeof askers / sizeof askers[0]; i++) {
        put_word(askers[i][0]);
        put_u8(0);
        put(askers[i][1], strlen(askers[i][1]));
        put(askers[i][2], strlen(askers[i][2]));
        done("credential");
    }
}

/* What git asks its helpers, and what it may not. */
static void git_request_seeds(void)
{
    static const char *const asked[] = {
        "protocol=smtp\nhost=smtp.example.com:587\nusername=ann@example.com\n\n",
        "protocol=smtp\nhost=[2001:db8::1]:465\nusername=ann\npassword=correct horse\n",
        "capability[]=authtype\nprotocol=https\nhost=example.com\npath=a/b\nwwwauth[]=Basic",
        "protocol=smtp\nhost=a\nhost=b:25\npassword=\nusername=\n\nhost=c\n",
        "no equals sign\n",
        "url=https://ann%40example.com:pa%3ass@example.com:8443/a/b.git/\ncapability[]=authtype\n",
        "protocol=cert\nhost=\npath=/home/ann/key.pem\nusername=\npassword=\n\n",
        "capability[]=authtype\nprotocol=https\nhost=example.com\nauthtype=Bearer\ncredential="
        "dG9rZW4\npassword_expiry_utc=9999999999\noauth_refresh_token=again\nephemeral="
        "1\ncapability[]=\n",
        "url=https://evil.example%0ahost=example.com/\n",
    };
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        put(asked[i], strlen(asked[i]));
        done("git_request");
    }
}

static void oauth_seeds(void)
{
    static const char *const bodies[] = {
        "{\"access_token\":\"at-1\",\"token_type\":\"Bearer\",\"expires_in\":3600,"
        "\"refresh_token\":\"rt-1\",\"scope\":\"mail.send\"}",
        "{\"access_token\":\"a\",\"token_type\":\"bearer\",\"expires_in\":\"60\"}",
        "{\"error\":\"invalid_grant\",\"error_description\":\"expired, me@example.org\"}",
        "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"refresh_token_expires_in\":604800,"
        "\"refresh_expires_in\":\"0\"}",
        "{\"error\":\"slow_down\"}",
        "{\"device_code\":\"dc\",\"user_code\":\"AB-CD\",\"verification_uri\":"
        "\"https://example.org/d\",\"verification_uri_complete\":\"https://example.org/d?c=AB\","
        "\"expires_in\":900,\"interval\":5}",
        "[]"};
    static const char *const requests[] = {
        "GET /?state=S7ate&code=a%2Fb+c HTTP/1.1\r\nHost: 127.0.0.1:5\r\n\r\n",
        "GET /?error=access_denied&error_description=no%20way&state=S7ate HTTP/1.1\r\n\r\n",
        "GET /favicon.ico HTTP/1.1\r\nAccept: *\r\n\r\n", "POST / HTTP/1.1\r\n\r\n"};
    for (unsigned i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        for (unsigned mode = 0; mode < 16; mode += 3) {
            put_u8(mode);
            put_word(mode % 2 == 0 ? "application/json" : "text/html; charset=utf-8");
            put(bodies[i], strlen(bodies[i]));
            done("oauth");
        }
    for (unsigned i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        put_u8(0);
        put(requests[i], strlen(requests[i]));
        done("redirect");
        put_u8(1);
        put(requests[i] + 4, strlen(requests[i]) - 4);
        done("redirect");
    }
}

/* The bodies of frames, behind the number of their kind in fuzz_https.c. */
static void frame_body(unsigned which, const struct secret *frame)
{
    put_u8(which);
    put(secret_peek(frame) + WIRE_HEAD, secret_len(frame) - WIRE_HEAD);
    done("https");
}

static void https_seeds(void)
{
    struct https_request request = {.url = "https://example.org/token?a=b"};
    struct https_said said = {.outcome = SV_UNREACHABLE, .words = "nobody there"};
    struct redirect_wish wish = {.state = "S7ate", .both = true, .wait_ms = 1000};
    struct redirect seen = {.seen = REDIRECT_REFUSED, .error = "access_denied"};
    SECRET_OWNED struct secret *body = fuzz_secret("a=b", 3);
    struct secret *frames[6] = {NULL};
    CHECK(https_put_request(&frames[0], &request, NULL) == SV_OK);
    request.body = body;
    request.content_type = "text/plain";
    CHECK(https_put_request(&frames[1], &request, NULL) == SV_OK);
    CHECK(https_put_answer(&frames[2], &said, NULL) == SV_OK);
    said = (struct https_said){.answer = {.status = 200, .content_type = "text/xml", .body = body}};
    CHECK(https_put_answer(&frames[3], &said, NULL) == SV_OK);
    CHECK(redirect_put_wish(&frames[4], &wish, NULL) == SV_OK);
    CHECK(redirect_put_seen(&frames[5], &seen, NULL) == SV_OK);
    static const unsigned kinds[] = {0, 0, 1, 1, 2, 4};
    for (size_t i = 0; i < 6; i++) {
        frame_body(kinds[i], frames[i]);
        secret_free(frames[i]);
    }
    put((uint8_t[]){3, 0, 0, 4, 0, 0, 0, 'b', 'u', 's', 'y'}, 11);
    done("https");
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fprintf(stderr, "usage: make_seeds SAMPLE OUT\n");
        return 64;
    }
    out_dir = argv[2];
    fuzz_begin();
    sample_seeds(argv[1]);
    slot_and_box_seeds();
    card_seeds();
    grant_seeds();
    key_seeds();
    way_seeds();
    note_seeds();
    token_row_seeds();
    file_seeds();
    history_seeds();
    wire_seeds();
    due_dates_seeds();
    ports_seeds();
    sasl_seeds();
    transcript_seeds();
    text_seeds();
    profile_seeds();
    login_seeds();
    command_seeds();
    asker_seeds();
    git_request_seeds();
    front_seeds();
    oauth_seeds();
    https_seeds();
    blob_clear(&seed);
    return fuzz_end();
}
