/* SPDX-License-Identifier: ISC */
/* words: the words of the log, for people and for --json. */
#include <string.h>

#include "audit/audit.h"

struct word {
    int value;
    const char *word;
};

static const struct word ops[] = {
#define OP(name, number, word) {number, word},
#include "audit/ops.def"
#undef OP
};

static const struct word results[] = {
    {AUDIT_OK, "ok"}, {AUDIT_DENIED, "denied"}, {AUDIT_FAILED, "failed"}, {AUDIT_BEGUN, "begun"}};

static const struct word vias[] = {{VIA_PASSPHRASE, "passphrase"}, {VIA_KEYFILE, "keyfile"},
                                   {VIA_AGENT, "agent"},           {VIA_TOKEN, "token"},
                                   {VIA_IDENTITY, "identity"},     {VIA_RECOVERY, "recovery"}};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *word_of(const struct word *list, size_t count, int value)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].value == value)
            return list[i].word;
    return "";
}

static bool value_of(const struct word *list, size_t count, const char *word, int *out)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].word, word) == 0) {
            *out = list[i].value;
            return true;
        }
    return false;
}

const char *audit_op_word(enum audit_op op)
{
    return word_of(ops, COUNT(ops), (int)op);
}

bool audit_op_parse(const char *word, enum audit_op *out)
{
    int value;
    if (!value_of(ops, COUNT(ops), word, &value))
        return false;
    *out = (enum audit_op)value;
    return true;
}

const char *audit_result_word(enum audit_result result)
{
    return word_of(results, COUNT(results), (int)result);
}

bool audit_result_parse(const char *word, enum audit_result *out)
{
    int value;
    if (!value_of(results, COUNT(results), word, &value))
        return false;
    *out = (enum audit_result)value;
    return true;
}

const char *audit_via_word(enum audit_via via)
{
    return word_of(vias, COUNT(vias), (int)via);
}

bool audit_via_parse(const char *word, enum audit_via *out)
{
    int value;
    if (!value_of(vias, COUNT(vias), word, &value))
        return false;
    *out = (enum audit_via)value;
    return true;
}
