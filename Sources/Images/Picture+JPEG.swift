import CGraftJPEG
import Foundation
import GraftFiles

extension Picture {
  /// Decodes a JPEG file, baseline or progressive, with the accurate inverse transform and smooth chroma.
  ///
  /// What the decoder warns of is an error where it would have guessed pixels, and none where all of them are there.
  init(
    jpeg bytes: Bytes, pixelLimit: Int, reducedToAtLeast size: (width: Int, height: Int)?, reading: Reading
  ) throws {
    self = try unsafe bytes.withUnsafeBytes { buffer in
      let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
      var message = LibraryMessage("JPEG", size: Int(GRAFT_JPEG_MESSAGE_SIZE))
      guard let reader = unsafe message.fill({ unsafe graft_jpeg_open(start, buffer.count, $0) }) else {
        throw message.error(.damaged, bytes.file)
      }
      defer { unsafe graft_jpeg_close(reader) }
      var (width, height) = unsafe (Int(graft_jpeg_width(reader)), Int(graft_jpeg_height(reader)))
      try Picture.check(width: width, height: height, limit: pixelLimit, file: bytes.file)
      // A block of 64 pixels takes a bit at least, unless it is coded arithmetically.
      if unsafe graft_jpeg_is_arithmetic(reader) == 0, width * height / 64 / 8 > bytes.count {
        throw PictureError.promisesTooMuch(width: width, height: height, bytes)
      }
      let segments = JPEGSegments(bytes)
      let orientation = reading == .upright ? segments.orientation : .upright
      if let size {
        let wanted = orientation.swapsAxes ? (size.height, size.width) : size
        let eighths = Self.eighths(of: (width, height), for: wanted)
        guard unsafe message.fill({ unsafe graft_jpeg_scale(reader, Int32(eighths), $0) }) == 0 else {
          throw message.error(.damaged, bytes.file)
        }
        (width, height) = unsafe (Int(graft_jpeg_width(reader)), Int(graft_jpeg_height(reader)))
      }
      let channels = unsafe Int(graft_jpeg_channels(reader))
      var samples = try unsafe [UInt8](unsafeUninitializedCapacity: width * height * channels) {
        samples, count in
        guard unsafe message.fill({ unsafe graft_jpeg_read(reader, samples.baseAddress, $0) }) == 0 else {
          throw message.error(.damaged, bytes.file)
        }
        count = width * height * channels
      }
      if channels == 4 { samples = Self.rgb(fromCMYK: samples, isInverted: segments.hasAdobe) }
      let stored = Picture(width: width, height: height, channels: channels == 1 ? 1 : 3, pixels: samples)
      return orientation.applied(to: stored)
    }
  }

  /// The smallest number of eighths of a size that is as large as another, where the decoder rounds up.
  private static func eighths(of size: (Int, Int), for wanted: (Int, Int)) -> Int {
    func scaled(_ length: Int, _ eighths: Int) -> Int { (length * eighths + 7) / 8 }
    return (1...8).first { scaled(size.0, $0) >= wanted.0 && scaled(size.1, $0) >= wanted.1 } ?? 8
  }

  /// Adobe's programs store inks inverted, 255 for none; others as they are.
  private static func rgb(fromCMYK samples: [UInt8], isInverted: Bool) -> [UInt8] {
    let mask: UInt8 = isInverted ? 0 : 255
    let pixels = samples.count / 4
    return unsafe [UInt8](unsafeUninitializedCapacity: 3 * pixels) { buffer, count in
      for pixel in 0..<pixels {
        let light = Int(samples[4 * pixel + 3] ^ mask)
        for channel in 0..<3 {
          let product = Int(samples[4 * pixel + channel] ^ mask) * light
          unsafe buffer[3 * pixel + channel] = UInt8((product + 127) / 255)
        }
      }
      count = 3 * pixels
    }
  }
}
