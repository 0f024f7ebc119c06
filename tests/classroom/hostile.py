"""Answers that attack the grader, by name: (the source of the cell, the statuses that it may get). None is right.

Each stands in the place of `kl_between_gaussians`. "wrong" is an answer that was judged, "stopped" one that was not.
"""

F = "def kl_between_gaussians(mu_q, log_var_q, mu_p, log_var_p):\n    "
W, S = ("wrong",), ("stopped",)
EITHER = ("wrong", "stopped")


def body(*lines):
    return F + "\n    ".join(lines)


LOOPS = {
    "a loop": (body("while True: pass"), S),
    "a loop that catches everything": (
        body("while True:", "    try:", "        while True: pass", "    except BaseException: pass"), S),
    "sleep": (body("import time", "time.sleep(1e6)"), S),
    "a lock": (body("import threading", "lock = threading.Lock()", "lock.acquire(), lock.acquire()"), S),
    "a number without end": (body("return 3 ** (10 ** 9)"), S),
    "recursion": (body("return kl_between_gaussians(mu_q, log_var_q, mu_p, log_var_p)"), W),
    "deep recursion allowed": (
        body("import sys", "sys.setrecursionlimit(10**9)",
             "return kl_between_gaussians(mu_q, log_var_q, mu_p, log_var_p)"), EITHER),
    "a decorator that loops": ("def loop(f):\n    while True: pass\n\n@loop\n" + body("return 0"), S),
    "a default that loops": (
        "def loop():\n    while True: pass\n\n"
        "def kl_between_gaussians(mu_q, log_var_q, mu_p, log_var_p, x=loop()):\n    return 0", S),
    "a class that loops when made": (
        "class kl_between_gaussians:\n    def __init__(self, mu_q, log_var_q, mu_p, log_var_p):\n"
        "        while True: pass", S),
    "a pause": (body("import signal", "signal.pause()"), S),
    "an answer whose length loops": (
        body("class L(list):", "    def __iter__(self):", "        while True: yield 0", "return L([1])"), EITHER),
}  # fmt: skip

MEMORY = {
    "a terabyte": (body("return bytearray(10 ** 12)"), W),
    "a tensor of a terabyte": (body("import torch", "return torch.zeros(10 ** 12)"), W),
    "a growing list": (body("kept = []", "while True: kept.append(bytearray(10 ** 8))"), EITHER),
    "a text of a terabyte": (body("return 'x' * 10 ** 12"), W),
    "eighty megabytes of zeros": (body("import torch", "return torch.zeros(10 ** 7, dtype=torch.float64)"), W),
    "a million numbers in a list": (body("return [1.5] * 10 ** 6"), S),
    "lists in lists": (body("x = []", "for _ in range(10 ** 5): x = [x]", "return x"), EITHER),
    "a list that holds itself": (body("x = []", "x.append(x)", "return x"), W),
    "a text of ten megabytes": (body("return 'x' * 10 ** 7"), EITHER),
    "an error of a hundred megabytes": (body("raise ValueError('x' * 10 ** 8)"), W),
}

EXITS = {
    "os._exit": (body("import os", "os._exit(0)"), S),
    "sys.exit": (body("import sys", "sys.exit(0)"), W),
    "exit": (body("raise SystemExit"), W),
    "kill itself": (body("import os", "os.kill(os.getpid(), 9)", "os.killpg(0, 9)"), EITHER),
    "kill everything": (body("import os", "os.kill(-1, 9)", "os.kill(1, 9)"), EITHER),
    "abort": (body("import os", "os.abort()"), S),
    "a null pointer": (body("import ctypes", "ctypes.string_at(0)"), S),
    "KeyboardInterrupt": (body("raise KeyboardInterrupt"), EITHER),
    "the clock's own": (body("from course_pkg.grading.clock import Stopped", "raise Stopped"), EITHER),
    "an error of its own kind": (body("class Odd(BaseException): pass", "raise Odd"), W),
    "an error that cannot be told": (
        body("class Odd(Exception):", "    def __str__(self): raise Odd", "raise Odd"), EITHER),
    "exec of another program": (body("import os", "os.execv('/bin/true', ['true'])"), EITHER),
    "an exit in its own cell": ("import os\n" + body("return 0") + "\nkl_between_gaussians = os._exit(0)", S),
}  # fmt: skip

