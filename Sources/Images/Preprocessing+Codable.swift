import Foundation
import GraftTensor

// Decoding checks what the initializers require: files come from strangers.

extension Preprocessing.Style: Codable {
  private enum Key: CodingKey {
    case channelOrder, divisor, mean, standardDeviation
  }

  /// Decodes a style.
  ///
  /// - Throws: `DecodingError`, also for values that no style can have.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    channelOrder = try values.decode(Preprocessing.ChannelOrder.self, forKey: .channelOrder)
    divisor = try values.decode(Float.self, forKey: .divisor)
    mean = try values.decode(SIMD3<Float>.self, forKey: .mean)
    standardDeviation = try values.decode(SIMD3<Float>.self, forKey: .standardDeviation)
    guard isUsable else {
      throw DecodingError.dataCorruptedError(
        forKey: .divisor, in: values, debugDescription: "A preprocessing cannot divide by 0.")
    }
  }

  /// Encodes a style.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(channelOrder, forKey: .channelOrder)
    try values.encode(divisor, forKey: .divisor)
    try values.encode(mean, forKey: .mean)
    try values.encode(standardDeviation, forKey: .standardDeviation)
  }
}

extension Preprocessing: Codable {
  private enum Key: CodingKey {
    case width, height, filter, style
  }

  /// Decodes a preprocessing; without a filter, pictures are resized bilinearly.
  ///
  /// - Throws: `DecodingError`, also for sizes that no picture can have.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    width = try values.decode(Int.self, forKey: .width)
    height = try values.decode(Int.self, forKey: .height)
    filter = try values.decodeIfPresent(ResizeFilter.self, forKey: .filter) ?? .bilinear
    style = try values.decode(Style.self, forKey: .style)
    let sizes = 1...Int(UInt16.max)
    guard sizes.contains(width), sizes.contains(height) else {
      throw DecodingError.dataCorruptedError(
        forKey: .width, in: values,
        debugDescription: "A network's input cannot have \(width)×\(height) pixels.")
    }
  }

  /// Encodes a preprocessing.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(width, forKey: .width)
    try values.encode(height, forKey: .height)
    try values.encode(filter, forKey: .filter)
    try values.encode(style, forKey: .style)
  }
}

// MARK: Identity

extension Preprocessing {
  /// A text that is equal for equal preprocessing and for no other, in every run: JSON with sorted keys.
  public var identity: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    guard let data = try? encoder.encode(self) else {
      misused("This preprocessing cannot be written: \(self).")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// What a weight file says about the pictures that its network takes; see ``init(metadata:)``.
  public var metadata: [String: String] { [Self.metadataKey: identity] }

  /// Reads what a weight file says about pictures; nil if it says nothing, or nothing that can be followed.
  public init?(metadata: [String: String]) {
    guard let text = metadata[Self.metadataKey],
      let preprocessing = try? JSONDecoder().decode(Preprocessing.self, from: Data(text.utf8))
    else { return nil }
    self = preprocessing
  }

  package static let metadataKey = "preprocessing"
}
