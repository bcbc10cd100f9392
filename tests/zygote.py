"""Runs the press's commands for the tests, each in a fork of one process that has imported everything already."""

import datetime
import itertools
import json
import os
import resource
import sys
import time


def _turn_clock_back(start):
    """Let each look at the clock find it an hour earlier than the last one did."""
    seen = itertools.count(start, -3600)

    class Back(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(next(seen), tz)

    time.time, time.time_ns = lambda: float(next(seen)), lambda: next(seen) * 10**9
    datetime.datetime = Back


def main():
    """Read commands as JSON lines; answer each with its process id, and (unless it is not waited for) its exit code."""
    from press import cli, execute

    cli.environment()
    cli.make_folders()
    execute.warm(["import pandas, matplotlib.pyplot"])
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            out = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(out, 1)
            os.dup2(out, 2)
            os.setsid()
            if "FILE_SIZE" in order["env"]:
                resource.setrlimit(resource.RLIMIT_FSIZE, (int(order["env"]["FILE_SIZE"]),) * 2)
            if "CLOCK" in order["env"]:
                _turn_clock_back(int(order["env"]["CLOCK"]))
            os.environ.update(order["env"], PRESS_ROOT=order["root"])
            try:
                code = cli.main(order["args"])
            except SystemExit as stop:
                code = stop.code
            except BaseException:
                import traceback

                traceback.print_exc()
                code = 99
            sys.stdout.flush()
            os._exit(code or 0)
        print(json.dumps(child), flush=True)
        if order["wait"]:
            print(json.dumps(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])), flush=True)


if __name__ == "__main__":
    main()