FORKS = {
    "a fork bomb": (body("import os", "while True: os.fork()"), EITHER),
    "a fork that answers too": (body("import os", "os.fork()", "return 0.0"), EITHER),
    "a thread bomb": (
        body("import threading, time", "while True: threading.Thread(target=time.sleep, args=(99,)).start()"), EITHER),
    "a process that stays": (
        body("import subprocess", "subprocess.Popen(['sleep', '98765'], start_new_session=True)"), W),
    "a daemon": (
        body("import os, time", "if os.fork() == 0:", "    os.setsid()", "    if os.fork() == 0: time.sleep(98765)",
             "    os._exit(0)", "return 0.0"), W),
    "new namespaces": (
        body("import ctypes", "return float(ctypes.CDLL(None).unshare(0x10000000 | 0x20000))"), EITHER),
}  # fmt: skip

NETWORK = {
    "an address outside": (body("import socket", "socket.create_connection(('1.1.1.1', 53), 1)"), W),
    "this machine": (body("import socket", "socket.create_connection(('127.0.0.1', {port}), 1)"), W),
    "a socket without a file": (
        body("import socket", "s = socket.socket(socket.AF_UNIX)", "s.connect('\\0classroom-test')"), W),
    "a page": (body("import urllib.request", "urllib.request.urlopen('http://localhost:{port}', timeout=1)"), W),
    "a name": (body("import socket", "socket.getaddrinfo('example.org', 80)"), W),
}  # fmt: skip

FILES = {
    "delete everything": (body("import shutil", "shutil.rmtree('/', ignore_errors=True)", "return 0.0"), EITHER),
    "delete the course": (
        body("import course_pkg, shutil", "shutil.rmtree(course_pkg.__path__[0])"), W),
    "another judge": (
        body("from course_pkg.grading import judging", "open(judging.__file__, 'w').write('')"), W),
    "another torch": (body("import torch", "open(torch.__file__, 'w').write('')"), W),
    "a full disk": (
        body("f = open('/tmp/x', 'wb')", "while True: f.write(bytes(10 ** 7))"), W),
    "a million files": (body("for i in range(10 ** 6): open(f'/tmp/{i}', 'w').write('x' * 5000)"), EITHER),
    "a file of passwords": (body("return open('/etc/passwd').read()"), W),
    "memory of the first process": (body("open('/proc/1/mem', 'r+b').write(b'x')"), W),
    "the kernel": (body("open('/proc/sys/kernel/core_pattern', 'w').write('x')"), W),
    "a device": (body("import os", "os.mknod('/tmp/sda', 0o60666, os.makedev(8, 0))"), W),
    "another root": (body("import os", "os.chroot('/tmp')"), W),
    "root": (body("import os", "os.setuid(0)"), W),
    "mount": (
        body("import ctypes", "if ctypes.CDLL(None).mount(b'x', b'/tmp', b'tmpfs', 0, None): raise OSError",
             "return 0.0"), W),
}  # fmt: skip

