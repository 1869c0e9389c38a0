import ArgumentParser
import ExampleSupport
import Foundation
import GraftFiles
import GraftLayers
import GraftTensor
import GraftWeights

/// Says what a weight file holds, and writes it in another format.
@main
struct InspectWeights: Program {
  static let configuration = CommandConfiguration(
    commandName: "inspect-weights",
    abstract: "Lists the tensors of a weight file of any format that Graft reads.",
    discussion: """
      Names and shapes are those of the file, dtype is the type that it stores; mean, (population) standard deviation, \
      minimum and maximum are computed in double precision. A tensor whose type Graft does not read has none of them. \
      Nothing in the file is executed.
      """)

  @Argument(
    help: "Keras (HDF5 or .keras), PyTorch, Caffe, safetensors, npz or npy; its content tells, not its name.")
  var file: String
  @Flag(
    help:
      "Print {\"tensors\": […]}, in the file's order; numbers that JSON cannot have (NaN, infinity) are null."
  )
  var json = false
  @Option(
    help:
      "Write all tensors to this new file instead, as float32: OUT.safetensors, OUT.npz or OUT.h5 (Keras).",
    transform: Conversion.init)
  var convert: Conversion?
  @OptionGroup var overwriting: OverwriteOptions

  func validate() throws {
    if json && convert != nil {
      throw ValidationError(
        "--json and --convert exclude each other: one prints tensors, the other writes them.")
    }
  }

  func run() throws {
    let source = URL(argument: file)
    if let convert {
      try overwriting.check(convert.destination, namedBy: "--convert", against: [source])
    }
    let weights = try openWeightFile(at: source)
    if let convert {
      try weights.write(as: convert.format, to: convert.destination)
      return print("\(convert.destination.shownRelativePath): \(weights.names.count) tensors")
    }
    let tensors = try weights.names.map { try Description($0, in: weights) }
    print(json ? try Self.json(tensors) : Self.table(tensors, of: weights))
  }

  private static func json(_ tensors: [Description]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let lines = try tensors.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
    return "{\"tensors\": [\n\(lines.joined(separator: ",\n"))\n]}"
  }

  private static func table(_ tensors: [Description], of weights: any WeightFile) -> String {
    let rows = tensors.map { tensor in
      let numbers = [tensor.mean, tensor.standardDeviation, tensor.minimum, tensor.maximum]
      return [tensor.name.printable, tensor.shape.map(String.init).joined(separator: "×"), tensor.dtype]
        + numbers.map { $0.map { String(format: "%.6g", $0) } ?? "–" }
    }
    let count = tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
    let metadata = weights.metadata.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)".printable }
    let header = ["name", "shape", "dtype", "mean", "deviation", "minimum", "maximum"]
    let table = TextTable(header: header, rows: rows, rightAligned: [3, 4, 5, 6]).text
    return (["\(weights.format), \(tensors.count) tensors, \(count) numbers"] + metadata + ["", table])
      .joined(separator: "\n")
  }
}

/// One tensor of the output; what is nil is null there.
private struct Description: Encodable {
  let name, dtype: String
  let shape: [Int]
  let mean, standardDeviation, minimum, maximum: Double?

  init(_ name: String, in weights: any WeightFile) throws {
    self.name = name
    dtype = weights.storedType(of: name) ?? "unknown"
    shape = weights.shape(of: name)?.dimensions ?? []
    var statistics: TensorStatistics?
    do {
      statistics = try weights.statistics(of: name)
    } catch let error as WeightFileError where error.kind == .unsupported {}
    func finite(_ number: Double?) -> Double? { number.flatMap { $0.isFinite ? $0 : nil } }
    mean = finite(statistics?.mean)
    standardDeviation = finite(statistics?.standardDeviation)
    minimum = finite(statistics?.minimum)
    maximum = finite(statistics?.maximum)
  }

  private enum Key: CodingKey { case name, shape, dtype, mean, standardDeviation, minimum, maximum }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(name, forKey: .name)
    try values.encode(shape, forKey: .shape)
    try values.encode(dtype, forKey: .dtype)
    try values.encode(mean, forKey: .mean)
    try values.encode(standardDeviation, forKey: .standardDeviation)
    try values.encode(minimum, forKey: .minimum)
    try values.encode(maximum, forKey: .maximum)
  }
}
