#!/bin/sh
# SPDX-License-Identifier: ISC
# The proofs of the house see what they are for: each rule is broken once in a copy
# of the sources, and the lint must say so; unbroken it must be silent.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cp -r "$top/src" "$top/scripts" .

die() {
    echo "$*" >&2
    exit 1
}

# refuses WHAT PATTERN COMMAND...: the command fails and its output has PATTERN.
refuses() {
    what=$1 pattern=$2
    shift 2
    if "$@" >out 2>&1; then
        die "$what: nobody objected"
    fi
    grep -qE "$pattern" out || { cat out && die "$what: '$pattern' was not said"; }
}

accepts() {
    what=$1
    shift
    "$@" >out 2>&1 || { cat out && die "$what: refused"; }
}

# ---- layers, by #include -------------------------------------------------------
compile() { # compile SOURCE OBJECT
    mkdir -p "$(dirname "$2")"
    "${CC:-cc}" -w -fno-builtin -O2 -c "$1" -o "$2"
}
echo 'int harmless;' >harmless.c
compile harmless.c build/src/base/harmless.o
accepts "the sources as they are" scripts/lint-layers build

for breach in base:crypto crypto:store store:domain smtp:domain domain:format format:cli format:smtp; do
    from=${breach%:*} to=${breach#*:}
    printf '#include "%s/planted.h"\n' "$to" >"src/$from/planted.c"
    refuses "$from includes $to" "src/$from/planted.c:1: $from may not include $to/" \
        scripts/lint-layers build
    rm "src/$from/planted.c"
    printf '  #  include "%s/planted.h"\n' "$to" >"src/$from/planted.h"
    refuses "$from includes $to in a header" "src/$from/planted.h:1" scripts/lint-layers build
    rm "src/$from/planted.h"
done
mkdir src/attic
refuses "a room without a line" "src/attic stands in no line" scripts/lint-layers build
rmdir src/attic
refuses "no objects" "build first" scripts/lint-layers nowhere

# ---- layers, by symbol: each word of the table from each layer ------------------
rm -r build
layers=$(sed -n 's/^\([a-z]*\) *|.*|.*/\1/p' src/LAYERS)
: >planted
: >owned
plant() { # plant OWNER WORD
    symbol=$(echo "$2" | sed 's/(\([^)]*\))?/\1/; s/\.\*/x/; s/\[\(.\)[^]]*\]/\1/')
    printf 'void %s(void);\nvoid call(void)\n{\n    %s();\n}\n' "$symbol" "$symbol" >planted.c
    compile planted.c planted.o
    echo "build/src/$1/$symbol.o" >>owned # a word may have several owners
    for room in $layers; do
        mkdir -p "build/src/$room"
        cp planted.o "build/src/$room/$symbol.o"
        [ "$room" = "$1" ] || echo "build/src/$room/$symbol.o" >>planted
    done
}
while IFS='|' read -r layer headers words; do
    layer=$(echo "$layer" | tr -d ' ')
    case $layer in
    '' | '#'*) continue ;;
    banned) layer=nobody words=$headers ;;
    esac
    set -f # the words are patterns, not file names
    for word in $words; do
        plant "$layer" "$word"
    done
    set +f
done <src/LAYERS
grep -vxFf owned planted >expected
[ "$(wc -l <expected)" -gt 200 ] || die "the table was not read"
refuses "foreign symbols" "may be linked by" scripts/lint-layers build
cut -d: -f1 out | sort -u >seen
sort -u expected | diff - seen || die "symbols: not exactly the planted ones were found"

# Fortified calls bear other names.
rm -r build
for name in sprintf printf; do
    printf 'int __%s_chk(void);\nint call(void)\n{\n    return __%s_chk();\n}\n' $name $name >planted.c
    compile planted.c build/src/domain/planted.o
    refuses "fortified $name" " $name (is banned|may be linked)" scripts/lint-layers build
done

