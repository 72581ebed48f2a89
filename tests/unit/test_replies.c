/* SPDX-License-Identifier: ISC */
/*
 * The rows by which servers' answers and broken sessions are understood: every reply on
 * record means what it has to, and every row is met by one.
 */
#include "support.h"

#include <errno.h>

#include "domain/provider.h"
#include "smtp/faults.h"
#include "smtp/replies.h"

#define RECORD "tests/data/replies.tsv"
#define FIELDS 7

struct record {
    char *provider, *host, *at, *reply, *verdict, *who, *advice;
};

static const struct {
    const char *word;
    enum reply_at at;
} stages[] = {
    {"greeting", AT_GREETING}, {"ehlo", AT_EHLO},   {"starttls", AT_STARTTLS},
    {"password", AT_PASSWORD}, {"token", AT_TOKEN}, {"sender", AT_SENDER},
    {"send", AT_SEND},
};

static enum reply_at stage_of(const char *word)
{
    size_t i = 0;
    while (i < COUNT(stages) && strcmp(stages[i].word, word) != 0)
        i++;
    assert_true(i < COUNT(stages));
    return stages[i].at;
}

/* The lines' words joined as a transcript joins them. */
static void join(char *dst, size_t capacity, const char *reply)
{
    dst[0] = '\0';
    for (const char *line = reply; line != NULL;) {
        size_t len = strcspn(line, "|"), have = strlen(dst);
        if (len > 4)
            snprintf(dst + have, capacity - have, "%s%.*s", have > 0 ? " " : "", (int)len - 4,
                     line + 4);
        line = line[len] == '|' ? line + len + 1 : NULL;
    }
}

static void split(char *line, struct record *r)
{
    char *fields[FIELDS];
    size_t count = 0;
    line[strcspn(line, "\n")] = '\0';
    for (char *at = line; at != NULL; count++) {
        assert_true(count < FIELDS);
        fields[count] = strsep(&at, "\t");
    }
    assert_int_equal(count, FIELDS);
    *r = (struct record){fields[0], fields[1], fields[2], fields[3],
                         fields[4], fields[5], fields[6]};
}

static const struct reply *row_of(const struct record *r)
{
    struct smtp_target target = {.port = 587, .tls = SMTP_STARTTLS};
    char text[1024], enhanced[16];
    snprintf(target.host, sizeof(target.host), "%s", r->host);
    if (strcmp(r->provider, "-") != 0) {
        assert_non_null(provider_find(r->provider));
        snprintf(target.provider, sizeof(target.provider), "%s", r->provider);
    }
    join(text, sizeof(text), r->reply);
    return reply_find(&target, stage_of(r->at), (uint16_t)atoi(r->reply),
                      reply_enhanced(enhanced, text), text);
}

/* {other} is what the target's port makes of it, and {login} what its user name does; the record
 * says them as for port 587 and a user name that is no address. */
static bool advises(const char *advice, const char *words)
{
    static const char other[] = "smtpvault edit {name} --tls implicit --port 465";
    static const char login[] = "smtpvault edit {name} --username USER@DOMAIN --password-from tty";
    return strstr(advice, words) != NULL ||
           (strstr(advice, "{other}") != NULL && strstr(other, words) != NULL) ||
           (strstr(advice, "{login}") != NULL && strstr(login, words) != NULL);
}

static void check(const struct record *r, const struct reply *row)
{
    if (row == NULL)
        fail_msg("%s %s: no row", r->host, r->reply);
    else if (strcmp(smtp_verdict_word(row->verdict), r->verdict) != 0 ||
             strcmp(smtp_actor_word(row->who), r->who) != 0 || !advises(row->advice, r->advice))
        fail_msg("%s %s: %s, %s, %s", r->host, r->reply, smtp_verdict_word(row->verdict),
                 smtp_actor_word(row->who), row->advice);
}

static void every_reply_is_understood_and_every_row_is_met(void **state)
{
    (void)state;
    bool met[512] = {false};
    char line[2048];
    assert_true(reply_count < COUNT(met));
    FILE *file = fopen(RECORD, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        struct record r;
        if (line[0] == '#')
            continue;
        split(line, &r);
        const struct reply *row = row_of(&r);
        check(&r, row);
        if (row != NULL)
            met[row - replies] = true;
    }
    fclose(file);
    for (size_t i = 0; i < reply_count; i++)
        if (!met[i])
            fail_msg("row %zu (%u %s \"%s\") is met by no reply on record", i,
                     (unsigned)replies[i].code, replies[i].enhanced, replies[i].words);
}

static void there_are_enough_rows(void **state)
{
    (void)state;
    assert_true(reply_count >= 120);
    for (size_t i = 0; i < reply_count; i++) {
        assert_true(replies[i].source[0] != '\0');
        assert_true(replies[i].at != 0);
    }
    for (size_t i = 0; i < fault_count; i++)
        assert_true(faults[i].source[0] != '\0');
}

/* A row that is cut by smtp_result would lose the command at its end. */
static void every_row_fits_its_result(void **state)
{
    (void)state;
    struct smtp_result r;
    size_t cause = sizeof(r.cause) - 80, advice = sizeof(r.advice) - 64;
    for (size_t i = 0; i < reply_count; i++) {
        assert_in_range(strlen(replies[i].cause), 1, cause);
        assert_in_range(strlen(replies[i].advice), 1, advice);
    }
    for (size_t i = 0; i < fault_count; i++) {
        assert_in_range(strlen(faults[i].cause), 1, cause);
        assert_in_range(strlen(faults[i].advice), 1, advice);
    }
}

