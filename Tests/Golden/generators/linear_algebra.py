"""Writes the results of NumPy that Tests/Tensor/LinearAlgebraTests.swift reads, into Tests/Golden/linear_algebra.npz.

Run from the package folder: python3 Tests/Golden/generators/linear_algebra.py
Needs NumPy. Signs of eigenvectors and singular vectors are fixed: the component of the largest magnitude is positive.
"""

import pathlib

import numpy as np

random = np.random.default_rng(11)


def single(shape):
    """Values that float32 holds exactly, computed with in double precision."""
    return random.standard_normal(shape).astype("f4").astype("f8")


def with_fixed_signs(columns):
    largest = np.abs(columns).argmax(0)
    return columns * np.sign(columns[largest, np.arange(columns.shape[1])])


square, right, tall, wide, tall_right = single((8, 8)), single((8, 3)), single((9, 4)), single((4, 9)), single((9, 2))
symmetric = (square + square.T).astype("f4").astype("f8")
definite = (square @ square.T + np.eye(8)).astype("f4").astype("f8")
deficient = np.concatenate([tall, tall[:, :2]], 1)
arrays = {
    "square": square, "right": right, "tall": tall, "wide": wide, "tall_right": tall_right, "symmetric": symmetric,
    "definite": definite, "deficient": deficient,
    "solution": np.linalg.solve(square, right),
    "cholesky": np.linalg.cholesky(definite),
    "eigenvalues": np.linalg.eigh(symmetric)[0],
    "eigenvectors": with_fixed_signs(np.linalg.eigh(symmetric)[1]),
    "singular_values_tall": np.linalg.svd(tall)[1],
    "left_tall": with_fixed_signs(np.linalg.svd(tall, full_matrices=False)[0]),
    "singular_values_wide": np.linalg.svd(wide)[1],
    "least_squares": np.linalg.lstsq(tall, tall_right, rcond=None)[0],
    "least_squares_deficient": np.linalg.lstsq(deficient, tall_right, rcond=None)[0],
}
file = pathlib.Path(__file__).resolve().parent.parent / "linear_algebra.npz"
np.savez_compressed(file, **{name: array.astype("f4") for name, array in arrays.items()})
