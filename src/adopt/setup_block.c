/* SPDX-License-Identifier: ISC */
#include "adopt/setup_block.h"

#include <string.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "base/sink.h"
#include "cli/hook.h"
#include "setup/edit.h"
#include "tool/format.h"

static enum sv_status take_text(struct sink *out, struct blob *body, struct sv_err *err)
{
    SECRET_OWNED struct secret *text = NULL;
    enum sv_status s = sink_to_secret(out, &text, err);
    if (s != SV_OK)
        return s;
    return blob_append(body, secret_peek(text), secret_len(text)) ? SV_OK : sv_fail_nomem(err);
}

enum sv_status setup_block_write(const struct cli *cli, const struct setup_tool *tool,
                                 const struct profile *p, const struct blob *text, bool *alone,
                                 struct blob *body, struct sv_err *err)
{
    HOOK_OWNED struct hook hook = {.program = NULL};
    SINK_OWNED struct sink *out = sink_new(true);
    struct format_input input = {.profile = p};
    const char *bytes = text->len > 0 ? (const char *)text->bytes : "";
    if (out == NULL)
        return sv_fail_nomem(err);
    *alone = tool->has_default == NULL || !tool->has_default(bytes, text->len);
    input.among = !*alone;
    enum sv_status s = hook_find(cli, true, &hook, err);
    hook_fill(&hook, &input);
    if (s == SV_OK)
        s = format_write(format_find(tool->format), out, &input, 1, err);
    if (s == SV_OK && tool->more != NULL) {
        SV_AUTOFREE char *more = tool->more(bytes, text->len, p->name);
        if (more == NULL)
            return sv_fail_nomem(err);
        sink_puts(out, more);
    }
    return s == SV_OK ? take_text(out, body, err) : s;
}

/* ---- lines that are another way ---- */

static enum sv_status take_over(struct blob *body, struct blob *out, bool done, struct sv_err *err)
{
    if (!done) {
        blob_clear(out);
        return sv_fail_nomem(err);
    }
    blob_clear(body);
    *body = *out;
    return SV_OK;
}

enum sv_status setup_block_replace(struct blob *body, const char *begin, const char *line,
                                   struct sv_err *err)
{
    struct blob out = {0};
    bool done = true;
    for (size_t at = 0, span; done && at < body->len; at += span) {
        const char *old = (const char *)body->bytes + at;
        span = edit_line_len(old, body->len - at);
        bool goes = span > strlen(begin) && memcmp(old, begin, strlen(begin)) == 0;
        done = goes ? blob_append(&out, line, strlen(line)) && blob_append(&out, "\n", 1)
                    : blob_append(&out, old, span);
    }
    return take_over(body, &out, done, err);
}

enum sv_status setup_block_exchange(struct blob *body, const char *from, const char *to,
                                    struct sv_err *err)
{
    struct blob out = {0};
    const uint8_t *at = body->len > 0 ? memmem(body->bytes, body->len, from, strlen(from)) : NULL;
    if (at == NULL)
        return sv_fail(err, SV_INTERNAL, "the block does not say %s", from);
    size_t head = (size_t)(at - body->bytes), behind = head + strlen(from);
    bool done = blob_append(&out, body->bytes, head) && blob_append(&out, to, strlen(to)) &&
                blob_append(&out, body->bytes + behind, body->len - behind);
    return take_over(body, &out, done, err);
}
