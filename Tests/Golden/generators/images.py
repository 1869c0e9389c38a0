"""Draws the pictures that Tests/Images decodes, into Tests/Golden/images, and writes down what must come out.

Run from the package folder: python3 Tests/Golden/generators/images.py
Needs Pillow 10 and NumPy 1.17 or later. Made with Pillow 13.0.0 (libjpeg-turbo 3).

`expected.npz` holds an array for each sound file, H,W (grey) or H,W,3, under the file's name. The folder `broken` holds files
that must be refused.
"""

import io
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

folder = pathlib.Path(__file__).resolve().parent.parent / "images"
broken = folder / "broken"
for place in (folder, broken):
    place.mkdir(exist_ok=True)
    for old in place.iterdir():
        if old.is_file():
            old.unlink()
expected = {}

WIDTH, HEIGHT = 45, 35
y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
# No symmetry: a turned or mirrored copy differs in every quarter.
drawn = np.stack([255 * x / (WIDTH - 1), 255 * y / (HEIGHT - 1), 128 + 100 * np.sin(x / 9 + y / 17)], axis=2)
drawn[((x - 30) / 8) ** 2 + ((y - 10) / 6) ** 2 < 1] = (230, 60, 40)
drawn = np.round(drawn).astype(np.uint8)
grey = np.array(Image.fromarray(drawn).convert("L"))
alpha = np.round(255 * x / (WIDTH - 1)).astype(np.uint8)


def keep(name, content, pixels):
    (folder / name).write_bytes(content)
    expected[name] = np.ascontiguousarray(pixels, dtype=np.uint8)


# PNG, by a writer of its own: Pillow writes neither Adam7 nor 16-bit colours.

PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind, content, checksum=None):
    checksum = zlib.crc32(kind + content) if checksum is None else checksum
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def rows(samples, depth):
    content = b""
    for row in samples.reshape(samples.shape[0], -1):
        if depth == 16:
            packed = row.astype(">u2").tobytes()
        elif depth == 8:
            packed = row.astype(np.uint8).tobytes()
        else:
            bits = "".join(format(value, f"0{depth}b") for value in row)
            bits += "0" * (-len(bits) % 8)
            packed = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
        content += b"\0" + packed
    return content


SIGNATURE = b"\x89PNG\r\n\x1a\n"


def header(width, height, depth, colour, interlaced=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))


def png(samples, colour, depth=8, interlaced=False, before=b""):
    height, width = samples.shape[:2]
    if interlaced:
        parts = [samples[y0::dy, x0::dx] for x0, y0, dx, dy in PASSES]
        content = b"".join(rows(part, depth) for part in parts if part.size)
    else:
        content = rows(samples, depth)
    return (
        SIGNATURE + header(width, height, depth, colour, int(interlaced)) + before
        + chunk(b"IDAT", zlib.compress(content)) + chunk(b"IEND", b"")
    )


