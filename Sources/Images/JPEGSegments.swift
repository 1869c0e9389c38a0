import GraftFiles

/// What the segments before a JPEG file's pixels say beside the decoder's own business (ITU-T T.81, annex B).
struct JPEGSegments {
  /// From the EXIF segment; upright if there is none.
  private(set) var orientation = Picture.Orientation.upright
  /// Whether there is a segment of Adobe's, whose programs store inks inverted.
  private(set) var hasAdobe = false

  /// Walks through the segments up to the first scan; stops where they make no sense, which is for the decoder to report.
  init(_ bytes: Bytes) {
    var offset = 2
    var hasExif = false
    while bytes[offset] == 0xFF {
      while bytes[offset] == 0xFF { offset += 1 }
      guard let marker = bytes[offset], marker != Self.startOfScan,
        let size = bytes.littleEndian(UInt16.self, at: offset + 1).map({ Int($0.byteSwapped) }), size >= 2,
        let content = bytes.slice(from: offset + 3, count: size - 2)
      else { return }
      if marker == Self.application1, !hasExif, content.starts(with: Self.exif),
        let tiff = content.slice(from: Self.exif.count, count: content.count - Self.exif.count)
      {
        orientation = Picture.Orientation(tiff: tiff)
        hasExif = true
      }
      if marker == Self.application14, content.starts(with: Array("Adobe".utf8)) { hasAdobe = true }
      offset += 1 + size
    }
  }

  private static let startOfScan: UInt8 = 0xDA
  private static let application1: UInt8 = 0xE1
  private static let application14: UInt8 = 0xEE
  private static let exif = Array("Exif\0\0".utf8)
}