# ---- sizes ---------------------------------------------------------------------
function_of() { # function_of LINES
    printf 'void planted(void)\n{\n'
    yes '    ;' | head -n "$1"
    printf '}\n'
}
function_of 60 >src/base/planted.c
accepts "a function of 60 lines" scripts/lint-sizes
function_of 61 >src/base/planted.c
refuses "a function of 61 lines" "src/base/planted.c:2: a function of 61 lines" scripts/lint-sizes
yes '/* */' | head -n 500 >src/base/planted.c
accepts "a file of 500 lines" scripts/lint-sizes
yes '/* */' | head -n 501 >src/base/planted.c
refuses "a file of 501 lines" "src/base/planted.c: 501 lines" scripts/lint-sizes
rm src/base/planted.c

# ---- callers of secret_peek ----------------------------------------------------
accepts "the callers as they are" scripts/lint-secrets
echo 'x = secret_peek(s);' >src/format/planted.c
refuses "a new caller" '^\+src/format/planted.c' scripts/lint-secrets
echo 'f = secret_poke;' >src/format/planted.c
refuses "the address of secret_poke" '^\+src/format/planted.c' scripts/lint-secrets
mv src/format/planted.c src/format/planted.h
refuses "a caller in a header" '^\+src/format/planted.h' scripts/lint-secrets
rm src/format/planted.h
echo src/format/gone.c >>src/secret-callers
refuses "a caller that is none" '^-src/format/gone.c' scripts/lint-secrets

# ---- the table of attacks --------------------------------------------------------
mkdir -p tests man
cp -r "$top/tests/attack" tests/
cp "$top/man/smtpvault-store.5" man/
accepts "the attacks as they are" scripts/lint-attacks
touch tests/attack/07-other.c
refuses "a test that no attack names" '07-other.c is not in the table' scripts/lint-attacks
rm tests/attack/07-other.c
mv tests/attack/07-salamander.c salamander.c
refuses "an attack without its test" '07-salamander.c, which is not there' scripts/lint-attacks
mv salamander.c tests/attack/07-salamander.c
sed -i 's/Without COMMITMENT: /With COMMITMENT: /' tests/attack/07-salamander.c
refuses "a defence that nothing attacks" 'without COMMITMENT' scripts/lint-attacks
sed -i 's/DEFENDED(COMMITMENT)/1/' src/crypto/seal.c
refuses "a defence that is gone" 'COMMITMENT of defences.def stands nowhere' scripts/lint-attacks

# ---- the page of the formats ------------------------------------------------------
driver=${BUILD:-}/integration/format_driver
if [ -x "$driver" ]; then
    cp "$top/man/smtpvault-export.5" man/
    accepts "the page as the formats are" scripts/man-export "$driver" --check
    sed -i 's/"smtpvault get work"/"smtpvault get other"/' man/smtpvault-export.5
    refuses "a page that says something else" 'make man-export writes it anew' \
        scripts/man-export "$driver" --check
fi

# ---- the runner of the unit tests ----------------------------------------------
program() { # program NAME STATUS LINE...
    name=$1 status=$2
    shift 2
    {
        echo '#!/bin/sh'
        for line in "$@"; do
            echo "echo '$line'"
        done
        echo "exit $status"
    } >"$name"
    chmod +x "$name"
}
program good 0 '[       OK ] test_a' '[       OK ] test_b'
program bad 1 '[       OK ] test_a' '[  FAILED  ] test_b' '[  FAILED  ] 1 test(s), listed below:' \
    '[  FAILED  ] test_b'
program idle 0
program dead 139 '[       OK ] test_a'
accepts "tests that pass" scripts/run-units ./good ./good
grep -qx '4 passed, 0 failed' out || die "run-units: $(tail -n 1 out)"
refuses "a test that fails" '^3 passed, 1 failed$' scripts/run-units ./bad ./good
refuses "a program without tests" '^2 passed, 1 failed$' scripts/run-units ./idle ./good
refuses "a program that dies" '^3 passed, 1 failed$' scripts/run-units ./good ./dead
