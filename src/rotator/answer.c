/* SPDX-License-Identifier: ISC */
/* What a rotator answers, taken for what it may be worth. */
#include <stdlib.h>
#include <string.h>

#include "base/json_tree.h"
#include "base/text.h"
#include "rotator/rotator.h"

static const char *const result_words[] = {"ok", "refused", "retry", "unsupported", "unsure"};

const char *rotator_result_word(enum rotator_result result)
{
    return result_words[result];
}

void rotator_answer_clear(struct rotator_answer *answer)
{
    secret_free(answer->made);
    blob_clear(&answer->said);
    *answer = (struct rotator_answer){.made = NULL};
}

static bool read_result(const struct json_tree *tree, uint32_t node, enum rotator_result *out)
{
    for (enum rotator_result r = ROTATOR_OK; r < ROTATOR_UNSURE; r++) {
        if (json_tree_is(tree, node, result_words[r])) {
            *out = r;
            return true;
        }
    }
    return false;
}

/* Words for people; longer ones are cut once the secrets are out. *text: it is one. */
static enum sv_status read_message(const struct json_tree *tree, uint32_t node,
                                   const struct mask *mask, char dst[ROTATION_FAULT_MAX + 1],
                                   bool *text, struct sv_err *err)
{
    SECRET_OWNED struct secret *plain = NULL;
    BLOB_OWNED struct blob shown = {0};
    dst[0] = '\0';
    *text = node == 0 || json_tree_type(tree, node) == JSON_TREE_NULL;
    if (*text)
        return SV_OK;
    enum sv_status s = secret_new(&plain, ROTATOR_ANSWER_MAX + 1, err);
    if (s != SV_OK)
        return s;
    char *words = (char *)secret_poke(plain);
    *text = json_tree_text(tree, node, words, ROTATOR_ANSWER_MAX + 1);
    if (!*text)
        return SV_OK;
    s = mask_apply(mask, words, strlen(words), &shown, err);
    if (s == SV_OK && !blob_append(&shown, "", 1))
        return sv_fail_nomem(err);
    if (s == SV_OK)
        rotation_say(dst, ROTATION_FAULT_MAX + 1, (const char *)shown.bytes);
    return s;
}

static bool read_user(const struct json_tree *tree, uint32_t node, char dst[ROTATION_USER_MAX + 1])
{
    dst[0] = '\0';
    if (node == 0 || json_tree_type(tree, node) == JSON_TREE_NULL)
        return true;
    return json_tree_text(tree, node, dst, ROTATION_USER_MAX + 1) &&
           !text_has_control(dst, strlen(dst));
}

static enum sv_status read_members(struct rotator_answer *out, const struct json_tree *tree,
                                   const struct mask *mask, struct sv_err *err)
{
    int64_t schema;
    bool text = false;
    if (json_tree_type(tree, 1) != JSON_TREE_OBJECT)
        return sv_fail(err, SV_DATA, "its answer is no JSON object");
    if (!json_tree_int(tree, json_tree_find(tree, 1, "schema"), 1, 1, &schema))
        return sv_fail(err, SV_DATA, "its answer is not of schema 1");
    if (!read_result(tree, json_tree_find(tree, 1, "result"), &out->result))
        return sv_fail(err, SV_DATA,
                       "the result in its answer is not ok, refused, retry or unsupported");
    enum sv_status s =
        read_message(tree, json_tree_find(tree, 1, "message"), mask, out->message, &text, err);
    if (s != SV_OK)
        return s;
    if (!text)
        return sv_fail(err, SV_DATA, "the message in its answer is no text");
    if (!read_user(tree, json_tree_find(tree, 1, "username"), out->user))
        return sv_fail(err, SV_DATA, "the user name in its answer is none");
    return SV_OK;
}

enum sv_status rotator_answer_read(struct rotator_answer *answer, const void *bytes, size_t len,
                                   const struct mask *mask, struct sv_err *err)
{
    JSON_TREE_OWNED struct json_tree tree = {0};
    struct rotator_answer read = {.made = NULL};
    if (len == 0)
        return sv_fail(err, SV_DATA, "it gave no answer");
    if (len > ROTATOR_ANSWER_MAX)
        return sv_fail(err, SV_DATA, "its answer is longer than %d bytes", ROTATOR_ANSWER_MAX);
    enum sv_status s = json_tree_parse(&tree, bytes, len, "its answer", err);
    if (s == SV_OK)
        s = read_members(&read, &tree, mask, err);
    if (s != SV_OK)
        return s;
    answer->result = read.result;
    memcpy(answer->message, read.message, sizeof answer->message);
    memcpy(answer->user, read.user, sizeof answer->user);
    return SV_OK;
}

/* ---- beside the answer ---- */

static bool put_line(struct blob *out, const char *line, size_t len)
{
    char shown[1024];
    text_printable(shown, sizeof shown, line, len);
    return blob_append(out, shown, strlen(shown)) && blob_append(out, "\n", 1);
}

enum sv_status rotator_answer_say(struct blob *out, const void *bytes, size_t len,
                                  const struct mask *mask, struct sv_err *err)
{
    BLOB_OWNED struct blob plain = {0};
    enum sv_status s = mask_apply(mask, bytes, len, &plain, err);
    if (s != SV_OK)
        return s;
    for (size_t at = 0; at < plain.len;) {
        const uint8_t *line = plain.bytes + at, *end = memchr(line, '\n', plain.len - at);
        size_t n = end != NULL ? (size_t)(end - line) : plain.len - at;
        if (n > 0 && !put_line(out, (const char *)line, n))
            return sv_fail_nomem(err);
        at += n + 1;
    }
    return SV_OK;
}
