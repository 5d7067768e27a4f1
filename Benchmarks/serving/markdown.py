"""Tables as Markdown, so that a run's output can be put into a document as it is."""


def table(heads, rows):
    """Prints a table; numbers go to the right, and None is a dash."""
    cells = [["–" if cell is None else str(cell) for cell in row] for row in rows]
    print("| " + " | ".join(heads) + " |")
    print("|" + "|".join("---:" if all(looks_numeric(row[index]) for row in cells) else "---"
                         for index in range(len(heads))) + "|")
    for row in cells:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def looks_numeric(text):
    return not text or text[0] in "–-+0123456789*"


def title(text):
    print(f"### {text}\n", flush=True)


def judged(value, bound, digits=2, least=True):
    """A figure with what was asked, bold where it is met."""
    met = value >= bound if least else value <= bound
    return f"**{value:.{digits}f}**" if met else f"{value:.{digits}f} (asked {'≥' if least else '≤'} {bound:g})"
