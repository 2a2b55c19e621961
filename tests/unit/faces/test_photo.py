"""Photographs of every kind, whole and broken: pixels as they should be seen, or a refusal that says what to do."""

import io
import os
import struct
import zlib

import numpy as np
import pytest
import skimage.data
from faces.made_profiles import SPACES, encoded, grey_profile, rgb_profile
from gestalt_regions.faces import photo as photos
from gestalt_regions.faces.file_kinds import file_kind
from gestalt_regions.faces.photo import FACTS, read_photo
from gestalt_regions.faces.unusable import Unusable
from PIL import Image, ImageCms


@pytest.fixture(scope="module")
def astronaut():
    return Image.fromarray(skimage.data.astronaut()[::2, ::2].copy())


def pixels(path):
    return read_photo(path).pixels.astype(int)


def encoded_bytes(image, form, **options):
    held = io.BytesIO()
    image.save(held, form, **options)
    return held.getvalue()


def save_grey16(image, path):
    Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257).save(path)


def save_turned(image, path):
    exif = Image.Exif()
    exif[0x0112] = 6
    image.rotate(90, expand=True).save(path, exif=exif)


def save_transparent(image, path):
    image = image.convert("RGBA")
    image.putalpha(255)
    image.save(path)


def save_frames(image, path, **options):
    image.save(path, save_all=True, append_images=[Image.new("RGB", image.size, "red")], **options)


def save_lab(image, path):
    way = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    ImageCms.applyTransform(image, way).save(path)


LOSSLESS, CLOSE, ROUGH = 1, 12, 60


@pytest.mark.parametrize(
    ("name", "save", "grey", "within"),
    [
        ("a.png", lambda image, path: image.save(path), False, 0),
        ("grey.png", lambda image, path: image.convert("L").save(path), True, 0),
        ("grey16.png", save_grey16, True, LOSSLESS),
        ("grey16.tif", save_grey16, True, LOSSLESS),
        ("grey_alpha.png", lambda image, path: image.convert("LA").save(path), True, LOSSLESS),
        ("turned.png", save_turned, False, 0),
        ("turned.tif", save_turned, False, 0),
        ("turned.jpg", save_turned, False, ROUGH),
        ("turned.webp", save_turned, False, ROUGH),
        ("turned.avif", save_turned, False, ROUGH),
        ("alpha.png", save_transparent, False, 0),
        ("palette.png", lambda image, path: image.quantize(256).save(path), False, ROUGH),
        ("a.gif", lambda image, path: image.quantize(256).save(path), False, ROUGH),
        ("cmyk.tif", lambda image, path: image.convert("CMYK").save(path), False, LOSSLESS),
        ("cmyk.jpg", lambda image, path: image.convert("CMYK").save(path, quality=98), False, ROUGH),
        ("lab.tif", save_lab, False, CLOSE),
        ("photo.webp", lambda image, path: image.save(path, lossless=True), False, 0),
        ("a.bmp", lambda image, path: image.save(path), False, 0),
        ("a.ppm", lambda image, path: image.save(path), False, 0),
        ("a.jp2", lambda image, path: image.save(path, irreversible=False), False, LOSSLESS),
        ("a.jpg", lambda image, path: image.save(path, quality=98), False, ROUGH),
        ("progressive.jpg", lambda image, path: image.save(path, quality=98, progressive=True), False, ROUGH),
        ("a.heic", lambda image, path: image.save(path, quality=95), False, ROUGH),
        ("a.avif", lambda image, path: image.save(path, quality=95), False, ROUGH),
        ("pages.tif", save_frames, False, 0),
        ("packed.tif", lambda image, path: image.save(path, compression="tiff_lzw"), False, 0),
        ("frames.webp", lambda image, path: save_frames(image, path, lossless=True), False, LOSSLESS),
        ("frames.png", save_frames, False, 0),
        ("stereo.mpo", lambda image, path: save_frames(image, path, quality=98), False, ROUGH),
    ],
)
def test_any_kind_of_photograph_becomes_upright_rgb(tmp_path, astronaut, name, save, grey, within):
    save(astronaut, tmp_path / name)
    expected = np.asarray(astronaut.convert("L").convert("RGB") if grey else astronaut).astype(int)
    os.rename(tmp_path / name, tmp_path / "wrong_suffix.dat")
    photo = read_photo(tmp_path / "wrong_suffix.dat")
    assert photo.pixels.dtype == np.uint8 and photo.pixels.shape == expected.shape and not photo.warnings
    difference = np.abs(photo.pixels - expected)
    assert difference.max() <= within or (within == ROUGH and difference.mean() < 6)
    assert tuple(photo.facts) == FACTS and photo.facts["width"] == photo.facts["height"] == 256
    assert photo.facts["bits"] == (16 if "16" in name else 8)


