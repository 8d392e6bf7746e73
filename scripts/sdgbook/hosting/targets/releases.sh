# The releases of a site in a folder, for the machine where that folder is. Only what POSIX has, and flock, sha256sum
# and `mv -T` or `mv -h`.
#
#   TO/current -> releases/NAME     what readers get: a link that is replaced in one step
#   TO/releases/NAME/               a whole release; names are in the order of time
#   TO/.sdgbook/new/                what is being uploaded
#   TO/.sdgbook/sums/NAME           SHA-256 of every file of a release
#   TO/.sdgbook/withdrawn/NAME      which releases nobody goes back to any more since this one came
#
# Reads one request a line, answers with lines that begin with "| ", with files ("file NAME BYTES" and their bytes), and
# then "ok" or "no". The lock is held by this process: it goes when the connection does.
set -u
umask 022
export LC_ALL=C
to=$1
own=$to/.sdgbook
new= locked=

say() { printf '| %s\n' "$*"; }
command -v sha256sum >/dev/null || sha256sum() { shasum -a 256 "$@"; }

live() {
    target=$(readlink "$to/current") && printf '%s\n' "${target#releases/}"
}

# What stands here that is not ours, if anything.
foreign() {
    [ -e "$to" ] || return 0
    [ -d "$to" ] || { say "foreign $to"; return; }
    if [ ! -d "$own" ]; then
        ls -A "$to" | grep -vx lost+found | head -n 5 | sed 's/^/| foreign /'
    elif [ -e "$to/current" ] || [ -L "$to/current" ]; then
        case $(readlink "$to/current") in releases/*) ;; *) say "foreign current" ;; esac
    fi
}

send() {
    [ -f "$1" ] || return 0
    printf 'file %s %s\n' "$2" $(($(wc -c <"$1")))
    cat "$1"
}

status() {
    for tool in flock rsync readlink find wc; do
        command -v $tool >/dev/null || say "without $tool"
    done
    foreign
    [ -e "$to/current" ] && say "live $(live)"
    for place in "$to"/releases/*/; do
        name=$(basename "$place")
        [ -d "$place" ] || continue
        say "release $name"
        [ ! -f "$own/withdrawn/$name" ] || sed 's/^/| withdrawn /' "$own/withdrawn/$name"
        for file in release.json manifest.txt kept.txt; do
            send "$place/.well-known/sdgbook/$file" "$name/$file"
        done
    done
}

# Remove a release, in one step as far as anyone can see.
remove() {
    mv "$to/releases/$1" "$own/new/gone-$1" && rm -rf "$own/new/gone-$1" "$own/sums/$1" "$own/withdrawn/$1"
}

# What killed publishers have left: uploads, and releases that were never live.
clean() {
    rm -rf "$own"/new/* 2>/dev/null
    for file in "$own"/sums/*; do
        [ -d "$to/releases/$(basename "$file")" ] || rm -f "$file"
    done
    at=$(live) || return 0
    past=
    for place in "$to"/releases/*/; do
        name=$(basename "$place")
        [ -z "$past" ] || remove "$name"
        [ "$name" != "$at" ] || past=yes
    done
}

make() {
    [ -z "$(foreign)" ] || { foreign; return 1; }
    mkdir -p "$to" "$own/new" "$own/sums" "$own/withdrawn" "$to/releases" && : >>"$own/lock"
}

# Room for an upload; the other words are releases that are withdrawn when it is shown.
begin() {
    clean
    mkdir "$own/new/$1" || return
    file=$own/new/$1.withdrawn
    shift
    for name; do printf '%s\n' "$name"; done >"$file"
}

# The list of sums of an upload, as lines up to a single dot.
sums() {
    while IFS= read -r text && [ "$text" != . ]; do printf '%s\n' "$text"; done >"$own/new/$1.sums" ||
        { while IFS= read -r text && [ "$text" != . ]; do :; done; return 1; }
}

# Whether a folder holds what a list says, and nothing else.
compare() {
    cd "$1" || return
    others=$(find . ! -type f ! -type d | head -n 5)
    [ -z "$others" ] || { printf '%s\n' "$others"; return 1; }
    told=$(sha256sum -c "$2" 2>&1) || { printf '%s\n' "$told" | grep -v ': OK$' | head -n 5; return 1; }
    [ $(($(find . -type f | wc -l))) = $(($(wc -l <"$2"))) ] || { echo "extra files"; return 1; }
}

point() {
    rm -f "$own/new/current"
    ln -s "releases/$1" "$own/new/current" || return
    mv -T "$own/new/current" "$to/current" 2>"$own/new/said" || mv -h "$own/new/current" "$to/current" 2>/dev/null ||
        { cat "$own/new/said"; return 1; }
}

# Let readers have an upload, under a name; the third word is what is live, if that has not changed meanwhile.
switch() {
    [ "$(live)" = "${3-}" ] && [ ! -e "$to/releases/$2" ] || { echo "moved"; return 1; }
    sync -f "$own/new" 2>/dev/null || sync
    mv "$own/new/$1.sums" "$own/sums/$2" && mv "$own/new/$1.withdrawn" "$own/withdrawn/$2" &&
        mv "$own/new/$1" "$to/releases/$2" && point "$2"
}

# Let readers have an earlier release again; without one, nothing, as before.
back() {
    if [ -n "${1-}" ]; then point "$1"; else rm -f "$to/current"; fi
}

verify() {
    compare "$to/current/" "$own/sums/$(live)"
}

# Keep the newest releases to which one may go back; the second word is one that was live a moment ago.
prune() {
    left=$1
    for name in $(ls -r "$to/releases"); do
        if [ "$left" -gt 0 ] && ! cat "$own"/withdrawn/* | grep -qxF "$name"; then
            left=$((left - 1))
        elif [ "$name" != "$(live)" ] && [ "$name" != "${2-}" ]; then
            remove "$name"
        fi
    done
}

# Keep others away. One that was killed a moment ago may still be ending what it was asked for last.
lock() {
    left=3
    until flock -n 9; do
        [ $left -gt 0 ] || return
        left=$((left - 1))
        sleep 1 9>&-
    done
}

answer() {
    if told=$("$@" 2>&1 </dev/null); then end=ok; else end=no; fi
    [ -z "$told" ] || printf '%s\n' "$told" | sed 's/^\(| \)*/| /'
    echo $end
}

case $to in /*) ;; *) to=$PWD/$to own=$PWD/$to/.sdgbook ;; esac
echo "sdgbook releases 1"
while IFS= read -r line; do
    # Names hold no spaces and no patterns.
    set -f
    set -- $line
    set +f
    case ${1-} in
    status) status && echo ok ;;
    lock)
        told=$(make 2>&1) || { printf '%s\n' "$told" | sed 's/^\(| \)*/| /'; echo no; continue; }
        exec 9>>"$own/lock"
        if lock; then
            locked=yes
            shift
            echo "$* $$" >"$own/holder"
            echo ok
        else
            say "busy $(cat "$own/holder" 2>/dev/null)"
            echo no
        fi
        ;;
    sums) if sums "$2"; then echo ok; else echo no; fi ;;
    compare) answer compare "$own/new/$2" "$own/new/$2.sums" ;;
    begin | switch | back | verify | prune) answer "$@" ;;
    end) break ;;
    *) say "unknown"; echo no ;;
    esac
done
# A lost connection leaves no upload behind.
[ -z "$locked" ] || rm -rf "$own"/new/* 2>/dev/null
exit 0
