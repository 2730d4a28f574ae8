"""A report's drawings say the numbers they stand on."""

from __future__ import annotations

import re

import pytest

from jobs.reporting.plots import bars


@pytest.mark.parametrize("most", [1, 5, 9, 14, 25, 47, 130, 251, 999])
def test_the_middle_line_of_bars_is_named_with_its_own_value(most: int) -> None:
    drawn = bars("Por día", ["1"], [("confirmadas", "c0", [most])])
    ticks = [int(n.replace(",", "")) for n in re.findall(r'tick end"[^>]*>([^<]+)<', drawn)]
    assert ticks[0] == 0
    assert ticks[1] * 2 == ticks[2]
    assert ticks[2] >= most
    assert ticks[2] <= 2 * most or most < 3
