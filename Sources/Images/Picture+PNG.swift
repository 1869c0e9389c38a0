import CGraftPNG
import Foundation
import GraftFiles

extension Picture {
  /// Decodes a PNG file of any colour type and depth, interlaced or not.
  init(png bytes: Bytes, pixelLimit: Int, reading: Reading) throws {
    self = try unsafe bytes.withUnsafeBytes { buffer in
      let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
      var message = LibraryMessage("PNG", size: Int(GRAFT_PNG_MESSAGE_SIZE))
      guard let reader = unsafe message.fill({ unsafe graft_png_open(start, buffer.count, $0) }) else {
        throw message.error(.damaged, bytes.file)
      }
      defer { unsafe graft_png_close(reader) }
      if reading == .numbers { unsafe graft_png_keep_numbers(reader) }
      let (width, height) = unsafe (Int(graft_png_width(reader)), Int(graft_png_height(reader)))
      let channels = unsafe Int(graft_png_channels(reader))
      try Picture.check(width: width, height: height, limit: pixelLimit, file: bytes.file)
      // Deflate makes no more than 1,032 bytes of one.
      let rowBits = unsafe width * Int(graft_png_bits_per_pixel(reader))
      if (rowBits + 7) / 8 > bytes.count * 1032 / height {
        throw PictureError.promisesTooMuch(width: width, height: height, bytes)
      }
      let takesHighByte: Int32 = reading == .label ? 1 : 0
      let pixels = try unsafe [UInt8](unsafeUninitializedCapacity: width * height * channels) {
        pixels, count in
        let status = unsafe message.fill {
          unsafe graft_png_read(reader, takesHighByte, pixels.baseAddress, $0)
        }
        guard status == 0 else { throw message.error(.damaged, bytes.file) }
        count = width * height * channels
      }
      let stored = Picture(width: width, height: height, channels: channels, pixels: pixels)
      guard reading == .upright else { return stored }
      var count = 0
      guard let exif = unsafe graft_png_exif(reader, &count) else { return stored }
      let tiff = unsafe Bytes([UInt8](UnsafeBufferPointer(start: exif, count: count)), file: bytes.file)
      return Orientation(tiff: tiff).applied(to: stored)
    }
  }

  /// The picture as a PNG file, 8 bits a channel, grey or RGB as it is.
  ///
  /// - Parameter software: the program that makes it, to be recorded in the file; nothing if nil.
  /// - Throws: ``PictureError`` if there is not enough memory.
  public func encodedPNG(software: String? = nil) throws -> [UInt8] {
    var message = LibraryMessage("PNG", size: Int(GRAFT_PNG_MESSAGE_SIZE))
    guard let width = UInt32(exactly: width), let height = UInt32(exactly: height) else {
      throw PictureError(.notEncodable, nil, "\(width)×\(height) pixels do not fit into a PNG file")
    }
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    let status = unsafe message.fill {
      unsafe graft_png_encode(pixels, width, height, Int32(channels), software, &bytes, &count, $0)
    }
    guard status == 0 else { throw message.error(.notEncodable, nil) }
    defer { unsafe graft_png_free(bytes) }
    return unsafe [UInt8](UnsafeBufferPointer(start: bytes, count: count))
  }

  /// Writes the picture as a PNG file, which appears whole or not at all.
  ///
  /// - Parameters:
  ///   - file: where to.
  ///   - software: the program that makes it, to be recorded in the file; nothing if nil.
  /// - Throws: ``PictureError`` or `FileError`.
  public func write(toPNG file: URL, software: String? = nil) throws {
    try AtomicFile.write(encodedPNG(software: software), to: file)
  }

  /// The program that has recorded itself in a PNG file as its maker; nil of other files.
  public static func software(ofPNG bytes: Bytes) -> String? {
    guard (try? Format(of: bytes)) == .png else { return nil }
    return unsafe bytes.withUnsafeBytes { buffer -> String? in
      let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
      var message = LibraryMessage("PNG", size: Int(GRAFT_PNG_MESSAGE_SIZE))
      guard let reader = unsafe message.fill({ unsafe graft_png_open(start, buffer.count, $0) }) else {
        return nil
      }
      defer { unsafe graft_png_close(reader) }
      return unsafe graft_png_software(reader).map { unsafe String(cString: $0) }
    }
  }
}
