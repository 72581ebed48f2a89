/* SPDX-License-Identifier: ISC */
/*
 * A tool's own file, of any bytes: which tool, a profile's name, and the text. A login's block
 * goes in, a second time there is nothing to change, and out again the text is what it is
 * without it, byte for byte; the blocks of others stay where a tool has several. The diff of
 * it all can be shown.
 */
#include "base/alloc.h"
#include "base/text.h"
#include "domain/profile.h"
#include "fuzz.h"
#include "setup/change.h"

#define LINES "smtpvault-is-asked\n\tfrom = ann\n"

/* What one run works on. */
struct job {
    const struct setup_tool *tool;
    const char *name;
};

static void check_diff(const struct edit *edit)
{
    SINK_OWNED struct sink *out = sink_new(true);
    SECRET_OWNED struct secret *shown = NULL;
    edit_diff(edit, out, "the file");
    CHECK(sink_to_secret(out, &shown, NULL) == SV_OK);
    const uint8_t *bytes = secret_peek(shown);
    for (size_t i = 0; i < secret_len(shown); i++)
        CHECK(bytes[i] == '\n' || bytes[i] == '\t' || (bytes[i] >= 0x20 && bytes[i] != 0x7f));
    CHECK(text_is_utf8((const char *)bytes, secret_len(shown)));
    (void)edit_secret_line(edit);
}

/* The text with these lines as the login's block, or without it. */
static bool change(const struct job *job, const struct blob *text, const char *lines,
                   struct blob *out)
{
    EDIT_OWNED struct edit edit = {.lines = NULL};
    BLOB_OWNED struct blob block = {0}, body = {0};
    struct sv_err err = {""};
    const char *bytes = text->len > 0 ? (const char *)text->bytes : "";
    CHECK(lines == NULL || blob_append(&body, lines, strlen(lines)));
    enum sv_status s = setup_change(job->tool, bytes, text->len, job->name,
                                    lines != NULL ? &body : NULL, true, &block, &edit, &err);
    if (fuzz_told(s, &err) != SV_OK) {
        CHECK(s == SV_DATA);
        return false;
    }
    CHECK(edit_text(&edit, out, &err) == SV_OK);
    bool same =
        out->len == text->len && (out->len == 0 || memcmp(out->bytes, bytes, out->len) == 0);
    CHECK(edit_changes(&edit) == !same);
    check_diff(&edit);
    return true;
}

static bool is_same(const struct blob *a, const struct blob *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0);
}

static bool has(const struct setup_found *found, const char *name)
{
    for (size_t i = 0; i < found->count; i++) {
        if (strcmp(found->names[i], name) == 0)
            return true;
    }
    return false;
}

static void look(const struct blob *text, struct setup_found *found)
{
    const char *bytes = text->len > 0 ? (const char *)text->bytes : "";
    CHECK(setup_look(bytes, text->len, found, NULL) == SV_OK);
}

/* In a tool of one login the block takes the place of another's, which does not come back. */
static bool is_others(const struct job *job, const struct blob *text)
{
    static const char off[] = "# smtpvault: off for ";
    SETUP_FOUND_OWNED struct setup_found found = {.names = NULL};
    look(text, &found);
    return !job->tool->many &&
           (found.count > 0 ||
            (text->len > 0 && memmem(text->bytes, text->len, off, strlen(off)) != NULL));
}

static void check_others(const struct job *job, const struct blob *text, const struct blob *with)
{
    SETUP_FOUND_OWNED struct setup_found before = {.names = NULL}, after = {.names = NULL};
    look(text, &before);
    look(with, &after);
    CHECK(has(&after, job->name));
    CHECK(job->tool->many || after.count == 1);
    for (size_t i = 0; job->tool->many && i < before.count; i++)
        CHECK(has(&after, before.names[i]));
}

/* bare: there is nothing of smtpvault for this login in it. */
static void check_round(const struct job *job, const struct blob *bare)
{
    BLOB_OWNED struct blob with = {0}, again = {0}, other = {0}, without = {0}, last = {0};
    CHECK(change(job, bare, LINES, &with));
    check_others(job, bare, &with);
    CHECK(change(job, &with, LINES, &again) && is_same(&again, &with));
    CHECK(change(job, &with, NULL, &without) && is_same(&without, bare));
    CHECK(change(job, &with, "[sendemail]\n\tsmtpUser = x", &other));
    CHECK(change(job, &other, NULL, &last) && is_same(&last, bare));
}

static void ask_tool(const struct job *job, const struct blob *text)
{
    const struct setup_tool *t = job->tool;
    const char *bytes = text->len > 0 ? (const char *)text->bytes : "";
    struct sv_err err = {""};
    if (t->has_default != NULL)
        (void)t->has_default(bytes, text->len);
    if (t->refuses != NULL)
        (void)fuzz_told(t->refuses(bytes, text->len, job->name, &err), &err);
    if (t->more != NULL) {
        char *more = t->more(bytes, text->len, job->name);
        CHECK(more != NULL && text_is_utf8(more, strlen(more)));
        sv_free(more);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);
    fuzz_begin();
    uint8_t which = buf_get_u8(&in);
    FUZZ_OWNED char *name = fuzz_word(&in);
    size_t len;
    const uint8_t *rest = fuzz_rest(&in, &len);
    FUZZ_OWNED uint8_t *copy = fuzz_copy(rest, len);
    struct blob text = {copy, len, 0};
    struct job job = {setup_tools[which % setup_tool_count], name};
    if (profile_check_name(name, NULL) != SV_OK)
        return fuzz_end();
    BLOB_OWNED struct blob bare = {0}, still = {0}, with = {0}, again = {0};
    ask_tool(&job, &text);
    if (!change(&job, &text, NULL, &bare)) {
        CHECK(!change(&job, &text, LINES, &with));
        return fuzz_end();
    }
    CHECK(change(&job, &text, LINES, &with));
    check_others(&job, &text, &with);
    CHECK(change(&job, &with, LINES, &again) && is_same(&again, &with));
    /* A comment of ours within a comment of ours is nothing that we wrote. */
    if (change(&job, &bare, NULL, &still) && is_same(&still, &bare) && !is_others(&job, &bare))
        check_round(&job, &bare);
    blob_clear(&bare);
    blob_clear(&still);
    blob_clear(&with);
    blob_clear(&again);
    return fuzz_end();
}
