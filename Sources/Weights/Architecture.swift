import Foundation
import GraftTensor

/// What a network, or a part of one, is, down to all that its numbers depend on besides the weights.
///
/// Files record it, so that weights are not loaded into a network which only has the same shapes, and so that a reader can
/// build the network that they belong to. Two are equal if family and settings are; the title is for people.
///
/// ```swift
/// struct Settings: Codable { var depth = 4, width = 32 }
/// let architecture = Architecture("mobile_face", settings: Settings(), title: "MobileFace")
/// let settings: Settings = try architecture.settings()
/// ```
public struct Architecture: Sendable {
  /// What reads the settings: `vgg`, `resnet`, `fcn32`.
  public let family: String
  /// For people: `VGG19`.
  public let title: String
  private let values: JSONValue

  /// Names an architecture without settings.
  ///
  /// - Parameters:
  ///   - family: what reads the settings; no two kinds of networks have the same.
  ///   - title: for people; the family if not given.
  public init(_ family: String, title: String? = nil) {
    self.family = family
    self.title = title ?? family
    values = .object([:])
  }

  /// Names an architecture.
  ///
  /// - Parameters:
  ///   - family: what reads the settings; no two kinds of networks have the same.
  ///   - settings: what tells the networks of the family apart; encoded as a JSON object.
  ///   - title: for people.
  public init(_ family: String, settings: some Encodable, title: String) {
    self.family = family
    self.title = title
    guard let data = try? JSONEncoder().encode(settings),
      let values = try? JSONDecoder().decode(JSONValue.self, from: data)
    else { misused("The settings of \(title) cannot be written as JSON: \(settings).") }
    self.values = values
  }

  /// The settings, as the family's own type.
  ///
  /// - Throws: `DecodingError` if they are those of another type.
  public func settings<Settings: Decodable>(as type: Settings.Type = Settings.self) throws -> Settings {
    try JSONDecoder().decode(type, from: JSONEncoder().encode(values))
  }

  /// A text that is equal for equal architectures and for no others, in every run: for digests.
  public var identity: String { "\(family) \(Self.text(values))" }

  fileprivate static func text(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else { misused("This cannot be written as JSON: \(value).") }
    return String(decoding: data, as: UTF8.self)
  }
}

extension Architecture: Hashable {
  /// Whether family and settings are equal.
  public static func == (one: Architecture, other: Architecture) -> Bool {
    one.family == other.family && one.values == other.values
  }

  /// Hashes family and settings.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(family)
    hasher.combine(values)
  }
}

extension Architecture: CustomStringConvertible {
  /// The title.
  public var description: String { title }
}

extension Architecture: Codable {
  private enum CodingKeys: String, CodingKey {
    case family, title
    case values = "settings"
  }
}

extension Architecture {
  /// What a weight file says; nil if it says nothing that can be followed.
  init?(text: String) {
    guard let own = try? JSONDecoder().decode(Architecture.self, from: Data(text.utf8)) else { return nil }
    self = own
  }

  /// JSON with sorted keys.
  var text: String { Self.text(self) }
}

/// Any JSON, compared by value.
private enum JSONValue: Hashable, Sendable, Codable {
  case null
  case flag(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let integer = try? container.decode(Int.self) {
      self = .integer(integer)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let list = try? container.decode([JSONValue].self) {
      self = .list(list)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .flag(let flag): try container.encode(flag)
    case .integer(let integer): try container.encode(integer)
    case .number(let number): try container.encode(number)
    case .text(let text): try container.encode(text)
    case .list(let list): try container.encode(list)
    case .object(let object): try container.encode(object)
    }
  }
}
