#!/bin/bash
# SPDX-License-Identifier: ISC
# generate and providers: no vault is needed.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"

# ---- generate
expect_status 0 generate
expect grep -qE '^.{32}$' out
cp out first
expect_status 0 generate
expect_not cmp -s out first
expect_status 0 generate --length 12
expect grep -qE '^.{12}$' out
expect_status 0 generate --length=256 --alphabet alnum
expect grep -qE '^[A-Za-z0-9]{256}$' out
expect_status 0 generate --length 256 --alphabet symbols
expect grep -qE '^[!-~]{256}$' out
expect_status 0 generate --alphabet portable --json
expect_json '.[0] | .schema == 1 and (.password | length == 32)'
for length in 11 257 0 -1 x ''; do expect_status 64 generate --length "$length"; done
expect_status 64 generate --alphabet hex

# ---- providers
expect_status 0 providers
expect [ "$(wc -l <out)" -gt 200 ]
expect grep -qx gmail out
expect_status 0 providers gmail
expect_stdout_has "smtp.gmail.com port 465, implicit"
expect_stdout_has "https://myaccount.google.com/apppasswords"
cp out gmail
for word in google GMAIL googlemail.com ann@gmail.com; do
    expect_status 0 providers "$word"
    expect cmp -s out gmail
done
expect_status 0 providers transactional
expect grep -qx sendgrid out
expect_status 66 providers gmial
expect_stderr_has 'did you mean "gmail"?'
expect_status 66 providers no-such-thing-at-all
expect_status 66 providers ann@no-such-domain.example
expect_stderr_has '"smtpvault providers --discover no-such-domain.example" asks the domain itself'
expect_status 66 providers ann@gmial.com
expect_stderr_has 'did you mean "gmail.com"?'
expect_status 64 providers --discover ann@exa_mple
expect_status 64 providers gmail --discover a.example
expect_status 64 providers --ca-file x
expect_status 0 providers exchange-on # of an alias
expect grep -qx microsoft-365 out
expect_status 0 providers outlook
expect_stdout_has "an access token of OAuth2"
expect_status 0 providers --json
expect_json '.[0] | .schema == 1 and (.providers | length > 200) and
    (.providers | all(has("id") and has("servers") and has("kind")))'
expect_status 0 providers gmail --json
expect_json '.[0].providers | length == 1 and .[0].servers[0].port == 465'
expect_absent data
expect_absent state
finish
