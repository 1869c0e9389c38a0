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
      What a file has besides tensors is named. The layers of a network description of Caffe are listed. \
      Nothing in the file is executed.
      """)

  @Argument(
    help: """
      Keras (HDF5 or .keras), PyTorch, Caffe (caffemodel, binaryproto, prototxt), safetensors, npz or npy; its content \
      tells, not its name.
      """)
  var file: String
  @Flag(
    help: """
      Print {"tensors": […]}, in the file's order; numbers that JSON cannot have (NaN, infinity) are null. "notes" has \
      what was left out, if anything was. With --convert, {"file": …, "tensors": count}.
      """
  )
  var json = false
  @Option(
    help:
      "Write all tensors to this new file instead, as float32: OUT.safetensors, OUT.npz or OUT.h5 (Keras).",
    transform: Conversion.init)
  var convert: Conversion?
  @OptionGroup var overwriting: OverwriteOptions

  func run() throws {
    let url = URL(argument: file)
    if let convert {
      try overwriting.check(convert.destination, namedBy: "--convert", against: [url])
    }
    let weights: any WeightFile
    do {
      weights = try openWeightFile(at: url)
    } catch let error as WeightFileError where error.kind == .foreign && convert == nil {
      // Not a file of weights, but perhaps one that belongs to some.
      guard let network = try? CaffeNetwork(contentsOf: url) else { throw error }
      let description = NetworkDescription(network)
      return try printResult(json ? Self.json(description) : description.table)
    }
    if let convert {
      try weights.write(as: convert.format, to: convert.destination)
      for note in weights.notes { StandardError.write("\(url.shownRelativePath): \(note.printable)\n") }
      let result = Conversion.Result(
        file: convert.destination.shownRelativePath, tensors: weights.names.count)
      return print(json ? try Self.json(result) : "\(result.file): \(result.tensors) tensors")
    }
    let tensors = try weights.names.map { try Description($0, in: weights) }
    try printResult(json ? Self.json(tensors, notes: weights.notes) : Self.table(tensors, of: weights))
  }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private static func json(_ tensors: [Description], notes: [String]) throws -> String {
    let lines = try tensors.map { try json($0) }
    let end = notes.isEmpty ? "" : ", \"notes\": \(try json(notes))"
    return "{\"tensors\": [\n\(lines.joined(separator: ",\n"))\n]\(end)}"
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
    let title = "\(weights.format), \(tensors.count) tensors, \(count) numbers"
    return ([title] + metadata + weights.notes.map(\.printable) + ["", table]).joined(separator: "\n")
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
