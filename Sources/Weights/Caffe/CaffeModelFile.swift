import Foundation
import GraftFiles
import GraftTensor

/// The weights of a Caffe model (`.caffemodel`): a message `NetParameter` of Protocol Buffers, in the form of 2013
/// (`layers`), in the present one (`layer`), or in both.
///
/// A tensor is called by its layer and its place in it, as Caffe itself addresses it: `conv1_1/0` is the kernel of
/// `conv1_1`, `conv1_1/1` its bias. The file has no names of its own for them, and what they are depends on the kind of
/// layer (a batch normalisation has a mean, a variance and a factor), so that `weight` and `bias` would be guesses.
///
/// Older files fill up every shape to four axes with ones in front; those are dropped again as far as the kind of layer
/// allows: a bias of 1×1×1×64 is 64 here, and a dense kernel of 1×1×4096×25088 is 4096×25088. Kernels are O,I,H,W and
/// O,I.
///
/// The file is mapped. Opening it reads the descriptions of all tensors and none of their numbers; gradients that it may
/// hold (`diff`) are passed over. There is no limit of size.
public struct CaffeModelFile: WeightFile {
  /// Where it lies.
  public let file: URL
  /// `Caffe`.
  public var format: String { "Caffe" }
  /// The names in the order of the file.
  public let names: [String]
  /// `network`: what the file calls the network, if it does.
  public let metadata: [String: String]
  private let blobs: [String: CaffeBlob]

  /// Maps a file and reads the descriptions of its tensors.
  ///
  /// - Throws: `FileError`, or ``WeightFileError`` if this is no such file, if it is damaged or cut off, if two layers
  ///   of one name have weights, or if no layer has.
  public init(contentsOf file: URL) throws { try self.init(Bytes(contentsOf: file)) }

  init(_ bytes: Bytes) throws {
    let signature = FileSignature(bytes)
    // The format has no magic number: what is nothing else may be a damaged one, and the reader's own error says more.
    guard signature == .caffe || signature == .unknown else {
      throw signature.error(bytes.file, wanted: "a Caffe model")
    }
    var contents = Contents()
    try contents.read(ProtobufBytes(bytes))
    guard !contents.names.isEmpty else {
      throw WeightFileError(
        .foreign, bytes.file, "there are no weights in this file, which has \(contents.layerCount) layers")
    }
    file = bytes.file
    names = contents.names
    metadata = contents.network.map { ["network": $0] } ?? [:]
    blobs = contents.blobs
  }

  /// The shape of a tensor, without the ones that older files put in front; nil for an unknown name.
  public func shape(of name: String) -> Tensor.Shape? { blobs[name].map { Tensor.Shape($0.dimensions) } }

  /// What the file stores the numbers of a tensor as: `float32` or `float64`; nil for an unknown name.
  public func storedType(of name: String) -> String? {
    blobs[name].map { $0.isDouble ? "float64" : "float32" }
  }

  /// Reads one tensor as float32; float64 is rounded.
  ///
  /// - Throws: ``WeightFileError`` if there is no such tensor.
  public func tensor(named name: String) throws -> Tensor { try blob(name).tensor() }

  /// Reads the numbers of one tensor as float64, in row-major order.
  ///
  /// - Throws: ``WeightFileError`` if there is no such tensor.
  public func doubles(named name: String) throws -> [Double] { try blob(name).doubles() }

  private func blob(_ name: String) throws -> CaffeBlob {
    guard let blob = blobs[name] else { throw WeightFileError.unknownName(name, in: self) }
    return blob
  }
}

extension CaffeModelFile {
  /// What the fields of the file lead to. Field numbers are those of caffe.proto.
  private struct Contents {
    private(set) var network: String?
    private(set) var layerCount = 0
    private(set) var names: [String] = []
    private(set) var blobs: [String: CaffeBlob] = [:]
    private var layersWithBlobs: Set<String> = []

    mutating func read(_ file: ProtobufBytes) throws {
      try file.forEachField { field in
        switch (field.number, field.value) {
        case (1, .bytes(let name)): network = try name.text("the network's name", longest: 4096)
        case (2, .bytes(let message)): try add(Layer(old: message), at: message)
        case (100, .bytes(let message)): try add(Layer(message), at: message)
        default: break
        }
      }
    }

    private mutating func add(_ layer: Layer, at message: ProtobufBytes) throws {
      layerCount += 1
      guard !layer.blobs.isEmpty else { return }
      guard layersWithBlobs.insert(layer.name).inserted else {
        throw message.damaged(at: 0, "a second layer is called \(layer.name) and has weights, too")
      }
      // A name is repeated for each blob: unbounded, they could take far more memory than the file.
      guard layer.blobs.count <= 32 else {
        throw message.damaged(
          at: 0, "the layer \(layer.name) has \(layer.blobs.count) blobs, and 32 is the most")
      }
      for (index, blob) in layer.blobs.enumerated() {
        let name = "\(layer.name)/\(index)"
        let leastRank = index == 0 ? CaffeLayerType.leastRank(ofFirstBlobOf: layer.type) : 1
        blobs[name] = try CaffeBlob(blob, part: name, leastRank: leastRank)
        names.append(name)
      }
    }
  }

  /// What a layer is called, of which kind it is, and its arrays.
  private struct Layer {
    private(set) var name = ""
    private(set) var type = ""
    private(set) var blobs: [ProtobufBytes] = []

    /// A message `LayerParameter`.
    init(_ message: ProtobufBytes) throws {
      try message.forEachField { field in
        switch (field.number, field.value) {
        case (1, .bytes(let text)): name = try Self.name(text)
        case (2, .bytes(let text)): type = try text.text("a layer's type", longest: Self.longestName)
        case (7, .bytes(let blob)): blobs.append(blob)
        default: break
        }
      }
    }

    /// A message `V1LayerParameter`.
    init(old message: ProtobufBytes) throws {
      try message.forEachField { field in
        switch (field.number, field.value) {
        case (1, .bytes):
          throw WeightFileError(
            .unsupported, message.bytes.file, part: "byte \(message.offset)",
            "a layer is described in the first form of Caffe, of 2013, which Graft does not read",
            remedy: "Take a newer release of the file, or convert it with Caffe's upgrade_net_proto_binary.")
        case (4, .bytes(let text)): name = try Self.name(text)
        case (5, .variable(let number)): type = CaffeLayerType.name(number: number) ?? ""
        case (6, .bytes(let blob)): blobs.append(blob)
        default: break
        }
      }
    }

    private static let longestName = 256

    private static func name(_ text: ProtobufBytes) throws -> String {
      try text.text("a layer's name", longest: longestName)
    }
  }
}
