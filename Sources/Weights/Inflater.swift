import CGraftZlib
import Foundation
import GraftFiles

/// Deflate streams (RFC 1951), by zlib.
enum Inflater {
  /// Deflate cannot do better than 258 bytes for two bits.
  static let largestRatio = 1032

  /// Inflates the beginning of a stream.
  ///
  /// - Parameters:
  ///   - count: how many bytes to inflate; not one more is.
  ///   - part: what the stream is, for messages.
  ///   - isWrapped: whether it has the head and the checksum of zlib's format (RFC 1950), as in HDF5; in zip files it has
  ///     neither.
  /// - Returns: the bytes, and whether the stream ended with them.
  /// - Throws: ``WeightFileError`` if the stream is damaged or ends early, or cannot hold as many bytes; nothing
  ///   larger than a fixed multiple of the stream is allocated.
  static func inflate(
    _ data: Bytes, count: Int, part: String, isWrapped: Bool = false
  ) throws -> (bytes: [UInt8], isComplete: Bool) {
    guard count / largestRatio <= data.count else {
      let problem = "\(data.count) deflated bytes cannot hold the \(count) bytes that are promised"
      throw WeightFileError(.damaged, data.file, part: part, problem)
    }
    var status = Z_OK
    var inflatedCount = 0
    let bytes = try unsafe [UInt8](unsafeUninitializedCapacity: count + 1) { output, initializedCount in
      (status, inflatedCount) = try unsafe run(data, isWrapped: isWrapped, into: output)
      initializedCount = min(count, inflatedCount)
    }
    guard inflatedCount >= count, status == Z_STREAM_END || inflatedCount > count else {
      throw WeightFileError(.damaged, data.file, part: part, "its deflated bytes are damaged or cut off")
    }
    return (bytes, status == Z_STREAM_END && inflatedCount == count)
  }

  private static func run(
    _ data: Bytes, isWrapped: Bool, into output: UnsafeMutableBufferPointer<UInt8>
  ) throws -> (status: Int32, count: Int) {
    // zlib remembers where its state lies and refuses one that has moved.
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    defer { unsafe stream.deallocate() }
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    guard unsafe inflateInit2_(stream, isWrapped ? MAX_WBITS : -MAX_WBITS, ZLIB_VERSION, size) == Z_OK else {
      throw WeightFileError(.unsupported, data.file, "zlib could not be started", remedy: "Free some memory.")
    }
    defer { unsafe inflateEnd(stream) }
    return unsafe data.withUnsafeBytes { input in
      var status = Z_OK
      var (read, written) = (0, 0)
      // zlib counts in 32 bits, so that large streams go through in portions.
      while status == Z_OK, written < output.count {
        let inputCount = min(input.count - read, 1 << 30)
        let outputCount = min(output.count - written, 1 << 30)
        unsafe stream.pointee.next_in = UnsafeMutablePointer(
          mutating: input.baseAddress.map { unsafe $0.assumingMemoryBound(to: UInt8.self) + read })
        unsafe stream.pointee.avail_in = UInt32(inputCount)
        unsafe stream.pointee.next_out = output.baseAddress.map { unsafe $0 + written }
        unsafe stream.pointee.avail_out = UInt32(outputCount)
        status = unsafe CGraftZlib.inflate(stream, Z_NO_FLUSH)
        read += unsafe inputCount - Int(stream.pointee.avail_in)
        written += unsafe outputCount - Int(stream.pointee.avail_out)
      }
      return (status, written)
    }
  }
}

/// Checksums by zlib.
enum Checksum {
  /// The CRC-32 of zip files (ISO 3309).
  static func crc32(_ bytes: Bytes) -> UInt32 {
    unsafe bytes.withUnsafeBytes { unsafe crc32($0) }
  }

  /// The CRC-32 of zip files (ISO 3309), of bytes that come after others of a known checksum.
  static func crc32(_ bytes: UnsafeRawBufferPointer, continuing checksum: UInt32 = 0) -> UInt32 {
    // Given no address, zlib would begin anew.
    guard let address = bytes.baseAddress else { return checksum }
    return unsafe UInt32(crc32_z(UInt(checksum), address.assumingMemoryBound(to: UInt8.self), bytes.count))
  }
}
