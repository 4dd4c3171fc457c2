#!/bin/sh
# Tells by its exit status whether programs can keep their caches in the home folder.
[ -d "$HOME" ] || exit 1
for folder in "$HOME" "${XDG_CACHE_HOME:-$HOME/.cache}" "$HOME/.npm"; do
    [ ! -e "$folder" ] || [ -w "$folder" ] || exit 1
done
