#!/bin/sh
# Prints the path of a Python that can run the workbook: 3.11 to 3.14, with the venv module.
# Takes the one named as argument; without, the one that made .venv, else 3.13, which can
# compile the package for AWS (its default runtime), else the newest on PATH.
# Every candidate is really run: a version manager puts shims on PATH that run nothing.
suits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
candidates=${1:-"$(head -n 1 .venv/made-with 2>/dev/null) python3.13 python3.14 python3.12 python3.11 python3 python"}

for python in $candidates; do
    "$python" -c "$suits" 2>/dev/null || continue
    suitable=$python
    "$python" -c 'import ensurepip, venv; import sys; print(sys._base_executable)' 2>/dev/null && exit
done

if [ -n "$suitable" ]; then
    echo "$suitable cannot create environments: its venv module is missing." \
        "On Debian and Ubuntu: sudo apt install $(basename "$suitable")-venv. Then run the command again." >&2
elif [ -n "$1" ]; then
    echo "$1 is not there or not Python 3.11, 3.12, 3.13 or 3.14. Name another: make PYTHON=python3.13 ..." >&2
else
    echo "Python 3.11, 3.12, 3.13 or 3.14 is needed and none is on PATH." \
        "Install one (https://www.python.org/downloads) or name it: make PYTHON=/path/to/python3.13 ..." >&2
fi
exit 1
