/* SPDX-License-Identifier: ISC */
/*
 * Values that break careless quoting. The unit tests parse them back with small
 * parsers of their own; the integration tests with the real programs.
 */
#ifndef UNIT_HOSTILE_H
#define UNIT_HOSTILE_H

#include <stddef.h>

struct hostile {
    const char *bytes;
    size_t len;
    int text; /* may stand where a profile takes text: UTF-8, no control character */
};

/* clang-format off */
#define TEXT(literal) {literal, sizeof(literal) - 1, 1}
#define RAW(literal) {literal, sizeof(literal) - 1, 0}

static const struct hostile hostiles[] = {
    TEXT("plain"), TEXT("in side"), TEXT(" lead"), TEXT("trail "), TEXT("  both  "),
    TEXT("dou\"ble"), TEXT("\""), TEXT("\"\""), TEXT("sin'gle"), TEXT("'"), TEXT("''"),
    TEXT("'\"'\"'"), TEXT("back\\slash"), TEXT("\\"), TEXT("two\\\\slashes"), TEXT("trail\\"),
    TEXT("trail\\\\"), TEXT("literal\\n"), TEXT("\\\""), TEXT("\\'"), TEXT("a\\\"b"),
    TEXT("ha#sh"), TEXT("#lead"), TEXT("ha #sh"), TEXT("semi;colon"), TEXT(";lead"),
    TEXT("$"), TEXT("$HOME"), TEXT("${HOME}"), TEXT("$(id)"), TEXT("$$"), TEXT("$'x'"),
    TEXT("%"), TEXT("%41"), TEXT("%s%n"), TEXT("%U"), TEXT("back`tick"), TEXT("`id`"),
    TEXT("\"`id`\""), TEXT("\xc3\xa9"), TEXT("p\xc3\xa4ssw\xc3\xb6rd\xe2\x82\xac"),
    TEXT("co:lon"), TEXT("a@b"), TEXT("sl/ash"), TEXT("wh?at"), TEXT("a&b"), TEXT("a=b"),
    TEXT("a;b,c"), TEXT("!bang"), TEXT("a!b"), TEXT("\"quoted\""), TEXT("'quoted'"),
    TEXT("`quoted`"), TEXT("~"), TEXT("~root"), TEXT("^C"), TEXT("{a,b}"), TEXT("<a>"),
    TEXT("a|b"), TEXT("a+b"), TEXT("*"), TEXT("[a]"), TEXT("-lead"), TEXT("--"), TEXT("=lead"),
    TEXT("@lead"), TEXT("\\t"), TEXT("\\x41\\u0041\\101"), TEXT("a\\ b"), TEXT("<b>&amp;"),
    TEXT("yes"), TEXT("0"), TEXT("null"), TEXT("export A=1"),
    TEXT("<%= 1 %>"), TEXT("#{1+1}"), TEXT("{{ x }}"), TEXT("<?"), TEXT("-->"), TEXT("%%"),
    RAW("ta\tb"), RAW("\tlead"), RAW("trail\t"), RAW("\x01"), RAW("\x1b[2J"), RAW("\x7f"),
    RAW("line\nfeed"), RAW("\n"), RAW("trail\n"), RAW("car\rriage"), RAW("trail\r"),
    RAW("nu\0ll"), RAW("\0"), RAW("\xff\xfe"), RAW("latin\xe9"), RAW("\xc3"), RAW("a\v\f\bb"),
};
#define HOSTILES (sizeof(hostiles) / sizeof(hostiles[0]))

#undef TEXT
#undef RAW
/* clang-format on */

#endif
