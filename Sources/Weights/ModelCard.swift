import Foundation
import GraftTensor

/// What should travel with the weights of a network, so that nobody has to remember it: which network they belong to,
/// how their numbers are ordered, what its outputs mean, whose they are and where they came from.
///
/// It becomes texts in the metadata of a safetensors file, beside others such as the preprocessing:
///
/// ```swift
/// let card = ModelCard(architecture: "resnet50-keras-2.1", layout: .channelsLast, licence: "MIT")
/// try SafetensorsFile.write(tensors, metadata: card.metadata.merging(preprocessing.metadata) { own, _ in own }, to: file)
/// let read = ModelCard(metadata: try SafetensorsFile(contentsOf: file).metadata)
/// ```
///
/// The keys are `architecture`, `layout`, `classNames`, `licence`, `source` and `sourceDigest`; class names are a JSON
/// array, all others plain text.
public struct ModelCard: Hashable, Sendable {
  /// How the numbers of kernels are ordered.
  public enum Layout: String, Sendable, CaseIterable {
    /// As Graft and Keras order them: convolutions height, width, inputs, outputs; dense kernels inputs, outputs, the
    /// first after flattening in the order height, width, channels.
    case channelsLast = "HWIO"
    /// As PyTorch and Caffe order them: convolutions outputs, inputs, height, width; dense kernels outputs, inputs, the
    /// first after flattening in the order channels, height, width.
    case channelsFirst = "OIHW"
  }

  /// The network, with all that tells it from its variants: `resnet50-keras-2.1`.
  public var architecture: String?
  /// How the numbers of kernels are ordered.
  public var layout: Layout?
  /// What the outputs of the last layer stand for, in their order.
  public var classNames: [String]?
  /// Under which terms the weights may be used, as a name (`CC BY 4.0`) or a sentence.
  public var licence: String?
  /// Where the weights came from: an address, or the name of a file.
  public var source: String?
  /// The SHA-256 of the file that the weights came from, as 64 hexadecimal digits.
  public var sourceDigest: String?

  /// Creates a card; what is not known is left out.
  public init(
    architecture: String? = nil, layout: Layout? = nil, classNames: [String]? = nil, licence: String? = nil,
    source: String? = nil, sourceDigest: String? = nil
  ) {
    self.architecture = architecture
    self.layout = layout
    self.classNames = classNames
    self.licence = licence
    self.source = source
    self.sourceDigest = sourceDigest
  }

  /// Reads what a weight file says; what it does not say, or says in a way that cannot be followed, stays unknown.
  public init(metadata: [String: String]) {
    let names = metadata[Key.classNames].flatMap {
      try? JSONDecoder().decode([String].self, from: Data($0.utf8))
    }
    self.init(
      architecture: metadata[Key.architecture], layout: metadata[Key.layout].flatMap(Layout.init),
      classNames: names, licence: metadata[Key.licence], source: metadata[Key.source],
      sourceDigest: metadata[Key.sourceDigest])
  }

  /// What a weight file should say; see ``init(metadata:)``.
  public var metadata: [String: String] {
    var metadata: [String: String] = [:]
    metadata[Key.architecture] = architecture
    metadata[Key.layout] = layout?.rawValue
    metadata[Key.classNames] = classNames.map(Self.json)
    metadata[Key.licence] = licence
    metadata[Key.source] = source
    metadata[Key.sourceDigest] = sourceDigest
    return metadata
  }

  private enum Key {
    static let architecture = "architecture"
    static let layout = "layout"
    static let classNames = "classNames"
    static let licence = "licence"
    static let source = "source"
    static let sourceDigest = "sourceDigest"
  }

  private static func json(_ names: [String]) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    guard let data = try? encoder.encode(names) else {
      misused("These class names cannot be written: \(names).")
    }
    return String(decoding: data, as: UTF8.self)
  }
}
