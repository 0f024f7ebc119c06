"""Released files, made small: read, compared, refused; and the command line over them."""

import builtins
import pickle
import zipfile

import h5py
import numpy as np
import pytest
import torch
from matplotlib.image import imread

from course_pkg.data import cli, dsprites
from course_pkg.data.polygons import draw
from course_pkg.data.release import ReleaseError, factor_data, read_release
from course_pkg.data.release_check import check_release, picture


class Poison:
    """What a malicious pickle does when it is opened."""

    def __reduce__(self):
        return (pytest.fail, ("something was unpickled",))


def contents(n=40, seed=0):
    """Arrays of the release for n images of the set, in the set's order."""
    indices = torch.randperm(dsprites.TOTAL, generator=torch.Generator().manual_seed(seed))[:n].sort().values
    settings, values = dsprites.factors(indices).numpy(), dsprites.values(indices).numpy()
    return {
        "imgs": draw(values),
        "latents_classes": np.column_stack([np.zeros(n, np.int64), settings]),
        "latents_values": np.column_stack([np.ones(n), values]),
    }


def save_npz(path, arrays):
    np.savez_compressed(path, metadata=np.array({"poison": Poison()}, dtype=object), **arrays)
    return path


def save_hdf5(path, arrays):
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file.create_dataset(name.replace("latents_", "latents/"), data=array, compression="gzip")
    return path


SAVE = {".npz": save_npz, ".hdf5": save_hdf5}
each_format = pytest.mark.parametrize("ending", SAVE)


def save(tmp_path, ending, arrays):
    return SAVE[ending](tmp_path / f"dsprites{ending}", arrays)


@each_format
@pytest.mark.parametrize("block", [7, 40, 1024])
def test_blocks_put_together_are_the_file(tmp_path, ending, block):
    arrays = contents()
    blocks = list(read_release(save(tmp_path, ending, arrays), block))
    for part, expected in zip(zip(*blocks, strict=True), arrays.values(), strict=True):
        np.testing.assert_array_equal(np.concatenate(part), expected)


def test_an_uncompressed_npz_and_another_order_are_read_too(tmp_path):
    arrays = {name: array[::-1].copy() for name, array in contents().items()}
    np.savez(tmp_path / "plain.npz", **arrays)
    assert str(check_release(tmp_path / "plain.npz")) == "all 40 images are identical"


@each_format
def test_a_right_file(tmp_path, ending):
    found = check_release(save(tmp_path, ending, contents(1500)))
    assert (found.total, found.differing, found.pixels, found.most, found.values) == (1500, 0, 0, 0, 0)
    assert found.first is None and str(found) == "all 1,500 images are identical"
    with pytest.raises(ValueError, match="expected a comparison that found a difference"):
        picture(found, tmp_path / "nothing.png")


@each_format
def test_a_wrong_file(tmp_path, ending):
    """Three images spoilt, by 1, 5 and 64 pixels, the first in the second block of 1,024."""
    arrays = contents(1500)
    arrays["imgs"][1100, 30, 30] ^= 1
    arrays["imgs"][1200, 10, 5:10] ^= 1
    arrays["imgs"][1300, 63] = 1
    path = save(tmp_path, ending, arrays)
    found = check_release(path)
    assert (found.total, found.differing, found.pixels, found.most, found.values) == (1500, 3, 70, 64, 0)
    row, index, theirs, drawn = found.first
    assert row == 1100 and dsprites.factors([index]).tolist() == [arrays["latents_classes"][1100, 1:].tolist()]
    np.testing.assert_array_equal(theirs, arrays["imgs"][1100])
    assert (theirs != drawn).sum() == 1 and theirs[30, 30] != drawn[30, 30]
    assert "3 of 1,500 images differ, by 70 pixels in all and at most 64 in one image; the first is row 1,100" in str(
        found
    )


