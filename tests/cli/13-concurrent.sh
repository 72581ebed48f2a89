#!/bin/bash
# SPDX-License-Identifier: ISC
# Many processes at once: each answer is right, each acknowledged change is kept.
# shellcheck source=tests/cli/lib.sh
. "${0%/*}/lib.sh"
t_vault
add_plain work s3cret-x

for i in {1..16}; do
    (
        printf 'secret-%s' "$i" | sv -q add "p$i" --host h.example.org --port 465 --username ann \
            --password-from - && sv get "p$i" >"got$i" && sv -q edit "p$i" --note "note $i"
    ) 2>"err$i" &
    pids[i]=$!
done
for i in {1..16}; do
    wait "${pids[i]}" || { cat "err$i" && die "process $i failed"; }
    expect [ "$(cat "got$i")" = "secret-$i" ]
done
expect_status 0 list
expect [ "$(wc -l <out)" = 17 ]
for i in {1..16}; do
    expect_status 0 get "p$i" note
    expect_stdout "note $i\n"
done

# One name: one winner, the others are told.
for i in {1..8}; do
    printf 'winner-%s' "$i" | sv -q add same --host h.example.org --port 465 --username ann \
        --password-from - 2>/dev/null &
    pids[i]=$!
done
won=0
for i in {1..8}; do
    got=0
    wait "${pids[i]}" || got=$?
    expect [ $got = 0 -o $got = 73 ]
    [[ $got -eq 0 ]] && won=$((won + 1))
done
expect [ $won = 1 ]
expect_status 0 verify
expect_status 0 audit verify
expect_status 0 audit --op add --result ok --json
expect_json 'length == 18'
expect_status 0 audit --op get --profile p7 --json
expect_json 'length == 1'
finish