def test_one_bit_pictures_and_transparency(tmp_path, astronaut):
    astronaut.convert("1").save(tmp_path / "one.png")
    assert set(np.unique(pixels(tmp_path / "one.png"))) == {0, 255}
    assert read_photo(tmp_path / "one.png").facts["bits"] == 1
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    palette = Image.new("P", (4, 4), 0)
    palette.save(tmp_path / "clear_palette.png", transparency=0)
    Image.new("LA", (4, 4), (0, 0)).save(tmp_path / "clear_grey.png")
    for name in ("clear", "clear_palette", "clear_grey"):
        assert (pixels(tmp_path / f"{name}.png") == 255).all(), name  # laid over white


def test_facts_name_the_camera_and_nothing_of_place_time_or_owner(tmp_path, astronaut):
    exif = Image.Exif()
    exif[271], exif[272], exif[306], exif[315] = "ACME\0 ", "One\n2", "2020:01:02 03:04:05", "Dr Somebody"
    exif[42033] = "SERIAL77"
    exif.get_ifd(0x8825)[1] = "N"
    astronaut.save(tmp_path / "a.jpg", exif=exif)
    facts = read_photo(tmp_path / "a.jpg").facts
    assert facts["camera_make"] == "ACME" and facts["camera_model"] == "One2" and facts["format"] == "JPEG"
    assert not any(word in str(facts) for word in ("2020", "Somebody", "SERIAL77"))


def with_exif(jpeg, entries, order="<", start=8):
    body = struct.pack(order + "IH", start, len(entries))
    body += b"".join(struct.pack(order + "HHI", *entry[:3]) + entry[3] for entry in entries)
    block = b"Exif\0\0" + (b"II*\0" if order == "<" else b"MM\0*") + body + b"\0\0\0\0"
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + jpeg[2:]


ORIENTATION_6 = (0x0112, 3, 1, struct.pack("<HH", 6, 0))


@pytest.mark.parametrize(
    ("entries", "upright"),
    [
        ([ORIENTATION_6, (0x011A, 2, 3, b"72\0\0")], True),  # XResolution as text
        ([ORIENTATION_6, (0x011A, 5, 1, b"\xff\xff\xff\x7f")], True),  # a rational beyond the end
        ([ORIENTATION_6, (0x8769, 4, 1, b"\xff\xff\xff\x7f")], True),  # an EXIF directory beyond the end
        ([ORIENTATION_6, (0x9999, 99, 5, b"abcd")], True),  # no such type
        ([(0x0112, 4, 1, struct.pack("<I", 6))], True),  # a long number
        ([(0x0112, 2, 2, b"6\0\0\0")], False),  # as text
        ([(0x0112, 3, 1, struct.pack("<HH", 77, 0))], False),  # no such orientation
    ],
)
def test_a_picture_with_broken_exif_is_read(tmp_path, astronaut, entries, upright):
    jpeg = encoded_bytes(astronaut.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=95)
    (tmp_path / "a.jpg").write_bytes(with_exif(jpeg, entries))
    photo = read_photo(tmp_path / "a.jpg")
    expected = astronaut if upright else astronaut.transpose(Image.Transpose.ROTATE_90)
    assert np.abs(photo.pixels.astype(int) - np.asarray(expected)).mean() < 6
    assert photo.warnings == (("exif_unreadable",) if entries[0][1] == 2 else ())


@pytest.mark.parametrize(
    "block", [b"XX*\0" + b"\0" * 20, b"II*\0\x08\0\0\0\xff\xff" + b"\1" * 40, b"II*\0\xff\xff\xff\x7f" * 3]
)
def test_damage_that_may_hide_the_orientation_is_a_warning(tmp_path, astronaut, block):
    astronaut.save(tmp_path / "a.jpg", exif=b"Exif\0\0" + block)
    assert read_photo(tmp_path / "a.jpg").warnings == ("exif_unreadable",)


