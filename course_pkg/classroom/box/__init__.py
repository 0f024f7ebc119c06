"""The box: bubblewrap around one Python that has torch, this course without its questions, and nothing else.

No network, no home, no other file of this machine but the interpreter and its packages, to be read; an empty
environment; its own processes. Each question runs in a fork with namespaces of its own inside, so that the answers of
two students, or two of one, cannot see each other.

It promises nothing against faults of the kernel. Values are judged outside, where alone the right ones are; but
whether an answer writes to its arguments, and its derivatives, are measured where it runs, and code made for that can
lie there.

around  the command line                            worker    what runs inside: it forks for each question
talk    a request for each question                 notebook  the answer, from the cells of a notebook
wire    records over a socket, believed in nothing  probe     whether it is closed, seen from the inside
"""
