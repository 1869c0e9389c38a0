import Foundation
import GraftTensor

/// What should travel with the weights of a network, so that nobody has to remember it: which network they belong to,
/// how their numbers are ordered, what its outputs mean, whose they are and where they came from; and of a network that
/// was trained here, on what, how well it does, and what it should not be trusted with.
///
/// It becomes texts in the metadata of a safetensors file, beside others such as the preprocessing:
///
/// ```swift
/// let card = ModelCard(architecture: encoder.architecture, layout: .channelsLast, licence: "MIT")
/// try SafetensorsFile.write(tensors, metadata: card.metadata.merging(preprocessing.metadata) { own, _ in own }, to: file)
/// let read = ModelCard(metadata: try SafetensorsFile(contentsOf: file).metadata)
/// ```
///
/// The keys are the names of the properties. Class names are a JSON array; architecture, head, metrics and settings JSON
/// objects; all others plain text.
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

  /// The network, or the encoder of a network, with all that tells it from its variants.
  public var architecture: Architecture?
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

  /// What lies behind the encoder, such as a decoder; nil for an encoder alone.
  public var head: Architecture?
  /// What the network is for, in a line.
  public var title: String?
  /// What it was trained and measured on: `lfw-hair`.
  public var dataset: String?
  /// The file that says which samples were for training and which for measuring, from the folder above that of the
  /// network's file: `splits/lfw-hair.json`.
  public var split: String?
  /// The SHA-256 of that file, as 64 hexadecimal digits.
  public var splitDigest: String?
  /// How well it does on the part for measuring, by name.
  public var metrics: [String: Double]?
  /// The epoch that its weights are of, from 1.
  public var epoch: Int?
  /// What the metrics depend on besides weights and samples, by name.
  public var settings: [String: String]?
  /// Of the weights of the encoder.
  public var encoderDigest: String?
  /// The file of the same folder that the encoder lies in, where it is not in this one: `vgg19-gender.safetensors`. It has the
  /// same ``encoderDigest``.
  public var encoderFile: String?
  /// What it should not be trusted with, as whole sentences.
  public var limits: String?
  /// The command by which it was made.
  public var commandLine: String?

  /// Creates a card; what is not known is left out, and can be set later.
  public init(
    architecture: Architecture? = nil, layout: Layout? = nil, classNames: [String]? = nil,
    licence: String? = nil,
    source: String? = nil, sourceDigest: String? = nil, head: Architecture? = nil
  ) {
    self.architecture = architecture
    self.layout = layout
    self.classNames = classNames
    self.licence = licence
    self.source = source
    self.sourceDigest = sourceDigest
    self.head = head
  }

  /// Reads what a weight file says; what it does not say, or says in a way that cannot be followed, stays unknown.
  public init(metadata: [String: String]) {
    func decoded<Value: Decodable>(_ key: Key) -> Value? {
      metadata[key.rawValue].flatMap { try? JSONDecoder().decode(Value.self, from: Data($0.utf8)) }
    }
    for key in Key.allCases {
      let text = metadata[key.rawValue]
      switch key {
      case .architecture: architecture = text.flatMap(Architecture.init(text:))
      case .layout: layout = text.flatMap(Layout.init)
      case .classNames: classNames = decoded(key)
      case .licence: licence = text
      case .source: source = text
      case .sourceDigest: sourceDigest = text
      case .head: head = text.flatMap(Architecture.init(text:))
      case .title: title = text
      case .dataset: dataset = text
      case .split: split = text
      case .splitDigest: splitDigest = text
      case .metrics: metrics = decoded(key)
      case .epoch: epoch = text.flatMap { Int($0) }
      case .settings: settings = decoded(key)
      case .encoderDigest: encoderDigest = text
      case .encoderFile: encoderFile = text
      case .limits: limits = text
      case .commandLine: commandLine = text
      }
    }
  }

  /// Of texts that a card gives a meaning to, the first that cannot be followed; nil if all can.
  fileprivate static func unusableKey(in metadata: [String: String]) -> String? {
    let card = ModelCard(metadata: metadata)
    return Key.allCases.first { metadata[$0.rawValue] != nil && card.text(of: $0) == nil }?.rawValue
  }

  /// What a weight file should say; see ``init(metadata:)``. Metrics that are no numbers are left out.
  public var metadata: [String: String] {
    var metadata: [String: String] = [:]
    for key in Key.allCases { metadata[key.rawValue] = text(of: key) }
    return metadata
  }

  private func text(of key: Key) -> String? {
    switch key {
    case .architecture: architecture?.text
    case .layout: layout?.rawValue
    case .classNames: classNames.map(Self.json)
    case .licence: licence
    case .source: source
    case .sourceDigest: sourceDigest
    case .head: head?.text
    case .title: title
    case .dataset: dataset
    case .split: split
    case .splitDigest: splitDigest
    case .metrics: metrics.map { Self.json($0.filter(\.value.isFinite)) }
    case .epoch: epoch.map { "\($0)" }
    case .settings: settings.map(Self.json)
    case .encoderDigest: encoderDigest
    case .encoderFile: encoderFile
    case .limits: limits
    case .commandLine: commandLine
    }
  }

  static let encoderFileKey = Key.encoderFile.rawValue

  private enum Key: String, CaseIterable {
    case architecture, layout, classNames, licence, source, sourceDigest
    case head, title, dataset, split, splitDigest, metrics, epoch, settings, encoderDigest,
      encoderFile
    case limits, commandLine
  }

  private static func json(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    guard let data = try? encoder.encode(value) else {
      misused("This cannot be written on a model card: \(value).")
    }
    return String(decoding: data, as: UTF8.self)
  }
}

extension WeightFile {
  /// What a file that Graft wrote says about itself.
  ///
  /// - Throws: ``WeightFileError`` if it says something in a way that cannot be followed; what it does not say is
  ///   unknown.
  public func modelCard() throws -> ModelCard {
    if let key = ModelCard.unusableKey(in: metadata) {
      throw WeightFileError(
        .damaged, file, part: key, "\"\(metadata[key] ?? "")\" is not what a model card has there")
    }
    return ModelCard(metadata: metadata)
  }
}
