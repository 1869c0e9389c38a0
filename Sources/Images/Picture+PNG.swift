import CGraftPNG
import Foundation
import GraftFiles

extension Picture {
  /// Decodes a PNG file of any colour type and depth, interlaced or not.
  init(png bytes: Bytes, pixelLimit: Int) throws {
    self = try unsafe bytes.withUnsafeBytes { buffer in
      let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
      var message = PNGMessage()
      guard let reader = unsafe message.fill({ unsafe graft_png_open(start, buffer.count, $0) }) else {
        throw message.error(.damaged, bytes.file)
      }
      defer { unsafe graft_png_close(reader) }
      let (width, height) = unsafe (Int(graft_png_width(reader)), Int(graft_png_height(reader)))
      let channels = unsafe Int(graft_png_channels(reader))
      try Picture.check(width: width, height: height, limit: pixelLimit, file: bytes.file)
      let pixels = try unsafe [UInt8](unsafeUninitializedCapacity: width * height * channels) {
        pixels, count in
        guard unsafe message.fill({ unsafe graft_png_read(reader, pixels.baseAddress, $0) }) == 0 else {
          throw message.error(.damaged, bytes.file)
        }
        count = width * height * channels
      }
      return Picture(width: width, height: height, channels: channels, pixels: pixels)
    }
  }

  /// The picture as a PNG file, 8 bits a channel, grey or RGB as it is.
  ///
  /// - Throws: ``PictureError`` if there is not enough memory.
  public func encodedPNG() throws -> [UInt8] {
    var message = PNGMessage()
    guard let width = UInt32(exactly: width), let height = UInt32(exactly: height) else {
      throw PictureError(.notEncodable, nil, "\(width)×\(height) pixels do not fit into a PNG file")
    }
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    let status = unsafe message.fill {
      unsafe graft_png_encode(pixels, width, height, Int32(channels), &bytes, &count, $0)
    }
    guard status == 0 else { throw message.error(.notEncodable, nil) }
    defer { unsafe graft_png_free(bytes) }
    return unsafe [UInt8](UnsafeBufferPointer(start: bytes, count: count))
  }

  /// Writes the picture as a PNG file, which appears whole or not at all.
  ///
  /// - Throws: ``PictureError`` or `FileError`.
  public func write(toPNG file: URL) throws {
    try AtomicFile.write(encodedPNG(), to: file)
  }
}

/// The sentence that the C functions leave when they fail.
private struct PNGMessage {
  private var text = [CChar](repeating: 0, count: Int(GRAFT_PNG_MESSAGE_SIZE))

  mutating func fill<Result>(_ body: (UnsafeMutablePointer<CChar>?) -> Result) -> Result {
    unsafe text.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress) }
  }

  func error(_ kind: PictureError.Kind, _ file: URL?) -> PictureError {
    let reason = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return PictureError(kind, file, "the PNG library stopped: \(reason)")
  }
}
