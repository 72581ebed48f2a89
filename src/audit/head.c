/* SPDX-License-Identifier: ISC */
/* head: codecs of the head and of a generation. */
#include "audit/head.h"

#include <string.h>

#include "base/buf.h"

size_t audit_head_encode(uint8_t out[AUDIT_HEAD_MAX], const struct audit_head *head)
{
    struct buf_writer w = buf_writer_over(out, AUDIT_HEAD_MAX);

    buf_put_bytes(&w, head->log_id, sizeof head->log_id);
    buf_put_bytes(&w, head->vault_id, sizeof head->vault_id);
    buf_put_u64(&w, head->tree.size);
    buf_put_bytes(&w, head->tree.nodes, frontier_count(head->tree.size) * MERKLE_LEN);
    return w.len;
}

bool audit_head_decode(struct audit_head *head, const uint8_t *bytes, size_t len)
{
    struct buf_reader r = buf_reader_over(bytes, len);

    buf_get_bytes(&r, head->log_id, sizeof head->log_id);
    buf_get_bytes(&r, head->vault_id, sizeof head->vault_id);
    head->tree.size = buf_get_u64(&r);
    buf_get_bytes(&r, head->tree.nodes, frontier_count(head->tree.size) * MERKLE_LEN);
    return buf_reader_done(&r) && head->tree.size <= INT64_MAX;
}

size_t audit_gen_encode(uint8_t out[AUDIT_GEN_CLOSED_LEN], const struct audit_gen *gen)
{
    struct buf_writer w = buf_writer_over(out, AUDIT_GEN_CLOSED_LEN);

    buf_put_u64(&w, gen->first);
    buf_put_bytes(&w, gen->pk, sizeof gen->pk);
    buf_put_bytes(&w, gen->key_box, sizeof gen->key_box);
    buf_put_u8(&w, gen->closed);
    if (gen->closed) {
        buf_put_u64(&w, gen->end);
        buf_put_bytes(&w, gen->closing_tag, sizeof gen->closing_tag);
    }
    return w.len;
}

bool audit_gen_decode(struct audit_gen *gen, const uint8_t *bytes, size_t len)
{
    struct buf_reader r = buf_reader_over(bytes, len);

    memset(gen, 0, sizeof *gen);
    gen->first = buf_get_u64(&r);
    buf_get_bytes(&r, gen->pk, sizeof gen->pk);
    buf_get_bytes(&r, gen->key_box, sizeof gen->key_box);
    uint8_t closed = buf_get_u8(&r);
    gen->closed = closed == 1;
    if (gen->closed) {
        gen->end = buf_get_u64(&r);
        buf_get_bytes(&r, gen->closing_tag, sizeof gen->closing_tag);
    }
    return buf_reader_done(&r) && closed <= 1;
}

struct seal_context audit_context(const uint8_t log_id[16], uint64_t generation,
                                  enum seal_kind kind, uint64_t row)
{
    struct seal_context ctx = {.epoch = generation, .kind = (uint8_t)kind, .row = row};

    memcpy(ctx.vault_id, log_id, sizeof ctx.vault_id);
    return ctx;
}
