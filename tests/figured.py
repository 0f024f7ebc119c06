"""What stands in the cell that draws a figure, or is asserted in its section, backs the numbers of its caption and alt
text. Another constant or print of the section may be any number; where it is the right one, a comment says so:

    <!-- numbers: 44 is printed; 600 is set -->
"""

import ast


def code_of(source: str) -> ast.Module:
    """Python, without the lines that are for IPython."""
    return ast.parse("\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))))


def labels(source: str) -> str:
    """What the code writes into a figure."""
    nodes = ast.walk(code_of(source))
    return "\n".join(n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str))
