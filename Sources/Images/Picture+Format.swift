import Foundation
import GraftFiles

extension Picture {
  /// What a file is, by its first bytes.
  enum Format: Equatable {
    case jpeg
    case png
    /// The digit after the P: 1 to 3 are text, 4 to 6 binary; bits, greys, colours.
    case netpbm(Int)

    /// - Throws: ``PictureError`` for everything else, with its name where it is known.
    init(of bytes: Bytes) throws {
      guard bytes.count > 0 else { throw PictureError(.damaged, bytes.file, "the file is empty") }
      if bytes.starts(with: [0xFF, 0xD8]) {
        self = .jpeg
      } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
        self = .png
      } else if let kind = Self.netpbmKind(bytes) {
        self = .netpbm(kind)
      } else {
        throw Self.error(bytes)
      }
    }

    private static func netpbmKind(_ bytes: Bytes) -> Int? {
      guard bytes[0] == UInt8(ascii: "P"), let digit = bytes[1], let after = bytes[2],
        after.isNetpbmSpace || after == UInt8(ascii: "#")
      else { return nil }
      let kind = Int(digit) - Int(UInt8(ascii: "0"))
      return (1...6).contains(kind) ? kind : nil
    }

    private static let foreign: [(name: String, offset: Int, signature: [UInt8])] = [
      ("GIF", 0, Array("GIF8".utf8)), ("BMP", 0, Array("BM".utf8)), ("WebP", 8, Array("WEBP".utf8)),
      ("TIFF", 0, [0x49, 0x49, 0x2A, 0x00]), ("TIFF", 0, [0x4D, 0x4D, 0x00, 0x2A]),
      ("HEIF or AVIF", 4, Array("ftyp".utf8)), ("PAM", 0, Array("P7".utf8)),
      ("JPEG 2000", 4, Array("jP  ".utf8)), ("JPEG 2000", 0, [0xFF, 0x4F, 0xFF, 0x51]),
      ("JPEG XL", 4, Array("JXL ".utf8)), ("JPEG XL", 0, [0xFF, 0x0A]), ("JPEG XR", 0, [0x49, 0x49, 0xBC]),
      ("BigTIFF", 0, [0x49, 0x49, 0x2B, 0x00]), ("BigTIFF", 0, [0x4D, 0x4D, 0x00, 0x2B]),
      ("Photoshop", 0, Array("8BPS".utf8)), ("OpenEXR", 0, [0x76, 0x2F, 0x31, 0x01]),
      ("Radiance HDR", 0, Array("#?".utf8)), ("floating-point Netpbm (PFM)", 0, Array("PF".utf8)),
      ("floating-point Netpbm (PFM)", 0, Array("Pf".utf8)), ("QOI", 0, Array("qoif".utf8)),
      ("DDS", 0, Array("DDS ".utf8)), ("Windows icon", 0, [0, 0, 1, 0]), ("SVG", 0, Array("<svg".utf8)),
      ("PDF", 0, Array("%PDF".utf8)),
    ]

    private static func error(_ bytes: Bytes) -> PictureError {
      let known = foreign.first {
        bytes.slice(from: $0.offset, count: $0.signature.count)?.array == $0.signature
      }
      if let known { return PictureError(.unsupported, bytes.file, "this is a \(known.name) file") }
      return PictureError(
        .unsupported, bytes.file, "this is neither JPEG nor PNG nor Netpbm",
        remedy: "Check that this is the file you meant: a download may have brought an error page instead.")
    }
  }
}

extension UInt8 {
  /// What separates numbers in a Netpbm file.
  var isNetpbmSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
