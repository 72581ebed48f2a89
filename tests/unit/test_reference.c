/* SPDX-License-Identifier: ISC */
/* What is a reference in a text of somebody else's, and what is wrong with one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "format/reference.h"

static void references_are_found(void **state)
{
    static const char text[] = "{{ a }}\n{ {{smtpvault://work/password}} {{ smtpvault://a/b%20c/"
                               "username |json }}\n{{ x | y }} {{\tsmtpvault://p%C3%A4/port\t}}";
    REFERENCE_LIST_OWNED struct reference_list list = {0};

    (void)state;
    assert_int_equal(reference_list_parse(&list, "x", text, sizeof(text) - 1, NULL), SV_OK);
    assert_int_equal(list.count, 3);
    assert_string_equal(list.items[0].name, "work");
    assert_string_equal(list.items[0].field, "password");
    assert_null(list.items[0].quoting);
    assert_int_equal(list.items[0].line, 2);
    assert_int_equal(list.items[0].begin, 10);
    assert_memory_equal(text + list.items[0].end, " {{ smtp", 8);
    assert_string_equal(list.items[1].name, "a/b c");
    assert_string_equal(list.items[1].field, "username");
    assert_ptr_equal(list.items[1].quoting, &quoting_json);
    assert_string_equal(list.items[2].name, "p\xc3\xa4");
    assert_int_equal(list.items[2].line, 3);
    assert_int_equal(list.items[2].end, sizeof(text) - 1);
}

static void a_text_without_is_left_alone(void **state)
{
    static const char *const texts[] = {
        "",        "{{", "}}", "{{ smtpvault:/x }}", "{{ {{ }} }}", "smtpvault://work/password",
        "{{{{{{{{"};
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        REFERENCE_LIST_OWNED struct reference_list list = {0};
        assert_int_equal(reference_list_parse(&list, "x", texts[i], strlen(texts[i]), NULL), SV_OK);
        assert_int_equal(list.count, 0);
    }
}

static void faults_are_told_by_line(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"\n\n{{ smtpvault://work/password", "x, line 3: a reference does not end on its line"},
        {"{{ smtpvault://work/password\n}}", "x, line 1: a reference does not end on its line"},
        {"{{ smtpvault://work/password | }}", "it asks for a quoting that there is none of"},
        {"{{ smtpvault://work/password | jsonn }}", "it asks for a quoting that there is none of"},
        {"{{ smtpvault:// }}", "it goes smtpvault://NAME/FIELD"},
        {"{{ smtpvault://work }}", "it goes smtpvault://NAME/FIELD"},
        {"{{ smtpvault:///password }}", "it goes smtpvault://NAME/FIELD"},
        {"{{ smtpvault://work/ }}", "it names no field"},
        {"{{ smtpvault://work/%0 }}", "it names no field"},
        {"{{ smtpvault://wo%rk/password }}", "its name is none of a profile"},
        {"{{ smtpvault://wo%00k/password }}", "its name is none of a profile"},
        {"{{ smtpvault://wo%0Ak/password }}", "its name is none of a profile"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct reference_list list = {0};
        struct sv_err err = {""};
        enum sv_status st =
            reference_list_parse(&list, "x", rows[i].text, strlen(rows[i].text), &err);
        assert_int_equal(st, SV_DATA);
        assert_non_null(strstr(err.text, rows[i].want));
        assert_int_equal(list.count, 0);
    }
}

static void there_is_a_limit(void **state)
{
    static const char one[] = "{{smtpvault://work/port}}";
    static char text[(REFERENCES_MAX + 1) * (sizeof(one) - 1)];
    struct reference_list list = {0};
    struct sv_err err = {""};

    (void)state;
    for (size_t i = 0; i <= REFERENCES_MAX; i++)
        memcpy(text + i * (sizeof(one) - 1), one, sizeof(one) - 1);
    assert_int_equal(reference_list_parse(&list, "x", text, sizeof(text), &err), SV_DATA);
    assert_non_null(strstr(err.text, "there are more than 4096 references"));
    assert_int_equal(reference_list_parse(&list, "x", text, sizeof(text) - sizeof(one) + 1, &err),
                     SV_OK);
    assert_int_equal(list.count, REFERENCES_MAX);
    reference_list_clear(&list);
}

static void endings_tell_the_syntax(void **state)
{
    (void)state;
    assert_ptr_equal(reference_quoting_of("a/b.json"), &quoting_json);
    assert_ptr_equal(reference_quoting_of("b.YML.template"), &quoting_yaml);
    assert_ptr_equal(reference_quoting_of("main.tf.in"), &quoting_hcl);
    assert_null(reference_quoting_of(".json"));
    assert_null(reference_quoting_of("json"));
    assert_null(reference_quoting_of("-"));
    assert_null(reference_quoting_of("a.txt"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_are_found),    cmocka_unit_test(a_text_without_is_left_alone),
        cmocka_unit_test(faults_are_told_by_line), cmocka_unit_test(there_is_a_limit),
        cmocka_unit_test(endings_tell_the_syntax),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