FRAMES = "import sys\n    f = sys._getframe()\n    while f:\n        g = f.f_globals\n        "
PATCHED = {
    "torch's comparisons": (
        body("import torch", "torch.equal = torch.allclose = torch.isclose = lambda *a, **k: True",
             "torch.Tensor.__eq__ = lambda *a: True", "return torch.zeros(len(mu_q))"), W),
    "the judge": (
        body("from course_pkg.grading import judging, verdict", "judging.agree = lambda *a: True",
             "judging.judge = judging.expected = None", "return mu_q.sum(1)"), W),
    "what calls it": (
        body("from course_pkg.grading import calling", "calling.encode = lambda v: 0.0",
             "calling.Outcome = lambda *a, **k: 0", "return mu_q.sum(1)"), EITHER),
    "what sends it": (
        body("from course_pkg.classroom.box import wire", "wire.send = lambda *a: None", "return mu_q.sum(1)"), EITHER),
    "the worker's own names": (
        body(FRAMES + "if 'call_answer' in g: g['call_answer'] = lambda *a: a[1]", "    f = f.f_back",
             "return mu_q.sum(1)"), EITHER),
    "json": (body("import json", "json.dumps = lambda *a, **k: '{\"status\": \"holds\"}'", "return 0.0"), EITHER),
    "builtins": (
        body("import builtins", "builtins.abs = builtins.max = lambda *a: 0", "builtins.float = builtins.isinstance",
             "return 0.0"), EITHER),
    "tolist": (body("import torch", "torch.Tensor.tolist = lambda self: ['right']", "return mu_q.sum(1)"), EITHER),
    "import": (
        body("import sys", "sys.modules['course_pkg.grading.judging'] = sys.modules['json'] = None", "return 0.0"), W),
    "tracing": (
        body("import sys, threading", "sys.settrace(lambda *a: None), threading.settrace(lambda *a: None)",
             "return 0.0"), W),
    "the collector": (
        body("import gc", "for o in gc.get_objects():",
             "    if isinstance(o, dict) and 'status' in o: o['status'] = 'holds'", "return 0.0"), EITHER),
}  # fmt: skip

ANY = "class Any:\n    def __getattr__(self, name): return lambda *a, **k: self\n"
ANY += "".join(
    f"    def __{op}__(self, *a): return True\n" for op in ("eq", "le", "lt", "ge", "gt", "bool", "contains")
)
EQUAL = {
    "equal to everything": (ANY + body("return Any()"), W),
    "a list of it": (ANY + body("return [Any()] * len(mu_q)"), W),
    "a float that is equal": (
        body("class X(float):", "    def __eq__(self, o): return True", "    def __sub__(self, o): return X(0)",
             "return X(3)"), W),
    "a tensor of its own kind": (
        body("import torch", "class T(torch.Tensor):", "    @classmethod",
             "    def __torch_function__(cls, f, t, a=(), k=None): return True",
             "return torch.zeros(len(mu_q)).as_subclass(T)"), EITHER),
    "a dict of its own kind": (
        body("class D(dict):", "    def __getitem__(self, k): return 0.0", "    def keys(self): return {''}",
             "return D()"), W),
    "not a number": (body("return mu_q.sum(1) * float('nan')"), W),
    "infinity": (body("return [float('inf')] * len(mu_q)"), W),
    "a huge number": (body("return 10 ** 5000"), W),
    "text": (body("return '0.0'"), W),
    "complex": (body("return 1j"), W),
    "itself": (body("return kl_between_gaussians"), W),
    "nothing": (body("pass"), W),
    "a generator": (body("yield 0.0"), W),
    "a coroutine": ("async " + body("return 0.0"), W),
    "an empty tensor": (body("return mu_q[:0, 0]"), W),
    "a truth": (body("return True"), W),
}  # fmt: skip

