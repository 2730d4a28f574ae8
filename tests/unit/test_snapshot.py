"""Pictures for people: whole files, drawings inside the picture, the original untouched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from adapters import snapshot


def grey() -> snapshot.Image:
    return np.full((60, 80, 3), 90, np.uint8)


def test_equal_pictures_make_equal_bytes(tmp_path: Path) -> None:
    snapshot.write_jpeg(grey(), tmp_path / "a.jpg")
    assert (tmp_path / "a.jpg").read_bytes() == snapshot.encode_jpeg(grey())
    assert [p.name for p in tmp_path.iterdir()] == ["a.jpg"]


def test_a_cut_is_clipped_to_the_picture_and_is_a_copy() -> None:
    picture = grey()
    part = snapshot.cut(picture, (70, 50, 200, 200), margin=0.1)
    part[:] = 0
    assert picture.min() == 90
    with pytest.raises(ValueError, match="outside"):
        snapshot.cut(picture, (100, 100, 120, 120))


def test_words_stay_inside_and_signs_the_font_lacks_are_replaced() -> None:
    picture = grey()
    snapshot.draw_words(picture, "Exceso ± 3 km/h ñ", (500, 500))
    assert (picture[-10:] != 90).any()


def test_drawings_change_what_they_should() -> None:
    picture = grey()
    snapshot.draw_box(picture, (10, 10, 30, 30), snapshot.RED)
    snapshot.draw_path(picture, [(0, 50), (79, 50)], snapshot.YELLOW)
    assert (picture[10, 20] == snapshot.RED).all()
    assert (picture[50, 40] != 90).any()
    snapshot.draw_area(picture, [(40, 5), (70, 5), (70, 25), (40, 25)], snapshot.BLUE, share=1.0)
    assert (picture[15, 60] == snapshot.BLUE).all()
