import Foundation
import GraftFiles

/// Why a picture cannot be read or written: which file, what is wrong with it, and what to do.
public struct PictureError: LocalizedError, Sendable, CustomStringConvertible {
  /// What sort of trouble it is.
  public enum Kind: Sendable {
    /// Not a picture at all, or of a format that Graft does not read.
    case unsupported
    /// The file contradicts itself or its format, or ends too early.
    case damaged
    /// More pixels than the caller allows.
    case tooLarge
    /// The picture cannot be written in this format.
    case notEncodable
  }

  /// What sort of trouble it is.
  public let kind: Kind
  /// The file; nil for a picture that has none yet.
  public let file: URL?
  /// What is wrong, without a full stop.
  public let reason: String
  /// What to do, as whole sentences.
  public let remedy: String

  /// Creates an error; where `remedy` is left out, it is the usual one of that kind.
  init(_ kind: Kind, _ file: URL?, _ reason: String, remedy: String? = nil) {
    self.kind = kind
    self.file = file
    self.reason = reason
    self.remedy = remedy ?? Self.remedy(kind)
  }

  /// A header whose pixels cannot be in the file, for which no memory is to be taken.
  static func promisesTooMuch(width: Int, height: Int, _ bytes: Bytes) -> PictureError {
    PictureError(
      .damaged, bytes.file,
      "its header promises \(width)×\(height) pixels, which its \(bytes.count) bytes cannot hold")
  }

  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// One line for the person who reads it.
  public var description: String {
    let place = file.map { "\($0.shownRelativePath): " } ?? ""
    return "\(place)\(reason). \(remedy)"
  }

  private static func remedy(_ kind: Kind) -> String {
    switch kind {
    case .unsupported: "Convert it to PNG or JPEG."
    case .damaged: "Get the file again, or leave it out."
    case .tooLarge: "Scale it down first; code of your own may raise `pixelLimit` for files that it trusts."
    case .notEncodable: "Make it smaller."
    }
  }
}
