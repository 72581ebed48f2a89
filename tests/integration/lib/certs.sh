#!/bin/sh
# SPDX-License-Identifier: ISC
# certs.sh: a throw-away authority and server certificates of every sort that a
# login test must tell apart, for localhost or CERT_NAMES. To be sourced; certs_make FOLDER
# leaves there
#
#   ca.pem                    the authority
#   NAME.pem NAME.key         good, wronghost, expired, future (all of the authority),
#                             selfsigned
set -eu

# certs_leaf FOLDER NAME DNS-OR-IP-NAMES FROM UNTIL
certs_leaf() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
        -subj "/O=smtpvault test/CN=$2" -keyout "$1/$2.key" -out "$1/$2.csr" 2>/dev/null
    printf 'subjectAltName=%s\n' "$3" >"$1/$2.ext"
    openssl ca -batch -notext -config "$1/ca.conf" -extfile "$1/$2.ext" \
        -startdate "$4" -enddate "$5" -in "$1/$2.csr" -out "$1/$2.pem" 2>"$1/$2.log" || {
        cat "$1/$2.log" >&2
        return 1
    }
}

certs_make() {
    mkdir -p "$1"
    : >"$1/index.txt"
    echo 01 >"$1/serial"
    cat >"$1/ca.conf" <<EOF
[ca]
default_ca = here
[here]
database = $1/index.txt
serial = $1/serial
new_certs_dir = $1
certificate = $1/ca.pem
private_key = $1/ca.key
default_md = sha256
policy = any
unique_subject = no
[any]
organizationName = optional
commonName = supplied
EOF
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
        -subj "/O=smtpvault test/CN=Throw-away authority" \
        -addext basicConstraints=critical,CA:TRUE \
        -keyout "$1/ca.key" -out "$1/ca.pem" 2>/dev/null
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
        -subj "/O=smtpvault test/CN=localhost" -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
        -keyout "$1/selfsigned.key" -out "$1/selfsigned.pem" 2>/dev/null
    here=${CERT_NAMES:-DNS:localhost,IP:127.0.0.1}
    yesterday=$(date -u -d '1 day ago' +%Y%m%d%H%M%SZ)
    in_20_days=$(date -u -d '20 days 1 hour' +%Y%m%d%H%M%SZ)
    certs_leaf "$1" good "$here" "$yesterday" "$in_20_days"
    certs_leaf "$1" wronghost DNS:mail.example.test "$yesterday" "$in_20_days"
    certs_leaf "$1" expired "$here" "$(date -u -d '9 days ago' +%Y%m%d%H%M%SZ)" "$yesterday"
    certs_leaf "$1" future "$here" "$(date -u -d '9 days' +%Y%m%d%H%M%SZ)" "$in_20_days"
}