keep("rgb8.png", png(drawn, 2), drawn)
keep("png_named.jpg", png(drawn, 2), drawn)
keep("rgb8_interlaced.png", png(drawn, 2, interlaced=True), drawn)
keep("rgba8.png", png(np.dstack([drawn, alpha]), 6), drawn)
keep("rgb8_key.png", png(drawn, 2, before=chunk(b"tRNS", struct.pack(">HHH", *map(int, drawn[0, 0])))), drawn)
keep("rgb8_bad_profile.png", png(drawn, 2, before=chunk(b"iCCP", b"x\0\0nonsense")), drawn)
keep("grey8.png", png(grey, 0), grey)
keep("grey8_gamma.png", png(grey, 0, before=chunk(b"gAMA", struct.pack(">I", 100000))), grey)
keep("grey_alpha8.png", png(np.dstack([grey, alpha]), 4), grey)
for depth in (1, 2, 4):
    most = (1 << depth) - 1
    levels = np.round(grey / 255 * most).astype(int)
    keep(f"grey{depth}.png", png(levels, 0, depth), levels * (255 // most))
    keep(f"grey{depth}_interlaced.png", png(levels, 0, depth, interlaced=True), levels * (255 // most))
fine = np.round(drawn.astype(float) * 257 * 0.997 + 91).clip(0, 65535).astype(int)
keep("rgb16.png", png(fine, 2, 16), np.floor(fine / 257 + 0.5))
keep("grey16.png", png(fine[..., 1], 0, 16), np.floor(fine[..., 1] / 257 + 0.5))
keep("rgb16_gamma.png", png(fine, 2, 16, before=chunk(b"gAMA", struct.pack(">I", 45455))), np.floor(fine / 257 + 0.5))
quantized = Image.fromarray(drawn).quantize(200)
palette = np.array(quantized.getpalette()[:600], dtype=np.uint8).reshape(-1, 3)
indices = np.array(quantized)
plte = chunk(b"PLTE", palette.tobytes())
keep("palette8.png", png(indices, 3, before=plte), palette[indices])
keep("palette8_alpha.png", png(indices, 3, before=plte + chunk(b"tRNS", bytes(range(100)))), palette[indices])
few = indices % 13
keep("palette4.png", png(few, 3, 4, before=chunk(b"PLTE", palette[:13].tobytes())), palette[few])

sound = png(drawn, 2)
(broken / "cut_off.png").write_bytes(sound[: len(sound) // 2])
(broken / "no_end.png").write_bytes(sound[:-12])
damaged = bytearray(sound)
damaged[-20] ^= 1
(broken / "pixels_checksum.png").write_bytes(damaged)
damaged = bytearray(sound)
damaged[30] ^= 1
(broken / "header_checksum.png").write_bytes(damaged)
(broken / "palette_index.png").write_bytes(png(few, 3, 4, before=chunk(b"PLTE", palette[:9].tobytes())))
(broken / "palette_missing.png").write_bytes(png(few, 3, 4))
(broken / "short_pixels.png").write_bytes(png(drawn[:-1], 2).replace(header(WIDTH, HEIGHT - 1, 8, 2), header(WIDTH, HEIGHT, 8, 2)))
(broken / "depth3.png").write_bytes(SIGNATURE + header(1, 1, 3, 0) + sound[33:])
(broken / "huge.png").write_bytes(SIGNATURE + header(2**31 - 1, 2**31 - 1, 16, 6) + sound[33:])
(broken / "no_width.png").write_bytes(SIGNATURE + header(0, 1, 8, 2) + sound[33:])

# JPEG


def jpeg(picture, **options):
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=92, **options)
    return stream.getvalue()


def decoded(content):
    picture = Image.open(io.BytesIO(content))
    return np.array(picture if picture.mode == "L" else picture.convert("RGB"))


def keep_jpeg(name, content, pixels=None):
    keep(name, content, decoded(content) if pixels is None else pixels)


picture = Image.fromarray(drawn)
baseline = jpeg(picture, subsampling=0)
keep_jpeg("baseline_444.jpg", baseline)
keep_jpeg("baseline_422.jpg", jpeg(picture, subsampling=1))
keep_jpeg("baseline_420.jpg", jpeg(picture, subsampling=2))
keep_jpeg("progressive.jpg", jpeg(picture, progressive=True))
keep_jpeg("restarts.jpg", jpeg(picture, restart_marker_blocks=2))
keep_jpeg("grey.jpg", jpeg(Image.fromarray(grey)))
keep_jpeg("grey_progressive.jpg", jpeg(Image.fromarray(grey), progressive=True))
keep_jpeg("rgb_components.jpg", jpeg(picture, keep_rgb=True))
keep_jpeg("after_the_end.jpg", baseline + b"more")
keep_jpeg("fill_bytes.jpg", baseline[:2] + b"\xff\xff\xff" + baseline[2:])

inks = np.dstack([255 - drawn, np.full((HEIGHT, WIDTH), 40, np.uint8)])
cmyk = jpeg(Image.fromarray(inks, "CMYK"))
stored = np.array(Image.open(io.BytesIO(cmyk))).astype(int)
keep_jpeg("cmyk_adobe.jpg", cmyk, np.round((255 - stored[..., :3]) * (255 - stored[..., 3:]) / 255))
at = cmyk.index(b"\xff\xee")
plain = cmyk[:at] + cmyk[at + 2 + struct.unpack(">H", cmyk[at + 2 : at + 4])[0] :]
# Without Adobe's segment the same bytes are inks as they are: Pillow undid an inversion above.
keep_jpeg("cmyk_plain.jpg", plain, np.round(stored[..., :3] * stored[..., 3:] / 255))


def exif(order, number, offset=8, kind=3):
    tiff = {"<": b"II", ">": b"MM"}[order] + struct.pack(order + "HI", 42, offset)
    entries = [(271, 2, 4, b"abc\0"), (274, kind, 1, struct.pack(order + "HH", number, 0))]
    tiff += struct.pack(order + "H", len(entries))
    for tag, kind, count, value in entries:
        tiff += struct.pack(order + "HHI", tag, kind, count) + value
    tiff += struct.pack(order + "I", 0)
    content = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content


UNDONE = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, -1),
    7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
    8: lambda p: np.rot90(p, 1),
}
for number, undo in UNDONE.items():
    content = baseline[:2] + exif("<>"[number % 2], number) + baseline[2:]
    keep_jpeg(f"orientation{number}.jpg", content, undo(decoded(baseline)))
    turned = np.array(ImageOps.exif_transpose(Image.open(io.BytesIO(content))))
    assert (turned == expected[f"orientation{number}.jpg"]).all(), number
for name, segment in {
    "orientation9": exif("<", 9),
    "orientation_outside": exif(">", 6, offset=60000),
    "orientation_of_wrong_type": exif("<", 6, kind=2),
}.items():
    keep_jpeg(f"{name}.jpg", baseline[:2] + segment + baseline[2:])

# Three luma blocks for each chroma block, side by side: a subsampling without a name. Every block is mid-grey, whose code in
# the standard tables is 00 1010 for luma and 00 00 for chroma.
solid = bytearray(jpeg(Image.new("RGB", (24, 8), (128, 128, 128)), subsampling=0))
frame = solid.index(b"\xff\xc0")
solid[frame + 11] = 0x31
scan = solid.index(b"\xff\xda")
scan += 2 + struct.unpack(">H", solid[scan + 2 : scan + 4])[0]
bits = "001010" * 3 + "0000" * 2
bits += "1" * (-len(bits) % 8)
data = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
keep_jpeg("subsampling_3x1.jpg", bytes(solid[:scan]) + data + b"\xff\xd9", np.full((8, 24, 3), 128))

(broken / "cut_off.jpg").write_bytes(baseline[: len(baseline) * 2 // 3])
(broken / "cut_off_in_tables.jpg").write_bytes(baseline[:100])
(broken / "start_only.jpg").write_bytes(baseline[:2])
(broken / "empty.jpg").write_bytes(b"")
(broken / "page.jpg").write_bytes(b"<!DOCTYPE html><html><body>404</body></html>")

# Netpbm

bit = (grey < 128).astype(int)
size = b"%d %d" % (WIDTH, HEIGHT)
text = lambda samples: b" ".join(b"%d" % value for value in samples.reshape(-1))
keep("p1.pbm", b"P1\n" + size + b"\n" + "".join(map(str, bit.reshape(-1))).encode(), 255 * (1 - bit))
keep("p2.pgm", b"P2 " + size + b" 255 " + text(grey), grey)
low = (grey // 17).astype(int)
keep("p2_maximum15.pgm", b"P2 " + size + b" 15 " + text(low), low * 17)
keep("p3.ppm", b"P3\n# drawn\n" + size + b"\n255\n" + text(drawn) + b"\n", drawn)
keep("p4.pbm", b"P4 " + size + b"\n" + np.packbits(bit.astype(np.uint8), axis=1).tobytes(), 255 * (1 - bit))
keep("p5.pgm", b"P5 " + size + b" 255\n" + grey.tobytes(), grey)
keep("p6.ppm", b"P6 " + size + b" 255\n" + drawn.tobytes(), drawn)
keep("p6_comments.ppm", b"P6#a\n# b\n%d#c\n %d\n#255\n255\n" % (WIDTH, HEIGHT) + drawn.tobytes(), drawn)
keep("p6_line_ends.ppm", b"P6\r\n" + size + b"\r\n255\n" + drawn.tobytes(), drawn)
keep("p6_two.ppm", 2 * (b"P6 " + size + b" 255\n" + drawn.tobytes()), drawn)
thousand = np.round(drawn / 255 * 1000).astype(int)
keep("p6_maximum1000.ppm", b"P6 " + size + b" 1000\n" + thousand.astype(">u2").tobytes(), np.floor(thousand * 0.255 + 0.5))
for name, content in {
    "short.ppm": b"P6 " + size + b" 255\n" + drawn.tobytes()[:-1],
    "maximum0.ppm": b"P6 1 1 0\n\0\0\0",
    "maximum65536.ppm": b"P6 1 1 65536\n" + bytes(6),
    "negative.ppm": b"P6 -1 1 255\n\0\0\0",
    "huge.ppm": b"P6 4294967296 4294967296 255\n\0",
    "promises_much.ppm": b"P3 10000 10000 255\n1 2 3",
    "above_maximum.ppm": b"P3 1 1 255 1 300 2",
    "above_maximum_binary.pgm": b"P5 2 1 9\n\x09\x0a",
    "no_digits.pbm": b"P1 2 2 0 1 x 0",
    "header_only.pgm": b"P5 3 3",
}.items():
    (broken / name).write_bytes(content)

np.savez_compressed(folder / "expected.npz", **expected)
print(len(expected), "sound,", len(list(broken.iterdir())), "broken")
