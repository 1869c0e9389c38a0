import CGraftJPEG
import Foundation
import GraftFiles
import GraftTensor

extension Picture {
  /// The picture as a JPEG file, with colours as fine as the brightness (4:4:4), grey or RGB as it is.
  ///
  /// - Parameter quality: 1 to 100, as libjpeg counts it.
  /// - Throws: ``PictureError`` if it has more than 65,500 pixels on a side, or there is not enough memory.
  public func encodedJPEG(quality: Int = 92) throws -> [UInt8] {
    require((1...100).contains(quality), "The quality of a JPEG file is from 1 to 100, not \(quality).")
    guard width <= 65_500, height <= 65_500 else {
      throw PictureError(.notEncodable, nil, "\(width)×\(height) pixels do not fit into a JPEG file")
    }
    var message = LibraryMessage("JPEG", size: Int(GRAFT_JPEG_MESSAGE_SIZE))
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    let status = unsafe message.fill {
      unsafe graft_jpeg_encode(
        pixels, UInt32(width), UInt32(height), Int32(channels), Int32(quality), &bytes, &count, $0)
    }
    guard status == 0 else { throw message.error(.notEncodable, nil) }
    defer { unsafe graft_jpeg_free(bytes) }
    return unsafe [UInt8](UnsafeBufferPointer(start: bytes, count: count))
  }

  /// Writes the picture as a JPEG file, which appears whole or not at all.
  ///
  /// - Throws: ``PictureError`` or `FileError`.
  public func write(toJPEG file: URL, quality: Int = 92) throws {
    try AtomicFile.write(encodedJPEG(quality: quality), to: file)
  }

  /// The picture as a binary Netpbm file: PGM (P5) if it is grey, else PPM (P6).
  public func encodedNetpbm() -> [UInt8] {
    Array("P\(channels == 1 ? 5 : 6)\n\(width) \(height)\n255\n".utf8) + pixels
  }
}
