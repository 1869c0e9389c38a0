import CGraftJPEG
import Foundation
import GraftFiles

extension Picture {
  /// Decodes a JPEG file, baseline or progressive, through TurboJPEG, with the accurate inverse transform and smooth
  /// chroma. What the decoder warns of is an error here: it would have guessed pixels.
  init(jpeg bytes: Bytes, pixelLimit: Int, reducedToAtLeast size: (width: Int, height: Int)?) throws {
    guard let decoder = unsafe tjInitDecompress() else {
      throw PictureError(.damaged, bytes.file, "the JPEG decoder could not be started")
    }
    defer { unsafe tjDestroy(decoder) }
    var header = try unsafe JPEGHeader(bytes, decoder: decoder)
    try Picture.check(width: header.width, height: header.height, limit: pixelLimit, file: bytes.file)
    let segments = JPEGSegments(bytes)
    if let (width, height) = size {
      let swaps = segments.orientation.swapsAxes
      header.reduce(toAtLeast: swaps ? (width: height, height: width) : (width: width, height: height))
    }
    var samples = try unsafe header.decode(bytes, decoder: decoder)
    if header.samplesPerPixel == 4 { samples = Self.rgb(fromCMYK: samples, isInverted: segments.hasAdobe) }
    let stored = Picture(
      width: header.width, height: header.height, channels: header.samplesPerPixel == 1 ? 1 : 3,
      pixels: samples)
    self = segments.orientation.applied(to: stored)
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

/// What the decoder says before it decodes.
private struct JPEGHeader {
  /// Of the picture as it will be decoded.
  private(set) var width, height: Int
  let samplesPerPixel: Int
  private let pixelFormat: TJPF

  init(_ bytes: Bytes, decoder: tjhandle) throws {
    var (width, height, subsampling, colourSpace) = (Int32(-1), Int32(-1), Int32(-1), Int32(-1))
    let status = unsafe bytes.withUnsafeBytes { buffer in
      unsafe tjDecompressHeader3(
        decoder, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt(buffer.count), &width, &height,
        &subsampling, &colourSpace)
    }
    // TurboJPEG 2 fails where it has no name for the subsampling, though it can decode such a file.
    let isNamelessSubsampling = subsampling < 0 && width > 0 && height > 0 && colourSpace >= 0
    guard status == 0 || isNamelessSubsampling else { throw unsafe Self.error(bytes.file, decoder: decoder) }
    self.width = Int(width)
    self.height = Int(height)
    switch UInt32(bitPattern: colourSpace) {
    case TJCS_GRAY.rawValue: (pixelFormat, samplesPerPixel) = (TJPF_GRAY, 1)
    case TJCS_CMYK.rawValue, TJCS_YCCK.rawValue: (pixelFormat, samplesPerPixel) = (TJPF_CMYK, 4)
    default: (pixelFormat, samplesPerPixel) = (TJPF_RGB, 3)
    }
  }

  /// Chooses the smallest number of eighths that is as large as `size`. The decoder takes a size that is one of those for
  /// the scale (TJSCALED in turbojpeg.h rounds up, as here).
  mutating func reduce(toAtLeast size: (width: Int, height: Int)) {
    func scaled(_ length: Int, _ eighths: Int) -> Int { (length * eighths + 7) / 8 }
    let fitting = (1...8).first { scaled(width, $0) >= size.width && scaled(height, $0) >= size.height } ?? 8
    (width, height) = (scaled(width, fitting), scaled(height, fitting))
  }

  func decode(_ bytes: Bytes, decoder: tjhandle) throws -> [UInt8] {
    let sampleCount = width * height * samplesPerPixel
    return try unsafe [UInt8](unsafeUninitializedCapacity: sampleCount) { samples, count in
      let status = unsafe bytes.withUnsafeBytes { buffer in
        unsafe tjDecompress2(
          decoder, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt(buffer.count),
          samples.baseAddress,
          Int32(width), Int32(width * samplesPerPixel), Int32(height), Int32(pixelFormat.rawValue),
          // Of scans a small file can have so many that decoding takes minutes.
          TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS)
      }
      guard status == 0 else { throw unsafe Self.error(bytes.file, decoder: decoder) }
      count = sampleCount
    }
  }

  private static func error(_ file: URL, decoder: tjhandle) -> PictureError {
    let reason = unsafe tjGetErrorStr2(decoder).map { unsafe String(cString: $0) } ?? "it said no more"
    return PictureError(.damaged, file, "the JPEG decoder stopped: \(reason)")
  }
}