def test_wrong_values_are_counted(tmp_path):
    arrays = contents()
    arrays["latents_values"][3, 0] = 2  # another colour
    arrays["latents_values"][7, 3] += 0.001
    arrays["latents_values"][9, 4] = np.nan
    found = check_release(save_npz(tmp_path / "set.npz", arrays))
    assert found.differing == 0 and found.values == 3


@each_format
def test_factor_data_from_the_file(tmp_path, ending):
    arrays = contents()
    data = factor_data(save(tmp_path, ending, arrays))
    assert len(data) == 40 and data.names == dsprites.NAMES
    np.testing.assert_array_equal(data.images(range(40))[:, 0].numpy(), arrays["imgs"])
    np.testing.assert_array_equal(data.factors(range(40)).numpy(), arrays["latents_classes"][:, 1:])
    assert data.index(data.factors([17])).tolist() == [17]


def changed(name, change):
    def spoil(arrays):
        arrays[name] = change(arrays[name])
        return arrays

    return spoil


def without(name):
    return lambda arrays: {key: array for key, array in arrays.items() if key != name}


def out_of_range(classes):
    classes[5, 1] = 3
    return classes


@each_format
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (without("imgs"), r"missing \['imgs'\]"),
        (without("latents_classes"), r"missing \['latents.classes'\]"),
        (changed("imgs", lambda x: x[:, :32]), r"expected imgs as uint8 \(N, 64, 64\), got uint8 \(40, 32, 64\)"),
        (changed("imgs", lambda x: x / 255.0), r"expected imgs as uint8 \(N, 64, 64\), got float64"),
        (changed("latents_classes", lambda x: x[:, 1:]), r"expected latents_classes as int64 \(N, 6\)"),
        (changed("latents_classes", lambda x: x * 0.5), r"expected latents_classes as int64 \(N, 6\), got float64"),
        (changed("latents_values", lambda x: x[1:]), r"as many images as factors, one or more, got"),
        (lambda arrays: {k: a[:0] for k, a in arrays.items()}, r"as many images as factors, one or more, got"),
        (changed("latents_classes", out_of_range), r"expected latents_classes below \(1, 3, 6, 40, 32, 32\), got \["),
        (changed("latents_classes", lambda x: x - 1), r"expected latents_classes below"),
    ],
)
def test_files_that_are_no_release(tmp_path, ending, spoil, message):
    arrays = spoil(contents())
    if ending == ".hdf5":  # gzip wants at least one row
        with h5py.File(tmp_path / "dsprites.hdf5", "w") as file:
            for name, array in arrays.items():
                file[name.replace("latents_", "latents/")] = array
        path = tmp_path / "dsprites.hdf5"
    else:
        path = save(tmp_path, ending, arrays)
    with pytest.raises(ReleaseError, match=message) as caught:
        check_release(path)
    assert str(path) in str(caught.value)


@each_format
@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_file_cut_short(tmp_path, ending, keep):
    path = save(tmp_path, ending, contents())
    whole = path.read_bytes()
    path.write_bytes(whole[: int(keep * len(whole))])
    with pytest.raises(ReleaseError, match="damaged or cut short"):
        check_release(path)


def test_a_damaged_member(tmp_path):
    path = save_npz(tmp_path / "set.npz", contents())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("imgs.npy")
    spoilt = bytearray(path.read_bytes())
    middle = info.header_offset + info.compress_size // 2
    spoilt[middle : middle + 20] = bytes(20)
    path.write_bytes(spoilt)
    with pytest.raises(ReleaseError, match="damaged or cut short"):
        check_release(path)


def test_a_member_that_ends_too_early(tmp_path):
    path = tmp_path / "set.npz"
    arrays = contents()
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as member:
                np.save(member, array)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["imgs.npy"] = members["imgs.npy"][:-1]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    with pytest.raises(ReleaseError, match="ends too early"):
        check_release(path)


