import Foundation
import GraftFiles

/// Why a weight file cannot be used: which part of which file, what is wrong with it, and what to do.
public struct WeightFileError: LocalizedError, Sendable, CustomStringConvertible {
  /// What sort of trouble it is.
  public enum Kind: Sendable {
    /// Another kind of file than the name or the caller promised: an HTML page, a git-LFS pointer, another format.
    case foreign
    /// The file contradicts itself or its format: cut off, overwritten, or made to harm.
    case damaged
    /// Sound, but beyond what Graft reads.
    case unsupported
    /// The file has no tensor of the name that was asked for.
    case unknownName
  }

  /// What sort of trouble it is.
  public let kind: Kind
  /// The file.
  public let file: URL
  /// The tensor, the member of an archive, or the header; nil if it is the file as a whole.
  public let part: String?
  /// What is wrong, without a full stop.
  public let problem: String
  /// What to do, as whole sentences.
  public let remedy: String

  /// Creates an error; where `remedy` is left out, it is the usual one of that kind.
  public init(_ kind: Kind, _ file: URL, part: String? = nil, _ problem: String, remedy: String? = nil) {
    self.kind = kind
    self.file = file
    self.part = part
    self.problem = problem
    self.remedy = remedy ?? Self.remedy(kind)
  }

  /// A tensor was asked for that the file has not; says which names it has.
  static func unknownName(_ name: String, in weights: some WeightFile) -> WeightFileError {
    let names = weights.names.prefix(8).joined(separator: ", ") + (weights.names.count > 8 ? ", …" : "")
    return WeightFileError(
      .unknownName, weights.file, part: name,
      "there is no such tensor among the \(weights.names.count) of this file",
      remedy: "It has: \(names.printable).")
  }

  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// One line for the person who reads it.
  public var description: String {
    let place = part.map { "\(file.relativePath): \($0.printable)" } ?? file.relativePath
    return "\(place): \(problem.printable). \(remedy)"
  }

  private static func remedy(_ kind: Kind) -> String {
    switch kind {
    case .foreign: "Check that this is the file you meant."
    case .damaged: "Get the file again, and compare its size or digest with those of its source."
    case .unsupported: "Save it as plain float32 numbers, for instance as safetensors."
    case .unknownName: "Look at the names that the file has."
    }
  }
}
