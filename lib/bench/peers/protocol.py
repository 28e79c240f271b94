"""One JSON object a line: the host asks on stdin, the peer answers on stdout. See ../peer.ts.

First comes the work, answered with {"about", "value"}; then {"times": n}, answered with {"milliseconds"} for the work
done n times. What goes wrong is answered with {"error"}. The end of stdin ends the peer, whatever it is doing: no peer
outlives its host.
"""
import json
import os
import queue
import sys
import threading
import time


def serve(get_ready):
    """`get_ready(message)` returns a description, the result before any step, and a function that does the work once."""
    # Whatever a library prints goes to stderr: stdout is for answers alone.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    lines = queue.SimpleQueue()

    def listen():
        for line in sys.stdin:
            lines.put(json.loads(line))
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()

    def answer(**content):
        print(json.dumps(content), file=answers, flush=True)

    try:
        about, value, once = get_ready(lines.get())
        answer(about=about, value=value)
        while True:
            times = lines.get()["times"]
            start = time.perf_counter()
            for _ in range(times):
                once()
            answer(milliseconds=(time.perf_counter() - start) * 1e3)
    except ImportError as error:
        answer(error=f"Python has no module {error.name}")
    except Exception as error:
        answer(error=" ".join(f"{type(error).__name__}: {error}".split())[:300])