WIRE = "import json, os\n    def put(data, fd=3): os.write(fd, len(data).to_bytes(4, 'big') + data)\n    "
WIRE += "def record(**r): put(json.dumps(r).encode())\n    "
PIPE = {
    "a record before the answer": (
        body(WIRE + "for i in range(9): record(case=i, status='value', value=0.0)", "return 0.0"), W),
    "a mark": (
        body(WIRE + "for i in range(9): record(case=i, status='holds', score=2, points=2)", "os._exit(0)"), S),
    "a record of no number": (
        body(WIRE + "for i in range(9): record(case=i, status='value', value=float('nan'))", "os._exit(0)"), W),
    "not started": (body(WIRE + "for i in range(9): record(case=i, status='not started')", "os._exit(0)"),
                    ("not started",)),
    "bytes": (body(WIRE + "os.write(3, os.urandom(1000))", "os._exit(0)"), S),
    "a length of four gigabytes": (body(WIRE + "os.write(3, b'\\xff' * 100)"), S),
    "half a record": (body(WIRE + "os.write(3, (10 ** 6).to_bytes(4, 'big') + b'{')", "os._exit(0)"), S),
    "a closed pipe": (body("import os", "os.close(3)", "return 0.0"), S),
    "every descriptor": (
        body(WIRE + "for fd in range(100):",
             "    try: put(b'{\"case\": 0, \"status\": \"value\", \"value\": 0.0}', fd)",
             "    except OSError: pass", "return 0.0"), EITHER),
    "a flood": (body(WIRE + "while True: record(case=-1)"), S),
    "a flood of nothing": (body("import os", "while True: os.write(3, bytes(4))"), S),
    "brackets": (body(WIRE + "put(b'[' * 10 ** 6)", "os._exit(0)"), S),
    "a shape": (
        body(WIRE + "record(case=0, status='value', value={'tensor': 'float64', 'shape': [10 ** 9] * 9, 'values': []})",
             "os._exit(0)"), S),
    "values in values": (
        body(WIRE + "record(case=0, status='value', value=[[[[[[[[[[1.0]]]]]]]]]])", "os._exit(0)"), S),
    "no entries": (body(WIRE + "record(case=0, status='value', value={'dict': 3})", "os._exit(0)"), S),
    "a pickle": (
        body(WIRE + "import pickle", "put(pickle.dumps(os.system))", "os._exit(0)"), S),
    "a record of eight megabytes": (body(WIRE + "put(b' ' * (8 * 2 ** 20 + 1))", "os._exit(0)"), S),
}  # fmt: skip

# These say what they found; what may be found is nothing. What is seen on purpose is not walked through: the system,
# and the packages of Python.
FOUND = "if found: raise ValueError('found ' + str(found)[:200])\n    raise ValueError('nothing found')"
WALK = "import os\n    found = []\n    for base, folders, files in os.walk('/'):\n"
WALK += "        folders[:] = [f for f in folders if f not in ('usr', 'proc', 'dev', 'site-packages')]\n        "
READING = {
    "the questions": (body(WALK + "found += [base] * ('questions' in base)", FOUND), W),
    "the questions, imported": (body("import course_pkg.questions.elbo"), W),
    "the references in memory": (
        body("import gc", "found = [o for o in gc.get_objects() if type(o).__name__ in ('Question', 'Wrong')]",
             FOUND), W),
    "the caller's environment": (
        body("import glob, os", "found = [v for v in os.environ.values() if 'classroom-secret' in v]",
             "for path in glob.glob('/proc/*/environ'):",
             "    try: found += ['x'] * ('classroom-secret' in open(path).read())",
             "    except OSError: pass", FOUND), W),
    "other students": (body(WALK + "found += [f for f in files if f.endswith('.ipynb')]", FOUND), W),
    "other processes": (
        body("import os", "found = [p for p in os.listdir('/proc') if p.isdigit() and int(p) != os.getpid()]",
             FOUND), W),
    "the repository": (
        body(WALK + "found += [f for f in folders if f in ('solutions', '.git', 'exercises')]", FOUND), W),
    "what another question left": (
        body("import glob", "found = glob.glob('/tmp/*') + glob.glob('/dev/shm/*')", FOUND), W),
    "descriptors": (
        body("import os", "found = []", "for fd in range(4, 128):", "    try: found.append(os.fstat(fd) and fd)",
             "    except OSError: pass", FOUND), W),
    "the seed": (
        body("import gc", "found = [o for o in gc.get_objects() if isinstance(o, dict) and o.get('seed') == 11]",
             FOUND), W),
}  # fmt: skip

ALL = {
    f"{group}: {name}": case
    for group, cases in {
        "loops": LOOPS, "memory": MEMORY, "exits": EXITS, "forks": FORKS, "network": NETWORK, "files": FILES,
        "patched": PATCHED, "equal": EQUAL, "pipe": PIPE, "reading": READING,
    }.items()
    for name, case in cases.items()
}  # fmt: skip
