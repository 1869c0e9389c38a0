import Foundation
import GraftFiles
import GraftImages
import GraftTensor

/// A picture or a mask that is decoded when it is asked for, and the digest by which it is known without being decoded.
///
/// ```swift
/// let photograph = Content<Picture>(contentsOf: URL(filePath: "pets/cat/tom.jpg"))
/// print(try photograph.digest, try photograph.value.width)
/// ```
public struct Content<Value: Sendable>: Sendable {
  private let makeDigest: @Sendable () throws -> String
  private let decode: @Sendable () throws -> Value

  /// Describes content.
  ///
  /// - Parameters:
  ///   - digest: equal for equal values, different for others: what is computed from a value is kept under it.
  ///   - decode: makes the value; may be called several times, and on several threads at a time.
  public init(
    digest: @escaping @Sendable () throws -> String, decode: @escaping @Sendable () throws -> Value
  ) {
    makeDigest = digest
    self.decode = decode
  }

  /// Equal for equal values, different for others.
  public var digest: String { get throws { try makeDigest() } }

  /// Decodes the value.
  public var value: Value { get throws { try decode() } }

  /// The same content with a digest that is known already.
  public func withDigest(_ digest: String) -> Content { Content(digest: { digest }, decode: decode) }
}

extension Content where Value == Picture {
  /// A picture that is made when it is asked for; its digest is that of its pixels, for which it is made as well.
  public init(_ make: @escaping @Sendable () throws -> Picture) {
    self.init(digest: { try make().digest }, decode: make)
  }

  /// A picture file; its digest is that of the file's bytes and of how they are read.
  ///
  /// - Parameters:
  ///   - file: of a format that `Picture(contentsOf:)` reads.
  ///   - reading: whether the picture is turned upright as its EXIF orientation says.
  public init(contentsOf file: URL, reading: Picture.Reading = .upright) {
    self.init(
      digest: { "\(try SHA256.digest(of: file)) \(reading.rawValue)" },
      decode: { try Picture(contentsOf: file, reading: reading) })
  }
}

extension Content where Value == Tensor {
  /// A mask that is made when it is asked for; its digest is that of its numbers, for which it is made as well.
  public init(_ make: @escaping @Sendable () throws -> Tensor) {
    self.init(digest: { try make().digest }, decode: make)
  }
}

extension Picture {
  /// SHA-256 over size and pixels.
  fileprivate var digest: String {
    var digest = SHA256()
    digest.update("\(width) \(height) \(channels)\n")
    unsafe pixels.withUnsafeBytes { unsafe digest.update($0) }
    return digest.finalize()
  }
}

extension Tensor {
  /// SHA-256 over type, shape and numbers.
  fileprivate var digest: String {
    var digest = SHA256()
    digest.update("\(scalarType) \(shape)\n")
    unsafe rowMajor.withUnsafeBytes { unsafe digest.update($0) }
    return digest.finalize()
  }
}
