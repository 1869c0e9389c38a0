import Foundation
import Synchronization

/// Which algorithm was the fastest for each convolution on this machine, as ``ConvolutionAlgorithm/measured(_:)`` found out.
///
/// Times differ from run to run, and so may choices, and with them the last bits of results: everything that should give the same bits
/// shares one record. To get them again in another run, keep the record in a file, or name an algorithm. Of two processes that keep
/// theirs in one file at the same time, the one that writes last wins.
public final class ConvolutionChoices: Sendable {
  /// A file that is no record of choices.
  public struct Unreadable: LocalizedError, CustomStringConvertible {
    let file: URL

    /// The same as ``description``, for Foundation's `localizedDescription`.
    public var errorDescription: String? { description }

    /// Which one, and what to do.
    public var description: String {
      "\(file.path): it does not say which convolutions were the fastest. Delete it, and they are measured anew."
    }
  }

  private struct Record: Codable {
    var environment: ComputeEnvironment
    var fastest: [String: ConvolutionAlgorithm]
  }

  private let fastest = Mutex<[String: ConvolutionAlgorithm]>([:])
  private let file: URL?

  /// A record of nothing yet, in memory.
  public init() { file = nil }

  /// Takes choices over from a file, if it is there and of this machine, and keeps there what is found out.
  ///
  /// - Parameter file: JSON; one of another processor, compute library or number of threads is replaced.
  /// - Throws: ``Unreadable`` for a file that is something else, and errors of the file system.
  public init(keptIn file: URL) throws {
    self.file = file
    if let bytes = FileManager.default.contents(atPath: file.path) {
      guard let record = try? JSONDecoder().decode(Record.self, from: bytes),
        // A choice is one of the algorithms that are measured.
        !record.fastest.values.contains(.fastest)
      else { throw Unreadable(file: file) }
      if record.environment == .current { fastest.withLock { $0 = record.fastest } }
    }
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try write(known)
  }

  /// The choice for each convolution that was measured or read from the file, by its description.
  public var known: [String: ConvolutionAlgorithm] { fastest.withLock { $0 } }

  /// Remembers a choice, unless another thread was first.
  ///
  /// - Returns: the choice that counts.
  func remember(_ algorithm: ConvolutionAlgorithm, for convolution: String) -> ConvolutionAlgorithm {
    fastest.withLock { fastest in
      if let known = fastest[convolution] { return known }
      fastest[convolution] = algorithm
      // A full disk must not end a computation: the choice then holds for this record only.
      try? write(fastest)
      return algorithm
    }
  }

  func choice(for convolution: String) -> ConvolutionAlgorithm? { fastest.withLock { $0[convolution] } }

  private func write(_ fastest: [String: ConvolutionAlgorithm]) throws {
    guard let file else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try encoder.encode(Record(environment: .current, fastest: fastest)).write(to: file, options: .atomic)
  }
}
