"""Pictures side by side: pixel for pixel, with a text."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from course_lib.notebook.gallery import GAP, TITLE, gallery
from course_lib.notebook.picture import to_png


def image(value: int) -> np.ndarray:
    return np.full((120, 200, 3), value, np.uint8)


def test_images_stand_in_rows_and_keep_their_pixels():
    fine = image(255)
    fine[::2] = 0  # stripes of a pixel: any scaling would make grey of them
    figure = gallery({"a": fine, "b": image(40), "c": image(80)})
    picture = np.asarray(Image.open(io.BytesIO(to_png(figure))).convert("RGB"))
    assert picture.shape == (2 * (120 + TITLE), 2 * 200 + GAP, 3)
    np.testing.assert_array_equal(picture[TITLE : TITLE + 120, :200], fine)
    assert (picture[TITLE + 10 : TITLE + 110, 200 + GAP + 5 : -5] == 40).all()
    assert (picture[2 * TITLE + 130 : -10, 10:190] == 80).all()
    assert (picture[2 * TITLE + 130 :, 200 + GAP :] == 255).all()
    assert figure.alt == "Pictures: a, b, c."
    assert gallery({"a": fine}, alt="Stripes.").alt == "Stripes."


def test_what_cannot_be_shown():
    for images in ({}, {"a": image(0), "b": image(0)[1:]}):
        with pytest.raises(ValueError, match="give at least one, all of one size"):
            gallery(images)
