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
    guard width <= 65_500, height <= 65_500, let encoder = unsafe tjInitCompress() else {
      throw PictureError(.notEncodable, nil, "\(width)×\(height) pixels do not fit into a JPEG file")
    }
    defer { unsafe tjDestroy(encoder) }
    var bytes: UnsafeMutablePointer<UInt8>?
    var count: UInt = 0
    defer { unsafe tjFree(bytes) }
    let isGrey = channels == 1
    let status = unsafe tjCompress2(
      encoder, pixels, Int32(width), Int32(width * channels), Int32(height),
      Int32((isGrey ? TJPF_GRAY : TJPF_RGB).rawValue), &bytes, &count,
      Int32((isGrey ? TJSAMP_GRAY : TJSAMP_444).rawValue), Int32(quality), TJFLAG_ACCURATEDCT)
    guard status == 0 else {
      let reason = unsafe tjGetErrorStr2(encoder).map { unsafe String(cString: $0) } ?? "it said no more"
      throw PictureError(.notEncodable, nil, "the JPEG encoder stopped: \(reason)")
    }
    return unsafe [UInt8](UnsafeBufferPointer(start: bytes, count: Int(count)))
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
