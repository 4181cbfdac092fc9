"""Runs tests one after another: one line each, then how many passed."""

import sys
import time
import traceback


class Failure(Exception):
    pass


class Skipped(Exception):
    """What a test needs is not there; the reason is printed. A skipped test is neither passed nor failed."""


def check(condition, sentence):
    if not condition:
        raise Failure(sentence)


def run_tests(tests):
    """Runs (sentence, function) pairs. A function may return a string of figures to print. Returns an exit status."""
    passed = failed = 0
    for sentence, test in tests:
        began = time.monotonic()
        try:
            figures = test()
        except Skipped as reason:
            print(f"skip  {sentence}: {reason}", flush=True)
            continue
        except Exception as error:  # a crash of the test is a failure of the test; the others still run
            failed += 1
            print(f"FAIL  {sentence}: {error or type(error).__name__}", flush=True)
            if not isinstance(error, Failure):
                traceback.print_exc(file=sys.stdout)
            continue
        passed += 1
        print(f"ok    {sentence} ({time.monotonic() - began:.1f} s)" + (f": {figures}" if figures else ""), flush=True)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0
