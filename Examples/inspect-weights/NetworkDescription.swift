import GraftFiles
import GraftTensor
import GraftWeights

/// The contents of a Caffe network description, for people and for programs.
struct NetworkDescription: Encodable {
  private struct Layer: Encodable {
    let name, type: String
    let bottoms, tops: [String]
  }

  private struct Input: Encodable {
    let name: String
    let shape: [Int]
  }

  private let name: String
  private let inputs: [Input]
  private let layers: [Layer]
  private let notes: [String]

  init(_ network: CaffeNetwork) {
    name = network.name
    inputs = network.inputs.map { Input(name: $0.name, shape: $0.shape) }
    layers = network.layers.map { Layer(name: $0.name, type: $0.type, bottoms: $0.bottoms, tops: $0.tops) }
    notes = network.notes
  }

  var table: String {
    let title = "Caffe network description \(name), \(layers.count) layers, no weights".printable
    let inputs = inputs.map {
      "input \($0.name): \($0.shape.map(String.init).joined(separator: "×"))".printable
    }
    let rows = layers.map {
      [$0.name, $0.type, $0.bottoms.joined(separator: ", "), $0.tops.joined(separator: ", ")].map(\.printable)
    }
    let table = TextTable(header: ["layer", "type", "reads", "writes"], rows: rows, rightAligned: []).text
    return ([title] + inputs + notes.map(\.printable) + ["", table]).joined(separator: "\n")
  }
}
