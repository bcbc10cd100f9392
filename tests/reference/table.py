"""Print estimator | case | ours | published | difference | second implementation: ``python -m tests.reference.table``."""

import sys

import pandas as pd
from tests.reference import cases


def table():
    """Return all published cases in one table."""
    parts = []
    for key in cases.CASES:
        try:
            parts.append(cases.compared(*key))
        except cases.Absent as reason:
            print(f"skipped: {', '.join(key)}: {reason}", file=sys.stderr)
    return pd.concat(parts, ignore_index=True)


if __name__ == "__main__":
    rows = table()
    shown = rows[
        [
            "estimator",
            "case",
            "quantity",
            "ours",
            "published",
            "difference",
            "our_se",
            "published_se",
            "second",
            "second_by",
            "agreed_to",
        ]
    ]
    print("| " + " | ".join(shown.columns) + " |\n|" + "---|" * shown.shape[1])
    for row in shown.itertuples(index=False):
        print(
            "| " + " | ".join("" if pd.isna(v) else f"{v:.7g}" if isinstance(v, float) else str(v) for v in row) + " |"
        )