@pytest.mark.parametrize("name", SPACES)
def test_wide_gamut_pictures_become_srgb(tmp_path, astronaut, name):
    wide = encoded(np.asarray(astronaut), name)
    Image.fromarray(wide).save(tmp_path / "wide.png", icc_profile=rgb_profile(name))
    photo = read_photo(tmp_path / "wide.png")
    difference = np.abs(photo.pixels.astype(int) - np.asarray(astronaut))
    assert difference.mean() < 1 < np.abs(wide.astype(int) - np.asarray(astronaut)).mean()
    assert photo.facts["colour_profile"] == name and photo.warnings == ()


@pytest.mark.parametrize("form", ["JPEG", "TIFF", "WEBP", "HEIF", "AVIF"])
def test_profiles_of_every_format_are_applied(tmp_path, astronaut, form):
    name = "ProPhoto RGB"
    wide = Image.fromarray(encoded(np.asarray(astronaut), name))
    (tmp_path / "wide").write_bytes(encoded_bytes(wide, form, icc_profile=rgb_profile(name), quality=95))
    difference = np.abs(pixels(tmp_path / "wide") - np.asarray(astronaut))
    assert difference.mean() < 6 < np.abs(np.asarray(wide).astype(int) - np.asarray(astronaut)).mean()


def test_a_camera_that_says_adobe_rgb_in_exif_alone_is_believed(tmp_path, astronaut):
    exif = Image.Exif()
    exif[271] = "ACME"  # Pillow writes no EXIF without a tag of its own
    exif.get_ifd(0x8769)[0xA001] = 0xFFFF
    exif.get_ifd(0x8769)[0xA005] = {1: "R03", 2: b"0100"}
    wide = Image.fromarray(encoded(np.asarray(astronaut), "Adobe RGB (1998)"))
    wide.save(tmp_path / "wide.png", exif=exif)
    photo = read_photo(tmp_path / "wide.png")
    assert np.abs(photo.pixels.astype(int) - np.asarray(astronaut)).mean() < 1
    assert photo.facts["colour_profile"] == "Adobe RGB (1998), as EXIF says"
    wide.save(tmp_path / "profiled.png", exif=exif, icc_profile=rgb_profile("Adobe RGB (1998)"))
    assert read_photo(tmp_path / "profiled.png").facts["colour_profile"] == "Adobe RGB (1998)"
    assert np.abs(pixels(tmp_path / "profiled.png") - np.asarray(astronaut)).mean() < 1


def test_an_srgb_profile_leaves_pixels_to_the_bit_and_a_broken_one_is_a_warning(tmp_path, astronaut):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    broken = rgb_profile("Display P3")[:150]
    other_model = grey_profile(2.2)
    for name, profile, warned in (
        ("srgb", srgb, 0),
        ("broken", broken, 1),
        ("no", b"junk", 1),
        ("of_grey", other_model, 1),
    ):
        astronaut.save(tmp_path / "a.png", icc_profile=profile)
        photo = read_photo(tmp_path / "a.png")
        np.testing.assert_array_equal(photo.pixels, np.asarray(astronaut), name)
        assert photo.warnings == ("colour_profile_unreadable",) * warned, name


def test_profiles_of_grey_pictures_and_under_transparency(tmp_path, astronaut):
    grey = astronaut.convert("L")
    darker = Image.fromarray(((np.asarray(grey) / 255) ** (1 / 1.0) * 255).astype(np.uint8))
    darker.save(tmp_path / "linear.png", icc_profile=grey_profile(1.0))
    assert pixels(tmp_path / "linear.png").mean() > np.asarray(grey).mean() + 20  # linear light looks brighter
    clear = Image.fromarray(encoded(np.asarray(astronaut), "Display P3")).convert("RGBA")
    clear.putalpha(255)
    clear.save(tmp_path / "clear.png", icc_profile=rgb_profile("Display P3"))
    assert np.abs(pixels(tmp_path / "clear.png") - np.asarray(astronaut)).mean() < 1


def spoil_chunk(png, kind):
    """A wrong checksum in the first chunk of a kind."""
    at = png.index(kind) + 4 + struct.unpack(">I", png[png.index(kind) - 4 : png.index(kind)])[0]
    return png[:at] + bytes(b ^ 255 for b in png[at : at + 4]) + png[at + 4 :]


