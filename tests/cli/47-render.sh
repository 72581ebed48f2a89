#!/bin/bash
# SPDX-License-Identifier: ISC
# render, and exec's environment files: references in texts of others.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work "s3cret '\"x\" \$y"
add_plain 'team/a b' other-s3cret

# ---- each value in its quoting, all else as it was
cat >app.yml.template <<'END'
user: {{ smtpvault://work/username | yaml }}
mine: {{ .Values.x }} {{ smtpvault }}
pass: {{ smtpvault://work/password|yaml }}
port: {{smtpvault://team/a%20b/port | raw}}
END
expect_status 0 render app.yml.template
cat >want <<'END'
user: "ann"
mine: {{ .Values.x }} {{ smtpvault }}
pass: "s3cret '\"x\" $y"
port: 465
END
expect cmp want out
printf 'p={{ smtpvault://team/a%%20b/password | shell }} no line feed' | expect_status 0 render -
expect_stdout "p='other-s3cret' no line feed"
: >empty
expect_status 0 render empty
expect_stdout ''
head -c 100000 /dev/urandom >bytes
expect_status 0 render bytes
expect cmp bytes out

# ---- into a file of mode 0600, never over another unasked
expect_status 0 render app.yml.template -o app.yml
expect cmp want app.yml
expect [ "$(stat -c %a app.yml)" = 600 ]
echo old >app.yml
expect_status 73 render app.yml.template -o app.yml
expect grep -qx old app.yml
expect_status 0 render app.yml.template -o app.yml --force
expect cmp want app.yml
rm app.yml
# Whether it holds a secret is told: nothing else knows of it.
expect_stderr_has 'wrote app.yml, which holds a secret in clear, and of which no record is kept'
printf '{{ smtpvault://work/username }}' >harmless
expect_status 0 render harmless -o app.txt
expect_not grep -q clear err
rm harmless app.txt

# ---- nothing is written, and nothing released, unless all of it can be
released() { sv audit --op render --json | wc -l; }
before=$(released)
refused() { # refused STATUS WORDS TEXT [NAME]
    printf '%s' "$3" >"${4:-text}"
    expect_status "$1" render "${4:-text}" -o never
    expect_stderr_has "$2"
    expect_not test -e never
}
refused 66 'text, line 2: there is no profile "nope"' \
    $'{{ smtpvault://work/password }}\n{{ smtpvault://nope/password }} {{ smtpvault://no/port }}'
expect_stderr_has 'it is not the only one'
refused 66 'text, line 1: a profile has no field "pasword"; did you mean "password"' '{{ smtpvault://work/pasword }}'
refused 65 'line 1: a value has to be quoted in such a file: {{ smtpvault://... | json }}' \
    '{"a": {{ smtpvault://work/password }}}' a.json
refused 65 '"yaml" writes the quotes as well' 'a: "{{ smtpvault://work/password | yaml }}"'
refused 65 'asks for a quoting that there is none of, "yam":' '{{ smtpvault://work/password | yam }}'
refused 65 'does not end on its line' '{{ smtpvault://work/password }'
expect [ "$(released)" = "$before" ]
# ... and what a syntax cannot say is told by its line
printf 'f\xffg' | sv -q add bytes --host h.example.org --port 465 --tls implicit --username a \
    --password-from stdin || die bytes
refused 65 'text, line 3: json cannot hold this value: byte (0xFF) at byte 2' \
    $'\n\n{{ smtpvault://bytes/password | json }}'

# ---- --check: what a template asks for, no secret
expect_status 0 render --check app.yml.template
expect grep -q '^3 *work *password *yaml *found$' out
printf '{{ smtpvault://nope/port }}' | expect_status 1 render --check --json -
expect grep -qx '{"schema":1,"references":\[{"line":1,"profile":"nope","field":"port","quoting":"raw","found":false}\]}' out
expect_status 0 render --quotings
expect grep -q '^toml  *a basic string' out

# ---- usage
expect_status 64 render
expect_status 64 render a b
expect_status 64 render --quotings a
expect_status 64 render a --force
expect_status 64 render --check a -o b
expect_status 66 render no-such-file
ln -s app.yml.template link
expect_status 77 render link

# ---- one entry of the log for each profile whose secret was asked for
before=$(released)
printf '{{ smtpvault://work/password }}{{ smtpvault://work/password }}{{ smtpvault://bytes/port }}' >twice
expect_status 0 render twice
expect [ "$(released)" = $((before + 1)) ]

# ---- exec --env-file
cat >app.env <<'END'
# comment

export PLAIN=a b # c
QUOTED='smtp $HOME "x" '
DATABASE="smtpvault://work/password"
USER_NAME=smtpvault://team/a%20b/username
SMTP_HOST=mine.example.org
SPACED = 'it's "#"' # 'c'
COMMENTED= smtpvault://team/a%20b/username # whose
HASH=a'b' # c
PLAIN=last
END
expect_status 0 exec --env-file app.env -- env
expect grep -qx 'PLAIN=last' out
expect grep -qx "QUOTED=smtp \$HOME \"x\" " out
expect grep -qx "DATABASE=s3cret '\"x\" \$y" out
expect grep -qx 'USER_NAME=ann' out
expect grep -qx "SPACED=it's \"#\"" out
expect grep -qx 'COMMENTED=ann' out
expect grep -qx "HASH=a'b' # c" out
expect_not grep -q '^SMTP_PASSWORD' out
# shellcheck disable=SC2016
expect_status 0 exec 'team/a b' --env-file app.env -- sh -c 'cat <&3; echo "$SMTP_HOST $DATABASE"'
expect_stdout "other-s3cret\nmine.example.org s3cret '\"x\" \$y\n"
wrong() { # wrong STATUS WORDS LINE
    printf '%s\n' A=1 "$3" >wrong.env
    expect_status "$1" exec --env-file wrong.env -- touch never
    expect_stderr_has "$2"
    expect_not test -e never
}
wrong 65 'wrong.env, line 2: it goes KEY=VALUE' 'no variable'
wrong 65 'wrong.env, line 2: it goes KEY=VALUE' '1A=x'
wrong 65 'line 2: a quote is not closed' 'A="x'
wrong 66 'A: there is no profile "nope": "smtpvault list"' 'A=smtpvault://nope/password'
wrong 66 'A: a profile has no field "x"' 'A=smtpvault://work/x'
wrong 65 'A: it goes smtpvault://NAME/FIELD' 'A=smtpvault://work'
expect_status 66 exec --env-file nowhere.env -- true
expect_status 64 exec -- true
expect_status 64 exec --env --env-file app.env -- true
finish