/* What 4yz says passes by itself: no row may blame the secret for it. */
static void temporary_faults_blame_no_secret(void **state)
{
    (void)state;
    for (size_t i = 0; i < reply_count; i++) {
        const struct reply *r = &replies[i];
        bool temporary = r->code == 4 || (r->code >= 400 && r->code < 500);
        bool any = r->code == 0 && r->at != AT_TOKEN;
        bool blames = r->verdict == SMTP_WRONG_SECRET || r->verdict == SMTP_WRONG_KIND_OF_SECRET ||
                      r->verdict == SMTP_ACCOUNT_LOCKED || r->verdict == SMTP_DISABLED_BY_POLICY;
        if ((temporary || any) && blames)
            fail_msg("row %zu blames the secret for a %u", i, (unsigned)r->code);
    }
    struct smtp_target target = {.host = "smtp.example.org"};
    const char *words[] = {"", "authentication failed", "invalid credentials", "account disabled"};
    for (uint16_t code = 400; code < 500; code++)
        for (size_t i = 0; i < COUNT(words); i++) {
            const struct reply *r = reply_find(&target, AT_PASSWORD, code, "", words[i]);
            assert_non_null(r);
            assert_true(r->verdict != SMTP_WRONG_SECRET && r->verdict != SMTP_ACCOUNT_LOCKED);
        }
}

/* Whatever code at whatever step: there is a row. */
static void every_refusal_has_a_row(void **state)
{
    (void)state;
    struct smtp_target target = {.host = "smtp.example.org"};
    for (size_t i = 0; i < COUNT(stages); i++)
        for (uint16_t code = 400; code < 600; code++)
            assert_non_null(reply_find(&target, stages[i].at, code, "", "no"));
    assert_null(reply_find(&target, AT_PASSWORD, 334, "", "anything"));
    assert_null(reply_find(&target, AT_PASSWORD, 250, "", "too many"));
}

static void places_are_providers_and_their_hosts(void **state)
{
    (void)state;
    for (size_t i = 1; i < place_count; i++) {
        char ids[256];
        snprintf(ids, sizeof(ids), "%s", places[i].ids);
        size_t on_its_hosts = 0, hosts = 0;
        for (char *rest = ids, *id; (id = strsep(&rest, " ")) != NULL;) {
            const struct provider *p = provider_find(id);
            if (p == NULL)
                fail_msg("there is no provider %s", id);
            else
                for (size_t h = 0; h < p->host_count; h++, hosts++)
                    on_its_hosts += place_fits((enum reply_place)i, "", p->hosts[h].host);
        }
        if (places[i].hosts[0] != '\0' && on_its_hosts != hosts)
            fail_msg("%s: %zu of %zu servers are found by name", ids, on_its_hosts, hosts);
    }
    assert_true(place_fits(PLACE_ICLOUD, "", "smtp.mail.me.com"));
    assert_true(place_fits(PLACE_ICLOUD, "icloud", "tunnel.example.org"));
    assert_false(place_fits(PLACE_ICLOUD, "", "smtp.mail.me.com.example"));
    assert_false(place_fits(PLACE_MAILRU, "", "smtp.hotmail.ru"));
}

static void words_are_found_in_their_order(void **state)
{
    (void)state;
    assert_true(words_fit("", ""));
    assert_true(words_fit("", "anything"));
    assert_true(words_fit("b~d", "a B c D e"));
    assert_false(words_fit("d~b", "a b c d e"));
    assert_false(words_fit("ab~bc", "abc"));
    assert_true(words_fit("x|y", "why"));
    assert_false(words_fit("x|y", "z"));
    assert_true(words_fit("^* ", "* OK IMAP"));
    assert_false(words_fit("^* ", "+OK POP3"));
    assert_true(words_fit("^ab", "ABC"));
    assert_false(words_fit("^bc", "abc"));
    assert_true(words_fit("q|^ab~d", "abcd"));
    assert_false(words_fit("abc", "ab"));
}

/* Every kind of fault ends with a row for what the others leave. */
static void every_fault_has_a_row(void **state)
{
    (void)state;
    for (int kind = FAULT_RESOLVE; kind <= FAULT_NO_LOGIN; kind++) {
        if (kind == FAULT_LOGIN)
            continue;
        for (int phase = PHASE_RESOLVE; phase < PHASE_DONE; phase++)
            assert_non_null(
                fault_find((enum smtp_fault)kind, (enum smtp_phase)phase, 0, 0, "new words"));
    }
}

/* Each row of faults.def is the answer to what it describes itself. */
static void no_fault_is_hidden_by_an_earlier_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < fault_count; i++) {
        const struct fault *f = &faults[i];
        char words[128];
        snprintf(words, sizeof(words), "%s", f->words + (f->words[0] == '^'));
        words[strcspn(words, "|")] = '\0';
        enum smtp_phase phase =
            f->phase == FAULT_ANY_PHASE ? PHASE_SEND : (enum smtp_phase)f->phase;
        if (fault_find(f->kind, phase, f->number, f->when, words) != f)
            fail_msg("row %zu (%s) is hidden", i, f->cause);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reply_is_understood_and_every_row_is_met),
        cmocka_unit_test(there_are_enough_rows),
        cmocka_unit_test(every_row_fits_its_result),
        cmocka_unit_test(temporary_faults_blame_no_secret),
        cmocka_unit_test(every_refusal_has_a_row),
        cmocka_unit_test(places_are_providers_and_their_hosts),
        cmocka_unit_test(words_are_found_in_their_order),
        cmocka_unit_test(every_fault_has_a_row),
        cmocka_unit_test(no_fault_is_hidden_by_an_earlier_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