@pytest.mark.parametrize("name", ["imgs", "latents_classes", "latents_values"])
def test_objects_are_refused_not_unpickled(tmp_path, name):
    arrays = contents()
    arrays[name] = np.array([Poison()] * 40, dtype=object)
    path = tmp_path / "set.npz"
    np.savez(path, **arrays)
    with pytest.raises(ReleaseError, match=f"expected {name} as rows of numbers, got object"):
        check_release(path)


def test_a_member_that_is_no_array(tmp_path):
    path = save_npz(tmp_path / "set.npz", without("imgs")(contents()))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("imgs.npy", pickle.dumps("no array"))
    with pytest.raises(ReleaseError, match="imgs is no numpy array"):
        check_release(path)


@pytest.mark.parametrize("start", [b"", b"hello", b"GIF89a.."])
def test_a_foreign_file(tmp_path, start):
    (tmp_path / "set.npz").write_bytes(start)
    with pytest.raises(ReleaseError, match=r"expected dSprites as .npz or .hdf5, got a file that starts"):
        check_release(tmp_path / "set.npz")


def test_hdf5_without_h5py(tmp_path, monkeypatch):
    path = save_hdf5(tmp_path / "set.hdf5", contents())
    original = builtins.__import__

    def without_h5py(name, *rest):
        if name == "h5py":
            raise ImportError(name)
        return original(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_h5py)
    with pytest.raises(ReleaseError, match=r"needs h5py: pip install h5py, or use the .npz"):
        check_release(path)


def test_command_line_right_and_wrong(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    arrays = contents()
    assert cli.main(["compare", str(save_npz(tmp_path / "right.npz", arrays))]) == 0
    assert capsys.readouterr().out == "all 40 images are identical\n"
    assert not list(tmp_path.glob("*.png"))

    arrays["imgs"][0, 0, 0] = 1
    assert cli.main(["compare", str(save_npz(tmp_path / "wrong.npz", arrays))]) == 1
    out = capsys.readouterr().out
    assert "1 of 40 images differ, by 1 pixels" in out and "dsprites_difference.png" in out
    assert imread(tmp_path / "dsprites_difference.png").std() > 0

    arrays["imgs"][0, 0, 0], arrays["latents_values"][0, 0] = 0, 2
    assert cli.main(["compare", str(save_npz(tmp_path / "values.npz", arrays))]) == 1
    assert "1 rows of latents_values are not the released ones" in capsys.readouterr().out


def test_picture_shows_the_pixel(tmp_path):
    arrays = contents()
    arrays["imgs"][0, 0, 0] = 1
    path = save_npz(tmp_path / "wrong.npz", arrays)
    picture(check_release(path), tmp_path / "first.png")
    image = imread(tmp_path / "first.png")[..., :3]
    assert image.shape[0] < image.shape[1]  # three panels in a row
    third = image[:, 2 * image.shape[1] // 3 :]
    assert (third.min(axis=2) > 0.99).any() and (third.max(axis=2) < 0.01).mean() > 0.3


@pytest.mark.parametrize("name", ["missing.npz", "."])
def test_command_line_on_what_cannot_be_read(tmp_path, capsys, name):
    assert cli.main(["compare", str(tmp_path / name)]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and str(tmp_path) in captured.err and len(captured.err.splitlines()) == 1


@pytest.mark.parametrize("argv", [[], ["compare"], ["unknown"]])
def test_command_line_usage(argv, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(argv)
    assert caught.value.code == 2
    assert "usage: python -m course_pkg data" in capsys.readouterr().err


def test_command_line_says_where_the_cache_cannot_be(tmp_path, monkeypatch, capsys):
    (tmp_path / "taken").write_text("", "utf-8")
    monkeypatch.setenv("DISENTANGLE_CACHE", str(tmp_path / "taken"))
    assert cli.main(["draw"]) == 2
    assert "cannot keep 377 MB" in capsys.readouterr().err