def test_a_png_with_a_wrong_checksum_beside_its_pixels_is_read(tmp_path, astronaut):
    png = encoded_bytes(astronaut, "PNG", dpi=(300, 300))
    (tmp_path / "scan.png").write_bytes(spoil_chunk(png, b"pHYs"))
    photo = read_photo(tmp_path / "scan.png")
    np.testing.assert_array_equal(photo.pixels, np.asarray(astronaut))
    assert photo.warnings == ("checksum_wrong",)
    (tmp_path / "head.png").write_bytes(spoil_chunk(png, b"IHDR"))
    with pytest.raises(Unusable, match=r"PNG, damaged.*save it as JPEG or PNG again"):
        read_photo(tmp_path / "head.png")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF", "GIF", "BMP", "JPEG2000"])
def test_a_file_cut_short_says_so(tmp_path, astronaut, form):
    whole = encoded_bytes(astronaut, form)
    (tmp_path / "cut").write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(Unusable, match=r"truncated \(the file ends early\): copy it again|damaged or of a rare kind"):
        read_photo(tmp_path / "cut")
    if form in ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "BMP"):
        with pytest.raises(Unusable, match="truncated"):
            read_photo(tmp_path / "cut")


def test_a_jpeg_whose_end_was_never_written_is_refused_and_a_padded_one_is_read(tmp_path, astronaut):
    whole = encoded_bytes(astronaut, "JPEG")
    half = len(whole) // 2
    (tmp_path / "half.jpg").write_bytes(whole[:half] + b"\0" * (len(whole) - half))
    with pytest.raises(Unusable, match="JPEG, truncated \\(its end is zeros\\): copy it again"):
        read_photo(tmp_path / "half.jpg")
    (tmp_path / "padded.jpg").write_bytes(whole + b"\0" * 4096)
    assert np.abs(pixels(tmp_path / "padded.jpg") - np.asarray(astronaut)).mean() < 6
    (tmp_path / "motion.jpg").write_bytes(whole + b"\0\0\0\x18ftypmp42" + b"\xff\xda\x01" * 999)  # a video behind it
    assert np.abs(pixels(tmp_path / "motion.jpg") - np.asarray(astronaut)).mean() < 6


def test_other_files_are_refused_with_a_reason(tmp_path, astronaut):
    (tmp_path / "zero.jpg").touch()
    (tmp_path / "folder.jpg").mkdir()
    Image.fromarray(np.ones((9, 9), np.float32)).save(tmp_path / "float.tif")
    Image.fromarray(np.full((9, 9), 70000, np.int32)).save(tmp_path / "int.tif")
    refused = {
        "zero.jpg": ("empty", "no bytes"),
        "folder.jpg": ("missing", "no such file"),
        "gone.jpg": ("missing", "no such file"),
        "x" * 300: ("missing|unreadable", "the disk cannot read it"),
        "a\0b": ("missing", "no such file|the disk cannot read it"),
        "float.tif": ("unreadable", "floating-point pixels have no defined range"),
        "int.tif": ("unreadable", "32-bit pixels have no defined range"),
    }
    for name, (reason, detail) in refused.items():
        with pytest.raises(Unusable, match=detail) as caught:
            read_photo(tmp_path / name)
        assert caught.value.reason in reason.split("|"), name
        assert str(tmp_path) not in caught.value.detail


def test_raw_files_that_begin_with_a_preview_are_refused(tmp_path, astronaut):
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    for name, tag, value in (("nef", 254, 1), ("dng", 50706, b"\1\4\0\0")):
        tags = ImageFileDirectory_v2()
        tags[tag] = value
        astronaut.save(tmp_path / name, "TIFF", tiffinfo=tags)
        with pytest.raises(Unusable, match=r"camera RAW .* export it as JPEG or PNG"):
            read_photo(tmp_path / name)


