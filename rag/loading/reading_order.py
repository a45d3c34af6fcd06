"""The order in which the rows of a page are read.

In: rows in the order in which the file draws them. Out: blocks of rows in reading order. Most
programs draw text as it is read; only where that runs against the page is it cut anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.loading.running_heads import Row

LEADING = 0.9
"""The gap, in heights of a row, below which two rows belong to one block."""
GUTTER = 6.0
"""The least width, in points, of the gap between two columns."""

Block = list[Row]


def blocks_of(rows: Sequence[Row]) -> list[Block]:
    """Return `rows` in blocks of lines that stand below each other, in reading order."""
    blocks: list[Block] = []
    for row in rows:
        if blocks and _follows(blocks[-1][-1], row):
            blocks[-1].append(row)
        else:
            blocks.append([row])
    return _cut(blocks) if _runs_backwards(blocks) else blocks


def _follows(above: Row, row: Row) -> bool:
    overlap = min(above.right, row.right) - max(above.left, row.left)
    gap = above.bottom - row.top
    height = max(above.size, row.size, 1.0)
    alike = min(above.size, row.size) > 0.75 * height
    return overlap > 0 and alike and -0.6 * height < gap < LEADING * height


def _runs_backwards(blocks: Sequence[Block]) -> bool:
    """Return whether a block stands above an earlier one of the same column."""
    lowest: list[tuple[float, float, float]] = []
    for block in blocks:
        left, right = min(r.left for r in block), max(r.right for r in block)
        bottom, top = block[-1].bottom, block[0].top
        if any(
            min(right, end) - max(left, start) > 0 and bottom >= above - 1
            for start, end, above in lowest
        ):
            return True
        lowest.append((left, right, top))
        lowest = lowest[-200:]
    return False


def _cut(blocks: list[Block]) -> list[Block]:
    """Return the blocks column by column; what spans the columns stands before what is below."""
    if len(blocks) < 2:
        return blocks
    by_left = sorted(blocks, key=lambda block: min(row.left for row in block))
    reach = max(row.right for row in by_left[0])
    for index, block in enumerate(by_left[1:], 1):
        if min(row.left for row in block) > reach + GUTTER:
            return _rows_down(by_left[:index]) + _cut(by_left[index:])
        reach = max(reach, *(row.right for row in block))
    return _rows_down(blocks)


def _rows_down(blocks: list[Block]) -> list[Block]:
    """Return blocks without a gap between columns: the highest ones first, then the rest cut."""
    by_top = sorted(blocks, key=lambda block: -block[0].top)
    depth = by_top[0][-1].bottom
    for index, block in enumerate(by_top[1:], 1):
        if block[0].top < depth + 1:
            rest = by_top[index:]
            return by_top[:index] + (_cut(rest) if len(rest) < len(blocks) else rest)
        depth = min(depth, block[-1].bottom)
    return by_top
