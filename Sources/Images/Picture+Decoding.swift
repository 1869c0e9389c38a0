import CGraftKernels
import Foundation
import GraftFiles

extension Picture {
  /// The largest number of pixels that is decoded unless the caller says otherwise: 200 million, 600 MB of RGB.
  public static let defaultPixelLimit = 200_000_000

  /// How the samples of a file become pixels.
  public enum Reading: String, Sendable, Hashable {
    /// As the picture is meant to be seen.
    case upright
    /// As the rows are stored, whatever orientation the file names: for photographs with a mask that was made for these rows.
    case asStored
    /// As stored, with the high byte of 16-bit samples: for pictures whose values are labels.
    case label
    /// The numbers that the file stores, unscaled: palette indices, and samples of fewer than 8 bits as they are. For masks
    /// that hold the number of a class at each pixel; samples of more than 8 bits are refused.
    case numbers
  }

  /// Reads a picture from a file: JPEG, PNG or Netpbm (PBM, PGM, PPM), told apart by content, not by name.
  ///
  /// What comes out is upright (the EXIF orientation of a JPEG or PNG is applied) and has 8 bits a channel: 16-bit samples are
  /// rounded, v/257, and the samples of a Netpbm file scaled from its own maximum, but for ``Reading/numbers``. Grey files give one channel, see
  /// ``rgb``; all others three. Transparency is dropped: the colours stay as the file has them, and nothing is blended
  /// in. Gamma values and colour profiles are ignored. CMYK becomes (1-C)(1-K), (1-M)(1-K), (1-Y)(1-K). Of a file with
  /// several pictures the first is read.
  ///
  /// - Parameters:
  ///   - file: the file to read.
  ///   - pixelLimit: width times height above which a file is refused before memory is taken.
  ///   - size: if given, a JPEG is decoded at the smallest of 1/8, 2/8 … 8/8 of its size that is still as large as this
  ///     in both directions, which is faster and smooths as it shrinks. The pixels then differ from those of a
  ///     picture that is decoded whole and resized. Other formats are decoded whole.
  ///   - reading: upright by default.
  /// - Throws: ``PictureError`` if this is no picture, or a damaged one (what a lenient viewer would show in part is
  ///   damaged too), `FileError` if it cannot be opened.
  public init(
    contentsOf file: URL, pixelLimit: Int = defaultPixelLimit,
    reducedToAtLeast size: (width: Int, height: Int)? = nil, reading: Reading = .upright
  ) throws {
    try self.init(
      decoding: Bytes(contentsOf: file), pixelLimit: pixelLimit, reducedToAtLeast: size, reading: reading)
  }

  /// Decodes a picture that is in memory already; see ``init(contentsOf:pixelLimit:reducedToAtLeast:reading:)``.
  ///
  /// - Throws: ``PictureError``.
  public init(
    decoding bytes: Bytes, pixelLimit: Int = defaultPixelLimit,
    reducedToAtLeast size: (width: Int, height: Int)? = nil, reading: Reading = .upright
  ) throws {
    Self.keepsFreedMemory
    switch try Format(of: bytes) {
    case .jpeg:
      try self.init(jpeg: bytes, pixelLimit: pixelLimit, reducedToAtLeast: size, reading: reading)
    case .png: try self.init(png: bytes, pixelLimit: pixelLimit, reading: reading)
    case .netpbm(let kind): try self.init(netpbm: bytes, kind: kind, pixelLimit: pixelLimit, reading: reading)
    }
  }

  /// From the first picture on, memory that is freed stays with the process: decoding and resizing take and free some hundred
  /// kilobytes for each picture, and a third of the time would go to returning pages to the system and getting them again.
  private static let keepsFreedMemory: Void = graft_keep_freed_memory()

  /// Refuses a size before memory is taken for it.
  static func check(width: Int, height: Int, limit: Int, file: URL) throws {
    guard width > 0, height > 0 else {
      throw PictureError(.damaged, file, "its size is \(width)×\(height) pixels")
    }
    let (count, overflows) = width.multipliedReportingOverflow(by: height)
    // Whatever the caller allows, the size in bytes at eight bytes a pixel must not overflow.
    let limit = min(limit, Int.max / 8)
    guard !overflows, count <= limit else {
      throw PictureError(.tooLarge, file, "its \(width)×\(height) pixels are more than the \(limit) allowed")
    }
  }
}
