import Foundation

/// Where a network's weights come from.
public enum WeightSource: Sendable {
  /// This file, of any format that Graft reads.
  case file(URL)
  /// The published ImageNet weights, looked for in `$GRAFT_WEIGHTS` and in `~/.cache/graft`. Nothing is downloaded.
  case imageNet

  /// The file at this path.
  public static func file(_ path: String) -> WeightSource { .file(URL(fileURLWithPath: path)) }

  /// The file itself.
  ///
  /// - Parameters:
  ///   - names: under which the ImageNet weights are published, the preferred one first.
  ///   - network: for the message.
  /// - Throws: ``WeightsNotFound`` if the ImageNet weights lie in none of the folders.
  func resolved(publishedAs names: [String], for network: String) throws -> URL {
    guard case .imageNet = self else {
      if case .file(let file) = self { return file }
      throw WeightsNotFound(network: network, names: names, folders: [])
    }
    let folders = Self.folders
    for folder in folders {
      for name in names {
        let file = folder.appendingPathComponent(name)
        if FileManager.default.fileExists(atPath: file.path) { return file }
      }
    }
    throw WeightsNotFound(network: network, names: names, folders: folders)
  }

  private static var folders: [URL] {
    let environment = ProcessInfo.processInfo.environment
    let own = environment["GRAFT_WEIGHTS"].map { [URL(fileURLWithPath: $0, isDirectory: true)] } ?? []
    let home = FileManager.default.homeDirectoryForCurrentUser
    return own + [home.appendingPathComponent(".cache/graft", isDirectory: true)]
  }
}

/// The published weights of a network are not on this machine.
public struct WeightsNotFound: Error, CustomStringConvertible {
  let network: String
  let names: [String]
  let folders: [URL]

  /// Where they were looked for, and what to do.
  public var description: String {
    "The ImageNet weights of \(network) are not on this machine: there is no \(names.joined(separator: " or ")) in "
      + "\(folders.map(\.path).joined(separator: " or ")). Put it there, or name a file."
  }
}