HEADS = {
    b"II*\0\x10\0\0\0CR\2\0": "Canon RAW (CR2)",
    b"\0\0\0\x18ftypcrx \0\0\0\1crx isom": "Canon RAW (CR3)",
    b"FUJIFILMCCD-RAW 0201": "Fujifilm RAW (RAF)",
    b"8BPS\0\1": "Photoshop file (PSD)",
    b"<svg xmlns='http://www.w3.org/2000/svg'>": "drawing (SVG)",
    b"<?xml version='1.0'?>\n<svg width='1'>": "drawing (SVG)",
    b"%PDF-1.7": "PDF document",
    b"%!PS-Adobe-3.0 EPSF-3.0": "PostScript (EPS)",
    b"\xff\x0a\xfa": "JPEG XL",
    b"\0\0\0\x0cJXL \r\n\x87\n": "JPEG XL",
    b"\0" * 128 + b"DICM": "DICOM file",
    b"\0\0\0\x18ftypmp42\0\0\0\0isommp42": "video (MP4 or QuickTime)",
    b"\0\0\0\x14ftypqt  \0\0\0\0qt  ": "video (MP4 or QuickTime)",
    b"PK\3\4\x14\0\6\0[Content_Types].xml...word/document.xml": "Word document",
    b"PK\3\4\x14\0photo.jpg": "ZIP archive",
    b"<!DOCTYPE html><html>": "web page (HTML)",
    b"\n\n  <HTML><head>": "web page (HTML)",
    b"\x00\x05\x16\x07\0\2\0\0Mac OS X": "macOS resource file (AppleDouble, `._name`)",
    b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n": "Git LFS pointer",
    b"bplist00\xd4": "Apple property list (an iCloud placeholder?)",
    b"\0" * 4096: "zeros only",
    b"name;label\n": "text",
    b"\xff\xfen\0a\0m\0e\0": "text",
    b"\x01\x02\x03\x80\x81\0": "unknown",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "old Office document or Thumbs.db",
    b"RIFF\0\0\0\0AVI LIST": "video or sound (RIFF)",
}


@pytest.mark.parametrize(("head", "name"), HEADS.items(), ids=HEADS.values())
def test_a_file_that_is_no_photograph_is_named_with_what_to_do(tmp_path, head, name):
    kind = file_kind(head)
    assert kind.name == name and kind.advice
    (tmp_path / "photo.jpg").write_bytes(head)
    with pytest.raises(Unusable) as caught:
        read_photo(tmp_path / "photo.jpg")
    assert caught.value.reason == "unreadable" and caught.value.detail == f"{name}: {kind.advice}"


@pytest.mark.parametrize("brand", [b"heic", b"mif1"])
def test_the_first_bytes_of_a_heic_name_the_format(tmp_path, brand):
    (tmp_path / "IMG_1.jpg").write_bytes(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic" + b"\0" * 500)
    with pytest.raises(Unusable, match=r"HEIC.*convert it to JPEG or PNG"):
        read_photo(tmp_path / "IMG_1.jpg")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_small_files_that_claim_huge_pictures_are_refused(tmp_path):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    (tmp_path / "bomb.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )
    with pytest.raises(Unusable, match="more than 120 megapixels: save it as JPEG or PNG at a smaller size"):
        read_photo(tmp_path / "bomb.png")


def test_a_progressive_jpeg_with_too_many_scans_is_refused(tmp_path, astronaut, monkeypatch):
    astronaut.save(tmp_path / "a.jpg", progressive=True)
    read_photo(tmp_path / "a.jpg")
    monkeypatch.setattr(photos, "MAX_SCANNED_PIXELS", 256 * 256 * 2)
    with pytest.raises(Unusable, match="scans, which takes too long"):
        read_photo(tmp_path / "a.jpg")


@pytest.mark.parametrize(
    "error", [MemoryError, RecursionError, AttributeError, TypeError, UserWarning, ZeroDivisionError]
)
def test_any_error_of_a_decoder_refuses_the_picture(tmp_path, astronaut, monkeypatch, error):
    def fails(image, adobe):
        raise error("deep inside")

    astronaut.save(tmp_path / "a.jpg")
    monkeypatch.setattr(photos, "to_srgb", fails)
    with pytest.raises(Unusable, match=r"JPEG, (too large for the memory|damaged)"):
        read_photo(tmp_path / "a.jpg")


def test_errors_of_this_machine_are_no_fault_of_the_picture(tmp_path, astronaut, monkeypatch):
    def fails(number):
        def fail(*_, **__):
            raise OSError(number, os.strerror(number))

        return fail

    astronaut.save(tmp_path / "a.jpg")
    monkeypatch.setattr(photos, "read_head", fails(13))
    with pytest.raises(Unusable, match="no permission"):
        read_photo(tmp_path / "a.jpg")
    monkeypatch.setattr(photos, "read_head", fails(24))
    with pytest.raises(OSError, match="Too many open files"):
        read_photo(tmp_path / "a.jpg")
