import Foundation
import GraftFiles
import GraftWeights

/// Where a network's weights come from.
public enum WeightSource: Sendable {
  /// This file, of any format that Graft reads.
  case file(URL)
  /// The published ImageNet weights, looked for in `$GRAFT_WEIGHTS` and in `~/.cache/graft`. Nothing is downloaded.
  case imageNet
  /// This published file, looked for in the same folders. A file of its name and of another size is not taken.
  case published(WeightSet)

  /// The file at this path.
  public static func file(_ path: String) -> WeightSource { .file(URL(fileURLWithPath: path)) }

  /// Finds the file and opens it.
  ///
  /// - Parameters:
  ///   - sets: what is published of the network, the preferred one first.
  ///   - network: for the message.
  /// - Throws: ``WeightsNotFound`` if published weights lie in none of the folders, and what opening them throws.
  func open(_ sets: [WeightSet], of network: String) throws -> any WeightFile {
    try openWeightFile(at: resolved(sets, of: network))
  }

  private func resolved(_ sets: [WeightSet], of network: String) throws -> URL {
    switch self {
    case .file(let file): return file
    case .imageNet: return try Self.found(sets, of: network, in: Self.folders)
    case .published(let set): return try Self.found([set], of: set.name, in: Self.folders)
    }
  }

  static func found(_ sets: [WeightSet], of network: String, in folders: [URL]) throws -> URL {
    var otherSizes: [URL] = []
    for folder in folders {
      for set in sets {
        // Links are followed: the size is that of the file itself.
        let file = folder.appendingPathComponent(set.fileName).resolvingSymlinksInPath()
        guard let size = try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize else { continue }
        if set.byteCount == nil || set.byteCount == size { return file }
        otherSizes.append(file)
      }
    }
    throw WeightsNotFound(network: network, sets: sets, folders: folders, otherSizes: otherSizes)
  }

  private static var folders: [URL] {
    let environment = ProcessInfo.processInfo.environment
    let own = environment["GRAFT_WEIGHTS"].flatMap {
      $0.isEmpty ? nil : URL(fileURLWithPath: $0, isDirectory: true)
    }
    return (own.map { [$0] } ?? []) + [
      FileSystem.homeFolder.appendingPathComponent(".cache/graft", isDirectory: true)
    ]
  }
}

/// The published weights of a network are not on this machine.
public struct WeightsNotFound: LocalizedError, CustomStringConvertible {
  let network: String
  let sets: [WeightSet]
  let folders: [URL]
  /// Files of the right names that are not the published ones.
  let otherSizes: [URL]

  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// Where they were looked for, and what to do.
  public var description: String {
    let places = folders.map(\.path).joined(separator: " or ")
    guard !sets.isEmpty else {
      return "No ImageNet weights of \(network) are known to Graft: name the file."
    }
    let addresses = sets.map { "\($0.fileName) (\($0.address))" }.joined(separator: ", ")
    let others = otherSizes.map {
      "\($0.path) is not it: it has another size, so it may be cut off or another release's. "
    }
    return
      "The published weights of \(network) are not on this machine: \(places) has none of these: \(addresses). "
      + others.joined() + "Put one there, or name the file."
  }
}
