import Foundation
import GraftFiles

/// The layers of a network as a Caffe file describes them (`.prototxt`): what its weights are for.
///
/// Both forms are read, that of 2013 (`layers { type: CONVOLUTION }`) and the present one (`layer { type: "Convolution"
/// }`), so no file needs to be converted with Caffe's tools first.
///
/// ```swift
/// let network = try CaffeNetwork(contentsOf: URL(fileURLWithPath: "VGG_FACE_deploy.prototxt"))
/// print(network.inputs, network.layers.map(\.name))
/// ```
public struct CaffeNetwork: Sendable {
  /// Where the description lies.
  public let file: URL
  /// What it calls the network; empty where it does not.
  public let name: String
  /// What goes in.
  public let inputs: [Input]
  /// The layers in order, without those for training only and without `Input` layers.
  public let layers: [Layer]
  /// What was passed over because Graft does not know it, each as a sentence.
  public let notes: [String]

  /// Something that goes into a network.
  public struct Input: Hashable, Sendable {
    /// The blob's name: `data`.
    public let name: String
    /// N,C,H,W; empty where the file does not say.
    public let shape: [Int]
  }

  /// Reads a description.
  ///
  /// - Throws: `FileError`, or ``WeightFileError``, which names the line, if this is no such file or makes no sense.
  public init(contentsOf file: URL) throws { try self.init(Bytes(contentsOf: file)) }

  init(_ bytes: Bytes) throws {
    file = bytes.file
    let signature = FileSignature(bytes)
    guard signature == .caffeDescription || signature == .unknown else {
      throw signature.error(file, wanted: "a network description of Caffe")
    }
    // The text is held as a tree, some ten times as large; the longest that are known have less than 1 MB.
    guard bytes.count <= 4 << 20 else {
      throw WeightFileError(
        .foreign, file, "it has \(bytes.count) bytes, and a network description of Caffe has 4 MiB at most")
    }
    do throws(ProtobufText.Failure) {
      var parser = ProtobufTextParser(bytes.array)
      let contents = try Contents(try parser.parse())
      (name, inputs, layers, notes) = (contents.name, contents.inputs, contents.layers, contents.notes)
    } catch {
      throw WeightFileError(
        .damaged, file, part: "line \(error.line)", error.problem,
        remedy: "Check that this is a network description of Caffe, as text, and that it is complete.")
    }
  }

  /// The layer of a name; nil if there is none.
  public func layer(named name: String) -> Layer? { layers.first { $0.name == name } }
}

extension CaffeNetwork {
  /// What the fields of the text say.
  private struct Contents {
    private(set) var name = ""
    private(set) var inputs: [Input] = []
    private(set) var layers: [Layer] = []
    private(set) var notes: [String] = []

    init(_ text: ProtobufText) throws(ProtobufText.Failure) {
      name = try text.texts("name").last ?? ""
      inputs = try Self.inputs(text)
      for field in text.fields {
        switch field.name {
        case "layer", "layers": try add(field)
        case "name", "input", "input_dim", "input_shape", "state", "force_backward", "debug_info": break
        default: notes.append("Line \(field.line): \(field.name) is not known here and was passed over.")
        }
      }
      guard !layers.isEmpty else {
        throw ProtobufText.Failure(1, "no layer is described in this file")
      }
    }

    private mutating func add(_ field: ProtobufText.Field) throws(ProtobufText.Failure) {
      let message = try field.message()
      guard try Phase.isForInference(message) else { return }
      let layer = try Layer(message, line: field.line, notes: &notes)
      if layer.type == "Input" {
        // One shape for each top, or one for all.
        let shapes = try Self.shapes(try message.message("input_param"), "shape")
        for (index, top) in layer.tops.enumerated() {
          let shape = shapes.indices.contains(index) ? shapes[index] : shapes.last
          inputs.append(Input(name: top, shape: shape ?? []))
        }
      } else {
        layers.append(layer)
      }
    }

    /// `input: "data"` with four `input_dim`, or with `input_shape { dim … }`, for each.
    private static func inputs(_ text: ProtobufText) throws(ProtobufText.Failure) -> [Input] {
      let names = try text.texts("input")
      let lengths = try text.integers("input_dim")
      var shapes = try shapes(text, "input_shape")
      if shapes.isEmpty {
        shapes = stride(from: 0, to: lengths.count, by: 4).map { Array(lengths[$0...].prefix(4)) }
      }
      return names.enumerated().map { index, name in
        Input(name: name, shape: shapes.indices.contains(index) ? shapes[index] : [])
      }
    }

    private static func shapes(
      _ text: ProtobufText, _ name: String
    ) throws(ProtobufText.Failure) -> [[Int]] {
      var shapes: [[Int]] = []
      for shape in try text.messages(name) { shapes.append(try shape.integers("dim")) }
      return shapes
    }
  }

  /// For which runs of the network a layer is there.
  private enum Phase {
    static func isForInference(_ layer: ProtobufText) throws(ProtobufText.Failure) -> Bool {
      let (included, excluded) = (try layer.messages("include"), try layer.messages("exclude"))
      var isIncluded = included.isEmpty
      for rule in included where try holds(rule) { isIncluded = true }
      for rule in excluded where try holds(rule) { isIncluded = false }
      return isIncluded
    }

    /// Whether a `NetStateRule` holds for the phase of testing without any stage.
    private static func holds(_ rule: ProtobufText) throws(ProtobufText.Failure) -> Bool {
      let phase = try rule.word("phase")
      return (phase == nil || phase == "TEST" || phase == "1") && rule.fields("stage").isEmpty
    }
  }
}
