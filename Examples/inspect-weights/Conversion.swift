import ArgumentParser
import ExampleSupport
import Foundation
import GraftFiles
import GraftWeights

/// Where to write, and in which format, by the end of the file's name.
struct Conversion {
  let destination: URL
  let format: WeightFormat

  /// The result as `--json` prints it.
  struct Result: Encodable {
    let file: String
    let tensors: Int
  }

  init(_ path: String) throws {
    destination = URL(argument: path)
    guard let format = WeightFormat(rawValue: destination.fileName.ending) else {
      let ends = WeightFormat.allCases.map { ".\($0.rawValue)" }.joined(separator: " or ")
      throw ValidationError(
        "\(destination.shownRelativePath): the name must end in \(ends), which says the format.")
    }
    self.format = format
  }
}
