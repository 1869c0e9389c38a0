import ArgumentParser
import ExampleSupport
import Foundation
import GraftFiles
import GraftTensor
import GraftWeights

/// Where features and the names of their pictures are written, in the format that the end of the name says.
struct FeatureFile {
  /// A format with a place for both.
  enum Format: String, CaseIterable {
    case npz, safetensors
  }

  let destination: URL
  private let format: Format
  private static let maker = "Graft extract-features"
  private static let makerKey = "software"

  init(_ path: String) throws {
    destination = URL(argument: path)
    let ending = destination.fileName.ending
    guard let format = Format(rawValue: ending) else {
      let wanted = Format.allCases.map { ".\($0.rawValue)" }.joined(separator: " or ")
      throw ValidationError(
        ending == "npy"
          ? "an npy file holds one array, and has no place for the names of the pictures: name a \(wanted) file."
          : "the name must end in \(wanted), which says the format.")
    }
    self.format = format
  }

  /// Whether this program has written a file.
  static func isOwn(_ bytes: Bytes) -> Bool {
    NPZFile.comment(of: bytes) == maker
      || (try? SafetensorsFile(contentsOf: bytes.file))?.metadata[makerKey] == maker
  }

  /// - Parameters:
  ///   - features: pictures, height, width, channels.
  ///   - names: one for each picture.
  func write(_ features: Tensor, names: [String]) throws {
    switch format {
    case .npz:
      try NPZFile.write(
        [("features", .tensor(features)), ("names", .strings(names))], to: destination, comment: Self.maker)
    case .safetensors:
      let list = String(decoding: try JSONEncoder().encode(names), as: UTF8.self)
      try SafetensorsFile.write(
        [("features", features)], metadata: ["names": list, Self.makerKey: Self.maker], to: destination)
    }
  }
}
