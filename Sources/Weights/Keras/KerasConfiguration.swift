import Foundation

/// The description of a model in a `.keras` archive, as far as it names the layers.
struct KerasConfiguration: Decodable {
  /// A layer or a model.
  private struct Layer: Decodable {
    struct Settings: Decodable {
      let name: String?
      let layers: [Layer]?
    }

    let className: String
    let settings: Settings

    enum CodingKeys: String, CodingKey {
      case className = "class_name"
      case settings = "config"
    }
  }

  private let model: Layer

  init(from decoder: any Decoder) throws { model = try Layer(from: decoder) }

  /// The names of the layers that the groups of a weight file lead through; nil if one of them is not described.
  func layerNames(at keys: [String]) -> [String]? {
    let layers = layers(at: keys)
    guard 2 * layers.count == keys.count else { return nil }
    let names = layers.compactMap(\.layer.settings.name)
    return names.count == layers.count ? names : nil
  }

  /// The places of these layers, each among the layers of its model, as far as they are described.
  func places(of keys: [String]) -> [Int] { layers(at: keys).map(\.place) }

  /// The layers that groups lead through: those of a model lie in its `layers`, called after their classes, with the
  /// number of earlier ones of that class.
  private func layers(at keys: [String]) -> [(place: Int, layer: Layer)] {
    var found: [(place: Int, layer: Layer)] = []
    var layers = model.settings.layers
    for (list, key) in zip(keys, keys.dropFirst()).enumerated().filter({ $0.offset % 2 == 0 }).map(\.element)
    {
      guard ["layers", "_layer_checkpoint_dependencies"].contains(list),
        let next = layers.flatMap({ Self.layer(key, among: $0) })
      else { break }
      found.append(next)
      layers = next.layer.settings.layers
    }
    return found
  }

  private static func layer(_ key: String, among layers: [Layer]) -> (place: Int, layer: Layer)? {
    var counts: [String: Int] = [:]
    for (place, layer) in layers.enumerated() {
      let name = snakeCase(layer.className)
      let count = counts[name, default: 0]
      counts[name] = count + 1
      if key == (count == 0 ? name : "\(name)_\(count)") { return (place, layer) }
    }
    return nil
  }

  /// `GlobalAveragePooling2D` as `global_average_pooling2d`: Keras' own rule, which parts a capital letter from what is
  /// before it if it begins a word or ends one.
  static func snakeCase(_ className: String) -> String {
    // Registered classes carry their package: `Custom>Block`.
    let letters = Array(
      (className.split(separator: ">").last ?? "").filter { $0.isLetter || $0.isNumber || $0 == "_" })
    var text = ""
    for (place, letter) in letters.enumerated() {
      let previous = place > 0 ? letters[place - 1] : "_"
      let next = place + 1 < letters.count ? letters[place + 1] : "_"
      if letter.isUppercase, place > 0, previous.isLowercase || next.isLowercase { text += "_" }
      text += letter.lowercased()
    }
    return text
  }
}
