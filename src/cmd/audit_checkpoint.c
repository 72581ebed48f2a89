/* SPDX-License-Identifier: ISC */
#include "cmd/audit_checkpoint.h"

#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "cli/print.h"
#include "cli/session.h"
#include "crypto/note.h"
#include "domain/vault_note.h"
#include "format/json.h"

#define OLD_MAX ((size_t)64 << 10)

/* Where the log stands; signed, when the vault could be unlocked. */
static enum sv_status put_note(struct cli *cli, const char *note, bool is_signed,
                               struct sv_err *err)
{
    struct json j;
    if (!cli->json) {
        sink_puts(cli->out, note);
        return SV_OK;
    }
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "signed");
    json_bool(&j, is_signed);
    json_key(&j, "note");
    json_string(&j, note);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

static enum sv_status show(struct cli *cli, struct sv_err *err)
{
    char note[AUDIT_NOTE_MAX_LEN];
    size_t len;
    bool unlocked = false;
    enum sv_status s = session_ensure_own(cli, false, false, err);
    if (s == SV_OK)
        s = session_unlock_if_possible(cli, &unlocked, err);
    if (s == SV_OK && unlocked)
        s = vault_note_sign(cli->vault, note, &len, err);
    else if (s == SV_OK)
        (void)vault_note_unsigned(cli->vault, note);
    return s == SV_OK ? put_note(cli, note, unlocked, err) : s;
}

static enum sv_status show_key(struct cli *cli, struct sv_err *err)
{
    char key[AUDIT_NOTE_MAX_LEN];
    enum sv_status s = vault_note_key(cli->vault, key, err);
    if (s == SV_OK)
        sink_printf(cli->out, "%s\n", key);
    return s;
}

/* As c2sp.org/tlog-witness has it: "old SIZE", the proof, a blank line, the note. */
static enum sv_status show_consistency(struct cli *cli, const char *path, struct sv_err *err)
{
    BLOB_OWNED struct blob old = {0};
    struct audit_consistency proof;
    char note[AUDIT_NOTE_MAX_LEN], node[NOTE_BASE64_32];
    size_t len = 0;
    enum sv_status s = file_read_blob(path, OLD_MAX, &old, err);
    if (s == SV_OK)
        s = vault_note_sign(cli->vault, note, &len, err);
    if (s == SV_OK)
        s = vault_note_continue(cli->vault, (const char *)old.bytes, old.len, note, len, &proof,
                                err);
    if (s != SV_OK)
        return s;
    sink_printf(cli->out, "old %" PRIu64 "\n", proof.from);
    for (size_t i = 0; i < proof.count; i++) {
        note_hash_text(node, proof.nodes[i]);
        sink_printf(cli->out, "%s\n", node);
    }
    sink_printf(cli->out, "\n%s", note);
    return SV_OK;
}

static enum sv_status add_to_witness(struct cli *cli, const char *path, struct sv_err *err)
{
    bool added = false;
    enum sv_status s = vault_note_append(cli->vault, path, &added, err);
    if (s == SV_OK)
        print_note(cli, "%s",
                   added ? "the log agrees with the file; a checkpoint was added"
                         : "the log agrees with the file, which has this checkpoint already");
    return s;
}

enum sv_status audit_checkpoint(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *old = args_value(args, "consistency"), *witness = args_value(args, "witness-file");
    if (!args_flag(args, "key") && old == NULL && witness == NULL)
        return show(cli, err);
    enum sv_status s = session_ensure_own(cli, true, false, err);
    if (s != SV_OK)
        return s;
    if (old != NULL)
        return show_consistency(cli, old, err);
    return witness != NULL ? add_to_witness(cli, witness, err) : show_key(cli, err);
}
