/* SPDX-License-Identifier: ISC */
/*
 * format_driver: the formats without a vault, many logins in one process.
 *
 *   format_driver --hostile    each hostile value of the unit tests: "text HEX" or "raw HEX"
 *   format_driver --rows       each format: NAME KEY=HEX ..., for smtpvault-export(5)
 *   format_driver <requests    a line each: FORMAT KEY=HEX ...; an answer each:
 *                              STATUS HEX-OF-OUTPUT HEX-OF-MESSAGE
 *
 * Keys: name host port tls username from ca-file secret vault program. Without secret the
 * hook is written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/hostile.h"
#include "base/text.h"
#include "tool/format.h"
#include "tool/login.h"

#define LINE_MAX_LEN 65536

static void put_hex(const void *bytes, size_t len)
{
    static char hex[2 * LINE_MAX_LEN + 1];

    fputs(text_hex(hex, bytes, len), stdout);
}

static size_t from_hex(char *hex)
{
    size_t len = 0;
    unsigned byte = 0;

    for (char *at = hex; sscanf(at, "%2x", &byte) == 1; at += 2) {
        hex[len++] = (char)byte;
    }
    hex[len] = '\0';
    return len;
}

struct request {
    struct profile profile;
    struct secret *secret;
    const char *vault;
    const char *program;
};

static bool take(struct request *r, const char *key, char *value, size_t len)
{
    struct profile *p = &r->profile;

    if (strcmp(key, "name") == 0) {
        p->name = value;
    } else if (strcmp(key, "host") == 0) {
        p->host = value;
    } else if (strcmp(key, "port") == 0) {
        p->port = (uint16_t)strtoul(value, NULL, 10);
    } else if (strcmp(key, "tls") == 0) {
        return profile_tls_parse(value, &p->tls);
    } else if (strcmp(key, "auth") == 0) {
        return profile_auth_parse(value, &p->auth);
    } else if (strcmp(key, "username") == 0) {
        p->username = value;
    } else if (strcmp(key, "from") == 0) {
        p->from = value;
    } else if (strcmp(key, "ca-file") == 0) {
        p->ca_file = value;
    } else if (strcmp(key, "vault") == 0) {
        r->vault = value;
    } else if (strcmp(key, "program") == 0) {
        r->program = value;
    } else if (strcmp(key, "secret") == 0) {
        return secret_copy(&r->secret, value, len, NULL) == SV_OK;
    } else {
        return false;
    }
    return true;
}

static int serve(char *line)
{
    struct request r = {.program = "smtpvault"};
    SINK_OWNED struct sink *out = sink_new(true);
    SECRET_OWNED struct secret *whole = NULL;
    struct sv_err err = {0};
    char *rest = NULL;
    char *word = strtok_r(line, " \n", &rest);
    const struct format *f = word ? format_find(word) : NULL;

    if (!f || !out) {
        return -1;
    }
    while ((word = strtok_r(NULL, " \n", &rest)) != NULL) {
        char *equals = strchr(word, '=');
        if (!equals) {
            return -1;
        }
        *equals = '\0';
        if (!take(&r, word, equals + 1, from_hex(equals + 1))) {
            return -1;
        }
    }
    struct format_input in = {
        .profile = &r.profile, .secret = r.secret, .program = r.program, .vault = r.vault};
    enum sv_status st = format_write(f, out, &in, 1, &err);
    secret_free(r.secret);
    printf("%d ", (int)st);
    if (st == SV_OK && sink_to_secret(out, &whole, NULL) == SV_OK) {
        put_hex(secret_peek(whole), secret_len(whole));
    }
    printf(" ");
    put_hex(err.text, strlen(err.text));
    printf("\n");
    return 0;
}

static void put_text(const char *key, const char *text)
{
    printf(" %s=", key);
    put_hex(text ? text : "", text ? strlen(text) : 0);
}

static void put_number(const char *key, unsigned number)
{
    char digits[16];

    snprintf(digits, sizeof(digits), "%u", number);
    put_text(key, digits);
}

static void put_row(const struct format *f)
{
    printf("%s", f->name);
    put_text("group", format_group(f));
    put_text("title", f->title);
    put_text("file", f->file);
    put_text("owner", f->owner);
    put_text("about", f->about);
    put_number("mode", f->mode ? f->mode : 0600);
    put_number("tls", f->tls);
    put_number("hook", f->has_hook);
    put_number("secretless", f->secretless);
    put_number("many", f->many);
    put_number("oauth", f->oauth);
    put_number("needs_user", f->needs_user);
    for (enum profile_auth a = AUTH_PLAIN; a <= AUTH_OAUTHBEARER; a++) {
        if (f->auth & SAYS_AUTH(a)) {
            put_text("auth", login_mechanism(a));
        }
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    static char line[LINE_MAX_LEN];

    if (argc == 2 && strcmp(argv[1], "--hostile") == 0) {
        for (size_t i = 0; i < HOSTILES; i++) {
            fputs(hostiles[i].text ? "text " : "raw ", stdout);
            put_hex(hostiles[i].bytes, hostiles[i].len);
            printf("\n");
        }
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--rows") == 0) {
        for (size_t i = 0; i < format_count; i++) {
            put_row(formats[i]);
        }
        return 0;
    }
    while (fgets(line, sizeof(line), stdin)) {
        if (serve(line) != 0) {
            fprintf(stderr, "format_driver: a request is malformed\n");
            return 64;
        }
        fflush(stdout);
    }
    return 0;
}
