"""Runs a module as `python -m` does, and ends as a filter does: `python -m workbook.command -m X`.

Every command of the Makefile goes through here. When the reader of its output has left
(`make logs | head`), or it is told to end, it ends what it has started, without a traceback.
"""

import os
import runpy
import select
import signal
import sys

STANDARD_OUTPUT = 1  # its descriptor, which is there when sys.stdout is not (`>&-`)


def main() -> None:
    """Run the module named after `-m` with the arguments that follow."""
    module, *arguments = sys.argv[2:]
    sys.argv = [module, *arguments]
    end_as_by_ctrl_c()
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        print(end="", flush=True)  # what is still to be written
    except BrokenPipeError:
        if not reader_has_left():  # it was another pipe, and a fault
            raise
        discard_output()
        sys.exit(128 + signal.SIGPIPE)  # what a shell reports of `yes | head`
    except SystemExit:
        if reader_has_left():
            discard_output()
        raise
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)


def end_as_by_ctrl_c() -> None:
    """Let a closed terminal and `kill` interrupt like Ctrl-C; `nohup` is respected."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


def reader_has_left() -> bool:
    """Tell whether standard output is a pipe that nobody reads any more."""
    poll = select.poll()
    poll.register(STANDARD_OUTPUT, select.POLLOUT)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def discard_output() -> None:
    """Send what is still to be written nowhere: Python flushes once more when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STANDARD_OUTPUT)
    os.close(nowhere)


if __name__ == "__main__":
    main()
