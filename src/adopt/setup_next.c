/* SPDX-License-Identifier: ISC */
#include "adopt/setup_next.h"

#include <string.h>
#include <unistd.h>

#include "adopt/setup_file.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/session.h"

#define SAID_MAX 2048

static void put(char said[SAID_MAX], const char *text, size_t len)
{
    size_t at = strlen(said);
    if (at + len >= SAID_MAX)
        return;
    memcpy(said + at, text, len);
    said[at + len] = '\0';
}

static void fill(char said[SAID_MAX], const struct setup_next *next, const char *text)
{
    char shown[SETUP_SHOWN], typed[NAME_TYPED_MAX];
    said[0] = '\0';
    for (const char *hole; (hole = strchr(text, '%')) != NULL; text = hole + 2) {
        const char *value = NAME_SHOWN(next->name);
        if (hole[1] == 'q')
            value = grant_quote(typed, sizeof typed, next->name);
        else if (hole[1] == 'u')
            value = next->unit;
        else if (hole[1] == 'c')
            value = session_show_path(shown, sizeof shown, next->copy);
        put(said, text, (size_t)(hole - text));
        put(said, value, strlen(value));
    }
    put(said, text, strlen(text));
}

void setup_next_tell(const struct cli *cli, const struct setup_next *next)
{
    char said[SAID_MAX];
    const struct setup_tool *t = next->tool;
    const char *text = t->then;
    if (next->fenced)
        text = "AppArmor keeps msmtp from starting smtpvault here, so start it the other way: "
               "smtpvault exec %q -- msmtp -a %q ADDRESS <MESSAGE";
    else if (next->copy != NULL)
        text = t->then_copy;
    else if (t->then_user != NULL && geteuid() != 0)
        text = t->then_user;
    else if (t->then_beside != NULL && !next->alone)
        text = t->then_beside;
    if (text == NULL)
        return;
    fill(said, next, text);
    print_note(cli, "%s", said);
}
